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


def groups_of(pictures: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, bool]:
    """The group of each of N rows, int64 `(N,)`, and whether texts tie.

    pictures, texts: int64 `(N,)`, equal where rows share one. Rows of one picture are one group; rows of one text too,
    unless that ties more than a tenth of all rows into one group.
    """
    by_both = _connected(pictures, texts)
    if not len(by_both) or np.bincount(by_both).max() <= max(
        _FEW, _LARGEST * len(by_both), np.bincount(pictures).max()
    ):
        return by_both, True
    return np.unique(pictures, return_inverse=True)[1], False


def _connected(pictures: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Rows that a chain of shared pictures and texts connects: the parts of the graph of pictures and texts."""
    first = int(pictures.max(initial=-1)) + 1
    size = first + int(texts.max(initial=-1)) + 1
    graph = coo_matrix((np.ones(len(pictures)), (pictures, first + texts)), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    return np.unique(part[pictures], return_inverse=True)[1]


def new_splits(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The split of each of N rows, strings `(N,)`: a fifth tests, a tenth validates, by a fixed draw.

    groups: `(N,)`, rows of one come into one split. labels: int64 `(N,)`; of each (by the first row of a group) the
    splits get their share. Raises `UserError` where there are fewer than three groups.
    """
    distinct, first, of, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    if len(distinct) < len(SPLITS):
        raise UserError("All rows share their pictures or texts, so they cannot be split: give more different pairs.")
    order = np.random.default_rng(0).permutation(len(distinct))
    order = order[np.argsort(labels[first][order], kind="stable")]  # label by label
    ends, strata = np.cumsum(sizes[order]), labels[first][order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(strata)) + 1])
    before = np.repeat((ends - sizes[order])[starts], np.diff([*starts, len(order)]))
    total = np.repeat(np.add.reduceat(sizes[order], starts), np.diff([*starts, len(order)]))
    place = (ends - before - sizes[order] / 2) / total  # of the middle of each group within its label, 0 to 1
    split = np.select([place < SHARES["test"], place < sum(SHARES.values())], ["test", "validation"], "train")
    split = _fill(split.astype("<U10"), sizes[order])
    by_group = np.empty(len(distinct), "<U10")
    by_group[order] = split
    return by_group[of]


def _fill(split: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """With no split left empty: one that is gets the smallest group of the split that has most."""
    for name in SPLITS:
        if name not in split:
            most = max(SPLITS, key=lambda each: int((split == each).sum()))
            among = np.flatnonzero(split == most)
            split[among[sizes[among].argmin()]] = name
    return split


def named_splits(names: list[str], groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The split of each of N rows by the names in a table, `train`, `val`, `dev`, `test` and the like; validation and
    test rows that it lacks are taken out of the others by group. Raises `UserError` for other names."""
    unknown = sorted({name for name in names if name.casefold() not in _NAMES})
    if unknown:
        raise UserError(f"The split {unknown[0][:40]!r} is not known: call splits train, validation and test.")
    split = np.array([_NAMES[name.casefold()] for name in names], "<U10")
    if "train" not in split:
        return new_splits(groups, labels) if len(set(split)) == 1 else _without_train(split, groups, labels)
    for name in ("test", "validation"):
        if name not in split:
            rows = np.flatnonzero(split == "train")
            drawn = new_splits(groups[rows], labels[rows])
            split[rows[drawn == name]] = name
    return split


def _without_train(split: np.ndarray, groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Validation and test rows alone: most of the former train."""
    rows = np.flatnonzero(split == "validation")
    drawn = new_splits(groups[rows], labels[rows])
    split[rows] = np.where(drawn == "validation", "validation", "train")
    return split


def folds_of(groups: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """The fold of each of N rows, 0 to `count` - 1, for cross-validation: groups stay whole, labels are shared out."""
    distinct, first, of = np.unique(groups, return_index=True, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(distinct))
    order = order[np.argsort(labels[first][order], kind="stable")]
    fold = np.empty(len(distinct), np.int64)
    fold[order] = np.arange(len(distinct)) % count
    return fold[of]
