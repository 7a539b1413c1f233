"""A run as people watch it: its events on record, its curves, and its result in numbers and words."""

from dataclasses import replace

import pytest
import torch

from analysis.training import (
    MOST_POINTS,
    Record,
    agreement_figure,
    by_saliency_figure,
    language_table,
    loss_figure,
    metric_figure,
    result_table,
    result_tiles,
    weights_figure,
)
from msd_core.training.config import student_config
from msd_core.training.distill import distill
from msd_core.training.events import Cancelled, Done, Epoch, Failed, Note, RunDone, Stage, Step
from msd_core.views import VIEWS
from tests.analysis.drawing import all_differ, axis_titles, check_paper, looks
from tests.analysis.models import random_model

AGREEMENT = {view: {"kl": 0.5, "top": 0.4} for view in VIEWS}
EPOCH = Epoch(
    1, 3, {"loss": 2.0, "ce": 1.0, "kd_both": 1.5}, {view: {"accuracy": 0.5} for view in VIEWS},
    {"image": 0.8, "text": 1.2}, AGREEMENT,
)  # fmt: skip
RESULT = {
    "baselines": {"majority": 0.3, "text_only": 0.7289}, "task": "digits", "metric": "accuracy",
    "seconds": 3.2, "parameters": {"student": 100, "teacher": 1000},
    "teacher": dict.fromkeys(VIEWS, 0.9), "weights": {"image": 0.8, "text": 1.2},
    "student": dict.fromkeys(VIEWS, 0.5), "agreement": AGREEMENT,
}  # fmt: skip


def record() -> Record:
    """Two steps and an epoch of three."""
    made = Record()
    made.add(Step(10, 30, {"loss": 3.0}), 100.0)
    made.add(Step(20, 30, {"loss": 2.0}), 105.0)
    made.add(EPOCH, 106.0)
    return made


