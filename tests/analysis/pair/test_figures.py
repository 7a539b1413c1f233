"""The figures of one comparison: titled axes with units, nothing that colour alone tells apart."""

import itertools

import pytest

from analysis.pair.figures import MOST_LABELS, labels_that_matter, saliency_figure, shapley_figure, views_figure
from msd_core.views import MODALITIES

LABELS = tuple("abcdefghijklm")
NAMES = (
    "teacher",
    "ce",
    "kd",
    "msd",
    "recombined",
    "Your student 1 (kd)",
    "Your student 2 (ce)",
    "Your student 3 (kd + instance)",
)


def table(top: int) -> list[list[float]]:
    """Four views, each with its own top label."""
    return [[0.7 if i == (top + view) % 13 else 0.025 for i in range(13)] for view in range(4)]


ANSWERS = {name: table(i) for i, name in enumerate(NAMES)}
PARTS = {name: {"image": 0.2, "text": -0.004, "interaction": 0.5} for name in NAMES}
FIGURES = {
    "views": views_figure(LABELS, ANSWERS, False, truth=2),
    "saliency": saliency_figure({name: {m: parts[m] for m in MODALITIES} for name, parts in PARTS.items()}),
    "shapley": shapley_figure(PARTS),
}


def test_a_thin_line_leads_to_the_averaged_answer():
    near, far = [[0.5, 0.5]] * 4, [[0.9, 0.1]] * 4
    bars = views_figure(("a", "b"), {"teacher": near, "kd": near}, False, averaged={"teacher": near, "kd": far}).data
    assert all(bar.error_x.array == (None, None) for bar in bars if bar.name == "Teacher")
    for bar in bars:
        if bar.name == "KD":
            assert bar.error_x.array == pytest.approx((40, 0)) and bar.error_x.arrayminus == pytest.approx((0, 40))


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_titles(name):
    layout = FIGURES[name].to_dict()["layout"]
    titles = [layout[axis].get("title", {}).get("text") for axis in layout if axis.startswith(("xaxis", "yaxis"))]
    shared = {"views": 4}  # its panels share axes, titled once a row and once a column
    assert sum(bool(title) for title in titles) == shared.get(name, len(titles))


@pytest.mark.parametrize(("name", "unit"), [("views", "%"), ("saliency", "bits"), ("shapley", "points")])
def test_axes_have_units(name, unit):
    layout = FIGURES[name].to_dict()["layout"]
    assert any(unit in (layout[a].get("title", {}).get("text") or "") for a in layout if a[1:].startswith("axis"))


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_told_apart_by_colour_alone(name):
    traces = [t for t in FIGURES[name].data if t.showlegend is not False]
    assert len(traces) > 1
    assert all(a.marker.pattern.shape != b.marker.pattern.shape for a, b in itertools.combinations(traces, 2))
    assert all(t.name for t in traces)


@pytest.mark.parametrize("name", FIGURES)
def test_paper_is_transparent(name):
    assert FIGURES[name].layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_views_share_labels_and_scale():
    figure = FIGURES["views"]
    assert len({trace.y for trace in figure.data}) == 1
    ranges = [figure.layout[axis].range for axis in ("xaxis", "xaxis2", "xaxis3", "xaxis4")]
    assert len(set(ranges)) == 1
    assert any(tick.endswith("✓") for tick in figure.data[0].y)


def test_few_labels_of_many_all_of_a_multi_label_task():
    kept = labels_that_matter(ANSWERS, multilabel=False, truth=12)
    assert len(kept) == MOST_LABELS
    assert 12 in kept
    assert 0 in kept  # the teacher's answer
    assert labels_that_matter(ANSWERS, multilabel=True) == list(range(13))


def test_small_numbers_are_no_minus_zero():
    assert "-0" not in FIGURES["shapley"].data[1].text
