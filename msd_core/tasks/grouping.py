"""Splits of people's own rows: what belongs together stays together, and labels are shared out evenly."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from msd_core.errors import UserError
from msd_core.tasks.base import SPLITS

SHARES = {"test": 0.2, "validation": 0.1}  # of the rows; the rest trains
_LARGEST = 0.1  # share of the rows that texts may tie into one group; of few rows,
_FEW = 5  # so many
_NAMES = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "eval": "test",
}  # fmt: skip


def split_rows(
    pictures: list[str], texts: list[str], named: list[str | None], labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The group and the split of each of N rows, `(N,)`, and what to know of them.

    pictures: hashes of their content. texts: empty for rows without one. named: the splits that a table names, None for
    rows of which it says nothing. labels: a label of each, int64 `(N,)`. Raises `UserError` where rows cannot be split.
    """
    numbers = _numbered(pictures)
    groups, tied = groups_of(numbers, _numbered([text or f"\0{i}" for i, text in enumerate(texts)]))
    if all(each is None for each in named):
        note = "So many rows share a text that splits keep only rows of one picture together."
        return groups, new_splits(groups, labels), [] if tied else [note]
    split = named_splits([each or "train" for each in named], groups, labels)
    several = len(set(zip(pictures, split.tolist(), strict=True))) - int(numbers.max()) - 1
    note = f"The table has {several:,} of the pictures in more than one split, so scores may be too good."
    return groups, split, [note] if several else []


def _numbered(values: list[str]) -> np.ndarray:
    """A number for each, equal where they are, int64 `(N,)`; which one does not depend on their order."""
    number = {value: i for i, value in enumerate(sorted(set(values)))}
    return np.array([number[value] for value in values], np.int64)


def groups_of(pictures: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, bool]:
    """The group of each of N rows, int64 `(N,)`, and whether texts tie.

    pictures, texts: int64 `(N,)`, equal where rows share one. Rows of one picture are one group; rows of one text too,
    unless that ties more than a tenth of all rows into one group, or all into fewer groups than there are splits.
    """
    by_both, by_picture = _connected(pictures, texts), np.unique(pictures, return_inverse=True)[1].astype(np.int64)
    if not len(pictures):
        return by_picture, True
    most = max(_FEW, _LARGEST * len(pictures), np.bincount(by_picture).max())
    tied = np.bincount(by_both).max() <= most and by_both.max() + 1 >= min(len(SPLITS), by_picture.max() + 1)
    return (by_both, True) if tied else (by_picture, False)


def _connected(pictures: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Rows that a chain of shared pictures and texts connects: the parts of the graph of pictures and texts."""
    first = int(pictures.max(initial=-1)) + 1
    size = first + int(texts.max(initial=-1)) + 1
    graph = coo_matrix((np.ones(len(pictures)), (pictures, first + texts)), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    return np.unique(part[pictures], return_inverse=True)[1].astype(np.int64)


def new_splits(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The split of each of N rows, strings `(N,)`: a fifth tests, a tenth validates, by a fixed draw.

    groups: `(N,)`, rows of one come into one split. labels: int64 `(N,)`; of each (by the first row of a group) the
    splits get their share, and its largest group trains. Raises `UserError` where there are fewer than three groups.
    """
    return _drawn(groups, labels, SHARES)


def _drawn(groups: np.ndarray, labels: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    """Each split's share of the rows, `train` for the rest: the groups of a label are laid out on a circle, each as
    long as it has rows, and the splits are arcs of it, turned by chance."""
    distinct, first, of, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    if len(distinct) <= len(shares):
        raise UserError("The rows share so many pictures or texts that they cannot be split: give more different ones.")
    rng = np.random.default_rng(0)
    order = rng.permutation(len(distinct))
    order = order[np.argsort(labels[first][order], kind="stable")]  # label by label
    label, sizes = np.unique(labels[first][order], return_inverse=True)[1], sizes[order]
    rows = np.bincount(label, weights=sizes)
    place = (np.cumsum(sizes) - sizes / 2 - (np.cumsum(rows) - rows)[label]) / rows[label]  # of a group's middle
    by_size = np.lexsort((sizes, label))
    largest = by_size[np.cumsum(np.bincount(label)) - 1]
    turn = rng.uniform(sum(shares.values()), 1, len(rows)) - place[largest]
    arc = np.searchsorted(np.cumsum([*shares.values()]), (place + turn[label]) % 1, side="right")
    split = _filled(np.array([*shares, "train"], "<U10")[arc], sizes, (*shares, "train"))
    by_group = np.empty(len(distinct), "<U10")
    by_group[order] = split
    return by_group[of]


def _filled(split: np.ndarray, sizes: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """With no split left empty: one that is gets the smallest group of the split that has most."""
    for name in names:
        if name not in split:
            most = max(names, key=lambda each: int((split == each).sum()))
            among = np.flatnonzero(split == most)
            split[among[sizes[among].argmin()]] = name
    return split


def named_splits(names: list[str], groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The split of each of N rows by the names in a table, `train`, `val`, `dev`, `test` and the like.

    Validation and test rows that it lacks are taken out of the training rows by group; where it has no training rows,
    most of the validation rows train; one split alone is split anew. Raises `UserError` for other names, and where
    there are too few groups to take from.
    """
    unknown = sorted({name for name in names if name.casefold() not in _NAMES})
    if unknown:
        raise UserError(
            f"The split {unknown[0][:40]!r} is not known: call splits train, validation and test, or the column "
            "something else."
        )
    split = np.array([_NAMES[name.casefold()] for name in names], "<U10")
    there = set(split.tolist())
    if len(there) == 1 and "train" not in there:
        return new_splits(groups, labels)
    lacking = {name: share for name, share in SHARES.items() if name not in there}
    if "train" not in there:
        lacking = {"validation": SHARES["validation"]}
    if lacking:
        rows = split == ("train" if "train" in there else "validation")
        split[rows] = _drawn(groups[rows], labels[rows], lacking)
    return split


def folds_of(groups: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """The fold of each of N rows, int64 `(N,)`, 0 to `count` - 1, for cross-validation: groups stay whole, labels are
    shared out, and where there are `count` groups no fold is empty."""
    distinct, first, of = np.unique(groups, return_index=True, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(distinct))
    order = order[np.argsort(labels[first][order], kind="stable")]
    fold = np.empty(len(distinct), np.int64)
    fold[order] = np.arange(len(distinct)) % count
    return fold[of]
