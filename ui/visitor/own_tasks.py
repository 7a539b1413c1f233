"""Visitors' own tasks: what a name such as `own:<token>` stands for, and how the choices of a browser grow by them."""

import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from msd_core.errors import UserError
from msd_core.ood import detector_file
from msd_core.tasks import Task
from msd_core.training.runs import Run
from ui.visitor.rooms import OWN, Room, known_tokens, open_room
from ui.visitor.students import folder_of, known_ids, own_students


def own_task(name: str) -> Task:
    """The task of a name that begins with `own:`; the same object until its files change. Raises `UserError` for one
    that is gone, or whose data nobody has looked at yet."""
    room = open_room(name.removeprefix(OWN))
    return task_in(room)


def task_in(room: Room) -> Task:
    """The task of a room."""
    if room.look() is None:
        raise UserError("The data of that task are not read yet: look at them first, on Your data.")
    return _task(room, (room.folder / "room.json").stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _task(room: Room, changed: int) -> Task:
    return room.reading().task()


def clear_cache() -> None:
    """Forget what the process holds of tasks."""
    _task.cache_clear()


def own_choices(tokens: object) -> list[tuple[str, str]]:
    """The tasks of a browser that can be chosen: the name that people see, and the task's."""
    choices: list[tuple[str, str]] = []
    for token in known_tokens(tokens):
        with suppress(UserError):
            title = own_task(OWN + token).title
            seen = sum(known.partition(" (")[0] == title for known, _ in choices)
            choices.append((f"{title} ({seen + 1})" if seen else title, OWN + token))
    return choices


def keep_teacher(room: Room) -> None:
    """Make a finished teacher the task's own."""
    put_teacher(room, room.teacher_run.model_file)


def put_teacher(room: Room, model: Path) -> None:
    """Make the model in a file, with the detector beside it, the teacher of a room's task."""
    target = room.models / "teacher.safetensors"
    room.models.mkdir(exist_ok=True)
    for source, place in ((detector_file(model), detector_file(target)), (model, target)):
        if source.is_file():
            part = place.with_suffix(".part")
            shutil.copyfile(source, part)
            part.replace(place)


def students_in(room: Room, runs: object) -> dict[str, Run]:
    """The visitor's finished students of a room's task by the names that people see."""
    with suppress(UserError):
        return {name: Run(folder_of(run) / "run") for name, run in own_students(known_ids(runs), task_in(room)).items()}
    return {}


def forget_students(room: Room, runs: object) -> list[str]:
    """Delete the visitor's students of a room's task, and return the runs that are left."""
    gone = {run.folder.parent.name for run in students_in(room, runs).values()}
    for run in gone:
        shutil.rmtree(folder_of(run), ignore_errors=True)
    return [run for run in known_ids(runs) if run not in gone]
