"""Sentences of a study follow from its numbers, and claim no more."""

from dataclasses import replace

import pytest

from analysis.study import sentences
from analysis.study.arms import BAR, KD, NAMED
from analysis.study.tables import points
from msd_core.study.published import recombined_contrasts
from msd_core.tasks import WHOLE
from tests.analysis.study.conftest import SCORES
from tests.studies import runs_of, write_recombined


def test_a_difference_above_0_has_its_size_and_interval(make):
    study, named = make()
    summary = sentences.summarize(study, named)
    assert summary.headline == f"MSD ({NAMED}) scores 2.00 points of accuracy above plain {KD}."
    row = named.iloc[0]
    assert f"95 % interval {points(row['low'])} to {points(row['high'])}, from 20 pairs of runs" in summary.detail
    assert "named before any run" in summary.detail and "p < 0.001" in summary.detail
    assert summary.notes[0].startswith("Exploratory: ")


def test_a_difference_below_0_is_called_one(make):
    summary = sentences.summarize(*make({**SCORES, NAMED: 0.85}, metric="macro_f1"))
    assert summary.headline == f"MSD ({NAMED}) scores 1.00 points of macro F1 below plain {KD}."


def test_what_the_runs_do_not_tell_apart_is_not_called_equal(make):
    summary = sentences.summarize(*make({**SCORES, NAMED: 0.8601}))
    assert summary.headline == f"MSD ({NAMED}) and plain {KD} do not differ clearly."
    assert "+0.01 points, 95 % interval −0." in summary.detail


def test_few_runs_are_called_few(make):
    assert "from only 5 pairs of runs" in sentences.summarize(*make(seeds=5)).detail


def test_holm_over_the_tasks_can_undo_what_one_interval_says(make):
    study, named = make()
    doubtful = named.assign(holm=0.07)
    summary = sentences.summarize(study, doubtful)
    assert "do not differ clearly" in summary.headline
    assert "Its interval excludes 0, but p adjusted over all tasks is too large." in summary.detail


def test_an_interval_over_test_examples_that_takes_in_0_is_not_hidden(make):
    study, named = make()
    wide = study.contrasts["bca_low"].where(~study.contrasts["named"], -0.01)
    summary = sentences.summarize(replace(study, contrasts=study.contrasts.assign(bca_low=wide)), named)
    assert summary.headline.endswith("on these test examples at least.")
    assert "it may also be 0: −1.00 to" in summary.detail


def test_tasks_are_counted(make):
    make(task="posters", metric="macro_f1")
    summary = sentences.summarize(*make())
    assert "over 4 tasks" in summary.detail, "those without a study were named too"


@pytest.mark.parametrize(
    ("bar", "words"),
    [(0.87, "it scores above equal weights"), (0.89, "it scores below"), (0.88, "it does not differ clearly from")],
)
def test_the_bar_is_passed_or_not(make, bar, words):
    assert words in sentences.summarize(*make({**SCORES, BAR: bar})).notes[0]


def test_a_missing_bar_is_named(make):
    scores = {arm: score for arm, score in SCORES.items() if arm != BAR}
    assert f"the study has no {BAR}" in sentences.summarize(*make(scores)).notes[0]


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        ({"kd/hide": 0.88, "kd/time": 0.86}, "Controls (2): kd/hide does not differ clearly from it."),
        ({"kd/hide": 0.90, "kd/time": 0.88}, "Controls (2): kd/hide scores above it; kd/time does not differ clearly"),
        ({"kd/hide": 0.86, "kd/time": 0.86}, "It scores above all 2 controls."),
        ({"kd/hide": 0.86}, "It scores above the only control."),
        ({}, "The study has no controls."),
        ({"sp": 0.92, "rkd": 0.88}, "Other methods (2): sp scores above it; rkd does not differ clearly from it."),
    ],
)
def test_controls_that_reach_it_are_named(make, controls, words):
    scores = {KD: 0.86, BAR: 0.87, NAMED: 0.88, **controls}
    assert words in sentences.summarize(*make(scores, noise=0.002)).notes[0]


