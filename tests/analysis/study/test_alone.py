"""One modality alone, with the other hidden in both ways."""

import pytest

from analysis.study import alone
from analysis.study.arms import KD
from analysis.study.tables import arms_of
from tests.analysis.drawing import all_differ, axis_titles, check_paper
from tests.analysis.study.looks import looks


def test_one_half_alone_has_both_ways_to_hide(varied):
    figure = alone.alone_figure(varied)
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    place = arms_of(varied).index(KD)
    assert [trace.x[place] for trace in dots] == pytest.approx([0.6, 0.03, 0.7, 0.04])
    assert len({trace.y[place] for trace in dots}) == 1


def test_axes_have_titles_and_units_and_nothing_is_told_apart_by_colour_alone(varied):
    figure = alone.alone_figure(varied)
    titles = axis_titles(figure)
    assert all(title for axis, title in titles.items() if axis != "yaxis2"), "its panels share an axis"
    assert "nats" in " ".join(filter(None, titles.values()))
    assert all_differ(looks(figure))
    check_paper(figure)