FIGURES = {
    "loss": loss_figure(record()),
    "metric": metric_figure(record()),
    "agreement": agreement_figure(record()),
    "weights": weights_figure(record()),
    "by saliency": by_saliency_figure(torch.rand(50, 2), torch.rand(50, 2)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_titles(name):
    titles = axis_titles(FIGURES[name])
    shared = {"by saliency": 3}  # its panels share an axis, titled once a row
    assert sum(map(bool, titles.values())) == shared.get(name, len(titles))
    check_paper(FIGURES[name])


@pytest.mark.parametrize(
    ("name", "unit"), [("loss", "nats"), ("agreement", "nats"), ("weights", "no unit"), ("by saliency", "bits")]
)
def test_axes_have_units(name, unit):
    assert unit in " ".join(filter(None, axis_titles(FIGURES[name]).values()))


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_told_apart_by_colour_alone(name):
    assert all_differ(looks(FIGURES[name]))
    assert all(trace.name for trace in FIGURES[name].data)


@pytest.mark.parametrize("figure", [loss_figure, metric_figure, agreement_figure, weights_figure])
def test_a_run_of_which_nothing_is_known_is_drawn(figure):
    waiting = Record()
    assert len(figure(waiting).data) == 0 and all(axis_titles(figure(waiting)).values())
    waiting.add(Stage("Reading"), 0.0)
    assert waiting.stage == "Reading" and (waiting.share, waiting.left, waiting.end) == (0.0, None, None)


def test_without_a_teacher_there_is_no_agreement_and_without_weighting_no_weights():
    made = Record()
    made.add(replace(EPOCH, agreement={}, weights={}), 1.0)
    assert not agreement_figure(made).data and not weights_figure(made).data and len(metric_figure(made).data) == 4


def test_weights_are_drawn_against_the_saliency_of_their_modality_and_thinned_the_same_way_each_time():
    saliency = torch.rand(5000, 2)
    drawn = [by_saliency_figure(2 * saliency, saliency) for _ in range(2)]
    for image, text in (figure.data for figure in drawn):
        assert len(image.x) == len(text.x) == MOST_POINTS
        assert image.y == pytest.approx([2 * x for x in image.x]) and image.x != text.x
    assert drawn[0].data[0].x == drawn[1].data[0].x


def test_the_term_of_another_method_goes_by_its_name():
    made = record()
    made.add(replace(EPOCH, epoch=2, terms={"loss": 9.0, "ce": 1.0, "fitnets_both": 90.0}), 107.0)
    made.epochs = made.epochs[1:]
    figure = loss_figure(made)
    assert [trace.name for trace in figure.data] == ["Loss (all terms, weighted)", "Labels", "Teacher, both (fitnets)"]
    assert figure.layout.yaxis.title.text == "Loss (nats; fitnets: no unit)"


def test_before_the_first_epoch_the_loss_is_that_of_steps():
    made = Record()
    made.add(Step(10, 30, {"loss": 3.0, "ce": 1.0}), 100.0)
    made.add(Step(20, 30, {"loss": 2.0, "ce": 0.5}), 105.0)
    loss, labels = loss_figure(made).data
    assert (loss.x, loss.y, labels.y) == ((10, 20), (3.0, 2.0), (1.0, 0.5))
    assert loss_figure(record()).data[0].y == (2.0,) and loss_figure(record()).layout.xaxis.title.text == "Epoch"


def test_a_record_knows_share_and_time_left():
    made = record()
    assert made.share == pytest.approx(2 / 3)
    assert made.left == pytest.approx(5)
    assert made.end is None and made.result is None
    made.add(Done(RESULT), 110.0)
    assert (made.share, made.left, made.stage, made.step) == (1.0, 0.0, "Done", 30)
    assert made.end == Done(RESULT) and made.result == RESULT


@pytest.mark.parametrize("end", [Failed("The disk is full: free some space."), Cancelled("Ended before it was done.")])
def test_a_run_that_ends_early_keeps_what_it_had_and_has_no_result(end):
    made = record()
    made.add(end, 110.0)
    assert made.end is end and made.stage == end.text and made.result is None
    assert made.share == pytest.approx(2 / 3) and made.epochs == [EPOCH] and len(made.samples) == 2
    assert len(loss_figure(made).data) == 3


@pytest.mark.parametrize("end", [Failed("It diverged."), Cancelled("Ended.")])
def test_a_run_may_end_before_it_began(end):
    made = Record()
    made.add(end, 1.0)
    assert made.end is end and made.share == 0.0 and made.result is None


@pytest.mark.parametrize("event", [Note("Half precision is not to be had here."), RunDone("kd", 3, 1, 9)])
def test_what_is_no_progress_changes_nothing(event):
    made, before = record(), record()
    made.add(event, 110.0)
    assert made == before


def test_an_epoch_moves_a_run_on_that_lost_some_steps():
    made = Record()
    made.add(Step(1, 30, {"loss": 3.0}), 100.0)
    made.add(replace(EPOCH, epoch=2), 101.0)
    assert made.step == 20 and made.share == pytest.approx(2 / 3)


def test_a_real_run_is_put_on_record(fifth, tmp_path):
    made, config = Record(), replace(student_config(fifth), model="student-tiny", epochs=2, train_size=40)
    teacher = random_model(fifth)
    result = distill(fifth, config, tmp_path / "run", teacher, lambda event: made.add(event, 0.0))
    assert made.result == result and [epoch.epoch for epoch in made.epochs] == [1, 2] and made.share == 1.0
    for figure in (loss_figure, metric_figure, agreement_figure):
        assert len(figure(made).data) > 1
    _, caption, header, rows = result_tiles(result)
    assert "without the picture" not in caption, "nobody counted the baselines of this task"
    assert [row[0] for row in rows] == list(result_table(result)["View"]) and len(header) == 5


def test_result_in_numbers_and_words():
    assert list(result_table(RESULT)["View"]) == ["Both", "Image only", "Text only", "Neither"]
    tiles, caption, header, rows = result_tiles(RESULT)
    assert len(tiles) == 3
    assert "test" in caption and "without the picture scores 0.729" in caption
    assert all(len(row) == len(header) for row in rows)


def test_few_rows_are_scored_each_in_turn():
    by_view = [dict.fromkeys(VIEWS, score) for score in (0.5, 0.25)]
    whole = {"folds": 5, "rows": 40, "teacher": by_view[0], "student": by_view[1]}
    _, caption, header, rows = result_tiles(RESULT | {"cross_validated": whole})
    assert "each of 40 rows" in caption and "on the test rows alone" in caption
    assert [row[1:3] for row in rows] == [["0.500", "0.250"]] * 4 and len(header) == 5


def test_a_result_without_teacher_has_no_comparison():
    alone = RESULT | {"teacher": None, "agreement": None, "weights": None, "parameters": {"student": 100}}
    tiles, _, header, rows = result_tiles(alone)
    assert header == ["View", "Student: accuracy"] and len(tiles) == 1 and "of the teacher" not in tiles[0][0]
    assert all(len(row) == 2 for row in rows)


def test_a_score_by_language_stands_beside_the_teacher_s():
    scores = {"ja": {"both": 0.5, "image": 0.25, "text": 0.125, "neither": 0.1}}
    caption, header, rows = language_table({"languages": {"student": scores, "teacher": scores}})
    assert rows == [["Japanese", "0.50 (0.50)", "0.25 (0.25)", "0.12 (0.12)"]] and "brackets" in caption
    assert header == ["Language", "Both", "Image only", "Text only"]
    assert language_table({"languages": {"student": scores, "teacher": {}}})[2][0][1] == "0.50"
    assert language_table({"languages": {"student": {}, "teacher": {}}}) is None is language_table({})
