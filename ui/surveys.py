"""Surveys of the tasks' test splits: whoever asks for the same one waits for the same one, and it is kept."""

import threading
from collections import OrderedDict
from collections.abc import Generator

from msd_core.errors import UserError
from ui import limits
from ui.checks import check_task
from ui.visitor import load_student, ticked_students
from ui.working import Work, wait

Asked = tuple[str, tuple[tuple[str, str], ...], str]  # the task, own students (name, run id), and what EMAP works on

_PLACES = threading.BoundedSemaphore(limits.SURVEYS_AT_ONCE)
_LOCK = threading.Lock()
_WORKS: OrderedDict[Asked, Work] = OrderedDict()  # the latest last


def follow(task: str, own: dict[str, str], output: str = "probability") -> Generator[tuple[float, str], None, object]:
    """Yield how far a survey of the bundled models and the visitor's own (id by name) is; return it."""
    if len(own) > limits.OWN_AT_ONCE:
        raise UserError(f"Those are {len(own)} students of your own: survey at most {limits.OWN_AT_ONCE} at once.")
    asked = task, tuple(own.items()), output
    with _LOCK:
        work = _WORKS.get(asked)
        if work is None or work.error:  # what failed once may go well now
            _WORKS[asked] = work = Work(lambda report: _survey(asked, report), _PLACES)
        _WORKS.move_to_end(asked)
        if len(_WORKS) > limits.SURVEYS_KEPT:
            _WORKS.popitem(last=False)
    return (yield from work.follow())


def surveyed(task: str, own: dict[str, str], output: str = "probability"):
    """The same, waiting for it."""
    return wait(follow(task, own, output))


def asked_of(task: object, own: object, runs: object) -> tuple[str, dict[str, str]]:
    """The task, and the visitor's students (id by name) among those ticked, all checked."""
    name = check_task(task)
    return name, ticked_students(own, runs, name)


def make_report(task: object, own: object, runs: object):
    """The report of the dataset with the students shown."""
    from analysis.report import dataset_report

    return dataset_report(surveyed(*asked_of(task, own, runs)))


def _survey(asked: Asked, report):
    from analysis.dataset.survey import survey
    from msd_core.compare import bundled_models

    task, own, output = asked
    models = bundled_models(task) | {name: load_student(run, task) for name, run in own}
    return survey(task, models, output, report=report)
