"""What may be said of a difference between two arms: intervals over paired seeds, and over seeds and test examples."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 4000  # of the bootstrap: the ends of an interval then move by some hundredths of its width


@dataclass(frozen=True)
class Interval:
    """Mean paired difference with a two-sided interval, and the p-value of no difference (t only)."""

    mean: float
    low: float
    high: float
    p: float | None = None


def paired_t(differences: np.ndarray, confidence: float = 0.95) -> Interval:
    """Student's t interval of the mean of paired differences `(S,)`, S at least 2, and the p-value of mean 0.

    Where all differences are equal the interval is that point, and p is 0 or (for no difference at all) 1.
    """
    middle = float(np.mean(differences))
    if np.ptp(differences) == 0:
        return Interval(middle, middle, middle, float(middle == 0))
    test = stats.ttest_1samp(differences, 0.0)
    low, high = test.confidence_interval(confidence)
    return Interval(middle, float(low), float(high), float(test.pvalue))


def expanded(seeds: int, confidence: float = 0.95) -> float:
    """The level at which a bootstrap over so few seeds covers about as often as `confidence` says: a plain one takes
    the spread for too small, by sqrt((S - 1) / S), and for known (Hesterberg 2015, section 5.3)."""
    z = np.sqrt(seeds / (seeds - 1)) * stats.t.ppf((1 + confidence) / 2, seeds - 1)
    return float(2 * stats.norm.cdf(z) - 1)


def crossed_bca(
    difference: Callable[[np.ndarray, np.ndarray], float],
    seeds: int,
    examples: int,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """Bias-corrected and accelerated bootstrap interval when seeds and test examples are both resampled.

    `difference(seed_weights (S,), example_weights (N,))` is the statistic under how often each seed and each example
    (or cluster of examples) is drawn. Every resample draws both anew, crossed (Owen 2007, "The pigeonhole bootstrap");
    the acceleration comes from leaving out one seed, or one of at most 200 blocks of examples, at a time (Efron 1987).
    """
    draw = np.random.default_rng(0)
    values = np.array(
        [difference(_counts(draw, seeds), _counts(draw, examples)) for _ in range(resamples)], dtype=float
    )
    middle = difference(np.ones(seeds), np.ones(examples))
    if np.ptp(values) == 0:
        return Interval(middle, middle, middle)
    below = (np.mean(values < middle) + np.mean(values <= middle)) / 2
    bias = stats.norm.ppf(np.clip(below, 1 / resamples, 1 - 1 / resamples))
    influence = np.concatenate(
        [
            _influence([difference(weights, np.ones(examples)) for weights in _without(seeds, seeds)]),
            _influence([difference(np.ones(seeds), weights) for weights in _without(examples, min(examples, 200))]),
        ]
    )
    spread = (influence**2).sum() ** 1.5
    acceleration = (influence**3).sum() / (6 * spread) if spread > 0 else 0.0
    ends = bias + stats.norm.ppf([(1 - confidence) / 2, (1 + confidence) / 2])
    shares = stats.norm.cdf(bias + ends / (1 - acceleration * ends))
    low, high = np.quantile(values, shares)
    return Interval(float(middle), float(low), float(high))


def _counts(draw: np.random.Generator, size: int) -> np.ndarray:
    return np.bincount(draw.integers(size, size=size), minlength=size).astype(float)


def _without(size: int, blocks: int) -> Iterator[np.ndarray]:
    """Weights that leave out one block at a time."""
    block = np.arange(size) * blocks // size
    for left in range(blocks):
        yield (block != left).astype(float)


def _influence(left_out: list[float]) -> np.ndarray:
    """The jackknife's influence of each part left out, over the number of parts: squares add up to a variance."""
    values = np.array(left_out)
    return (values.mean() - values) * (len(values) - 1) / len(values)


def holm(p: list[float]) -> list[float]:
    """P-values adjusted for having tested several hypotheses (Holm 1979), in the order given, each at most 1."""
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, i in enumerate(np.argsort(p, kind="stable")):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    return adjusted


def accuracy_of(logits: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Accuracy of S models `(S,)` under weights of the examples `(N,)`, from logits `(S, N, C)` and classes `(N,)`."""
    right = (logits.argmax(-1) == labels).astype(float)
    return lambda weights: right @ weights / weights.sum()


def macro_f1_of(logits: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Macro F1 of S models `(S,)` under weights of the examples `(N,)`, from logits and labels of 0 and 1 `(N, C)`."""
    models, examples, labels_of = logits.shape
    answers, truth = (logits > 0).astype(np.float32), labels.astype(np.float32)
    hits = (answers * truth).transpose(0, 2, 1).reshape(-1, examples)  # (S C, N)
    yeses = (answers + truth).transpose(0, 2, 1).reshape(-1, examples)  # the parts of F1's denominator

    def score(weights: np.ndarray) -> np.ndarray:
        weights = weights.astype(np.float32)
        hit, total = hits @ weights, yeses @ weights
        f1 = np.divide(2 * hit, total, out=np.zeros_like(hit), where=total > 0)
        return f1.reshape(models, labels_of).mean(-1)

    return score
