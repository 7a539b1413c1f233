"""The swap matrix of Explore without a browser."""

import gradio as gr
import pytest

from analysis.words import short_name
from msd_core.training.config import Config
from msd_core.training.distill import distill
from tests.ui.page_parts import page_with
from ui.tabs.explore.swap import SwapCard
from ui.visitor.students import folder_of, new_id, own_students

CONFIG = Config(method="ce", weighting="none", model="student-tiny", epochs=1, train_size=60)


@pytest.fixture
def card(monkeypatch, tmp_path):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))

    def build(page, tab):
        card = SwapCard(page, gr.Radio(), gr.CheckboxGroup())
        card.wire(tab)
        return card

    return page_with(build)


@pytest.fixture
def runs(fifth, card):
    """Two students of a visitor."""
    made = [new_id(), new_id()]
    for run in made:
        distill(fifth, CONFIG, folder_of(run) / "run")
    return made


def play(blocks: gr.Blocks, component, trigger: str, values: dict) -> None:
    """What a trigger of a component does to the values on the page, with the events that follow it."""
    events = list(blocks.fns.values())
    due = [event for event in events if (component._id, trigger) in event.targets]
    while due:
        event = due.pop(0)
        updates = event.fn(*(values.get(each) for each in event.inputs))
        for each, update in updates.items():
            if not isinstance(update, dict):
                values[each] = update
            elif "value" in update:
                values[each] = update["value"]
        due += [each for each in events if each.trigger_after == event._id]


def test_ticking_a_student_draws_with_that_student(card, fifth, runs):
    values = {
        card.task: "fifth", card.count: 2, card.texts: "red\nblue", card.own: runs[:1], card.page.runs: runs,
    }  # fmt: skip
    for ticked, name in zip(runs, own_students(runs, fifth), strict=True):
        values[card.own] = [ticked]
        play(card.page.blocks, card.own, "input", values)
        assert short_name(name) in values[card.teacher[0]] and values[card.teacher[1]] is not None
        assert "error" not in values[card.key]


def test_the_student_that_is_chosen_stays_while_it_is_ticked(card, fifth, runs):
    one, two = own_students(runs, fifth)
    both = card.list_students("fifth", runs, runs, two)[card.student]
    assert [name for _, name in both["choices"]] == [one, two] and both["value"] == two
    left = card.list_students("fifth", runs[:1], runs, two)[card.student]
    assert [name for _, name in left["choices"]] == [one] and left["value"] != two
