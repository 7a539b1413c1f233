"""The Distil tab without a browser."""

from msd_core.methods import METHODS
from msd_core.training.config import UNLABELLED
from msd_core.training.events import Cancelled, Epoch, Stage, Step
from msd_core.views import VIEWS
from msd_core.weighting import WEIGHTINGS
from tests.ui.page_parts import page_with
from ui.tabs.compare import CompareTab
from ui.tabs.distil import form
from ui.tabs.distil import tab as distil


def test_every_method_and_weighting_has_words():
    assert set(form._METHODS) == set(METHODS) and set(form._WEIGHTINGS) == set(WEIGHTINGS)
    assert set(form._TEXTS) == set(UNLABELLED)


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
    chosen = ["digits", "kd", "instance", "student", 500, 2, 0, "unread", 0]
    _, first, again, _, epoch, after, later, *_ = tab.watch("A" * 32, *chosen, [], None)
    assert first == again and set(first) == {tab.progress}
    assert after == later == {tab.progress: epoch[tab.progress]} and tab.loss in epoch


def test_names_without_labels_are_offered_where_there_are_some():
    def build(page, tab):
        CompareTab(page, tab)
        return distil.DistilTab(page, tab)

    chosen = page_with(build).form
    for task, shown, first, epochs in (("emoji", True, "gram-student", 30), ("digits", False, "student", 10)):
        updates = chosen.fit(task)
        assert set(updates) == {*chosen.fitted} and updates[chosen.texts]["visible"] is shown
        assert updates[chosen.model]["choices"][0][1] == updates[chosen.model]["value"] == first
        assert updates[chosen.epochs]["value"] == epochs and updates[chosen.texts]["value"] == "unread"
