"""A study is published whole, under the task's own budget, and with the difference named beforehand."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from msd_core.errors import UserError
from msd_core.study import published
from msd_core.study.arms import CONTRAST, SEEDS
from msd_core.study.published import STUDIES, TABLES, load_study
from msd_core.tasks import load_task
from tools import study_page
from tools.publish import publish

BOX = STUDIES  # before a test puts another in its place


@pytest.fixture
def digits():
    return load_task("digits")


@pytest.fixture
def study(tmp_path):
    """The folder of a finished study, as the published one left it."""
    shutil.copytree(BOX / "digits", tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture(autouse=True)
def box(tmp_path, monkeypatch):
    """An empty box, and pages of its own."""
    monkeypatch.setattr(published, "STUDIES", tmp_path / "studies")
    monkeypatch.setattr(study_page, "PAGE", tmp_path / "study.md")
    monkeypatch.setattr(study_page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text("before\n<!-- study: begin -->old<!-- study: end -->\nafter\n")
    return tmp_path


def test_publishing_writes_tables_and_pages(box, study, digits):
    publish(digits, study)
    for name in ("plans.json", *(f"{table}.csv" for table in TABLES)):
        assert (box / "studies" / "digits" / name).read_bytes() == (study / name).read_bytes()
    assert published.published() == ("digits",)
    runs = load_study("digits").base_runs
    scores = runs[runs["seed"] < SEEDS].groupby("arm")["test_both"].mean()
    mean = f"{100 * (scores[CONTRAST[0]] - scores[CONTRAST[1]]):+.2f}"
    readme = (box / "README.md").read_text()
    assert mean in (box / "study.md").read_text() and mean in readme
    assert readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme


def refused(task, study, message: str, box) -> None:
    with pytest.raises(UserError, match=message) as error:
        publish(task, study)
    assert "\n" not in str(error.value)
    assert not (box / "studies").exists() and not (box / "study.md").exists(), "nothing is written"
    assert "old" in (box / "README.md").read_text()


@pytest.mark.parametrize("budget", [{"train_size": 100}, {"epochs": 3}])
def test_a_study_under_another_budget_is_refused(box, study, digits, budget):
    plans = json.loads((study / "plans.json").read_text())
    plans[0]["plan"] |= budget
    (study / "plans.json").write_text(json.dumps(plans))
    refused(digits, study, "Only studies under the task's own budget", box)


@pytest.mark.parametrize("change", [{"named": False}, {"seeds": SEEDS - 1}])
def test_a_study_without_the_named_difference_is_refused(box, study, digits, change):
    pd.read_csv(study / "contrasts.csv").assign(**change).to_csv(study / "contrasts.csv", index=False)
    refused(digits, study, r"lacks the difference named beforehand: run it with --arms kd\+instance,kd --seeds 20", box)


def test_a_study_that_is_not_finished_is_refused(box, study, digits):
    (study / "contrasts.csv").unlink()
    refused(digits, study, "holds no finished study: run msd study --task digits first", box)
    refused(digits, box / "none", "holds no finished study", box)


def test_a_task_without_a_recipe_has_nothing_to_publish(box, study, digits):
    refused(replace(digits, recipe=None), study, "no budget of its own", box)


def test_without_a_place_in_the_readme_nothing_is_published(box, study, digits):
    (box / "README.md").write_text("old, and no place")
    refused(digits, study, "no place for the table", box)


def test_a_study_of_another_task_is_refused(box):
    """Also of one with the same budget."""
    sarcasm, posters = load_task("sarcasm"), load_task("posters")
    budgets = [(task.recipe.study_size, task.recipe.study_epochs) for task in (sarcasm, posters)]
    assert budgets[0] == budgets[1]
    shutil.copytree(BOX / "sarcasm", box / "sarcasm")
    refused(posters, box / "sarcasm", "a study of sarcasm", box)
