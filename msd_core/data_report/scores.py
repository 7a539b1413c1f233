"""What simple models score on a task: can its labels be had from the text, the picture, or both side by side?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold
from torch import Tensor

from msd_core.baselines import as_logits, majority
from msd_core.evaluate import main_metric, metrics
from msd_core.linear import linear_model, word_features, words_model
from msd_core.tasks import Split, Task

Features = Callable[[Split], dict[str, Tensor]]

MOST_LABELS = 1000  # of more, a linear model takes long and has few rows a label
_FEW = 200  # rows in all: a test split of them would say nothing
_FOLDS = 5
_MOST_TRAIN, _MOST_TEST = 20_000, 10_000  # rows: more hardly move a linear model, or its interval
_MOST_WORK = 4_000_000  # training rows x labels, for fits to take seconds
_RESAMPLES = 1000
_KINDS = {"text_only": ("text", "words"), "image_only": ("image",), "both": ("image", "text", "words")}
_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class Estimate:
    """A score 0 to 1, or the difference of two, with its 95 % interval; examples count as independent."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Baselines:
    """What simple models score by the task's own metric, each trained on `train_rows` and asked about `test_rows`.

    scores: `majority` (always the commonest label) and logistic regressions: `text_only` (on words, and on pretrained
    features where they are given), `image_only` (on pretrained features), and `both` (on all of these side by side):
    the linear model that a neural one must beat. What was not measured is missing. gains: by better and worse model,
    how much higher the first scores on the same rows. cross_validated: whether, of a task under 200 rows, every row was
    asked about, by models that were trained without its picture (and without its text, where that can be done).
    """

    metric: str
    scores: dict[str, Estimate]
    gains: dict[str, dict[str, Estimate]]
    train_rows: int
    test_rows: int
    cross_validated: bool


@dataclass(frozen=True, eq=False)
class _Rows:
    """N rows as the models read them. features: `(N, F)` by modality, or None."""

    texts: list[str]
    labels: Tensor
    features: dict[str, Tensor] | None

    def __len__(self) -> int:
        return len(self.texts)

    def gather(self, rows: np.ndarray) -> "_Rows":
        features = self.features and {modality: values[rows] for modality, values in self.features.items()}
        return _Rows([self.texts[i] for i in rows.tolist()], self.labels[rows], features)


