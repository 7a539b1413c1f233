"""Intervals and adjusted p-values: equal to known numbers, and right as often as they claim."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from msd_core.study.statistics import accuracy_of, crossed_bca, expanded, holm, macro_f1_of, paired_t

DIFFERENCES = np.array([0.8, -1.1, 2.3, 0.4, 1.9, 1.2, -0.3, 0.9])


def test_the_t_interval_is_the_textbook_one():
    interval = paired_t(DIFFERENCES)
    half = stats.t.ppf(0.975, 7) * DIFFERENCES.std(ddof=1) / np.sqrt(8)
    assert (interval.mean, interval.low, interval.high) == pytest.approx(
        (DIFFERENCES.mean(), DIFFERENCES.mean() - half, DIFFERENCES.mean() + half)
    )
    assert interval.p == pytest.approx(stats.ttest_rel(DIFFERENCES, np.zeros(8)).pvalue)


def test_differences_that_are_all_equal_are_a_point():
    same, none = paired_t(np.full(5, 0.25)), paired_t(np.zeros(5))
    assert (same.low, same.high, same.p) == (0.25, 0.25, 0.0)
    assert (none.low, none.high, none.p) == (0.0, 0.0, 1.0)


def test_holm_steps_down_from_the_smallest():
    # in order: 4 x 0.005, 3 x 0.01, 2 x 0.03, then 0.04, raised to its forerunner
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def mean_of(values: np.ndarray):
    """The weighted mean over seeds and examples of a table `(S, N)`."""
    return lambda seeds, examples: float(seeds @ values @ examples / seeds.sum() / examples.sum())


def test_with_equal_examples_it_is_scipys_bca_over_seeds():
    values = np.repeat(np.exp(DIFFERENCES)[:, None], 3, axis=1)  # skewed, so that bias and acceleration matter
    interval = crossed_bca(mean_of(values), 8, 3, resamples=20_000)
    known = stats.bootstrap(
        (np.exp(DIFFERENCES),), np.mean, method="BCa", n_resamples=20_000, rng=0
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((known.low, known.high), rel=0.03)


def test_with_both_drawn_it_is_scipys_bca_of_two_samples():
    """Of unlike sizes and skews, so that each sample must count by its own share of the variance."""
    one, other = np.exp(DIFFERENCES), np.exp(2 * np.sin(np.arange(60)))
    interval = crossed_bca(
        lambda s, e: float(s @ one / s.sum() + e @ other / e.sum()), len(one), len(other), resamples=20_000
    )
    known = stats.bootstrap(
        (one, other), lambda x, y, axis: x.mean(axis) + y.mean(axis), method="BCa", n_resamples=20_000, rng=0
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((known.low, known.high), rel=0.01)


@pytest.mark.parametrize("seeds", [5, 10, 20])
def test_the_interval_covers_as_often_as_it_claims(seeds):
    draw, hits, plain, times = np.random.default_rng(1), 0, 0, 300
    for _ in range(times):
        values = 0.3 + draw.normal(size=(seeds, 1)) + draw.normal(size=(1, 60)) + draw.normal(size=(seeds, 60))
        interval, short = (crossed_bca(mean_of(values), seeds, 60, level, 400) for level in (expanded(seeds), 0.95))
        hits += interval.low <= 0.3 <= interval.high
        plain += short.low <= 0.3 <= short.high
    assert hits / times >= 0.93 and plain < hits, "a plain one covers 85 % with five seeds"


def test_few_seeds_are_known_to_tell_little():
    levels = [expanded(seeds) for seeds in (5, 20, 1000)]
    assert levels[0] > levels[1] > levels[2] == pytest.approx(0.95, abs=1e-3)


def test_no_difference_anywhere_is_a_point():
    interval = crossed_bca(mean_of(np.zeros((4, 5))), 4, 5, resamples=50)
    assert (interval.mean, interval.low, interval.high) == (0, 0, 0)


def test_the_same_call_gives_the_same_interval():
    values = np.random.default_rng(0).normal(size=(6, 30))
    assert crossed_bca(mean_of(values), 6, 30, resamples=200) == crossed_bca(mean_of(values), 6, 30, resamples=200)


def test_weighted_metrics_are_those_of_the_drawn_examples():
    draw = np.random.default_rng(0)
    logits, classes = draw.normal(size=(3, 40, 5)), draw.integers(0, 5, 40)
    many = (draw.random((40, 5)) < 0.4).astype(float)
    rows = draw.integers(0, 40, 40)
    weights = np.bincount(rows, minlength=40).astype(float)
    accuracy = [(model[rows].argmax(-1) == classes[rows]).mean() for model in logits]
    assert accuracy_of(logits, classes)(weights).tolist() == pytest.approx(accuracy)
    f1 = [f1_score(many[rows], model[rows] > 0, average="macro", zero_division=0) for model in logits]
    assert macro_f1_of(logits, many)(weights).tolist() == pytest.approx(f1, abs=1e-6)
