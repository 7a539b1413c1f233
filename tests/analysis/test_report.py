"""Reports: whole in one file, honest about a stranger's words, and with the numbers that they are drawn from."""

import base64
import io
import json
import re

import pytest
from PIL import Image

from analysis.attribution.pair import Settings, attribute_pair
from analysis.attribution.scene import FINE
from analysis.dataset.survey import survey
from analysis.fonts import FONT, font_faces
from analysis.report import Report, dataset_report, pair_report
from msd_core.comparison import compare
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.tasks import Task, load_task
from tests.analysis.models import noise, random_model

TEXT = "what <script>alert(1)</script> is </script> it?"


@pytest.fixture(scope="module")
def digits() -> Task:
    return load_task("digits")


@pytest.fixture(scope="module")
def models(digits):
    return {name: load_bundled(digits, name) for name in ("teacher", "msd")}


def numbers_in(html: str) -> dict:
    return json.loads(re.search(r'id="numbers">(.*?)</script>', html, re.DOTALL)[1])


def markup_of(report: Report) -> str:
    """A page without its scripts."""
    return re.sub(r"<script.*?</script>", "", report.html, flags=re.DOTALL)


def pictures_in(report: Report) -> list[Image.Image]:
    """The pictures of a page, in order."""
    contents = re.findall(r'src="data:image/png;base64,([^"]+)"', markup_of(report))
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in contents]


def check_whole(report: Report) -> None:
    """Nothing is fetched, the font is in it, and the numbers are JSON."""
    assert not re.search(r'(?:src|href)="(?!data:)', markup_of(report))
    assert not re.search(r"url\((?!data:)|@import", markup_of(report))
    assert f"font: 16px/1.55 {FONT};" in report.html and font_faces() in report.html
    assert markup_of(report).count("@font-face") == 2 and report.html.count("url(data:font/woff2;base64,") == 2
    assert numbers_in(report.html) == json.loads(json.dumps(report.numbers, allow_nan=False))


def test_a_pairs_report_is_whole_and_carries_its_numbers(digits, models):
    picture = noise(80, 64)
    report = pair_report(attribute_pair(digits, picture, TEXT, models))
    check_whole(report)
    assert "<script>alert" not in report.html and "&lt;script&gt;alert" in report.html
    assert report.html.count("Plotly.newPlot(") == 4 and report.html.count("unlike any in digits") >= 1
    carried = numbers_in(report.html)
    assert carried["comparison"] == json.loads(json.dumps(compare(digits, picture, TEXT, models).to_dict()))
    assert set(carried["attribution"]["maps"]) == set(carried["attribution"]["faithfulness"]) == {"teacher", "msd"}
    assert carried["attribution"]["text"] == TEXT


def test_a_datasets_report_has_every_figure(digits, models):
    report = dataset_report(survey(digits, models))
    check_whole(report)
    assert report.html.count("Plotly.newPlot(") == 11
    assert numbers_in(report.html)["examples"] == 6400
    for title in ("Additivity", "Perceptual Score", "Calibration", "Trained on and held out", "Gap by label"):
        assert title in report.html


def test_a_teacher_alone_has_no_gaps(digits, models):
    report = dataset_report(survey(digits, {"teacher": models["teacher"]}))
    assert "Gap from the teacher" not in report.html and report.numbers["models"]["teacher"]["gap"] is None


@pytest.mark.parametrize("shape", [(30, 77), (1200, 400)])
def test_pictures_keep_their_shape(fifth, two_sizes, shape):
    report = pair_report(attribute_pair(fifth, noise(*shape), "is it red?", two_sizes, Settings(n_steps=2)))
    check_whole(report)
    width, height = shape if max(shape) <= FINE else (FINE, round(FINE * shape[1] / shape[0]))
    assert report.html.count(f"aspect-ratio: {width} / {height}") == 2, "a stack a model"
    pair, *stacks = pictures_in(report)
    assert pair.size == (width, height)
    assert [picture.size for picture in stacks] == [(width, height), (8, 8)] * 2


@pytest.mark.parametrize("text", ["「赤い」城 red.", "ما هو  لون الشكل؟"])
def test_words_stand_as_they_were_written(fifth, text):
    report = pair_report(attribute_pair(fifth, noise(30, 40), text, {"kd": random_model(fifth)}, Settings(n_steps=2)))
    words = re.search(r'<p class="words">(.*?)</p>', report.html, re.DOTALL)[1]
    assert re.sub(r"<sub>.*?</sub>|<[^>]*>", "", words) == text


def test_a_report_has_the_truth_where_it_is_known(fifth):
    pair = attribute_pair(fifth, noise(30, 40), "is it red?", {"kd": random_model(fifth)}, Settings(n_steps=2))
    assert "✓ marks what is true" in pair_report(pair, 1).html
    assert "✓ marks what is true" not in pair_report(pair).html


@pytest.mark.parametrize(
    ("picture", "text", "warning"),
    [
        (None, "It is a two.", "There is no picture: the models read the text alone."),
        (noise(120, 40), None, "There is no text: the models see the picture alone."),
    ],
)
def test_a_pair_without_a_half_has_a_report(digits, models, picture, text, warning):
    report = pair_report(attribute_pair(digits, picture, text, models, Settings(n_steps=8)))
    check_whole(report)
    assert f'<p class="notice">{warning}</p>' in report.html
    half = "text" if picture is None else "image"
    assert f"view {half}." in report.html and f"From the {half} alone, the teacher gives" in report.html
    assert numbers_in(report.html)["attribution"]["text"] == text
    assert numbers_in(report.html)["attribution"]["maps"]["msd"]["view"] == half


def test_a_half_that_is_missing_has_no_place_in_the_pair(digits, models):
    without_picture, without_text = (
        markup_of(pair_report(attribute_pair(digits, *pair, models, Settings(n_steps=2))))
        for pair in ((None, "It is a two."), (noise(9, 9), None))
    )
    assert "<blockquote>It is a two.</blockquote>" in without_picture and "The picture of the pair" in without_text
    assert "The picture of the pair" not in without_picture and "<blockquote></blockquote>" not in without_text


def test_the_report_of_a_task_that_lacks_everything(fifth, two_sizes):
    assert bundled_models(fifth) == {}
    report = dataset_report(survey(fifth, two_sizes))
    check_whole(report)
    assert report.html.count("Plotly.newPlot(") == 11 and "60 test examples" in report.html
    assert "Decided by" not in report.html


def test_the_report_of_one_model_of_such_a_task(fifth):
    loaded = {"My model": random_model(fifth)}
    report = dataset_report(survey(fifth, loaded))
    check_whole(report)
    assert "Gap" not in markup_of(report) and "My model" in report.html
    pair = attribute_pair(fifth, noise(30, 60), "is it red?", loaded, Settings(n_steps=2))
    assert "How alike the maps are" not in pair_report(pair).html
