"""Reports: whole in one file, honest about a stranger's words, and with the numbers that they show."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from analysis.attribution.explain import explain
from analysis.dataset.survey import survey
from analysis.report import dataset_report, pair_report
from msd_core.compare import compare
from msd_core.models.bundled import load_bundled

TEXT = "what <script>alert(1)</script> is </script> it?"


@pytest.fixture(scope="module")
def models():
    return {name: load_bundled("digits", name) for name in ("teacher", "msd")}


@pytest.fixture(scope="module")
def picture():
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 80, 3), dtype=np.uint8))


def numbers_in(html: str) -> dict:
    return json.loads(re.search(r'id="numbers">(.*?)</script>', html, re.DOTALL)[1])


def test_a_pairs_report_is_whole_and_carries_its_numbers(models, picture):
    made = pair_report(explain("digits", picture, TEXT, models))
    assert "<script>alert" not in made.html and "&lt;script&gt;alert" in made.html
    markup = re.sub(r"<script.*?</script>", "", made.html, flags=re.DOTALL)
    assert not re.search(r'(?:src|href)="(?!data:)', markup)  # nothing is fetched
    assert made.html.count("Plotly.newPlot(") == 4 and made.html.count("unlike any in digits") >= 1
    carried = numbers_in(made.html)
    assert carried["comparison"] == json.loads(json.dumps(compare("digits", picture, TEXT, models).to_dict()))
    assert set(carried["attribution"]["maps"]) == set(carried["attribution"]["faithfulness"]) == {"teacher", "msd"}
    assert carried["attribution"]["text"] == TEXT


def test_a_datasets_report_shows_every_figure(models):
    made = dataset_report(survey("digits", models))
    assert made.html.count("Plotly.newPlot(") == 11
    carried = numbers_in(made.html)
    assert carried == json.loads(json.dumps(made.numbers)) and carried["examples"] == 6400
    for said in ("Additivity", "Perceptual Score", "Calibration", "Trained on and held out", "Gap by label"):
        assert said in made.html


def test_a_teacher_alone_has_no_gaps(models):
    made = dataset_report(survey("digits", {"teacher": models["teacher"]}))
    assert "Gap from the teacher" not in made.html and made.numbers["models"]["teacher"]["gap"] is None
