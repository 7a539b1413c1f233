"""What can be counted of a task's rows without a model: labels, duplicates, and what contradicts itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from msd_core.tasks import SPLITS, Split, Task


@dataclass(frozen=True, eq=False)
class Rows:
    """The N rows of all splits by content: U distinct pictures, V distinct texts, A distinct answers.

    split: which of `SPLITS`. image, text, answer: which of the distinct ones. All int64 `(N,)`. answers: of each, the
    labels that it consists of: one, or for a multi-label task any number.
    """

    split: np.ndarray
    image: np.ndarray
    text: np.ndarray
    answer: np.ndarray
    num_pictures: int
    texts: list[str]
    answers: list[tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.split)

    @property
    def pair(self) -> np.ndarray:
        """One number a pair of picture and text, `(N,)`."""
        return self.image * len(self.texts) + self.text


def rows_of(splits: Mapping[str, Split]) -> Rows:
    """The rows of at least one split, by name."""
    parts = list(splits.values())
    images, pictures = _by_content(part.pictures.hashes for part in parts)
    texts, distinct = _by_content(part.texts for part in parts)
    answer, answers = _answers(np.concatenate([part.labels.numpy() for part in parts]))
    return Rows(
        split=np.repeat([SPLITS.index(name) for name in splits], [len(part) for part in parts]),
        image=np.concatenate([of[part.image_of.numpy()] for of, part in zip(images, parts, strict=True)]),
        text=np.concatenate([of[part.text_of.numpy()] for of, part in zip(texts, parts, strict=True)]),
        answer=answer,
        num_pictures=len(pictures),
        texts=distinct,
        answers=answers,
    )


def _by_content(parts: Iterable[Iterable[str]]) -> tuple[list[np.ndarray], list[str]]:
    """Each part as numbers, the same for the same content, and what they stand for."""
    number: dict[str, int] = {}
    numbers = [np.array([number.setdefault(c, len(number)) for c in part], dtype=np.int64) for part in parts]
    return numbers, list(number)


def _answers(labels: np.ndarray) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    if labels.ndim == 1:
        distinct, answer = np.unique(labels, return_inverse=True)
        return answer, [(label,) for label in distinct.tolist()]
    packed = np.packbits(labels > 0.5, axis=1)  # eight labels a byte: rows are sorted in a moment
    _, first, answer = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return answer.reshape(-1), [tuple(np.flatnonzero(labels[i] > 0.5).tolist()) for i in first]


@dataclass(frozen=True)
class LabelRows:
    """The rows of a label by split, and their share of all rows, 0 to 1."""

    label: str
    rows: dict[str, int]
    share: float


@dataclass(frozen=True)
class Labels:
    """Every label of a task, in its order; the commonest one; those without a row in some split that has any; and those
    with fewer than two training rows."""

    counts: tuple[LabelRows, ...]
    majority: LabelRows
    not_in_every_split: tuple[str, ...]
    hardly_trained: tuple[str, ...]

    @property
    def used(self) -> int:
        """How many labels any row has."""
        return sum(label.share > 0 for label in self.counts)


def label_counts(task: Task, rows: Rows) -> Labels:
    """The labels of at least one row."""
    by_answer = np.zeros((len(rows.answers), len(SPLITS)), dtype=np.int64)
    np.add.at(by_answer, (rows.answer, rows.split), 1)
    of_answer = np.repeat(np.arange(len(rows.answers)), [len(labels) for labels in rows.answers])
    counts = np.zeros((len(task.labels), len(SPLITS)), dtype=np.int64)
    np.add.at(counts, np.array([i for labels in rows.answers for i in labels], dtype=np.int64), by_answer[of_answer])
    labels = tuple(
        LabelRows(name, dict(zip(SPLITS, by_split, strict=True)), sum(by_split) / len(rows))
        for name, by_split in zip(task.labels, counts.tolist(), strict=True)
    )
    there = [name for i, name in enumerate(SPLITS) if (rows.split == i).any()]
    return Labels(
        counts=labels,
        majority=max(labels, key=lambda label: label.share),
        not_in_every_split=tuple(label.label for label in labels if not all(label.rows[name] for name in there)),
        hardly_trained=tuple(label.label for label in labels if label.rows["train"] < 2),
    )


@dataclass(frozen=True)
class Duplicates:
    """By content, over all splits: pictures that several rows share, and those rows; texts likewise; and rows that
    repeat an earlier one in picture, text and label."""

    pictures: int
    rows_of_pictures: int
    texts: int
    rows_of_texts: int
    repeated_rows: int


def duplicates(rows: Rows) -> Duplicates:
    """Those of all splits together."""
    pictures, texts = np.bincount(rows.image), np.bincount(rows.text)
    return Duplicates(
        pictures=int((pictures > 1).sum()),
        rows_of_pictures=int(pictures[pictures > 1].sum()),
        texts=int((texts > 1).sum()),
        rows_of_texts=int(texts[texts > 1].sum()),
        repeated_rows=len(rows) - len(_with_answer(rows.pair, rows)),
    )


@dataclass(frozen=True)
class Shared:
    """Distinct pictures and texts that are in both of two splits."""

    splits: tuple[str, str]
    pictures: int
    texts: int


def shared_between_splits(rows: Rows) -> tuple[Shared, ...]:
    """For each two splits."""
    pictures, texts = (_by_split(of, rows) for of in (rows.image, rows.text))
    return tuple(
        Shared((SPLITS[a], SPLITS[b]), int((pictures[a] & pictures[b]).sum()), int((texts[a] & texts[b]).sum()))
        for a, b in combinations(range(len(SPLITS)), 2)
    )


def _by_split(of: np.ndarray, rows: Rows) -> np.ndarray:
    """Whether each split has each of the distinct ones, `(S, D)`."""
    has = np.zeros((len(SPLITS), int(of.max()) + 1), dtype=bool)
    has[rows.split, of] = True
    return has


@dataclass(frozen=True)
class Conflicts:
    """Pairs (one picture with one text), pictures and texts that come under more than one label, or set of labels.

    Only the first are contradictions: a picture that several questions ask about has several labels by right.
    """

    pairs: int
    pictures: int
    texts: int


def conflicts(rows: Rows) -> Conflicts:
    """Those of all splits together."""
    return Conflicts(*(_under_several(of, rows) for of in (rows.pair, rows.image, rows.text)))


def _under_several(of: np.ndarray, rows: Rows) -> int:
    return int((np.unique(_with_answer(of, rows)[:, 0], return_counts=True)[1] > 1).sum())


def _with_answer(of: np.ndarray, rows: Rows) -> np.ndarray:
    """The distinct ones with each of their answers, `(D, 2)`."""
    numbers = np.unique(of, return_inverse=True)[1] * len(rows.answers) + rows.answer  # under N squared: no overflow
    return np.stack(np.divmod(np.unique(numbers), len(rows.answers)), axis=1)
