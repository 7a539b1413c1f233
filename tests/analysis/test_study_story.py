"""What is said of a study follows from its numbers, and says no more."""

from dataclasses import replace

import pytest

from analysis.study import story
from analysis.study.arms import ARMS, BAR, IN_WORDS, KD, NAMED, in_words
from analysis.study.tables import points
from tests.analysis.conftest import SCORES
from tests.studies import runs_of


def test_a_difference_above_0_is_said_with_its_size_and_interval(make):
    study, named = make()
    told = story.tell(study, named)
    assert told.headline == f"MSD ({NAMED}) scores 2.00 points of accuracy above plain {KD}."
    row = named.iloc[0]
    assert f"95 % interval {points(row['low'])} to {points(row['high'])}, from 20 pairs of runs" in told.detail
    assert "named before any run" in told.detail and "p < 0.001" in told.detail
    assert told.notes[0].startswith("Exploratory: ")


def test_a_difference_below_0_is_said(make):
    told = story.tell(*make({**SCORES, NAMED: 0.85}, metric="macro_f1"))
    assert told.headline == f"MSD ({NAMED}) scores 1.00 points of macro F1 below plain {KD}."


def test_what_the_runs_do_not_tell_apart_is_not_called_equal(make):
    told = story.tell(*make({**SCORES, NAMED: 0.8601}))
    assert told.headline == f"MSD ({NAMED}) and plain {KD} are not told apart."
    assert "+0.01 points, 95 % interval −0." in told.detail


def test_few_runs_are_called_few(make):
    assert "from only 5 pairs of runs" in story.tell(*make(seeds=5)).detail


def test_holm_over_the_tasks_can_undo_what_one_interval_says(make):
    study, named = make()
    doubtful = named.assign(holm=0.07)
    told = story.tell(study, doubtful)
    assert "are not told apart" in told.headline
    assert "Its interval leaves out 0, but not once all tasks are allowed for." in told.detail


def test_an_interval_over_test_examples_that_takes_in_0_is_not_hidden(make):
    study, named = make()
    wide = study.contrasts["bca_low"].where(~study.contrasts["named"], -0.01)
    told = story.tell(replace(study, contrasts=study.contrasts.assign(bca_low=wide)), named)
    assert told.headline.endswith("on these test examples at least.")
    assert "it may be 0: −1.00 to" in told.detail


def test_tasks_are_counted(make):
    make(task="posters", metric="macro_f1")
    told = story.tell(*make())
    assert "over 4 tasks" in told.detail, "those without a study were named too"


@pytest.mark.parametrize(
    ("bar", "said"),
    [(0.87, "it passes equal weights"), (0.89, "it falls short of"), (0.88, "it is not told apart from")],
)
def test_the_bar_is_passed_or_not(make, bar, said):
    assert said in story.tell(*make({**SCORES, BAR: bar})).notes[0]


def test_a_missing_bar_is_said(make):
    scores = {arm: score for arm, score in SCORES.items() if arm != BAR}
    assert f"the study has no {BAR}" in story.tell(*make(scores)).notes[0]


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        ({"kd/hide": 0.88, "kd/time": 0.86}, "Controls (2): kd/hide is not told apart from it."),
        ({"kd/hide": 0.90, "kd/time": 0.88}, "Controls (2): kd/hide scores above it; kd/time is not told apart"),
        ({"kd/hide": 0.86, "kd/time": 0.86}, "It passes all 2 controls."),
        ({"kd/hide": 0.86}, "It passes the only control."),
        ({}, "The study has no controls."),
        ({"sp": 0.92, "rkd": 0.88}, "Other methods (2): sp scores above it; rkd is not told apart from it."),
    ],
)
def test_controls_that_reach_it_are_named(make, controls, said):
    scores = {KD: 0.86, BAR: 0.87, NAMED: 0.88, **controls}
    assert said in story.tell(*make(scores, noise=0.002)).notes[0]


def test_without_the_named_pair_nothing_is_claimed(make):
    told = story.tell(*make({KD: 0.86, BAR: 0.87}))
    assert "is not known" in told.headline and told.notes == () and told.sentences == [told.headline]


def with_stuck(make, settled: float):
    """Half of kd's runs never leave the plateau; where both left, MSD is better by `settled`."""
    runs = runs_of("digits", {KD: 0.86, NAMED: 0.86 + settled}, noise=0.001)
    stuck = (runs["arm"] == KD) & (runs["seed"] % 2 == 1)
    runs["left"] = runs["left"].mask(stuck)
    runs["test_both"] = runs["test_both"].mask(stuck, 0.6)
    return make({"ce": 0.8}, more=[runs])


def test_a_gain_of_runs_that_got_stuck_is_told_from_one_that_remains(make):
    said = story.tell(*with_stuck(make, 0.0)).notes[-1]
    assert "20 of 20 runs of MSD" in said and f"10 of 20 of {KD}" in said
    assert said.endswith("so the difference may be one of runs that got stuck.")
    said = story.tell(*with_stuck(make, 0.02)).notes[-1]
    assert "points remain" in said and said.endswith("so runs that got stuck do not make up all of it.")


def test_who_leaves_sooner_is_said_where_all_leave(make):
    said = story.tell(*make(leaves={NAMED: 1.5, KD: 4.5})).notes[-1]
    assert said.startswith("Exploratory: all runs of both got past") and "in epoch 2.0 against 5.0" in said


def test_runs_that_never_leave_and_unknown_floors_are_graceful(make):
    assert "no run of either got past" in story.tell(*make(leaves=dict.fromkeys(SCORES, 99.0))).notes[-1]
    study, named = make()
    bare = replace(study, runs=study.runs.assign(floor=float("nan"), left=float("nan")))
    assert len(story.tell(bare, named).notes) == 1
    assert "not known" in story.learning(bare, [KD])


def test_sentences_of_the_figures_count_what_is_there(make, varied):
    study, named = make()
    rows = study.contrasts[(study.contrasts["against"] == KD) & ~study.contrasts["named"]]
    above, below = (rows["low"] > 0).sum(), (rows["high"] < 0).sum()
    said = story.forest(study, KD)
    assert f"{above} above 0, {below} below, {len(rows) - above - below} across it" in said and "Exploratory" in said
    assert "No other arm" in story.forest(make({KD: 0.8, NAMED: 0.9})[0], KD)
    assert story.overview(named, ["digits", "posters"]).endswith(
        "named before any run: above 0 on 1. No study yet of posters."
    )
    assert f"{KD} 3.0" in story.learning(study, [KD, NAMED])
    assert f"on the image alone {KD} 0.60 and 0.03, {NAMED} 0.02 and 0.03" in story.by_half(study)
    assert "with 250 training examples and" in story.varied(varied, "train_size")
    assert "with all training examples" in story.varied(varied, "train_size")
    assert "with 0 % wrong labels" in story.varied(varied, "label_noise")


def test_every_arm_of_the_lesson_has_words_that_fit_a_phone():
    assert set(IN_WORDS) == set(ARMS)
    assert all(len(words) < 45 for words in IN_WORDS.values())
    assert in_words("dkd+instance/other") == "a modality's term is weighted by the other's saliency"
