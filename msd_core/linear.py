"""Linear models on frozen features and on words: what a neural model has to beat.

Their one setting is reasoned, not tuned. The ridge penalty of a logistic regression is a prior on its weights, with a
variance that scikit-learn calls C; ours is such that, before any label is seen, the logits of an average example have a
standard deviation of 3: as sure of itself as a softmax of 0.95, and no surer. It holds for any number of features.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd
from torch import Tensor

from msd_core.writing import words

_LOGIT_VARIANCE = 9.0
_MOST_FEATURES = 512  # principal components: a fit takes seconds, and frozen features carry little beyond
_MOST_COVARIANCE = 4096  # features whose covariance is quickly taken apart
_WORD_FEATURES = 256
_MOST_WORDS = 20_000
_MOST_WEIGHTS = 4_000_000  # of a model on words
_NEVER = -1e4  # the logit of a label without a training row: finite, for a divergence of it must be


@dataclass(frozen=True, eq=False)
class LinearModel:
    """weight `(F, C)` and bias `(C,)`, float32, on features as they come: they hold the standardisation too."""

    weight: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """Features `(N, F)` to logits `(N, C)`: their softmax (of a multi-label task the sigmoid) are probabilities."""
        return features.float().cpu() @ self.weight + self.bias


def linear_model(features: Tensor, labels: Tensor, num_labels: int, parts: Sequence[int] = ()) -> LinearModel:
    """A logistic regression on standardised features.

    features: `(N, F)`, N >= 1. labels: int `(N,)`, or 0 and 1 as float `(N, C)` for a multi-label task, where each
    label gets a regression of its own. num_labels: C. parts: the widths of features of different kinds that stand side
    by side, such as those of images and of texts; each kind then has the same say before any label is seen. Of more
    features than rows, or than 512, the principal components are taken, for speed: a fit on 4,000 x 2,000 features and
    60 labels takes some seconds. Where rows are fewer that loses nothing: a ridge's weights lie in their span.
    """
    values = features.float().cpu().numpy()
    mean, scale = values.mean(0), values.std(0)
    scale = np.where(scale > 1e-6 * (1 + np.abs(mean)), scale, np.inf)  # a constant feature counts for nothing
    if parts:
        scale = scale * np.sqrt(np.repeat(parts, parts))
    turned = (values - mean) / scale
    axes = None
    if turned.shape[1] > (kept := min(len(turned), _MOST_FEATURES)):
        solver = "covariance_eigh" if turned.shape[1] <= _MOST_COVARIANCE else "randomized"  # the first is quicker
        solver = "full" if kept < _MOST_FEATURES else solver
        axes = PCA(kept, svd_solver=solver, random_state=0).fit(turned).components_.T  # (F, kept)
        turned = turned @ axes
    weight, bias = _fit(turned, labels.numpy(), num_labels)
    weight = (weight if axes is None else axes @ weight) / scale[:, None]
    return LinearModel(torch.from_numpy(weight).float(), torch.from_numpy(bias - mean @ weight).float())


@dataclass(frozen=True, eq=False)
class WordsModel:
    """A linear model on the words of a text, and on pairs of neighbours among them."""

    vocabulary: TfidfVectorizer
    weight: np.ndarray  # (W, C)
    bias: np.ndarray  # (C,)

    def logits(self, texts: Sequence[str]) -> Tensor:
        """N texts to logits `(N, C)`."""
        return torch.from_numpy(self.vocabulary.transform(texts) @ self.weight + self.bias).float()


def words_model(texts: Sequence[str], labels: Tensor, num_labels: int) -> WordsModel:
    """A logistic regression on the words of N texts in any script, weighted by TF-IDF; labels as in `linear_model`."""
    vocabulary = _vocabulary(min(_MOST_WORDS, _MOST_WEIGHTS // num_labels))
    return WordsModel(vocabulary, *_fit(vocabulary.fit_transform(texts), labels.numpy(), num_labels))


def word_features(texts: Sequence[str]) -> Callable[[Sequence[str]], Tensor]:
    """A function from N texts to `(N, F)` features, F <= 256: what the words of `texts` vary most in, to stand beside
    other features in a `linear_model`."""
    vocabulary = _vocabulary(_MOST_WORDS)
    counts = vocabulary.fit_transform(texts)
    axes = randomized_svd(counts, min(_WORD_FEATURES, *counts.shape), random_state=0)[2].T  # (W, F)
    # Turned at random, all features vary alike; standardising the axes themselves would blow up those of rare words.
    axes = axes @ np.linalg.qr(np.random.default_rng(0).normal(size=(axes.shape[1],) * 2))[0]
    return lambda others: torch.from_numpy(vocabulary.transform(others) @ axes).float()


def _vocabulary(most: int) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer=_terms, sublinear_tf=True, max_features=most, dtype=np.float32)


def _terms(text: str) -> list[str]:
    """Words and pairs of neighbours. The first term is of every text: a vocabulary is never empty."""
    found = words(text)
    return ["", *found, *(f"{first} {second}" for first, second in pairwise(found))]


def _fit(values: np.ndarray | csr_matrix, labels: np.ndarray, num_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights `(F, C)` and biases `(C,)`."""
    if labels.ndim == 1:
        return _fit_one_of(values, labels, num_labels)
    columns = [_fit_one_of(values, column.astype(int), 2) for column in labels.T]
    return (
        np.stack([weight[:, 1] - weight[:, 0] for weight, _ in columns], axis=1),
        np.stack([bias[1] - bias[0] for _, bias in columns]),
    )


def _fit_one_of(values: np.ndarray | csr_matrix, labels: np.ndarray, num_labels: int) -> tuple[np.ndarray, np.ndarray]:
    weight = np.zeros((values.shape[1], num_labels), np.float32)
    bias = np.full(num_labels, _NEVER, np.float32)
    present = np.unique(labels)
    if len(present) == 1:
        bias[present] = 0
        return weight, bias
    length = values.power(2).sum() if isinstance(values, csr_matrix) else np.square(values).sum()
    variance = _LOGIT_VARIANCE * len(labels) / max(float(length), 1e-9)
    # Its default, lbfgs; a tolerance of 1e-3 on the mean gradient moves no answer that is not a tie, and takes a third.
    model = LogisticRegression(C=variance, tol=1e-3, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # after 200 steps what is still open is in the last digits
        model.fit(values, labels)
    binary = len(present) == 2  # then scikit-learn gives the second label alone
    weight[:, present] = (np.concatenate([-model.coef_, model.coef_]) / 2 if binary else model.coef_).T
    bias[present] = np.concatenate([-model.intercept_, model.intercept_]) / 2 if binary else model.intercept_
    return weight, bias
