"""Jobs under way: a process each, or on a ZeroGPU Space the loop itself."""

import atexit
import os
import queue
import threading
from collections.abc import Iterator

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.jobs import Job, start
from ui import limits
from ui.visitor import folder_of, new_id, sweep

_ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))
_PLACES = threading.BoundedSemaphore(limits.JOBS_AT_ONCE)
_ROOM = threading.BoundedSemaphore(limits.JOBS_AT_ONCE + limits.JOBS_WAITING)
_JOBS: dict[str, Job] = {}  # by run id: to end one, its id must be known


def begin() -> str:
    """The id of a run to come; what is too old goes."""
    sweep()
    return new_id()


def events(config: Config, run: str) -> Iterator[dict]:
    """Wait for a place, distil, and yield the run's events to its end. Whoever stops listening ends the job.

    The waiting is done here and not in Gradio's queue, where jobs would take the places of those who only compare.
    """
    if not _ROOM.acquire(blocking=False):
        raise UserError(f"{limits.JOBS_WAITING} jobs are waiting already: come back in a few minutes.")
    try:
        while not _PLACES.acquire(timeout=1):
            yield {"kind": "stage", "text": "Waiting for a free place"}
        try:
            yield from _run(config, run)
        finally:
            _PLACES.release()
    finally:
        _ROOM.release()


def _run(config: Config, run: str) -> Iterator[dict]:
    if _ZERO_GPU:
        yield from _on_gpu(config, run)
        return
    job = start(config, folder_of(run))
    _JOBS[run] = job
    clock = threading.Timer(limits.JOB_SECONDS, job.cancel)
    clock.daemon = True
    clock.start()
    try:
        yield from job.events()
    finally:
        clock.cancel()
        _JOBS.pop(run, None)
        job.cancel()


def stop(run: object) -> None:
    """End a job at once; nothing happens where it has ended, or never was."""
    job = _JOBS.get(run) if isinstance(run, str) else None
    if job:
        job.cancel()


@atexit.register
def _end_all() -> None:
    for job in list(_JOBS.values()):
        job.cancel()


def _on_gpu(config: Config, run: str) -> Iterator[dict]:
    """ZeroGPU lends its device to a decorated generator and to no process that this would start: a thread it is."""
    told: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
    threading.Thread(target=_in_thread, args=(config, run, told.put), daemon=True).start()
    while (event := told.get()) is not None:
        yield event


if _ZERO_GPU:
    import spaces

    _on_gpu = spaces.GPU(duration=limits.GPU_SECONDS)(_on_gpu)  # at import: a Space looks for one as it starts


def _in_thread(config: Config, run: str, tell) -> None:
    from msd_core.distill import distill

    try:
        distill(config, folder_of(run) / "run", tell)
    except UserError as error:
        tell({"kind": "error", "text": str(error)})
    except Exception as error:  # the page must hear of it, whatever it was
        tell({"kind": "error", "text": f"The job failed ({type(error).__name__}): please report this."})
    finally:
        tell(None)
