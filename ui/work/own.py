"""A visitor's own data at work: a look at them, and their teacher, each a job that goes on where it stopped."""

from collections.abc import Callable, Iterator

from msd_core.errors import UserError
from msd_core.training.config import teacher_config
from msd_core.training.events import LATE, Cancelled, Done, Event, Failed
from msd_core.training.jobs import distillation
from msd_core.training.requests import Look, Request
from ui import limits
from ui.visitor.own_tasks import forget_students, keep_teacher, task_in
from ui.visitor.rooms import Room, known_tokens, open_room
from ui.visitor.rooms import forget as forget_room
from ui.work.jobs import follow, stop_all_on
from ui.work.memory import clear_caches

_AGAIN = "Start it again, and it goes on where it stopped."


def look_at(token: str, listening: Callable[[], bool]) -> Iterator[Event]:
    """Read a room's data and look at them, where that was not done. Raises `UserError` where it cannot be."""
    room = open_room(token)
    if room.look() is None:
        yield from _job(Look(room.reading()), room, token, "looking", listening)
        if room.look() is None:
            raise UserError(f"The look at the data was ended. {_AGAIN}")


def teach(token: str, listening: Callable[[], bool]) -> Iterator[Event]:
    """Train the teacher of a room's task, or go on with it, and make it the task's own, where that was not done."""
    room = open_room(token)
    if room.result() is None:
        task = task_in(room)
        yield from _job(distillation(task, teacher_config(task), None), room, token, "teaching", listening)
        if room.teacher_run.result is None:
            raise UserError(f"The training was ended. {_AGAIN}")
        keep_teacher(room)


def _job(request: Request, room: Room, token: str, what: str, listening: Callable[[], bool]) -> Iterator[Event]:
    """A job on a room's data; one that fails, or is ended, raises `UserError`."""
    for event in follow(request, token, room.folder / what, room.folder, listening):
        if isinstance(event, Failed):
            late = f"That took {limits.OWN_SECONDS // 60} minutes and was stopped. {_AGAIN}"
            raise UserError(late if event.text == LATE else plain(event.text, room))
        if isinstance(event, Cancelled):
            raise UserError(f"Stopped. {_AGAIN}")
        if not isinstance(event, Done):
            yield event


def forget(room: Room, runs: object) -> list[str]:
    """Delete a room now, with the visitor's students of it, on disk and in memory, whatever job works on it: the ids of
    the runs that are left."""
    stop_all_on(room.folder)
    left = forget_students(room, runs)
    forget_room(room)
    clear_caches()
    return left


def plain(sentence: str, room: Room) -> str:
    """A sentence without where the server keeps the files that it speaks of."""
    return sentence.replace(f"{room.uploads}/", "").replace(str(room.folder), "the folder of this task")


def remembered(tokens: object, token: str) -> list[str]:
    """The tokens of a browser with one more, which is the newest. Raises `UserError` where they are too many."""
    known = [each for each in known_tokens(tokens) if each != token]
    if len(known) >= limits.OWN_TASKS:
        raise UserError(f"You have {len(known)} tasks of your own: delete one first.")
    return [*known, token]
