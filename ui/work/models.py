"""Which models a visitor may ask about a task: those that come with it, and the visitor's own."""

from collections.abc import Iterable

from msd_core.errors import UserError
from msd_core.models.bundled import FLAGSHIP, bundled_names, load_bundled, load_teacher
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import STUDENTS as SMALL
from msd_core.tasks import Task
from ui import limits
from ui.visitor.rooms import Room
from ui.visitor.students import load_student, own_students

TEACHER = "teacher"
FOR_PHOTOS = ("cut-student", "photo-student")
TICKED = ("kd", FLAGSHIP)  # those that have a map beside the teacher's at first


def students_to_train(task: Task) -> tuple[str, ...]:
    """The architectures that a student of the task can have, the default first: of people's own pictures, those that
    were made for photographs too; of several languages the one that reads them all."""
    if task.recipe is not None and task.recipe.languages:
        return (task.recipe.student, *SMALL)
    return (*FOR_PHOTOS, *SMALL) if task.files else SMALL


def has_teacher(task: Task) -> bool:
    """Whether a teacher comes with the task."""
    return TEACHER in bundled_names(task)


def students_for(task: Task, own: Iterable[str] = ()) -> list[str]:
    """The names of the students to choose from, in order: those that come with the task, then the visitor's own."""
    return [*(name for name in bundled_names(task) if name != TEACHER), *own]


def ticked_students(ticked: list[str], runs: list[str], task: Task) -> dict[str, str]:
    """Those of the visitor's own that are ticked, id by name; where none is and no models come with the task, the
    newest."""
    mine = own_students(runs, task)
    students = {name: run for name, run in mine.items() if run in ticked}
    return students if students or bundled_names(task) else dict(list(mine.items())[-1:])


def models_for(task: Task, own: dict[str, str], only: Iterable[str] | None = None) -> dict[str, LoadedModel]:
    """The models to ask, by name, the teacher first.

    own: the visitor's students, id by name. only: of the task's own models, none but these. Raises `UserError` for too
    many of the visitor's own, one that is gone, and where there is no model at all.
    """
    if len(own) > limits.OWN_AT_ONCE:
        raise UserError(f"You chose {len(own)} of your own students: choose at most {limits.OWN_AT_ONCE} at once.")
    names = [name for name in bundled_names(task) if only is None or name in tuple(only)]
    models = {name: load_bundled(task, name) for name in names}
    models |= {name: load_student(run, task) for name, run in own.items()}
    if not models:
        how = "teach one on Your data" if task.files else "distil a student on labels alone (ce)"
        raise UserError(f"There is no model of {task.name} yet: {how} first.")
    return models


def teacher_for(task: Task) -> LoadedModel | None:
    """The teacher that comes with a task; of a visitor's own task that of its run, which has one for each fold beside
    it where rows are few. None where there is no teacher."""
    if not has_teacher(task):
        return None
    place = task.files and task.files.place
    return load_teacher(task, str(Room(place).teacher_run.folder) if place else "bundled")
