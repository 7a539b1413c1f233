"""The figures, filters and sentences of a whole dataset, on a tiny survey of random logits."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.dataset import figures, listing, model_figures, story
from analysis.dataset.additive import Additive
from analysis.dataset.choose import MOST_GROUPS, OTHER, Filter, choose_rows, common, group, who_is_right
from analysis.dataset.perceptual import Perceptual
from analysis.dataset.survey import Survey, Surveyed
from analysis.dataset.swap import Swap
from analysis.dataset.swap_figures import interaction_figure, probability_figure
from msd_core.evaluate import main_metric, metrics_by_view
from msd_core.tasks import Task
from msd_core.views import MODALITIES, VIEWS

LABELS = ("red", "green", "blue", "yes", "<b>no</b>")
MODELS = ("teacher", "kd", "msd", "Your student 1 (kd + instance)")
KINDS = np.array(["image", "text", "both", "either"])


def make(split, multilabel: bool, interval=(0.3, 0.5)) -> Survey:
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    task = Task("tiny", "Tiny", "?", LABELS, lambda split: [], lambda key: None, multilabel)
    count = len(split)
    if multilabel:
        labels = (torch.rand(count, 5, generator=generator) < 0.4).float()
        split = replace(split, labels=labels, evidence=KINDS[rng.integers(0, 4, (count, 5))])
    else:
        split = replace(split, evidence=KINDS[rng.integers(0, 4, count)])
    models = {}
    for name in MODELS:
        logits = 2 * torch.randn(count, 4, 5, generator=generator)
        found = metrics_by_view(task, logits, split.labels)
        additive = Additive("probability", torch.rand(count, 5), 0.4, interval, 0.7, 1200)
        perceptual = Perceptual(*(dict.fromkeys(MODALITIES, v) for v in (0.3, 0.2, 0.01)))
        models[name] = Surveyed(logits, found, additive, perceptual)
    return Survey(task, split, models, torch.rand(60, 2, generator=generator))


@pytest.fixture(params=[False, True], ids=["single", "multi"])
def survey(request, tiny_split) -> Survey:
    return make(tiny_split, request.param)


def drawn(survey: Survey) -> dict:
    every = np.arange(len(survey.split))
    swapped = Swap(survey.task, ("a", "b", "c"), {"teacher": torch.rand(4, 3, 5)})
    return {
        "scatter": figures.saliency_scatter(survey, every, "right", "msd"),
        "spread": figures.saliency_spread(survey),
        "density": figures.output_density(survey),
        "density of a label": figures.output_density(survey, 1),
        "gap": model_figures.gap_figure(survey),
        "gap by label": model_figures.gap_by_label_figure(survey, "kd"),
        "additivity": model_figures.additivity_figure(survey),
        "perceptual": model_figures.perceptual_figure(survey),
        "reliability": model_figures.reliability_figure(survey, "image", 2),
        "swap": probability_figure(swapped, "teacher", "red", ["data:,"] * 4),
        "interaction": interaction_figure(swapped, "teacher", "red", ["data:,"] * 4),
    }


def test_all_figures_have_titled_axes_and_no_paper(survey):
    for name, figure in drawn(survey).items():
        layout = figure.to_dict()["layout"]
        axes = [layout[key] for key in layout if key.startswith(("xaxis", "yaxis"))]
        titled = [axis.get("title", {}).get("text") for axis in axes]
        shared = name in ("spread", "density", "density of a label")  # panels share axes, titled once a row and column
        assert any(titled) if shared else all(titled), name
        assert layout["paper_bgcolor"] == "rgba(0,0,0,0)", name
        assert "<b>no</b>" not in str(figure.to_dict()), name  # a label is no markup


def test_units_are_said(survey):
    units = {"scatter": "bits", "spread": "bits", "density": "%", "gap": "nats", "additivity": "%",
             "perceptual": "no unit", "reliability": "%"}  # fmt: skip
    for name, figure in drawn(survey).items():
        layout = figure.to_dict()["layout"]
        titles = [layout[axis].get("title", {}).get("text") or "" for axis in layout if axis[1:].startswith("axis")]
        assert units.get(name, "") in " ".join(titles), name


def test_nothing_is_told_by_colour_alone(survey):
    for name in ("scatter", "spread", "density", "gap", "additivity", "perceptual", "reliability"):
        marks = [
            trace.marker.pattern.shape if trace.type == "bar" else (trace.line.dash, trace.marker.symbol)
            for trace in drawn(survey)[name].data
            if trace.showlegend is not False
        ]
        assert len(marks) > 1 and all(a != b for a, b in itertools.combinations(marks, 2)), name


def test_a_point_carries_its_row_and_stands_at_its_saliency(survey):
    figure = figures.saliency_scatter(survey, np.array([3, 7, 21]), "label", "msd")
    found = {row: (x, y) for t in figure.data for row, x, y in zip(t.customdata, t.x, t.y, strict=True)}
    assert set(found) == {3, 7, 21}
    assert found[7] == pytest.approx(survey.saliency[7].tolist(), abs=1e-4)


def test_no_more_points_than_can_be_drawn_and_always_the_same():
    rows = np.arange(0, 9000, 2)
    kept = figures.sampled(rows, 100)
    assert len(kept) == 100 and np.isin(kept, rows).all() and (np.diff(kept) > 0).all()
    assert (kept == figures.sampled(rows, 100)).all()
    assert (figures.sampled(rows[:100], 100) == rows[:100]).all()


def test_nothing_passes_and_it_is_said(survey):
    figure = figures.saliency_scatter(survey, np.array([], dtype=int), "right", "msd")
    assert "loosen" in figure.layout.annotations[0].text


def test_densities_are_shares_on_common_axes(survey):
    figure = figures.output_density(survey)
    for trace in figure.data:
        assert sum(trace.customdata[1:-1]) == pytest.approx(100)  # the ends are drawn twice
        assert trace.y == pytest.approx(np.sqrt(trace.customdata))
    assert len({figure.layout[axis].range for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4")}) == 1


def test_additivity_shows_the_interval_only_where_pairs_were_sampled(tiny_split):
    def bars(survey):
        figure = model_figures.additivity_figure(survey)
        return next(t for t in figure.data if t.name and "EMAP" in t.name).error_x

    sampled = bars(make(tiny_split, False))
    assert sampled.array == pytest.approx([10] * 4) and sampled.arrayminus == pytest.approx([10] * 4)
    assert bars(make(tiny_split, False, interval=None)).array is None


def test_a_negative_perceptual_score_is_not_cut_off(survey):
    survey.models["kd"].perceptual.score["text"] = -0.2
    figure = model_figures.perceptual_figure(survey)
    assert figure.layout.xaxis.range[0] < -0.2
    assert "−0.20" in figure.data[1].text


def test_few_examples_draw_no_line_of_reliability(survey):
    for trace in model_figures.reliability_figure(survey, "both", 0).data[1:]:
        enough = "lines" in trace.mode
        assert all((count >= 10) == enough for count in trace.customdata)


def test_gap_by_label_shows_the_means(survey):
    cells, said = model_figures.gap_by_label_figure(survey, "kd").data
    assert np.array(cells.z) == pytest.approx(survey.gap_by_label("kd").numpy(), nan_ok=True)
    assert said.text[1] == f"{survey.gap_by_label('kd')[0, 1]:.2f}"


def test_interaction_is_symmetric_around_nothing():
    chances = torch.tensor([[[0.9], [0.1]], [[0.1], [0.9]]])
    task = Task("tiny", "Tiny", "?", ("a",), lambda split: [], lambda key: None, True)
    found = Swap(task, ("x", "y"), {"teacher": chances})
    cells, said = interaction_figure(found, "teacher", "a", []).data
    assert cells.zmin == -cells.zmax
    assert list(said.text) == ["+40", "−40", "−40", "+40"]
    assert list(probability_figure(found, "teacher", "a", []).data[1].text) == ["90", "10", "10", "90"]


def test_filters_keep_what_they_say(survey):
    table, split = survey.table, survey.split
    words = choose_rows(survey, "msd", Filter(words="GREEN"))
    assert len(words) and table["text"].iloc[words].str.contains("green").all()
    assert len(words) == table["text"].str.contains("green").sum()
    high = choose_rows(survey, "msd", Filter(image=(0.3, 1.0)))
    assert set(high) == set(np.flatnonzero(survey.saliency[:, 0] >= 0.3))
    same = choose_rows(survey, "msd", Filter(agreement="same"))
    assert set(same) == set(np.flatnonzero(table["agrees_msd"]))
    red = choose_rows(survey, "msd", Filter(labels=("red",)))
    assert set(red) == set(np.flatnonzero(split.labels[:, 0] if survey.task.multilabel else split.labels == 0))
    by_text = choose_rows(survey, "msd", Filter(evidence=("text",)))
    truth = split.labels.numpy() > 0.5 if survey.task.multilabel else True
    found = (split.evidence == "text") & truth
    assert set(by_text) == set(np.flatnonzero(found.any(-1) if survey.task.multilabel else found))
    assert set(choose_rows(survey, "msd", Filter())) == set(range(len(split)))


def test_who_is_right_is_one_of_four(survey):
    who, right = who_is_right(survey, "kd"), survey.right
    assert ((who == "teacher") == (right["teacher"] & ~right["kd"])).all()
    assert ((who == "neither") == (~right["teacher"] & ~right["kd"])).all()


def test_rare_groups_go_together():
    of = np.array([f"g{i}" for i in range(12) for _ in range(12 - i)], dtype=object)
    names, found = common([f"g{i}" for i in range(12)], of)
    assert names == [*(f"g{i}" for i in range(MOST_GROUPS - 1)), OTHER]
    assert set(found) == set(names)


def test_every_example_is_in_a_group(survey):
    for by in ("label", "evidence", "right"):
        names, of = group(survey, by, "msd")
        assert set(of) <= set(names)


def test_listing_sorts_all_that_pass_before_it_cuts(survey, monkeypatch):
    monkeypatch.setattr(listing, "MOST", 5)
    shown = listing.lines(survey, "kd", np.arange(40), "kl_kd", down=True)
    assert [row for row, _ in shown] == survey.table["kl_kd"].sort_values(ascending=False).index[:5].tolist()
    assert all(len(cells) == len(listing.columns(survey, "kd")) for _, cells in shown)
    assert listing.lines(survey, "kd", np.arange(3), "no such column")[0][0] == 0


def test_sentences_give_the_numbers(survey):
    said, means = story.headline(survey), survey.saliency.mean(0)
    assert f"{means.max():.2f}" in said and f"{means.min():.2f}" in said and "40 %" in said
    assert story.shown_of(survey, 12, 12) == "12 of 40 examples"
    assert "5 of them drawn" in story.shown_of(survey, 12, 5)
    gaps = {(n, v): survey.gap[n].mean((0, 2))[i] for n in survey.students for i, v in enumerate(VIEWS)}
    assert f"({max(gaps.values()):.2f} nats)" in story.gap(survey)
    full = survey.models["kd"].metrics["both"][main_metric(survey.task)]
    assert f"KD {100 * (full - 0.4):+.1f}".replace("-", "−") in story.additivity(survey)
    for view in VIEWS:
        assert "ECE" in story.calibration(survey, view, 1)
    assert "sample" in story.emap_note(survey)
    assert story.spread(survey) and story.density(survey, 0) and story.perceptual(survey)
