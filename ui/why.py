"""One question why, to several models at once, for the page and the API alike. Heavy to import."""

from dataclasses import dataclass
from functools import lru_cache

from analysis.attribution.explain import Explanation, Settings, explain
from analysis.examples import show
from analysis.report import Report, pair_report
from msd_core.models.bundled import BUNDLED, load_bundled
from msd_core.models.files import Loaded
from ui import limits
from ui.room import Room
from ui.visitor import load_student

ROOM = Room(limits.ATTRIBUTES_AT_ONCE, limits.ATTRIBUTES_WAITING)


@dataclass(frozen=True)
class Asked:
    """All that maps depend on, checked: the `row` of a test example or the path of an `upload` (which Gradio names by
    its content), and the students beside the teacher, `(name, id of a run or of a bundled model)`."""

    task: str
    row: int | None
    upload: str | None
    text: str
    students: tuple[tuple[str, str], ...]
    settings: Settings


def explained(asked: Asked) -> Explanation:
    """The maps, after a wait where others are at it."""
    with ROOM.enter():
        return _explained(asked)


@lru_cache(maxsize=32)
def _explained(asked: Asked) -> Explanation:
    """Kept for a while, for the measures that follow and for those who look at the same again."""
    models = {"teacher": load_bundled(asked.task, "teacher")}
    models |= {name: _student(student, asked.task) for name, student in asked.students}
    if asked.row is None:
        return explain(asked.task, asked.upload, asked.text, models, asked.settings)
    shown = show(asked.task, asked.row)
    return explain(asked.task, shown.picture, asked.text, models, asked.settings, shown.example)


def report(asked: Asked) -> Report:
    """The report of the pair."""
    example = None if asked.row is None else show(asked.task, asked.row).example
    found = explained(asked)
    with ROOM.enter():
        return pair_report(found, example.label if example else None)


def beside(ticked: list, mine: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The students to show beside the teacher, in the order of the models: of what is ticked, the last that there is
    room for. `mine` are the visitor's own, id by name."""
    known = {name: name for name in BUNDLED if name != "teacher"} | mine
    kept = [student for student in ticked if student in known.values()][-limits.BESIDE :]
    return tuple((name, student) for name, student in known.items() if student in kept)


def _student(student: str, task: str) -> Loaded:
    if student in BUNDLED:
        return load_bundled(task, student)
    return load_student(student, task)


def bundled_and(own: str) -> tuple[tuple[str, str], ...]:
    """All bundled students, and one of the visitor's own where there is one."""
    bundled = tuple((name, name) for name in BUNDLED if name != "teacher")
    return (*bundled, ("own", own)) if own else bundled
