"""A run, or another request, in a process of its own, so that a page stays quick and a job is ended at once.

A job ends with whoever started it, however that ended: its standard input is a pipe that closes then.
"""

import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msd_core.errors import UserError
from msd_core.models.files import LoadedModel
from msd_core.storage import storage_errors
from msd_core.tasks import Task
from msd_core.training.config import Config
from msd_core.training.events import Cancelled, Done, Epoch, Event, Failed, Stage, Step, event_from_dict
from msd_core.training.requests import Distillation, Request

_POLL = 0.2  # seconds between two looks at a job's events
_LOCK = threading.Lock()
_READY: list[subprocess.Popen] = []  # processes that wait for a job
STARTING, REPEAT = Stage("Starting"), 1.0  # the stage before the first event; seconds after which a stage is repeated


@dataclass
class Job:
    """A running request. Its folder gets an `events.jsonl`, one JSON object a line, as the run goes on."""

    folder: Path
    process: subprocess.Popen
    cancelled: bool = False

    def events(self) -> Iterator[Event]:
        """The run's events as they come, to its end; the last is `Done`, `Failed` or `Cancelled`.

        While nothing new comes, the stage is repeated every second, so that whoever listens can stop at any time.
        """
        path, read, last, stage, latest = self.folder / "events.jsonl", 0, None, STARTING, time.monotonic()
        while True:
            ended = self.process.poll() is not None
            for line in _new_lines(path, read):
                read += len(line)
                last = event_from_dict(json.loads(line))
                yield last
                stage, latest = stage_after(last, stage), time.monotonic()
            if ended:
                break
            if time.monotonic() - latest > REPEAT and not isinstance(last, Done | Failed):
                yield stage
                latest = time.monotonic()
            time.sleep(_POLL)
        if not isinstance(last, Done | Failed):
            yield self._unfinished()

    def _unfinished(self) -> Event:
        if self.cancelled:
            return Cancelled("The job was stopped. What it had learned so far is in its folder.")
        code = self.process.returncode
        return Failed(
            f"The job ended early (exit status {code}): see that disk and memory are not full, then start it again."
        )

    def cancel(self) -> None:
        """End the job at once. Its last checkpoint stays, so the same run can go on later."""
        self.cancelled = True
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def stage_after(event: Event, stage: Stage) -> Stage:
    """What is being done once an event has come, where `stage` was before."""
    match event:
        case Stage():
            return event
        case Step() | Epoch():
            return Stage("Distilling")
        case _:
            return stage


def _new_lines(path: Path, start: int) -> list[bytes]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(start)
        return [line for line in file.readlines() if line.endswith(b"\n")]


def start(
    task: Task, config: Config, folder: Path, teacher: LoadedModel | None = None, seconds: float | None = None
) -> Job:
    """Start a run in a new, niced process; it gets this process's environment and nothing else of it.

    One core is left to whoever started it: threads that wait for a busy core cost far more than the core would give.

    folder: of the job; the run lies in `run` below it. seconds: after which the job ends itself. Raises `StorageError`
    where the folder cannot be used, `UserError` where the teacher lies in no folder.
    """
    return start_job(distillation(task, config, teacher), folder, seconds)


def distillation(task: Task, config: Config, teacher: LoadedModel | None) -> Distillation:
    """The request for a run. Raises `UserError` where the teacher lies in no folder."""
    if teacher is not None and not teacher.origin:
        raise UserError("That teacher lies in no folder, so another process cannot read it: save it first.")
    return Distillation(task, config, None if teacher is None else teacher.origin)


def start_job(request: Request, folder: Path, seconds: float | None = None) -> Job:
    """The same for any request. What an earlier job in this folder reported is forgotten, what it made is not."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "events.jsonl").unlink(missing_ok=True)
    content = pickle.dumps(request)
    header = {"folder": str(folder), "seconds": seconds or 0, "length": len(content)}
    process = _take_ready() or _new_process()
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it ended already: `events` says so
        process.stdin.write(json.dumps(header).encode() + b"\n" + content)
        process.stdin.flush()
    return Job(folder, process)


def keep_ready(count: int) -> None:
    """Have so many processes at hand that have imported what jobs need: the next jobs begin some seconds sooner, for
    0.9 GB of memory each. They end with this process."""
    with _LOCK:
        _READY[:] = [process for process in _READY if process.poll() is None]
        while len(_READY) < count:
            _READY.append(_new_process("ready"))


def _take_ready() -> subprocess.Popen | None:
    """A process at hand, which is then nobody else's, the oldest first; None where there is none."""
    with _LOCK:
        while _READY:
            process = _READY.pop(0)
            if process.poll() is None:
                return process
    return None


def _new_process(*words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "msd_core.training.job_process", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) - 1)), **os.environ, "PYTHONPATH": _search_path()},
    )


def _search_path() -> str:
    """Where this process looks for modules: a task may be in any of them."""
    return os.pathsep.join(map(os.path.abspath, sys.path))
