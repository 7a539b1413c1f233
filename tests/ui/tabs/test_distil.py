"""The Distil tab without a browser."""

from msd_core.methods import METHODS
from msd_core.training.events import Cancelled, Epoch, Stage, Step
from msd_core.views import VIEWS
from msd_core.weighting import WEIGHTINGS
from tests.ui.page_parts import page_with
from ui.tabs import distil
from ui.tabs.compare import CompareTab


def test_every_method_and_weighting_has_words():
    assert set(distil._METHODS) == set(METHODS) and set(distil._WEIGHTINGS) == set(WEIGHTINGS)


def test_a_stage_that_is_repeated_draws_nothing_new(monkeypatch):
    def build(page, tab):
        CompareTab(page, tab)
        return distil.DistilTab(page, tab)

    tab = page_with(build)
    reading, distilling = Stage("Reading the data"), Stage("Distilling")
    record = Epoch(1, 2, {"ce": 1.0}, {view: {"accuracy": 0.5} for view in VIEWS})
    events = [reading, reading, Step(1, 2, {"ce": 1.0}), record, distilling, distilling, Cancelled("Stopped.")]
    monkeypatch.setattr(distil, "events", lambda *values: iter(events))
    monkeypatch.setattr(distil, "_REDRAW", 0)
    form = ["digits", "kd", "instance", "student", 500, 2, 0]
    _, first, again, _, epoch, after, later, *_ = tab.watch("A" * 32, *form, [], None)
    assert first == again and set(first) == {tab.progress}
    assert after == later == {tab.progress: epoch[tab.progress]} and tab.loss in epoch
