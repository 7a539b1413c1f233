"""Surveys of the tasks' test splits: whoever asks for the same one waits for the same one, and it is kept."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msd_core.tasks import Task
from ui import limits
from ui.work.models import models_for
from ui.work.room import Room
from ui.work.work import Reporter, Result, Work, WorkProgress, wait

if TYPE_CHECKING:  # heavy
    from analysis.dataset.survey import Survey

_Key = tuple[Task, tuple[tuple[str, str], ...], str]  # the task, own students (name, run id), what EMAP works on

ROOM = Room(limits.SURVEYS_AT_ONCE, limits.EXPLORES_AT_ONCE)
_LOCK = threading.Lock()
_WORKS: "OrderedDict[_Key, Work[Survey]]" = OrderedDict()  # the latest last


def follow(task: Task, own: dict[str, str], output: str = "probability") -> "Iterator[WorkProgress | Result[Survey]]":
    """How far a survey of the task's models and the visitor's own (id by name) is, and the survey."""
    models_for(task, own)  # raises what would be raised later
    key = task, tuple(own.items()), output
    with _LOCK:
        work = _WORKS.get(key)
        if work is None or work.error:  # what failed once may go well now
            _WORKS[key] = work = Work(lambda report: _survey(key, report), ROOM)
        _WORKS.move_to_end(key)
        if len(_WORKS) > limits.SURVEYS_KEPT:
            _WORKS.popitem(last=False)
    return work.follow()


def survey_of(task: Task, own: dict[str, str], output: str = "probability") -> "Survey":
    """The same, waiting for it."""
    return wait(follow(task, own, output))


def clear_cache() -> None:
    """Forget the surveys of visitors' own tasks."""
    with _LOCK:
        for key in [key for key in _WORKS if key[0].files]:
            del _WORKS[key]


def _survey(key: _Key, report: Reporter) -> "Survey":
    from analysis.dataset.survey import survey

    task, own, output = key
    return survey(task, models_for(task, dict(own)), output, report=report)
