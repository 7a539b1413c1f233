"""Maps of one pair by several models, for the page and the API alike: made once, kept for a while. Heavy to import."""

from dataclasses import dataclass
from functools import lru_cache

from analysis.attribution.faithfulness import Faithfulness
from analysis.attribution.pair import PairAttribution, ScoredPair, Settings, score_pair
from analysis.attribution.scene import QuickLooks, quick_looks
from analysis.pair.examples import example_at, gallery
from analysis.report import Report, pair_report
from msd_core.tasks import Task
from ui import limits
from ui.work.models import TEACHER, TICKED, models_for, students_for
from ui.work.room import Room

ROOM = Room(limits.ATTRIBUTES_AT_ONCE, limits.ATTRIBUTES_WAITING)


@dataclass(frozen=True)
class Request:
    """All that maps depend on, checked.

    row: of a test example; None for a pair of the visitor's own, whose picture is the file `upload` (which Gradio names
    by its content; None for no picture) and whose text may be None. students: beside the teacher, `(name, id of a run)`
    for the visitor's own, `(name, "")` for the task's.
    """

    task: Task
    row: int | None
    upload: str | None
    text: str | None
    students: tuple[tuple[str, str], ...]
    settings: Settings


def first_request(task: Task) -> Request:
    """The maps that the Attribute tab opens with."""
    first = gallery(task)[0]
    return Request(task, first.row, None, first.example.text, beside(task, [*TICKED], {}), Settings())


def attribution_of(request: Request) -> PairAttribution:
    """The maps, after a wait where others are at it. Raises `UserError` where they cannot be made."""
    with ROOM.enter():
        return _attribution_of(request)


def quick_looks_of(request: Request) -> QuickLooks | None:
    """What can be seen before the maps are made; None where they are made as soon. Raises `UserError` as they do."""
    with ROOM.enter():
        return quick_looks(_scored(request))


@lru_cache(maxsize=32)
def _attribution_of(request: Request) -> PairAttribution:
    """Kept for a while, for the measures that follow and for those who look at the same again."""
    return _scored(request).attribute()


@lru_cache(maxsize=32)
def _scored(request: Request) -> ScoredPair:
    """Kept as long as the maps, which hold the same scores."""
    own = {name: run for name, run in request.students if run}
    models = models_for(request.task, own, (TEACHER, *(name for name, run in request.students if not run)))
    if request.row is None:
        return score_pair(request.task, request.upload, request.text, models, request.settings)
    row = example_at(request.task, request.row)
    example = row.example
    return score_pair(request.task, row.picture, example.text, models, request.settings, example)


def clear_cache() -> None:
    """Forget the maps that the process holds."""
    _scored.cache_clear()
    _attribution_of.cache_clear()


def faithfulness_of(request: Request) -> dict[str, Faithfulness]:
    """How far each map can be trusted."""
    attribution = attribution_of(request)
    with ROOM.enter():
        return attribution.faithfulness()


def report_of(request: Request) -> Report:
    """The report of the pair."""
    example = None if request.row is None else example_at(request.task, request.row).example
    attribution = attribution_of(request)
    with ROOM.enter():
        return pair_report(attribution, example.label if example else None)


def beside(task: Task, ticked: list[str], own: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The students to have beside the teacher, in the order of the models: of what is ticked, the last that there is
    room for. own: the visitor's, id by name."""
    known = all_students(task, own)
    kept = [tick for tick in ticked if any(tick in student for student in known)][-limits.BESIDE :]
    return tuple((name, run) for name, run in known if (run or name) in kept)


def all_students(task: Task, own: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """All of the task's students, and these of the visitor's."""
    return tuple((name, own.get(name, "")) for name in students_for(task, own))
