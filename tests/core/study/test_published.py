"""The studies in the box load, name their difference, and are plain data."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.study.arms import CONTRAST, RECOMBINED
from msd_core.study.contrasts import COLUMNS, EVIDENCE, by_evidence, contrasts
from msd_core.study.plan import CONDITION, read_plans
from msd_core.study.published import (
    METRICS,
    NAMED_TASKS,
    RECOMBINED_STUDIES,
    STUDIES,
    TABLES,
    Study,
    at,
    load_study,
    named_contrasts,
    plain,
    published,
    recombined_contrasts,
)
from msd_core.study.results import gather, gather_search
from msd_core.study.statistics import holm
from msd_core.tasks import TASKS, load_task
from msd_core.views import VIEWS
from tests.core.study.tiny_study import PLAN
from tests.studies import write_recombined


@pytest.mark.parametrize("name", published())
def test_a_published_study_loads(name):
    study, task = load_study(name), load_task(name)
    assert study.task == name and study.metric in METRICS.values()
    assert {"lr", "model", "text_only", "seed", "arm", *CONDITION} <= set(study.runs)
    assert not {"rate", "student", "floor"} & {*study.runs, *study.search}
    assert {f"test_{view}" for view in VIEWS} <= set(study.runs) and list(study.contrasts) == COLUMNS
    assert list(study.evidence) == EVIDENCE and {"arm", "lr", "validation_both"} <= set(study.search)
    assert study.base == (task.recipe.study_size, 0, 0)
    assert set(CONTRAST) <= set(study.base_runs["arm"])
    row = study.contrast(*CONTRAST)
    assert row["named"] and row["seeds"] == 20 and row["low"] <= row["mean"] <= row["high"]
    assert study.contrast("kd", "kd") is None


def test_every_table_is_in_the_box():
    assert set(NAMED_TASKS) <= set(published()) <= set(TASKS)
    for name in published():
        assert {path.name for path in (STUDIES / name).iterdir()} >= {"plans.json", *(f"{t}.csv" for t in TABLES)}


def test_the_named_differences_are_adjusted_over_the_tasks(tmp_path):
    named = named_contrasts()
    assert named["task"].tolist() == list(NAMED_TASKS) and named["named"].all()
    assert named["holm"].tolist() == pytest.approx(holm(named["p"].tolist()))
    (tmp_path / "digits").mkdir()
    for table in TABLES:
        (tmp_path / "digits" / f"{table}.csv").write_bytes((STUDIES / "digits" / f"{table}.csv").read_bytes())
    alone = named_contrasts(tmp_path)
    assert alone["holm"].tolist() == [pytest.approx(min(1, 4 * alone["p"].iloc[0]))], "tasks without a study count"
    assert named_contrasts(tmp_path / "none").empty


def test_every_study_of_recombined_pairs_in_the_box_has_what_it_named():
    every, folders = recombined_contrasts(), [file.parent.name for file in RECOMBINED_STUDIES.glob("*/plans.json")]
    assert folders and every["named"].all() and (every["seeds"] == 20).all()
    for name in folders:
        assert set(every[every["task"] == name][["arm", "against"]].itertuples(index=False, name=None)) == {*RECOMBINED}
        plans = read_plans(RECOMBINED_STUDIES / name / "plans.json")
        planned = {size for each in plans if "named" in each for size in each["plan"]["sizes"]}
        assert set(every[every["task"] == name]["train_size"]) <= planned


def test_those_of_recombined_pairs_are_adjusted_over_the_tasks_of_a_size(tmp_path):
    assert recombined_contrasts(tmp_path).empty
    write_recombined(tmp_path, "digits", sizes=(250, 1000))
    write_recombined(tmp_path, "sarcasm", sizes=(250,))
    write_recombined(tmp_path, "emoji", sizes=(250,))  # one that was not among the four
    every = recombined_contrasts(tmp_path)
    assert len(every) == len(RECOMBINED) * 4 and set(zip(every["arm"], every["against"], strict=True)) == {*RECOMBINED}
    for size, tasks, missing in ((250, ["digits", "emoji", "sarcasm"], 2), (1000, ["digits"], 3)):
        for pair in RECOMBINED:
            rows = every[(every["train_size"] == size) & (every["arm"] == pair[0]) & (every["against"] == pair[1])]
            assert rows["task"].tolist() == tasks
            assert rows["holm"].tolist() == pytest.approx(holm([*rows["p"], *[1.0] * missing])[: len(tasks)])


def test_a_new_task_changes_no_p_value_of_those_named_beforehand(fifth):
    assert fifth.name in TASKS and fifth.name not in NAMED_TASKS
    named = named_contrasts()
    assert named["holm"].tolist() == pytest.approx(holm(named["p"].tolist()))


def test_a_study_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no study of sarcasm here"):
        load_study("sarcasm", tmp_path)


def test_the_base_is_that_of_the_plan_even_where_as_many_arms_ran_elsewhere(study, digits):
    table = gather(digits, study)
    curve = pd.concat([table, table.assign(train_size=100)])
    rows = contrasts(digits, study, curve)
    made = Study("digits", curve, rows, gather_search(study), by_evidence(digits, study, table))
    assert made.base == (PLAN.train_size, 0, 0) and rows["named"].sum() == 1
    assert len(made.base_runs) == 6
    unnamed = Study("digits", curve, rows[~rows["named"]], made.search, made.evidence)
    assert unnamed.base == (100, 0, 0), "else where most arms ran"


def plain_types(value) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and plain_types(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(plain_types, value))
    return value is None or type(value) in (str, bool, int) or (type(value) is float and math.isfinite(value))


@pytest.mark.parametrize("name", published())
@pytest.mark.parametrize("table", TABLES)
def test_rows_of_a_published_table_are_plain(name, table):
    rows = plain(getattr(load_study(name), table))
    assert plain_types(rows) and (rows or (table == "evidence" and load_task(name).drawn))
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@given(
    numbers=st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5),
    whole=st.integers(-(2**62), 2**62),
)
def test_any_row_is_plain(numbers, whole):
    table = pd.DataFrame(
        {
            "score": pd.Series(numbers, dtype=float),
            "count": np.int64(whole),
            "named": np.bool_(True),
            "arm": "kd",
            3: 1.5,
        }
    )
    rows = plain(table)
    assert plain_types(rows)
    assert [row["score"] for row in rows] == numbers and rows[0]["count"] == whole and rows[0]["named"] is True
    assert rows[0]["3"] == 1.5


def test_rows_of_a_condition_are_its_own():
    table = pd.DataFrame({"train_size": [10, 10, 20], "label_noise": [0, 0.1, 0], "corrupt_text": 0.0})
    assert at(table, (10, 0.1, 0)).index.tolist() == [1] and at(table, (30, 0, 0)).empty
