"""What the first visitor need not wait for."""

import logging
from importlib import import_module

from msd_core.tasks import TASKS, load_task

_LOG = logging.getLogger(__name__)
_HEAVY = (
    "analysis.attribution.scene", "analysis.dataset.batch", "analysis.dataset.swap_figures", "analysis.pair.summary",
    "analysis.report", "analysis.study.sentences", "analysis.training", "captum.metrics", "msd_core.study.published",
    "ui.work.attributions", "ui.work.surveys",
)  # fmt: skip


def import_all() -> None:
    """Import what the page's events need."""
    for module in _HEAVY:
        import_module(module)
    for name in TASKS:
        load_task(name)


def warm_up() -> None:
    """Make what the page opens with: the first task's examples, answers and maps. A fault in it is logged, and left to
    the visitor who asks."""
    try:
        from analysis.pair.examples import gallery
        from analysis.pair.summary import summarize
        from msd_core.comparison import compare
        from ui.work.attributions import attribution_of, first_request
        from ui.work.jobs import get_ready
        from ui.work.models import models_for

        task = load_task(next(iter(TASKS)))
        first = gallery(task)[0]
        summarize(compare(task, first.picture, first.example.text, models_for(task, {})))
        attribution_of(first_request(task))
        get_ready()
    except Exception as error:
        _LOG.error("warming up failed", exc_info=error)
