"""The differences between arms: paired by seed, of one kind of device, and adding up over the evidence."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from msd_core.study.arms import BAR, CONTRAST, REFERENCES
from msd_core.study.contrasts import COLUMNS, EVIDENCE, by_evidence, contrast, contrasts, differences, pairs
from msd_core.study.plan import Condition
from msd_core.study.results import gather, logits_on_test
from msd_core.study.statistics import Interval
from msd_core.tasks import load_split
from tests.core.study.tiny_study import PLAN


def runs_of(arms, seeds: int = 6, size: int = 200) -> pd.DataFrame:
    """Runs with made-up scores."""
    draw = np.random.default_rng(0)
    rows = [
        {"arm": arm, "seed": seed, "train_size": size, "label_noise": 0.0, "corrupt_text": 0.0, "device": "cpu",
         "weighting": arm.split("/")[0].partition("+")[2] or "none", "test_both": draw.random(), "left": 2.0}
        for arm, seed in product(arms, range(seeds))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def nothing(one: pd.DataFrame, other: pd.DataFrame) -> Interval:
    return Interval(0.0, -1.0, 1.0)


def test_differences_are_paired_by_seed(study, digits):
    table = gather(digits, study)
    (row,) = contrasts(digits, study, table).to_dict("records")
    by_arm = {arm: part.set_index("seed")["test_both"] for arm, part in table.groupby("arm")}
    expected = (by_arm["kd+instance"] - by_arm["kd"]).mean()
    assert row["mean"] == pytest.approx(expected) and row["seeds"] == 3 and row["named"]
    assert row["low"] <= row["mean"] <= row["high"] and pd.isna(row["bca_low"]), "three seeds are few to draw from"
    more = pd.concat([table, table.assign(seed=table["seed"] + 3)]).assign(train_size=100)
    (row,) = contrasts(digits, study, more).to_dict("records")
    assert row["bca_low"] <= row["mean"] <= row["bca_high"] and row["seeds"] == 6
    none = contrasts(digits, study, table[(table["arm"] == "kd") | (table["seed"] == 0)])
    assert none.empty and list(none.columns) == list(row) == COLUMNS, "one pair is no interval"


def test_the_named_difference_has_the_seeds_it_was_named_with(study, digits):
    table = gather(digits, study)
    more = pd.concat([table, table.assign(seed=table["seed"] + 3)])
    (row,) = contrasts(digits, study, more).to_dict("records")
    assert row["named"] and row["seeds"] == 3
    assert contrasts(digits, study, more.assign(train_size=100))["seeds"].tolist() == [6]


def test_runs_on_unlike_devices_do_not_pair(study, digits):
    table = gather(digits, study)
    moved = table["device"].mask((table["arm"] == "kd") & (table["seed"] == 0), "cuda:0")
    (row,) = contrasts(digits, study, table.assign(device=moved)).to_dict("records")
    assert row["seeds"] == 2


def test_by_evidence_the_differences_add_up_to_the_whole(study, digits):
    table = gather(digits, study)
    parts = by_evidence(digits, study, table)
    assert parts["evidence"].tolist() == ["both", "text"] and parts["share"].sum() == pytest.approx(1)
    runs, labels = table.set_index(["arm", "seed"])["run"], load_split(digits, "test").labels
    answers = {arm: logits_on_test(study, list(runs[arm])).argmax(-1) for arm in PLAN.arms}
    whole = (answers["kd+instance"] == labels).float().mean() - (answers["kd"] == labels).float().mean()
    assert (parts["share"] * parts["mean"]).sum() == pytest.approx(float(whole), abs=1e-6)


def test_without_evidence_there_is_nothing_to_split_by(study, digits, monkeypatch):
    test = load_split(digits, "test")
    monkeypatch.setattr("msd_core.study.contrasts.load_split", lambda task, split: replace(test, evidence=None))
    parts = by_evidence(digits, study, gather(digits, study))
    assert parts.empty and list(parts) == EVIDENCE


def test_each_pair_of_arms_is_held_against_each_other_once():
    arms = ("ce", "kd", BAR, "kd+instance", "kd+population", "sp")
    held = [(arm, against) for arm, against, _, _ in pairs(runs_of(arms))]
    assert len(set(held)) == len(held) and not {(b, a) for a, b in held} & set(held)
    assert {arm for arm, against in held if against == "kd"} == set(arms) - {"kd"}
    assert {arm for arm, against in held if against == BAR} == {"kd+instance", "kd+population"}
    assert {arm for arm, against in held if against == "kd+instance"} == {"ce", "sp", "kd+population"}
    assert {against for _, against in held} == set(REFERENCES)


def test_only_seeds_of_both_are_paired():
    runs = runs_of(CONTRAST)
    runs = runs[~((runs["arm"] == "kd") & (runs["seed"] < 2))]
    (pair,) = pairs(runs)
    assert pair[2].index.tolist() == pair[3].index.tolist() == [2, 3, 4, 5]


def test_a_condition_has_differences_of_its_own():
    runs = pd.concat([runs_of(CONTRAST, size=size) for size in (100, 200)])
    table = differences(runs, {(*CONTRAST, Condition(200)): 4}, nothing)
    assert table[["train_size", "named", "seeds"]].values.tolist() == [[100, False, 6], [200, True, 4]]
    assert table["bca_low"].tolist()[0] == -1 and np.isnan(table["bca_low"].tolist()[1]), "four seeds are few"


def test_what_got_stuck_is_counted_and_left_out_of_what_settled():
    one, other = (runs_of([arm]).set_index("seed") for arm in CONTRAST)
    other["left"] = [np.nan, np.nan, 3.0, 3.0, 3.0, 3.0]
    row = contrast(one=one, other=other, bca=nothing)
    assert row["left"] == 1 and row["left_against"] == pytest.approx(4 / 6) and row["epochs_against"] == 3
    apart = (one["test_both"] - other["test_both"]).iloc[2:]
    assert row["settled_seeds"] == 4 and row["settled"] == pytest.approx(apart.mean())
