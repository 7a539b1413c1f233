"""Which models a visitor may ask about a task: those that come with it, and the visitor's own."""

from collections.abc import Iterable

from msd_core.errors import UserError
from msd_core.models.bundled import bundled_names, load_bundled
from msd_core.models.files import LoadedModel
from msd_core.tasks import Task
from ui import limits
from ui.visitor.students import load_student

TICKED = ("kd", "msd")  # a task's students that have a map beside the teacher's at first


def models_for(task: Task, own: dict[str, str], only: Iterable[str] | None = None) -> dict[str, LoadedModel]:
    """The models to ask, by name, the teacher first.

    own: the visitor's students, id by name. only: of the task's own models, none but these. Raises `UserError` for too
    many of the visitor's own, one that is gone, and where there is no model at all.
    """
    if len(own) > limits.OWN_AT_ONCE:
        raise UserError(f"Those are {len(own)} students of your own: choose at most {limits.OWN_AT_ONCE} at once.")
    names = [name for name in bundled_names(task) if only is None or name in tuple(only)]
    models = {name: load_bundled(task, name) for name in names}
    models |= {name: load_student(run, task) for name, run in own.items()}
    if not models:
        raise UserError(f"There is no model of {task.name} yet: distil a student on labels alone (ce) first.")
    return models


def teacher_for(task: Task) -> LoadedModel | None:
    """The teacher that comes with a task; None where none does."""
    return load_bundled(task, "teacher") if "teacher" in bundled_names(task) else None
