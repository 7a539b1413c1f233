"""Curves are the means of the runs, between ends that truly are ends."""

from dataclasses import replace

import pytest

from analysis.study import curves
from analysis.study.arms import BAR, KD, NAMED
from analysis.study.tables import curve, whole
from msd_core.tasks import WHOLE
from tests.analysis.drawing import all_differ, axis_titles, check_paper
from tests.analysis.study.looks import looks


@pytest.fixture
def figures(varied):
    names = {"size": "train_size", "noise": "label_noise", "misread": "corrupt_text"}
    drawn = {name: curves.curve_figure(varied, column) for name, column in names.items()}
    return drawn | {"learning": curves.learning_figure(varied, [KD, NAMED])}


def test_all_axes_have_titles_and_units_and_there_is_no_paper(figures):
    units = {"size": "log scale", "noise": "%", "misread": "%", "learning": "%"}
    for name, figure in figures.items():
        titles = axis_titles(figure).values()
        assert all(titles) and units[name] in " ".join(titles), name
        check_paper(figure)


def test_nothing_is_told_apart_by_colour_alone(figures):
    assert all(all_differ(looks(figure)) for figure in figures.values())


def test_curves_are_the_means_of_the_runs(varied):
    figure, table = curves.curve_figure(varied, "train_size"), curve(varied, "train_size")
    assert [trace.name for trace in figure.data] == ["ce", KD, BAR, NAMED]
    for trace in figure.data:
        mine = table[table["arm"] == trace.name]
        runs = varied.runs[
            (varied.runs["arm"] == trace.name) & (varied.runs[["label_noise", "corrupt_text"]] == 0).all(1)
        ]
        assert list(trace.y) == pytest.approx((100 * runs.groupby("train_size")["test_both"].mean()).tolist())
        assert list(trace.error_y.array) == pytest.approx((100 * (mine["high"] - mine["mean"])).tolist())
    assert figure.layout.xaxis.ticktext[-1] == "all"
    assert 10 ** figure.layout.xaxis.tickvals[-1] == pytest.approx(whole("digits")) and whole("digits") < WHOLE
    assert curves.curve_figure(varied, "label_noise").layout.xaxis.ticktext == ("0", "40")


def test_what_does_not_vary_has_no_curve(make):
    assert all(curve(make()[0], column).empty for column in curves.VARIED)


def test_curves_of_a_task_that_nobody_counted_still_end_in_all(varied):
    own = replace(varied, task="own", runs=varied.runs.assign(task="own"))
    assert whole("own") is None
    assert curves.curve_figure(own, "train_size").layout.xaxis.ticktext[-1] == "all"


def test_learning_curves_are_the_means_and_have_both_ends(varied):
    figure = curves.learning_figure(varied, [KD])
    words = [note.text for note in figure.layout.annotations]
    assert words == ["teacher", "best guess without the picture"]
    assert [shape.y0 for shape in figure.layout.shapes] == pytest.approx([96, 60])
    assert len(figure.data[0].y) == 8 and figure.data[0].y[-1] == pytest.approx(86, abs=0.5)


def test_the_small_teachers_of_self_distillation_do_not_count_as_teachers(make):
    study, _ = make({KD: 0.86, NAMED: 0.88, "kd/self": 0.85})
    small = study.runs["teacher_both"].mask(study.runs["arm"] == "kd/self", 0.5)
    changed = replace(study, runs=study.runs.assign(teacher_both=small))
    assert curves.learning_figure(changed, [KD]).layout.shapes[0].y0 == pytest.approx(96)


def test_long_runs_are_drawn_at_their_epochs(varied):
    longer = replace(varied, runs=varied.runs.assign(epochs=160))
    assert list(curves.learning_figure(longer, [KD]).data[0].x) == [20 * place for place in range(1, 9)]
