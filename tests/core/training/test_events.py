"""What a run reports, through a file and back."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.training.events import (
    Cancelled,
    Done,
    Epoch,
    Event,
    Failed,
    Note,
    RunDone,
    Stage,
    Step,
    event_from_dict,
    ignore,
    to_dict,
)

numbers = st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False), max_size=3)
EVENTS = st.one_of(
    st.builds(Stage, st.text(), st.none() | st.integers()),
    st.builds(Step, st.integers(), st.integers(), numbers),
    st.builds(Epoch, st.integers(), st.integers(), numbers, st.dictionaries(st.text(), numbers), numbers),
    st.builds(RunDone, st.text(), st.integers(), st.integers(), st.integers()),
    st.builds(Done, numbers),
    *(st.builds(kind, st.text()) for kind in (Note, Failed, Cancelled)),
)


@given(event=EVENTS)
def test_an_event_crosses_a_file(event):
    assert event_from_dict(json.loads(json.dumps(to_dict(event)))) == event
    assert to_dict(event)["kind"] == event.kind
    assert ignore(event) is None


def test_every_kind_has_a_name_of_its_own():
    kinds = [each.kind for each in get_args(Event)]
    assert len(set(kinds)) == len(kinds) == 8


@pytest.mark.parametrize("values", [{}, {"kind": "party"}, {"kind": "step", "step": 1}, {"kind": "note", "x": 1}])
def test_what_is_no_event_is_refused(values):
    with pytest.raises((KeyError, TypeError)):
        event_from_dict(values)


def test_reading_leaves_the_values_alone():
    values = {"kind": "note", "text": "x"}
    assert event_from_dict(values) == Note("x") and values == {"kind": "note", "text": "x"}
