"""A run in a process of its own, so that a page stays quick and a job outlives it, or is ended at once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.storage import say_if_full

_POLL = 0.2  # seconds between two looks at a job's events


@dataclass
class Job:
    """A running distillation. Its folder gets an `events.jsonl`, one JSON object a line, as the run goes on."""

    folder: Path
    process: subprocess.Popen
    cancelled: bool = False

    def events(self) -> Iterator[dict]:
        """The run's events as they come, to its end; the last is of kind `done`, `error` or `cancelled`."""
        path, seen, last = self.folder / "events.jsonl", 0, {}
        while True:
            ended = self.process.poll() is not None
            for line in _new_lines(path, seen):
                seen += len(line)
                last = json.loads(line)
                yield last
            if ended:
                break
            time.sleep(_POLL)
        if last.get("kind") not in ("done", "error"):
            yield self._unfinished()

    def _unfinished(self) -> dict:
        if self.cancelled:
            return {"kind": "cancelled", "text": "The job was stopped. What it had learned so far is in its folder."}
        code = self.process.returncode
        text = f"The job ended early (exit status {code}): see that disk and memory are not full, then start it again."
        return {"kind": "error", "text": text}

    def cancel(self) -> None:
        """End the job at once. Its last checkpoint stays, so the same run can go on later."""
        self.cancelled = True
        self.process.kill()
        self.process.wait()


def _new_lines(path: Path, seen: int) -> list[bytes]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(seen)
        return [line for line in file.readlines() if line.endswith(b"\n")]


def start(config: Config, folder: Path) -> Job:
    """Start a run in a new, niced process; it sees this process's environment and nothing else of it.

    One core is left to whoever started it: threads that wait for a busy core cost far more than the core would give.
    """
    with say_if_full(folder):
        folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "msd_core.jobs", str(folder), json.dumps(asdict(config))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) - 1)), **os.environ},
        cwd=Path(__file__).parent.parent,
    )
    return Job(folder, process)


def _main(folder: str, config: str) -> None:
    """What the new process does: one run, its events written as they come."""
    if hasattr(os, "nice"):
        os.nice(10)
    path, parent = Path(folder) / "events.jsonl", os.getppid()
    with path.open("a", buffering=1) as file:

        def watch(event: dict) -> None:
            if os.getppid() != parent:
                sys.exit("whoever started this job is gone")
            file.write(json.dumps(event) + "\n")

        try:
            from msd_core.distill import distill

            distill(Config(**json.loads(config)), Path(folder) / "run", watch)
        except UserError as error:  # where even this cannot be written, the exit status tells
            watch({"kind": "error", "text": str(error)})
        except Exception as error:  # the page must hear of it, whatever it was
            watch({"kind": "error", "text": f"The job failed ({type(error).__name__}): please report this."})
            raise


if __name__ == "__main__":
    _main(*sys.argv[1:])
