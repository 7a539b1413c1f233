"""What a guess that never sees the picture would score: printed beside every metric of a task."""

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from torch import Tensor

from msd_core.evaluate import main_metric, metrics
from msd_core.tasks import Split, Task

BASELINES = ("majority", "text_only")


def baselines(task: Task, *, train: Split, test: Split) -> dict[str, float]:
    """The task's metric, 0 to 1, on the test split of two guesses that know only the training split.

    `majority` always answers the commonest label (each label's commoner value for a multi-label task). `text_only`
    answers what the same text had most often, and for a text that is new what a logistic regression on its words and
    word pairs says: the best that a text alone can be expected to do.
    """
    name = main_metric(task)
    guesses = {
        "majority": majority(train.labels).expand(len(test), *train.labels.shape[1:]),
        "text_only": _by_text(train, test),
    }
    return {kind: metrics(task, as_logits(task, guess), test.labels)[name] for kind, guess in guesses.items()}


def majority(labels: Tensor) -> Tensor:
    """The commonest label, `()`, or of a multi-label task the commoner value of each, `(C,)`."""
    return labels.mean(0).round() if labels.ndim == 2 else labels.mode().values


def _by_text(train: Split, test: Split) -> Tensor:
    known = {train.texts[i]: majority(train.labels[train.text_of == i]) for i in _repeated(train, test)}
    guess = _from_words(train, test)
    return torch.stack([known.get(test.texts[i], guess[i]) for i in test.text_of.tolist()])


def _repeated(train: Split, test: Split) -> list[int]:
    wanted = set(test.texts)
    return [i for i, text in enumerate(train.texts) if text in wanted]


def _from_words(train: Split, test: Split) -> Tensor:
    """A guess for each distinct test text, `(V,)` or `(V, C)`; the majority where no word comes twice."""
    words = CountVectorizer(ngram_range=(1, 2), min_df=2, binary=True)
    model = LogisticRegression(C=0.3, max_iter=300)
    if train.labels.ndim == 2:
        model = OneVsRestClassifier(model)
    try:
        counts = words.fit_transform(train.texts)[train.text_of.numpy()]
        guess = model.fit(counts, train.labels.numpy().astype(int)).predict(words.transform(test.texts))
    except ValueError:  # an empty vocabulary, or one label alone
        return majority(train.labels).expand(len(test.texts), *train.labels.shape[1:])
    return torch.from_numpy(np.asarray(guess)).to(train.labels.dtype)


def as_logits(task: Task, guess: Tensor) -> Tensor:
    """Guesses `(N,)` or `(N, C)` as logits `(N, C)`, for `evaluate.metrics`."""
    return guess * 2 - 1 if task.multilabel else torch.nn.functional.one_hot(guess, len(task.labels)).float()
