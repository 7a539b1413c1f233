"""Filters keep what they name, and every example is in a group."""

import numpy as np
import pytest

from analysis.dataset.filters import (
    MOST_GROUPS,
    OTHER,
    RIGHT,
    Filter,
    common,
    filter_rows,
    group,
    right_titles,
    who_is_right,
)


def test_filters_keep_what_they_name(survey):
    table, split = survey.table, survey.split
    words = filter_rows(survey, "msd", Filter(words="GREEN"))
    assert len(words) and table["text"].iloc[words].str.contains("green").all()
    assert len(words) == table["text"].str.contains("green").sum()
    high = filter_rows(survey, "msd", Filter(image=(0.3, 1.0)))
    assert set(high) == set(np.flatnonzero(survey.saliency[:, 0] >= 0.3))
    same = filter_rows(survey, "msd", Filter(agreement="same"))
    assert set(same) == set(np.flatnonzero(table["agrees_msd"]))
    red = filter_rows(survey, "msd", Filter(labels=("red",)))
    assert set(red) == set(np.flatnonzero(split.labels[:, 0] if survey.task.multilabel else split.labels == 0))
    by_text = filter_rows(survey, "msd", Filter(evidence=("text",)))
    truth = split.labels.numpy() > 0.5 if survey.task.multilabel else True
    decided = (split.evidence == "text") & truth
    assert set(by_text) == set(np.flatnonzero(decided.any(-1) if survey.task.multilabel else decided))
    assert set(filter_rows(survey, "msd", Filter())) == set(range(len(split)))


def test_who_is_right_is_one_of_four(survey):
    who, right = who_is_right(survey, "kd"), survey.right
    assert ((who == "teacher") == (right["teacher"] & ~right["kd"])).all()
    assert ((who == "neither") == (~right["teacher"] & ~right["kd"])).all()
    for kind in RIGHT[1:]:
        assert set(filter_rows(survey, "kd", Filter(right=kind))) == set(np.flatnonzero(who == kind))
    assert [*right_titles("kd")] == list(RIGHT) and right_titles("kd")["student"] == "only KD is right"


def test_rare_groups_go_together():
    of = np.array([f"g{i}" for i in range(12) for _ in range(12 - i)], dtype=object)
    names, groups = common([f"g{i}" for i in range(12)], of)
    assert names == [*(f"g{i}" for i in range(MOST_GROUPS - 1)), OTHER]
    assert set(groups) == set(names)


def test_every_example_is_in_a_group(survey):
    for by in ("label", "evidence", "right"):
        names, of = group(survey, by, "msd")
        assert set(of) <= set(names) and len(of) == len(survey.split)


@pytest.mark.parametrize("by", ["evidence", "right"])
def test_what_nobody_knows_falls_back_on_labels(bare, by):
    names, of = group(bare, by, None)
    labels = group(bare, "label", None)
    assert names == labels[0] and (of == labels[1]).all() and set(of) <= set(names)


def test_filters_by_what_nobody_knows_keep_everything(bare):
    for wanted in (Filter(evidence=("text",)), Filter(agreement="same"), Filter(right="both")):
        assert list(filter_rows(bare, None, wanted)) == list(range(40))
    assert 0 < len(filter_rows(bare, None, Filter(labels=("red",), evidence=("text",)))) < 40
