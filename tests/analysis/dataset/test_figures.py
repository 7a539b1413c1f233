"""Figures of a split's examples: where each stands, how many are drawn, and how sure every model is."""

import numpy as np
import pytest

from analysis.dataset import figures
from tests.analysis.drawing import all_differ, axis_titles, check_paper, looks


def drawn(survey) -> dict:
    return {
        "scatter": figures.saliency_scatter(survey, np.arange(len(survey.split)), "right", "msd"),
        "spread": figures.saliency_spread(survey),
        "density": figures.output_density(survey),
        "density of a label": figures.output_density(survey, 1),
    }


def test_all_axes_have_titles_and_units_and_there_is_no_paper(survey):
    units = {"scatter": "bits", "spread": "bits", "density": "%", "density of a label": "%"}
    for name, figure in drawn(survey).items():
        titles = axis_titles(figure).values()
        assert all(titles) if name == "scatter" else any(titles), (
            name
        )  # panels share axes, titled once a row and column
        assert units[name] in " ".join(filter(None, titles)), name
        check_paper(figure)


def test_nothing_is_told_apart_by_colour_alone(survey):
    for name, figure in drawn(survey).items():
        assert all_differ(looks(figure)), name


def test_a_point_carries_its_row_and_stands_at_its_saliency(survey):
    figure = figures.saliency_scatter(survey, np.array([3, 7, 21]), "label", "msd")
    places = {row: (x, y) for t in figure.data for row, x, y in zip(t.customdata, t.x, t.y, strict=True)}
    assert set(places) == {3, 7, 21}
    assert places[7] == pytest.approx(survey.saliency[7].tolist(), abs=1e-4)


def test_no_more_points_than_can_be_drawn_and_always_the_same():
    rows = np.arange(0, 9000, 2)
    kept = figures.sampled(rows, 100)
    assert len(kept) == 100 and np.isin(kept, rows).all() and (np.diff(kept) > 0).all()
    assert (kept == figures.sampled(rows, 100)).all()
    assert (figures.sampled(rows[:100], 100) == rows[:100]).all()


def test_where_nothing_passes_the_figure_has_a_sentence(survey):
    figure = figures.saliency_scatter(survey, np.array([], dtype=int), "right", "msd")
    assert "No example matches" in figure.layout.annotations[0].text


def test_densities_are_shares_on_common_axes(survey):
    figure = figures.output_density(survey)
    for trace in figure.data:
        assert sum(trace.customdata[1:-1]) == pytest.approx(100)  # the ends are drawn twice
        assert trace.y == pytest.approx(np.sqrt(trace.customdata))
    assert len({figure.layout[axis].range for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4")}) == 1


@pytest.mark.parametrize("by", ["label", "evidence", "right"])
def test_a_teacher_alone_whose_evidence_nobody_knows_is_drawn(bare, by):
    figure = figures.saliency_scatter(bare, np.arange(40), by, None)
    assert sorted(row for trace in figure.data for row in trace.customdata) == list(range(40))
    assert len(figures.output_density(bare).data) == 3 and len(figures.saliency_spread(bare).data) == 4
