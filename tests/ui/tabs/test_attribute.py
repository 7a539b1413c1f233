"""The Attribute tab without a browser."""

from functools import partial

import pytest

from analysis.attribution.score import BASELINES
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build, get_spec
from tests.ui.page_parts import page_with
from ui.events import guarded
from ui.tabs.attribute.details import Details
from ui.tabs.attribute.tab import AttributeTab
from ui.tabs.compare import CompareTab
from ui.work import attributions
from ui.work.room import Room


@pytest.fixture
def details():
    return page_with(lambda page, tab: Details())


def test_what_cannot_be_measured_leaves_nothing_of_another_pair(details, easy_vqa):
    request = attributions.first_request(easy_vqa)
    waiting = details.waiting(attributions.attribution_of(request))
    assert waiting[details.measures]["elem_classes"] == ["waiting"]
    failed = guarded(details.measure, details.refuse_measure)("forged", None)
    assert "error" in failed[details.trust] and set(failed) <= set(details.measured)
    assert failed[details.measures]["elem_classes"] == []
    assert failed[details.curves] is None and failed[details.table] == ""


def test_a_room_that_fills_up_while_a_pair_is_nudged_gives_the_button_back(details, easy_vqa, monkeypatch):
    request = attributions.first_request(easy_vqa)
    attributions.attribution_of(request)
    room = Room(1, 0)
    monkeypatch.setattr(attributions, "ROOM", room)
    nudging = guarded(details.nudge, details.refuse_nudge)(request)
    for count in ("1 of 3", "2 of 3"):
        update = next(nudging)
        assert count in update[details.progress] and not update[details.sensitivity]["interactive"]
    with room.enter():
        *_, last = nudging
    assert "try again" in last[details.progress] and "failed" in last[details.progress]
    assert last[details.sensitivity]["interactive"] and details.table not in last


def test_a_quick_look_comes_before_maps_that_take_long(easy_vqa, monkeypatch):
    def tabs(page, tab):
        CompareTab(page, tab)
        return AttributeTab(page, tab)

    opened = page_with(tabs)
    ask = partial(
        opened.attribute, "", easy_vqa.name, None, None, 0, [], [], "integrated-gradients", "", "probability", "both",
        BASELINES[0],
    )  # fmt: skip
    (only,) = ask()
    assert only[opened.request] is not None
    spec = get_spec("minilm-effnet")
    dear = {"teacher": LoadedModel(build(spec, len(easy_vqa.labels)).eval(), spec, easy_vqa.name)}
    monkeypatch.setattr(attributions, "models_for", lambda *_: dear)
    for kept in ("_scored", "_attribution_of"):
        monkeypatch.setattr(attributions, kept, getattr(attributions, kept).__wrapped__)
    first, full = ask()
    assert "quick look" in first[opened.sentences] and "paint" in first[opened.viewer]
    assert first[opened.request] is None and not first[opened.details.column]["visible"]
    assert full[opened.request] is not None and full[opened.details.column]["visible"]


def test_a_number_of_steps_is_the_visitors_only_until_another_method_or_task(easy_vqa):
    def tabs(page, tab):
        CompareTab(page, tab)
        return AttributeTab(page, tab)

    opened = page_with(tabs)
    settings = opened.settings
    assert settings.choose_count(64) == {settings.chosen_count: 64}
    assert settings.chosen_count not in settings.show("occlusion")  # another pair: it stays
    again = opened.open_task("occlusion", None, "easy-vqa", None, "", [], [])
    for changed in (settings.fit("gradient-shap"), settings.show(), again):
        assert changed[settings.chosen_count] is None and "value" not in changed[settings.count]
