"""What can be said of a task's texts without a model: how long they are, in what script, and what they give away."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from msd_core.data_report.counts import Rows
from msd_core.tasks import Example, Task
from msd_core.writing import script, words

Truncated = Callable[[list[str]], Sequence[bool]]  # whether each text is longer than a model reads
_PARTS = re.compile(r"[,;/|+&،、，；]")  # between the parts of a label such as "Women, Red"


@dataclass(frozen=True)
class Naming:
    """Rows whose text names each part of the label, and rows whose text names some parts only.

    A label such as "Women, Red" has two parts; a row of several labels has the parts of all. A part is named where its
    words stand in the text, in order and whole, in upper or lower case.
    """

    whole: int
    part: int


@dataclass(frozen=True)
class Texts:
    """Of the distinct texts: the median and the 95th percentile of their words (of a script without spaces, of their
    characters), the share of each script, and how many are longer than the model reads (None where that is not known).
    Of the rows: what they name, and how many are in each language where examples state it."""

    median_words: float
    long_words: float
    scripts: dict[str, float]
    truncated: int | None
    naming: Naming
    languages: dict[str, int]


def text_counts(task: Task, rows: Rows, examples: Sequence[Example], truncated: Truncated | None) -> Texts:
    """The texts of at least one row. examples: the same rows, for their languages."""
    in_words = [words(text) for text in rows.texts]
    lengths = [len(found) for found in in_words]
    scripts = Counter(map(script, rows.texts))
    return Texts(
        median_words=float(np.median(lengths)),
        long_words=float(np.percentile(lengths, 95)),
        scripts={name: count / len(rows.texts) for name, count in scripts.most_common()},
        truncated=None if truncated is None else int(np.sum(truncated(rows.texts))),
        naming=_naming(task, rows, [_padded(found) for found in in_words]),
        languages=_languages(examples),
    )


def _languages(examples: Sequence[Example]) -> dict[str, int]:
    stated = Counter(getattr(example, "language", None) for example in examples)
    if set(stated) == {None}:
        return {}
    return {"not stated" if name is None else str(name): count for name, count in stated.most_common()}


def _padded(found: Sequence[str]) -> str:
    """Words with a space on either side of each, so that one string holds another where it holds its words."""
    return f" {' '.join(found)} "


def _naming(task: Task, rows: Rows, texts: list[str]) -> Naming:
    of_label = [_parts(label) for label in task.labels]
    of_answer = [frozenset().union(*(of_label[i] for i in labels)) for labels in rows.answers]
    keys, counts = np.unique(rows.text * len(of_answer) + rows.answer, return_counts=True)
    whole = part = 0
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        text, answer = divmod(key, len(of_answer))
        named = sum(name in texts[text] for name in of_answer[answer])
        if named and named == len(of_answer[answer]):
            whole += count
        elif named:
            part += count
    return Naming(whole, part)


def _parts(label: str) -> frozenset[str]:
    """The parts of a label that have any words, padded as texts are."""
    return frozenset(_padded(found) for part in _PARTS.split(label) if (found := words(part)))
