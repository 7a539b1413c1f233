"""Figures of whole models on a split: gaps, additivity, perception and calibration."""

import numpy as np
import pytest

from analysis.dataset import model_figures
from tests.analysis.dataset.conftest import made_survey
from tests.analysis.drawing import all_differ, axis_titles, check_paper, looks


def drawn(survey) -> dict:
    return {
        "gap": model_figures.gap_figure(survey),
        "gap by label": model_figures.gap_by_label_figure(survey, "kd"),
        "additivity": model_figures.additivity_figure(survey),
        "perceptual": model_figures.perceptual_figure(survey),
        "reliability": model_figures.reliability_figure(survey, "image", 2),
    }


def test_all_axes_have_titles_and_units_and_there_is_no_paper(survey):
    units = {"gap": "nats", "additivity": "%", "perceptual": "no unit", "reliability": "%"}
    for name, figure in drawn(survey).items():
        titles = axis_titles(figure).values()
        assert all(titles), name
        assert units.get(name, "") in " ".join(titles), name
        check_paper(figure)


def test_nothing_is_told_apart_by_colour_alone(survey):
    for name in ("gap", "additivity", "perceptual", "reliability"):
        assert all_differ(looks(drawn(survey)[name])), name


def test_additivity_has_the_interval_only_where_pairs_were_sampled(tiny_split):
    def bars(survey):
        figure = model_figures.additivity_figure(survey)
        return next(t for t in figure.data if t.name and "EMAP" in t.name).error_x

    sampled = bars(made_survey(tiny_split, False))
    assert sampled.array == pytest.approx([10] * 4) and sampled.arrayminus == pytest.approx([10] * 4)
    assert bars(made_survey(tiny_split, False, interval=None)).array is None


def test_a_negative_perceptual_score_is_not_cut_off(survey):
    survey.models["kd"].perceptual.score["text"] = -0.2
    figure = model_figures.perceptual_figure(survey)
    assert figure.layout.xaxis.range[0] < -0.2
    assert "−0.20" in figure.data[1].text


def test_few_examples_draw_no_line_of_reliability(survey):
    for trace in model_figures.reliability_figure(survey, "both", 0).data[1:]:
        enough = "lines" in trace.mode
        assert all((count >= 10) == enough for count in trace.customdata)


def test_gap_by_label_has_the_means(survey):
    cells, words = model_figures.gap_by_label_figure(survey, "kd").data
    assert np.array(cells.z) == pytest.approx(survey.gap_by_label("kd").numpy(), nan_ok=True)
    assert words.text[1] == f"{survey.gap_by_label('kd')[0, 1]:.2f}"


def test_a_teacher_alone_is_drawn(bare):
    assert len(model_figures.gap_figure(bare).data) == 0
    assert list(model_figures.additivity_figure(bare).data[-1].y) == ["Teacher"]
    for figure in (model_figures.perceptual_figure(bare), model_figures.reliability_figure(bare, "both")):
        assert all(axis_titles(figure).values())
