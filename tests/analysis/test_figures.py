"""Every figure: titled axes with units, nothing told by colour alone."""

import itertools

import pytest
import torch

from analysis.figures import MOST_LABELS, labels_that_matter, saliency_figure, shapley_figure, views_figure
from analysis.progress import (
    MOST_POINTS,
    Record,
    agreement_figure,
    by_saliency_figure,
    loss_figure,
    metric_figure,
    result_table,
    result_tiles,
    weights_figure,
)

LABELS = tuple("abcdefghijklm")
NAMES = ("teacher", "ce", "kd", "msd", "Your student 1 (kd)", "Your student 2 (ce)", "Your student 3 (kd + instance)")


def table(top: int) -> list[list[float]]:
    """Four views, each with its own top label."""
    return [[0.7 if i == (top + view) % 13 else 0.025 for i in range(13)] for view in range(4)]


ANSWERS = {name: table(i) for i, name in enumerate(NAMES)}
PARTS = {name: {"image": 0.2, "text": -0.004, "interaction": 0.5} for name in NAMES}
EPOCH = {
    "kind": "epoch", "epoch": 1, "epochs": 3, "terms": {"loss": 2.0, "ce": 1.0, "kd_both": 1.5},
    "weights": {"image": 0.8, "text": 1.2},
    "metrics": {v: {"accuracy": 0.5} for v in ("both", "image", "text", "neither")},
    "agreement": {v: {"kl": 0.5, "top": 0.4} for v in ("both", "image", "text", "neither")},
}  # fmt: skip
RESULT = {
    "floors": {"majority": 0.3, "text": 0.7289}, "task": "digits", "metric": "accuracy",
    "seconds": 3.2, "parameters": {"student": 100, "teacher": 1000},
    "teacher": dict.fromkeys(("both", "image", "text", "neither"), 0.9), "weights": {"image": 0.8, "text": 1.2},
    "student": dict.fromkeys(("both", "image", "text", "neither"), 0.5), "agreement": EPOCH["agreement"],
}  # fmt: skip


def record() -> Record:
    made = Record()
    made.add({"kind": "step", "step": 10, "steps": 30, "terms": {"loss": 3.0}}, 100.0)
    made.add({"kind": "step", "step": 20, "steps": 30, "terms": {"loss": 2.0}}, 105.0)
    made.add(EPOCH, 106.0)
    return made


def test_a_thin_line_leads_to_the_averaged_answer():
    near, far = [[0.5, 0.5]] * 4, [[0.9, 0.1]] * 4
    bars = views_figure(("a", "b"), {"teacher": near, "kd": near}, False, averaged={"teacher": near, "kd": far}).data
    assert all(bar.error_x.array == (None, None) for bar in bars if bar.name == "Teacher")
    for bar in bars:
        if bar.name == "KD":
            assert bar.error_x.array == pytest.approx((40, 0)) and bar.error_x.arrayminus == pytest.approx((0, 40))


FIGURES = {
    "views": views_figure(LABELS, ANSWERS, False, truth=2),
    "saliency": saliency_figure(PARTS),
    "shapley": shapley_figure(PARTS, "a"),
    "loss": loss_figure(record()),
    "metric": metric_figure(record()),
    "agreement": agreement_figure(record()),
    "weights": weights_figure(record()),
    "by saliency": by_saliency_figure(torch.rand(50, 2), torch.rand(50, 2)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_titles(name):
    layout = FIGURES[name].to_dict()["layout"]
    titles = [layout[axis].get("title", {}).get("text") for axis in layout if axis.startswith(("xaxis", "yaxis"))]
    shared = {"views": 4, "by saliency": 3}  # their panels share axes, titled once a row and once a column
    assert sum(bool(title) for title in titles) == shared.get(name, len(titles))


@pytest.mark.parametrize(
    ("name", "unit"),
    [("views", "%"), ("saliency", "bits"), ("shapley", "points"), ("loss", "nats"), ("by saliency", "bits")],
)
def test_axes_have_units(name, unit):
    layout = FIGURES[name].to_dict()["layout"]
    assert any(unit in (layout[a].get("title", {}).get("text") or "") for a in layout if a[1:].startswith("axis"))


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_told_by_colour_alone(name):
    traces = [t for t in FIGURES[name].data if t.showlegend is not False]

    def mark(trace):
        if trace.type == "bar":
            return trace.marker.pattern.shape
        return trace.line.dash, trace.marker.symbol

    assert len(traces) > 1
    assert all(mark(a) != mark(b) for a, b in itertools.combinations(traces, 2))
    assert all(t.name for t in traces)


@pytest.mark.parametrize("name", FIGURES)
def test_paper_is_transparent(name):
    assert FIGURES[name].layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_weights_are_drawn_against_the_saliency_of_their_modality_and_thinned_the_same_way_each_time():
    saliency = torch.rand(5000, 2)
    drawn = [by_saliency_figure(2 * saliency, saliency) for _ in range(2)]
    for image, text in (figure.data for figure in drawn):
        assert len(image.x) == len(text.x) == MOST_POINTS
        assert image.y == pytest.approx([2 * x for x in image.x]) and image.x != text.x
    assert drawn[0].data[0].x == drawn[1].data[0].x


def test_the_term_of_another_method_is_shown_by_its_name():
    made = record()
    made.add({**EPOCH, "epoch": 2, "terms": {"loss": 9.0, "ce": 1.0, "fitnets_both": 90.0}}, 107.0)
    made.epochs = made.epochs[1:]
    figure = loss_figure(made)
    assert [trace.name for trace in figure.data] == ["Loss (all terms, weighted)", "Labels", "Teacher, both (fitnets)"]
    assert figure.layout.yaxis.title.text == "Loss (nats; fitnets: no unit)"


def test_views_share_labels_and_scale():
    figure = FIGURES["views"]
    assert len({trace.y for trace in figure.data}) == 1
    ranges = [figure.layout[axis].range for axis in ("xaxis", "xaxis2", "xaxis3", "xaxis4")]
    assert len(set(ranges)) == 1
    assert any(tick.endswith("✓") for tick in figure.data[0].y)


def test_few_labels_of_many_all_of_a_multilabel_task():
    kept = labels_that_matter(ANSWERS, multilabel=False, truth=12)
    assert len(kept) == MOST_LABELS
    assert 12 in kept
    assert 0 in kept  # the teacher's answer
    assert labels_that_matter(ANSWERS, multilabel=True) == list(range(13))


def test_small_numbers_are_no_minus_zero():
    assert "-0" not in FIGURES["shapley"].data[1].text


def test_record_knows_share_and_time_left():
    made = record()
    assert made.share == pytest.approx(2 / 3)
    assert made.left == pytest.approx(5)
    made.add({"kind": "done", "result": RESULT}, 110.0)
    assert (made.share, made.ended) == (1.0, "done")


def test_result_in_numbers_and_words():
    assert list(result_table(RESULT)["View"]) == ["Both", "Image only", "Text only", "Neither"]
    tiles, caption, header, rows = result_tiles(RESULT)
    assert len(tiles) == 3
    assert "test" in caption and "without the picture scores 0.729" in caption
    assert all(len(row) == len(header) for row in rows)