def baselines(task: Task, splits: Mapping[str, Split], features: Features | None) -> Baselines | None:
    """The baselines of a task's splits that have rows; None where there is nothing to train on, or to ask about.

    features: of a split, by modality, those of its distinct pictures `(U, F)` and texts `(V, F)`; without them there is
    neither `image_only` nor `both`. They are made of no more rows than are used.
    """
    rows = sum(map(len, splits.values()))
    if rows < _FEW:
        return _cross_validated(task, splits, features)
    if "train" not in splits or "test" not in splits:
        return None
    most = min(_MOST_TRAIN, _MOST_WORK // min(len(task.labels), MOST_LABELS))
    train = _read(splits["train"].subset(most), features)
    test = _read(splits["test"].subset(_MOST_TEST), features)
    guesses = {"majority": _always(task, majority(splits["train"].labels), len(test)), **_logits(task, train, test)}
    return _result(task, guesses, test.labels, len(train), cross_validated=False)


def _read(split: Split, features: Features | None) -> _Rows:
    found = features and features(split)
    texts = [split.texts[i] for i in split.text_of.tolist()]
    if not found:
        return _Rows(texts, split.labels, None)
    by_row = {"image": found["image"][split.image_of], "text": found["text"][split.text_of]}
    return _Rows(texts, split.labels, by_row)


def _always(task: Task, guess: Tensor, count: int) -> Tensor:
    return as_logits(task, guess.expand(count, *guess.shape))


def _logits(task: Task, train: _Rows, test: _Rows) -> dict[str, Tensor]:
    """Logits `(N, C)` of the linear models by name; none of a task with too many labels."""
    count = len(task.labels)
    if count > MOST_LABELS:
        return {}
    if train.features is None or test.features is None:
        return {"text_only": words_model(train.texts, train.labels, count).logits(test.texts)}
    of_words = word_features(train.texts)
    known, asked = ({**rows.features, "words": of_words(rows.texts)} for rows in (train, test) if rows.features)
    logits = {}
    for name, kinds in _KINDS.items():
        widths = [known[kind].shape[1] for kind in kinds]
        model = linear_model(torch.cat([known[kind] for kind in kinds], 1), train.labels, count, widths)
        logits[name] = model.logits(torch.cat([asked[kind] for kind in kinds], 1))
    return logits


def _cross_validated(task: Task, splits: Mapping[str, Split], features: Features | None) -> Baselines | None:
    parts = [_read(split, features) for split in splits.values()]
    labels = torch.cat([part.labels for part in parts])
    made = [part.features for part in parts if part.features]
    by_row = {modality: torch.cat([of[modality] for of in made]) for modality in made[0]} if made else None
    rows = _Rows([text for part in parts for text in part.texts], labels, by_row)
    folds = _folds([split.pictures.hashes[i] for split in splits.values() for i in split.image_of.tolist()], rows.texts)
    if folds is None:
        return None
    # The commonest label is that of all rows: without a fold it would be the one which that fold has least of.
    guesses = {"majority": _always(task, majority(labels), len(rows))}
    for train, test in folds:
        for name, logits in _logits(task, rows.gather(train), rows.gather(test)).items():
            guesses.setdefault(name, torch.zeros(len(rows), len(task.labels)))[test] = logits
    return _result(task, guesses, labels, len(rows) - len(rows) // len(folds), cross_validated=True)


def _folds(pictures: list[str], texts: list[str]) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Training and test rows of each fold; no picture is in both, nor a text, where enough groups remain."""
    image, text = (np.unique(values, return_inverse=True)[1] for values in (pictures, texts))
    links = coo_array((np.ones(len(image)), (image, text + image.max() + 1)), shape=(image.max() + text.max() + 2,) * 2)
    linked = connected_components(links, directed=False)[1][image]
    by_both = len(np.unique(linked)) >= _FOLDS and np.bincount(linked).max() <= len(image) // 2
    groups = np.unique(linked if by_both else image, return_inverse=True)[1]
    count = min(_FOLDS, int(groups.max()) + 1)
    if count < 2:
        return None
    order = np.random.default_rng(0).permutation(groups.max() + 1)  # else rows in turn of labels get a fold a label
    return list(GroupKFold(count).split(image, groups=order[groups]))


def _result(
    task: Task, guesses: dict[str, Tensor], labels: Tensor, train_rows: int, cross_validated: bool
) -> Baselines:
    metric = main_metric(task)
    draws = _draws(len(labels))
    values = {name: metrics(task, logits, labels)[metric] for name, logits in guesses.items()}
    resampled = {name: _resampled(task, logits, labels, draws) for name, logits in guesses.items()}
    scores = {
        name: _between(value, resampled[name]) if task.multilabel else wilson(value, len(labels))
        for name, value in values.items()
    }
    gains = {
        better: {
            worse: _between(values[better] - values[worse], resampled[better] - resampled[worse])
            for worse in guesses
            if worse == "majority" != better or (better == "both" and worse != "both")
        }
        for better in guesses
        if better != "majority"
    }
    return Baselines(metric, scores, gains, train_rows, len(labels), cross_validated)


def wilson(share: float, count: int) -> Estimate:
    """Wilson's interval of a share of `count` >= 1 examples."""
    square = _Z * _Z / count
    middle = (share + square / 2) / (1 + square)
    half = _Z * (share * (1 - share) / count + square / count / 4) ** 0.5 / (1 + square)
    return Estimate(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def _between(value: float, resampled: np.ndarray) -> Estimate:
    low, high = np.percentile(resampled, [2.5, 97.5]).tolist()
    return Estimate(value, min(value, low), max(value, high))


def _draws(count: int) -> Tensor:
    """How often each resample has each example, `(R, N)`: the same for every model, so that differences are paired."""
    drawn = torch.randint(count, (_RESAMPLES, count), generator=torch.Generator().manual_seed(0))
    return torch.zeros(_RESAMPLES, count).scatter_add_(1, drawn, torch.ones(1).expand_as(drawn))


def _resampled(task: Task, logits: Tensor, labels: Tensor, draws: Tensor) -> np.ndarray:
    """The metric of each resample, `(R,)`."""
    if not task.multilabel:
        return (draws @ (logits.argmax(-1) == labels).float() / len(labels)).numpy()
    answers = (logits > 0).float()
    hits, sizes = draws @ (answers * labels), draws @ (answers + labels)  # (R, C)
    # A label that a resample lacks says nothing of it; one that is nowhere scores 0, as in the metric itself.
    there = (answers + labels).any(0).float().mean()
    f1 = (2 * hits / sizes.clamp(min=1)).sum(1) / (sizes > 0).sum(1).clamp(min=1)
    return (f1 * there).numpy()
