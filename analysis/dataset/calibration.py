"""Is a model right as often as it is sure? Reliability diagrams and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from sklearn.calibration import calibration_curve
from torch import Tensor

from msd_core.saliency import probabilities
from msd_core.views import VIEWS

BINS = 15  # of equal width


@dataclass(frozen=True)
class Reliability:
    """Of the examples in each bin of confidence that has any: their mean `confidence` and how often the model is right
    (`accuracy`), both 0 to 1, and their `count`. `error` is the expected calibration error, the mean distance of the
    two over examples (Guo et al. 2017, arXiv:1706.04599)."""

    confidence: list[float]
    accuracy: list[float]
    count: list[int]
    error: float


def reliability(confidence: np.ndarray, right: np.ndarray) -> Reliability:
    """The reliability of N answers with a confidence `(N,)` in [0, 1], `right` `(N,)` or not."""
    accuracy, mean = calibration_curve(right, confidence, n_bins=BINS)
    edges = np.linspace(0, 1, BINS + 1)
    count = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=BINS)  # as scikit-learn bins them
    count = count[count > 0]
    error = float((count * np.abs(accuracy - mean)).sum() / len(confidence))
    return Reliability(mean.tolist(), accuracy.tolist(), count.tolist(), error)


def by_view(logits: Tensor, labels: Tensor) -> dict[str, Reliability]:
    """Of a single-label model's likeliest label under each view, from logits `(N, 4, C)`."""
    confidence, answers = probabilities(logits).clamp(max=1).max(-1)  # rounding can pass 1 by a hair
    right = answers == labels[:, None]
    return {view: reliability(confidence[:, i].numpy(), right[:, i].numpy()) for i, view in enumerate(VIEWS)}


def by_view_and_label(logits: Tensor, labels: Tensor) -> dict[str, list[Reliability]]:
    """Of each label's own probability, in a multi-label task, under each view."""
    probs, truth = probabilities(logits, multilabel=True).numpy(), labels.numpy() > 0.5
    return {
        view: [reliability(probs[:, i, c], truth[:, c]) for c in range(truth.shape[1])] for i, view in enumerate(VIEWS)
    }
