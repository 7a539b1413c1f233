"""The finished runs of a study as a table with all that is needed to repeat each."""

import json

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.baselines import baselines
from msd_core.errors import UserError
from msd_core.storage import read_json
from msd_core.study.arms import GRIDS
from msd_core.study.plan import CONDITION, LRS, SEARCH_SEEDS
from msd_core.study.results import (
    gather,
    gather_search,
    left_plateau,
    logits_on_test,
    save_table,
    validation_curve,
)
from msd_core.tasks import load_split
from msd_core.training.config import META
from tests.core.study.tiny_study import PLAN


def test_a_table_has_what_is_needed_to_repeat_each_run(study, digits, tmp_path):
    table = gather(digits, study)
    assert list(zip(table["arm"], table["seed"], strict=True)) == [(a, s) for a in PLAN.arms for s in range(3)]
    for row in table.to_dict("records"):
        config = read_json(study / row["run"] / "config.json")
        assert all(row[name] == config[name] for name in config if name not in ("teacher", "hold_out", "unfreeze"))
        assert row["teacher"] == str(row["seed"] % 2)
        assert json.loads(row["curve"])[-1] == round(row["validation_both"], 4)
    assert table.groupby("teacher")["teacher_sha256"].nunique().tolist() == [1, 1]
    assert table[["torch", "machine", "device", "threads", "commit", "teacher_sha256"]].notna().all(axis=None)
    assert {"lr", "text_only", "model"} <= set(table) and not {"rate", "floor", "student"} & set(table)
    save_table(table, tmp_path / "runs")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "runs.parquet"), table)
    assert pd.read_csv(tmp_path / "runs.csv")["test_both"].tolist() == pytest.approx(table["test_both"].tolist())
    with pytest.raises(UserError, match="no finished run"):
        gather(digits, tmp_path)


def test_a_score_is_that_of_the_kept_logits(study, digits):
    table, labels = gather(digits, study), load_split(digits, "test").labels
    logits = logits_on_test(study, list(table["run"]))
    assert logits.shape == (6, len(labels), 3)
    scores = (logits.argmax(-1) == labels).float().mean(1)
    assert table["test_both"].tolist() == pytest.approx(scores.tolist(), abs=1e-3)


def test_every_run_is_held_against_one_mark(study, digits):
    train, _ = load_split(digits, "train").hold_out(META)
    mark = baselines(digits, train=train, test=load_split(digits, "validation"))["text_only"]
    assert gather(digits, study)["text_only"].tolist() == [pytest.approx(mark)] * 6


def test_the_search_is_a_table_too(study):
    table = gather_search(study)
    assert list(table) == ["arm", *CONDITION, "lr", *GRIDS, "seed", "validation_both"]
    assert set(table["arm"]) == set(PLAN.arms) and set(table["seed"]) == set(SEARCH_SEEDS)
    assert set(table["lr"]) >= set(LRS) and table["validation_both"].notna().all()
    trial = study / "search" / str(PLAN.base) / "kd" / f"{LRS[0]:g}-{SEARCH_SEEDS[0]}"
    row = table[(table["arm"] == "kd") & (table["lr"] == LRS[0]) & (table["seed"] == SEARCH_SEEDS[0])]
    assert row["validation_both"].tolist() == [validation_curve(trial)[-1]]


@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"half")])
def test_logits_that_went_are_one_sentence(tmp_path, damage):
    from msd_core.training.runs import Run

    (tmp_path / "run").mkdir()
    Run(tmp_path / "run").save_tensors("test.safetensors", {"logits": torch.ones(4, 3).half()})
    assert logits_on_test(tmp_path, ["run", "run"]).shape == (2, 4, 3)
    damage(tmp_path / "run" / "test.safetensors")
    with pytest.raises(UserError, match=r"test\.safetensors .* is missing or damaged"):
        logits_on_test(tmp_path, ["run"])


def test_leaving_the_plateau_is_for_good():
    assert left_plateau([0.5, 0.7, 0.6, 0.7, 0.8], 0.65, 5) == 4
    assert left_plateau([0.5, 0.7, 0.6, 0.7, 0.8], 0.65, 20) == 16, "validated every fourth epoch"
    assert left_plateau([0.7, 0.8], 0.65, 2) == 1
    assert left_plateau([0.7, 0.6], 0.65, 2) is None


@given(curve=st.lists(st.floats(0, 1), min_size=1, max_size=12), baseline=st.floats(0, 1))
def test_from_that_epoch_on_all_is_above(curve, baseline):
    epoch = left_plateau(curve, baseline, len(curve))
    if epoch is None:
        assert curve[-1] <= baseline
    else:
        assert all(value > baseline for value in curve[int(epoch) - 1 :])
        assert epoch == 1 or curve[int(epoch) - 2] <= baseline
