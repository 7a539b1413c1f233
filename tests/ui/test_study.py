"""The Study tab's insides, without a browser."""

import io
import os
from types import SimpleNamespace

import gradio as gr
import pandas as pd
import pytest

from analysis.study.arms import BAR, KD, NAMED
from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.study import published
from msd_core.tasks import TASKS, get_task
from tests.studies import runs_of, write_study
from ui import api_study, distil, studies
from ui.checks import check_config
from ui.saved import Saved
from ui.study import StudyTab
from ui.study_views import ArmTable, NoStudy

JOB = {"weighting": "learned", "student": "student", "examples": 500, "epochs": 1, "seed": 0}


@pytest.fixture
def box(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    return tmp_path


def test_what_is_published_anew_is_read_anew(box):
    assert studies.named().empty
    with pytest.raises(UserError, match="--task digits --publish"):
        studies.study_of("digits")
    write_study(box, runs_of("digits", {KD: 0.8, NAMED: 0.9}))
    assert studies.study_of("digits") is studies.study_of("digits")
    assert "10.00 points" in studies.told_of("digits").headline
    assert studies.forest_of("digits", KD) is studies.forest_of("digits", KD)
    write_study(box, runs_of("digits", {KD: 0.8, NAMED: 0.85}))
    for path in box.glob("*/*.csv"):
        os.utime(path, (1, 1))
    assert "5.00 points" in studies.told_of("digits").headline


def test_with_nothing_in_the_box_the_tab_says_how_to_fill_it(box):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Study") as tab:
        made = StudyTab(SimpleNamespace(tab=tab))
    shown = made.open("digits")
    assert "--task digits --publish" in shown[made.missing]["value"]
    assert not shown[made.body]["visible"] and not shown[made.over_tasks]["visible"] and made.save("digits") == ""


def test_files_are_those_of_the_box_and_parquet_of_the_same(box):
    write_study(box, runs_of("digits", {KD: 0.8, NAMED: 0.9}, seeds=3))
    files = {name: content for _, name, content in studies.files_of("digits")}
    assert files["msd-study-digits-runs.csv"] == (box / "digits" / "runs.csv").read_bytes()
    found = pd.read_parquet(io.BytesIO(files["msd-study-digits-contrasts.parquet"]))
    pd.testing.assert_frame_equal(found, studies.study_of("digits").contrasts)
    assert 'data-file="msd-study-digits-runs.parquet"' in Saved.render_html("x", "msd-study-digits-runs.parquet", b"\0")


def test_a_curve_that_is_not_there_is_none(box):
    write_study(box, runs_of("digits", {KD: 0.8, NAMED: 0.9}))
    assert studies.curve_of("digits", "train_size") is None and studies.evidence_of("digits") is not None


def test_the_endpoint_gives_plain_numbers_and_null(box):
    runs = runs_of("digits", {KD: 0.8, BAR: 0.85, NAMED: 0.9}, leaves={KD: 99.0})
    write_study(box, runs)
    answer = api_study.study("digits")
    assert answer["sentences"][0].startswith("MSD (kd+instance) scores 10.00 points of accuracy above")
    row = next(row for row in answer["contrasts"] if row["named"])
    assert row["mean"] == pytest.approx(0.1) and type(row["seeds"]) is int and row["epochs_against"] is None
    assert answer["arms"][0]["runs"] == 20 and answer["named"][0]["task"] == "digits"


def test_views_escape_what_they_show():
    html = ArmTable.render_html("<i>", ["<b>"], [("kd/<x>", "<y>", True, ["<z>"])])
    assert not any(tag in html for tag in ("<i>", "<x>", "<y>", "<z>"))
    assert "--task a&amp;b --publish" in NoStudy.render_html("a&b")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_says_nothing_on_a_task_is_refused_before_the_job(task, method):
    known = METHODS[method]
    if known is None or known.undefined_for(get_task(task)) is None:
        assert check_config(task, method, **JOB).method == method
    else:
        with pytest.raises(UserError, match=f"Choose another method: {method} does not apply to {task}"):
            check_config(task, method, **JOB)


def test_every_method_and_weighting_has_words():
    from msd_core.weighting import WEIGHTINGS

    assert set(distil._METHODS) == set(METHODS) and set(distil._WEIGHTINGS) == set(WEIGHTINGS)
