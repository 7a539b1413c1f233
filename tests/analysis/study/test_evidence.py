"""Where arms gain, by what decides the label."""

from dataclasses import replace

import pytest

from analysis.study import evidence
from analysis.study.arms import BAR, KD, NAMED
from analysis.study.tables import by_evidence
from tests.analysis.drawing import all_differ, axis_titles, check_paper
from tests.analysis.study.looks import looks


def test_the_gain_stands_where_it_lies(varied):
    figure = evidence.evidence_figure(varied)
    (named,) = (trace for trace in figure.data if trace.name == NAMED)
    assert list(named.x) == pytest.approx([2, 0, 0]) and BAR in {trace.name for trace in figure.data}
    assert figure.layout.yaxis.ticktext == ("both<br>50%", "image<br>30%", "text<br>20%")


def test_one_kind_of_evidence_is_nothing_to_compare(varied):
    single = replace(varied, evidence=varied.evidence[varied.evidence["evidence"] == "both"])
    assert by_evidence(single, KD).empty


def test_axes_have_titles_and_units_and_nothing_is_told_apart_by_colour_alone(varied):
    figure = evidence.evidence_figure(varied)
    titles = axis_titles(figure).values()
    assert all(titles) and "percentage points" in " ".join(titles) and all_differ(looks(figure))
    check_paper(figure)
