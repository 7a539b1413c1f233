"""`/study` without a server."""

import json

import pytest

from analysis.study.arms import BAR, KD, NAMED
from tests.studies import runs_of, write_study
from ui.api.study import study


def test_it_gives_plain_numbers_and_null(published_in):
    write_study(published_in, runs_of("digits", {KD: 0.8, BAR: 0.85, NAMED: 0.9}, leaves={KD: 99.0}))
    answer = study("digits")
    assert answer["sentences"][0].startswith("MSD (kd+instance) scores 10.00 points of accuracy above")
    row = next(row for row in answer["contrasts"] if row["named"])
    assert row["mean"] == pytest.approx(0.1) and type(row["seeds"]) is int and row["epochs_against"] is None
    assert answer["arms"][0]["runs"] == 20 and answer["named"][0]["task"] == "digits"
    assert answer["base"] == {"train_size": 1000, "label_noise": 0.0, "corrupt_text": 0.0}
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
