"""Studies are read and drawn once, until they are published anew."""

import io
import os

import pandas as pd
import pytest

from analysis.study.arms import KD, NAMED
from msd_core.errors import UserError
from tests.studies import runs_of, write_recombined, write_study
from ui.work import studies


def test_what_is_published_anew_is_read_anew(published_in):
    assert studies.named().empty
    with pytest.raises(UserError, match="msd study --task digits"):
        studies.study_of("digits")
    write_study(published_in, runs_of("digits", {KD: 0.8, NAMED: 0.9}))
    assert studies.study_of("digits") is studies.study_of("digits")
    assert "10.00 points" in studies.summary_of("digits").headline
    assert studies.forest_of("digits", KD) is studies.forest_of("digits", KD)
    write_study(published_in, runs_of("digits", {KD: 0.8, NAMED: 0.85}))
    for path in published_in.glob("*/*.csv"):
        os.utime(path, (1, 1))
    assert "5.00 points" in studies.summary_of("digits").headline


def test_files_are_those_of_the_box_and_parquet_of_the_same(published_in):
    write_study(published_in, runs_of("digits", {KD: 0.8, NAMED: 0.9}, seeds=3))
    files = {name: content for _, name, content in studies.files_of("digits")}
    assert files["msd-study-digits-runs.csv"] == (published_in / "digits" / "runs.csv").read_bytes()
    table = pd.read_parquet(io.BytesIO(files["msd-study-digits-contrasts.parquet"]))
    pd.testing.assert_frame_equal(table, studies.study_of("digits").contrasts)


def test_a_curve_that_is_not_there_is_none(published_in):
    write_study(published_in, runs_of("digits", {KD: 0.8, NAMED: 0.9}))
    assert studies.curve_of("digits", "train_size") is None and studies.evidence_of("digits") is not None


def test_recombined_pairs_are_those_of_the_task_and_have_their_files(published_in):
    assert studies.recombined().empty and studies.recombined_of("digits") is None
    write_study(published_in, runs_of("digits", {KD: 0.8, NAMED: 0.9}, seeds=3))
    write_recombined(published_in / "recombined", "digits", sizes=(250,))
    write_recombined(published_in / "recombined", "sarcasm", sizes=(250,))
    (published_in / "recombined" / "digits" / "labels.csv").write_text("label,f1\n")  # of a task of one label
    sentence, figure = studies.recombined_of("digits")
    assert "+5.00 points" in sentence and sum("minus" in note.text for note in figure.layout.annotations) == 3
    assert studies.recombined_of("posters") is None
    files = {name: content for _, name, content in studies.files_of("digits")}
    saved = files["msd-study-digits-recombined-runs.csv"]
    assert saved == (published_in / "recombined" / "digits" / "runs.csv").read_bytes()
    assert "msd-study-digits-recombined-plans.json" in files and "msd-study-digits-recombined-labels.csv" not in files
