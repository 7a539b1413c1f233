"""Distillations under way: a process each, or on a ZeroGPU Space the trainer itself."""

import atexit
import os
import queue
import threading
from collections.abc import Callable, Iterator

from msd_core.models.files import LoadedModel
from msd_core.tasks import Task
from msd_core.training.config import Config
from msd_core.training.events import Event, Failed, Stage
from msd_core.training.jobs import REPEAT, STARTING, Job, stage_after, start
from ui import limits
from ui.events import sentence_of
from ui.visitor.students import folder_of, new_id, sweep
from ui.work.models import teacher_for
from ui.work.room import Room

ROOM = Room(
    limits.JOBS_AT_ONCE,
    limits.JOBS_WAITING,
    f"{limits.JOBS_WAITING} jobs are waiting already: come back in a few minutes.",
)
_ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))
_RUNNING: dict[str, Job | None] = {}  # by run id: to end one, its id must be known; None where it has no process


def running() -> set[str]:
    """The ids of the runs under way."""
    return set(_RUNNING)


def begin() -> str:
    """The id of a run to come; what is too old goes."""
    sweep(running())
    return new_id()


def events(task: Task, config: Config, run: str, listening: Callable[[], bool] = lambda: True) -> Iterator[Event]:
    """Wait for a place, distil, and yield the run's events to its end. Whoever stops listening ends the job.

    The waiting is done here and not in Gradio's queue, where jobs would take the places of those who only compare.

    listening: whether somebody still reads what is yielded. Raises `UserError` where too many wait.
    """
    with ROOM.wait() as place:
        while not place.take(timeout=1):
            yield Stage("Waiting in the queue")
            if not listening():
                return
        _RUNNING[run] = None
        try:
            for event in _run(task, config, run):
                yield event
                if not listening():
                    return
        finally:
            _RUNNING.pop(run, None)


def _run(task: Task, config: Config, run: str) -> Iterator[Event]:
    teacher = teacher_for(task)
    if _ZERO_GPU:
        yield from _on_gpu(task, config, run, teacher)
        return
    job = start(task, config, folder_of(run), teacher, limits.JOB_SECONDS)
    _RUNNING[run] = job
    try:
        yield from job.events()
    finally:
        job.cancel()


def stop(run: object) -> None:
    """End a job at once; nothing happens where it has ended, or never was."""
    job = _RUNNING.get(run) if isinstance(run, str) else None
    if job:
        job.cancel()


@atexit.register
def _end_all() -> None:
    for job in list(_RUNNING.values()):
        if job:
            job.cancel()


def _on_gpu(task: Task, config: Config, run: str, teacher: LoadedModel | None) -> Iterator[Event]:
    """ZeroGPU lends its device to a decorated generator and to no process that this would start: a thread it is."""
    queued: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    threading.Thread(target=_in_thread, args=(task, config, run, teacher, queued.put), daemon=True).start()
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


def _in_thread(
    task: Task, config: Config, run: str, teacher: LoadedModel | None, put: Callable[[Event | None], None]
) -> None:
    from msd_core.training.distill import distill

    try:
        distill(task, config, folder_of(run) / "run", teacher, put)
    except Exception as error:  # the page must hear of it, whatever it was
        put(Failed(sentence_of(error)))
    finally:
        put(None)
