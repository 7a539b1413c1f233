"""Short studies beside that of the recipes."""

import json

import pandas as pd
import pytest

from msd_core.study.arms import check_arms
from msd_core.tasks import load_task
from msd_core.training.config import codes
from tests.studies import runs_of, write_languages, write_study
from tools import neighbours
from tools.neighbours import NEIGHBOURS, SEEDS, by_language, rows, run_neighbour


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_every_arm_stands_beside_its_control_under_one_plan(name):
    each = NEIGHBOURS[name]
    check_arms(list(each.arms))
    assert all(arm != control for arm, control in each.pairs) and {*each.arms} == {a for p in each.pairs for a in p}
    table = "keywords.csv" if name == "keywords" else ""
    plan, recipe = each.plan(table), load_task("emoji").recipe
    assert plan.seeds == plan.teachers == SEEDS >= 5
    steps = plan.train_size * plan.epochs / (recipe.study_size * recipe.study_epochs)
    assert steps == pytest.approx(1, abs=0.1), "as many steps as a run of the study has"
    assert codes(plan.languages)[0] == "en"


def test_a_line_has_the_differences_of_its_pair(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "PLACE", tmp_path)
    assert rows(lambda *cells: cells, lambda row: row["mean"]) == []
    scores = {"ce": {"en": 0.8, "ja": 0.2}, "kd": {"en": 0.9, "ja": 0.2}, "kd/cross-fitted": {"en": 0.9, "ja": 0.6}}
    write_study(tmp_path, runs_of("cross-fitted", {"ce": 0.8, "kd": 0.9}, seeds=5))
    write_languages(tmp_path, "cross-fitted", scores, seeds=5)
    lines = rows(lambda *cells: cells, lambda row: row["mean"])
    assert [line[2:5] for line in lines[:2]] == [("`kd`", "`ce`", 5), ("`kd/cross-fitted`", "`kd`", 5)]
    assert lines[1][5:] == pytest.approx((0.4, 0.4, 0.0, 0.0), abs=0.03)
    assert lines[2][4:] == (0, "-", "-", "-", "-"), "these arms have not run"


def test_a_short_study_that_ran_goes_into_the_box(tmp_path, monkeypatch):
    def run(task, plan, folder, on_event, at_once):
        folder.mkdir()
        entries = [{"written": "today", "plan": {"arms": plan.arms, "unlabelled": plan.unlabelled}}]
        (folder / "plans.json").write_text(json.dumps(entries))
        (folder / "languages.csv").write_text("arm,seed\n")

    monkeypatch.setattr(neighbours, "PLACE", tmp_path / "box")
    monkeypatch.setattr("msd_core.study.runner.run_study", run)
    monkeypatch.setattr("msd_core.study.sheets.make_tables", lambda task, folder: None)
    run_neighbour("keywords", tmp_path / "study", "/home/me/keywords.csv")
    (entry,) = json.loads((tmp_path / "box" / "keywords" / "plans.json").read_text())
    assert entry["written"] == "today" and entry["plan"]["unlabelled"] == "keywords.csv", "where it lay stays at home"
    assert (tmp_path / "box" / "keywords" / "languages.csv").read_text() == "arm,seed\n"


def test_what_misreading_costs_is_of_the_same_arms_and_seeds(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "PLACE", tmp_path)
    clean = pd.DataFrame({"arm": ["ce"] * 3, "seed": [0, 1, 2], "text_en": [0.8, 0.6, 0.1], "both_en": 0.9})
    assert by_language("misread", clean).empty, "it has not run"
    arms = NEIGHBOURS["misread"].arms
    here = pd.DataFrame([{"arm": arm, "seed": seed, "text_en": 0.5} for arm in arms for seed in (0, 1)])
    (tmp_path / "misread").mkdir()
    here.to_csv(tmp_path / "misread" / "languages.csv")
    costs = by_language("misread", pd.concat([clean.assign(arm=arm) for arm in arms]))
    assert [*costs.index] == [*arms] and [*costs] == ["en"]
    assert costs["en"].to_list() == pytest.approx([-0.2] * len(arms)), "the third seed has no run here"
