"""Jobs under way: a process each, or on a ZeroGPU Space a thread."""

import atexit
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from msd_core.errors import UserError
from msd_core.tasks import Task
from msd_core.training.config import Config
from msd_core.training.events import Event, Failed, Stage
from msd_core.training.jobs import REPEAT, STARTING, Job, distillation, keep_ready, stage_after, start_job
from msd_core.training.requests import Request
from ui import limits
from ui.events import sentence_of
from ui.visitor.rooms import sweep_rooms
from ui.visitor.students import folder_of, new_id, sweep
from ui.work.memory import clear_caches
from ui.work.models import teacher_for
from ui.work.room import Room

ROOM = Room(
    limits.JOBS_AT_ONCE,
    limits.JOBS_WAITING,
    f"{limits.JOBS_WAITING} jobs are waiting already: come back in a few minutes.",
)
_REST = 3.0  # seconds after a job, in which the next one of the same visitor begins
_ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))


@dataclass
class _Running:
    """A job under way, waiting or running. data: the folder of the visitor's own data that it works on, None for none.
    job: None where it has no process. stopped: whether it shall end."""

    data: Path | None
    job: Job | None = None
    stopped: bool = False


_RUNNING: dict[str, _Running] = {}  # by run id, or token: to end one, its id must be known


def running() -> set[str]:
    """The ids of the runs under way."""
    return set(_RUNNING)


def check_idle(key: str) -> None:
    """`UserError` where a job of that key is under way."""
    if key in _RUNNING:
        raise UserError("That is under way already: wait for it, or cancel it.")


def data_in_use() -> set[Path]:
    """The folders of visitors' own data that jobs work on."""
    return {each.data for each in list(_RUNNING.values()) if each.data}


def begin() -> str:
    """The id of a run to come; what is too old goes."""
    sweep_all()
    return new_id()


def sweep_all() -> None:
    """Let go what is too old, or too much."""
    sweep(running())
    if sweep_rooms(data_in_use()):
        clear_caches()


def events(task: Task, config: Config, run: str, listening: Callable[[], bool] = lambda: True) -> Iterator[Event]:
    """Wait for a place, distil, and yield the run's events to its end; see `follow`."""
    data = task.files.place if task.files else None
    request = distillation(task, config, teacher_for(task))
    yield from follow(request, run, folder_of(run), data, listening, limits.JOB_SECONDS)


def follow(
    request: Request,
    key: str,
    folder: Path,
    data: Path | None,
    listening: Callable[[], bool] = lambda: True,
    seconds: float = limits.OWN_SECONDS,
) -> Iterator[Event]:
    """Wait for a place, do what is asked for in a folder, and yield the events to the end. Whoever stops listening ends
    the job.

    The waiting is done here and not in Gradio's queue, where jobs would take the places of those who only compare.

    key: by which it can be stopped. data: the folder of the visitor's own data that it works on. listening: whether
    somebody still reads what is yielded. seconds: that it may take. Raises `UserError` where too many wait.
    """
    check_idle(key)
    known = _RUNNING[key] = _Running(data)
    try:
        with ROOM.wait() as place:
            while not place.take(timeout=1):
                yield Stage("Waiting in the queue")
                if known.stopped or not listening():
                    return
            for event in _run(request, key, folder, seconds):
                yield event
                if known.stopped or not listening():
                    return
    finally:
        if _RUNNING.get(key) is known:  # after a stop it may have been begun again
            del _RUNNING[key]


def _run(request: Request, key: str, folder: Path, seconds: float) -> Iterator[Event]:
    if _ZERO_GPU:
        yield from _on_gpu(request, folder)
        return
    known = _RUNNING.get(key)
    if known is None:  # stopped as it came to its place
        return
    known.job = job = start_job(request, folder, seconds)
    try:
        yield from job.events()
    finally:
        job.cancel()
        clock = threading.Timer(_REST, get_ready)
        clock.daemon = True
        clock.start()


def get_ready() -> None:
    """Have processes at hand for the next jobs, unless one is under way, which wants the cores."""
    if not _RUNNING and not _ZERO_GPU:
        keep_ready(limits.READY)


def stop(key: object) -> None:
    """End a job at once, so that it can be begun again; nothing happens where it has ended, or never was."""
    known = _RUNNING.pop(key, None) if isinstance(key, str) else None
    if known:
        known.stopped = True
        if known.job:
            known.job.cancel()


def stop_all_on(data: Path) -> None:
    """End all jobs that work on a visitor's own data."""
    for key, each in list(_RUNNING.items()):
        if each.data == data:
            stop(key)


@atexit.register
def _end_all() -> None:
    for key in list(_RUNNING):
        stop(key)


def _on_gpu(request: Request, folder: Path) -> Iterator[Event]:
    """ZeroGPU lends its device to a decorated generator and to no process that this would start: a thread it is."""
    queued: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    threading.Thread(target=_in_thread, args=(request, folder, queued.put), daemon=True).start()
    stage: Stage = STARTING
    while True:
        try:
            event = queued.get(timeout=REPEAT)
        except queue.Empty:
            yield stage  # so that whoever listens can stop at any time
            continue
        if event is None:
            return
        yield event
        stage = stage_after(event, stage)


if _ZERO_GPU:
    import spaces

    _on_gpu = spaces.GPU(duration=limits.GPU_SECONDS)(_on_gpu)  # at import: a Space looks for one as it starts


def _in_thread(request: Request, folder: Path, put: Callable[[Event | None], None]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        request.run(folder, put)
    except Exception as error:  # the page must hear of it, whatever it was
        put(Failed(sentence_of(error)))
    finally:
        put(None)
