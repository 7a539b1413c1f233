"""The forest of a study has its tables' numbers, and only the difference named beforehand is filled."""

from dataclasses import replace

import pytest

from analysis.study import forest
from analysis.study.arms import BAR, KD, NAMED, grouped
from msd_core.study.arms import RECOMBINED
from msd_core.study.published import recombined_contrasts
from msd_core.tasks import WHOLE
from tests.analysis.drawing import all_differ, axis_titles, check_paper
from tests.analysis.study.looks import looks
from tests.studies import write_recombined


def marks(figure) -> dict[str, dict]:
    """The traces that are marks, by name; their x and y as one dict."""
    return {trace.name: dict(zip(trace.y, trace.x, strict=True)) for trace in figure.data if trace.mode == "markers"}


def test_all_axes_have_titles_and_units_and_there_is_no_paper(make):
    study, named = make()
    overview = forest.overview(named, {"digits": "Statements <b>"}, "digits")
    for figure in (forest.forest(study, KD), forest.forest(study, BAR), overview):
        titles = axis_titles(figure).values()
        assert all(titles) and "percentage points" in " ".join(titles)
        check_paper(figure)
    assert "Statements &lt;b&gt;" in str(overview.to_dict()), "a title is no markup"


def test_nothing_is_told_apart_by_colour_alone(varied):
    assert all_differ(looks(forest.forest(varied, KD)))


def test_the_forest_has_every_difference_and_only_the_named_one_is_filled(varied):
    figure = forest.forest(varied, KD)
    rows = varied.contrasts[(varied.contrasts["against"] == KD) & (varied.contrasts["train_size"] == 1000)]
    rows = rows[(rows["label_noise"] == 0) & (rows["corrupt_text"] == 0)].set_index("arm")
    drawn = marks(figure)
    assert list(drawn["Named beforehand"].values()) == pytest.approx([100 * rows.loc[NAMED, "mean"]])
    explored = [100 * rows.loc[arm, "mean"] for _, arms in grouped(rows.index, KD)[1:] for arm in arms]
    assert list(drawn["Exploratory"].values()) == pytest.approx(explored)
    symbols = {trace.name: trace.marker.symbol for trace in figure.data if trace.mode == "markers"}
    assert symbols == {"Named beforehand": "diamond", "Exploratory": "circle-open"}
    thick = next(t for t in figure.data if "(t)" in t.name and len(t.x) == 3)
    thin = next(t for t in figure.data if "BCa" in t.name and len(t.x) == 3)
    assert thick.x[:2] == pytest.approx([100 * rows.loc[NAMED, end] for end in ("low", "high")])
    assert thin.x[:2] == pytest.approx([100 * rows.loc[NAMED, end] for end in ("bca_low", "bca_high")])
    assert thick.line.width > thin.line.width
    words = " ".join(note.text for note in figure.layout.annotations)
    assert "Named beforehand" in words and "Controls</b> <i>(exploratory)" in words
    assert all(arm in words for arm in rows.index)


def test_against_the_bar_nothing_was_named(varied):
    figure = forest.forest(varied, BAR)
    assert set(marks(figure)) == {"Exploratory"} and len(marks(figure)["Exploratory"]) == 1


def test_what_is_far_off_the_scale_is_named_at_the_edge(make):
    study, _ = make({KD: 0.86, BAR: 0.861, NAMED: 0.862, "ce": 0.3}, noise=0.001)
    figure = forest.forest(study, KD)
    assert -5 < figure.layout.xaxis.range[0] < 0
    assert any(note.text.startswith("◂ −56.00") for note in figure.layout.annotations)


def test_a_study_without_the_bar_or_kd_draws_an_empty_forest(make):
    study, _ = make({KD: 0.86, NAMED: 0.88})
    assert "No arm" in forest.forest(study, BAR).layout.annotations[0].text


def test_a_study_without_differences_is_drawn(varied):
    study = replace(varied, contrasts=varied.contrasts.iloc[:0])
    assert "No arm" in forest.forest(study, KD).layout.annotations[0].text


def test_an_arm_that_no_lesson_names_is_drawn(make):
    study, _ = make({KD: 0.86, "ce": 0.8, "sp+uniform": 0.85})
    assert any("sp+uniform" in note.text for note in forest.forest(study, KD).layout.annotations)


def test_the_overview_has_a_mark_a_task(make):
    make(task="posters", metric="macro_f1")
    _, named = make()
    figure = forest.overview(named, {}, "posters")
    assert list(marks(figure)["Named beforehand"].values()) == pytest.approx((100 * named["mean"]).tolist())
    words = [note.text for note in figure.layout.annotations]
    assert words[0].startswith("digits<br>+2.00") and words[1].startswith("<b>▸ posters</b>")


def test_recombined_pairs_have_a_mark_a_size_and_difference(tmp_path):
    write_recombined(tmp_path, "digits", sizes=(WHOLE, 250))
    named = recombined_contrasts(tmp_path)
    figure = forest.by_size(named, "accuracy")
    drawn = marks(figure)["Named beforehand"]
    assert list(drawn.values()) == pytest.approx((100 * named["mean"]).tolist()) and len(drawn) == 2 * len(RECOMBINED)
    words = [note.text for note in figure.layout.annotations]
    assert words[0] == "<b>250 examples</b>" and words[4] == "<b>All examples</b>"
    assert words[1].startswith("<b>kd/recombined</b> minus fitnets<br>+5.00, Holm p")
    assert figure.layout.xaxis.title.text == "Difference in accuracy (percentage points)"
    check_paper(figure)
    write_recombined(tmp_path, "sarcasm", sizes=(250,))
    titles = [note.text for note in forest.by_size(recombined_contrasts(tmp_path), "score").layout.annotations][::4]
    assert titles == [f"<b>{title}</b>" for title in ("250 examples, digits", "250 examples, sarcasm",
                                                      "All examples, digits")]  # fmt: skip