def test_without_the_named_pair_nothing_is_claimed(make):
    summary = sentences.summarize(*make({KD: 0.86, BAR: 0.87}))
    assert "is not known" in summary.headline and summary.notes == () and summary.sentences == [summary.headline]


def with_stuck(make, settled: float):
    """Half of kd's runs never leave the plateau; where both left, MSD is better by `settled`."""
    runs = runs_of("digits", {KD: 0.86, NAMED: 0.86 + settled}, noise=0.001)
    stuck = (runs["arm"] == KD) & (runs["seed"] % 2 == 1)
    runs["left"] = runs["left"].mask(stuck)
    runs["test_both"] = runs["test_both"].mask(stuck, 0.6)
    return make({"ce": 0.8}, more=[runs])


def test_a_gain_of_runs_that_got_stuck_is_told_from_one_that_remains(make):
    words = sentences.summarize(*with_stuck(make, 0.0)).notes[-1]
    assert "20 of 20 runs of MSD" in words and f"10 of 20 of {KD}" in words
    assert words.endswith("so the difference may come from runs that got stuck.")
    words = sentences.summarize(*with_stuck(make, 0.02)).notes[-1]
    assert "points remain" in words and words.endswith("so runs that got stuck do not explain all of it.")


def test_who_leaves_sooner_is_named_where_all_leave(make):
    words = sentences.summarize(*make(leaves={NAMED: 1.5, KD: 4.5})).notes[-1]
    assert words.startswith("Exploratory: all runs of both got past") and "in epoch 2.0 against 5.0" in words


def test_runs_that_never_leave_and_unknown_baselines_are_graceful(make):
    assert "no run of either got past" in sentences.summarize(*make(leaves=dict.fromkeys(SCORES, 99.0))).notes[-1]
    study, named = make()
    bare = replace(study, runs=study.runs.assign(text_only=float("nan"), left=float("nan")))
    assert len(sentences.summarize(bare, named).notes) == 1
    assert "not known" in sentences.learning(bare, [KD])


def test_sentences_of_the_figures_count_what_is_there(make, varied):
    study, named = make()
    rows = study.contrasts[(study.contrasts["against"] == KD) & ~study.contrasts["named"]]
    above, below = (rows["low"] > 0).sum(), (rows["high"] < 0).sum()
    words = sentences.forest(study, KD)
    assert f"{above} above 0, {below} below, {len(rows) - above - below} across it" in words and "Exploratory" in words
    assert "No other arm" in sentences.forest(make({KD: 0.8, NAMED: 0.9})[0], KD)
    assert sentences.overview(named, ["digits", "posters"]).endswith(
        "named before any run: above 0 on 1. No study yet of posters."
    )
    assert f"{KD} 3.0" in sentences.learning(study, [KD, NAMED])
    assert f"on the image alone {KD} 0.60 and 0.03, {NAMED} 0.02 and 0.03" in sentences.by_half(study)
    assert "with 250 training examples and" in sentences.varied(varied, "train_size")
    assert "with all training examples" in sentences.varied(varied, "train_size")
    assert "with 0 % wrong labels" in sentences.varied(varied, "label_noise")


def test_where_the_difference_lies_is_named_by_what_decides(make):
    where = sentences.where(make()[0])
    assert where.startswith(f"{NAMED} minus {KD}: +2.00 (") and "where only image and text together decide" in where
    assert "0.00 (0.00 to 0.00) where the image alone decides" in where.replace("+", "")


def test_recombined_pairs_are_told_by_size(tmp_path):
    write_recombined(tmp_path, "digits", sizes=(250, WHOLE))
    sentence = sentences.recombined(recombined_contrasts(tmp_path))
    assert sentence.startswith("kd/recombined minus fitnets: +5.00 points (+")
    assert ") with 250 training examples and +5.00 points (+" in sentence
    assert ") with all training examples. fitnets/recombined minus fitnets: +10.00 points (+" in sentence
    assert sentence.endswith(") with all training examples. Named before these runs.")
