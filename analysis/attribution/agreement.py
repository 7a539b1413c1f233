"""How alike two maps are: a teacher's and a student's of the same pair."""

import warnings
from typing import TypedDict

from scipy.stats import spearmanr
from torch import Tensor

from analysis.attribution.attribution import Attribution

TOP = {"image": 0.1, "text": 0.2}  # share of the patches and of the words that count as the highest


class Alike(TypedDict):
    """How alike two maps are on one modality: as `agreement` says."""

    rank: float | None
    overlap: float | None
    chance: float


def agreement(*, teacher: Attribution, student: Attribution) -> dict[str, Alike]:
    """How alike they are, by modality of those that both have values of.

    `rank` is Spearman's correlation of the values of patches or words, -1 to 1, None where one of the two is constant
    or there are fewer than three. `overlap` is the share of the teacher's highest values, those most in favour of the
    label, that are among the student's highest too, 0 to 1, None where one of the two is 0 everywhere; `chance` the
    overlap to expect of unrelated maps.
    """
    parts = {
        "image": (teacher.patches.flatten(), student.patches.flatten()),
        "text": (teacher.word_values, student.word_values),
    }
    return {m: _alike(*values, TOP[m]) for m, values in parts.items() if all(len(each) for each in values)}


def _alike(one: Tensor, other: Tensor, share: float) -> Alike:
    count = max(1, round(share * len(one)))
    tops = [set(values.argsort(descending=True, stable=True)[:count].tolist()) for values in (one, other)]
    return {
        "rank": _rank(one, other),
        "overlap": len(tops[0] & tops[1]) / count if one.any() and other.any() else None,
        "chance": count / len(one),
    }


def _rank(one: Tensor, other: Tensor) -> float | None:
    if len(one) < 3 or len(one.unique()) == 1 or len(other.unique()) == 1:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(spearmanr(one.numpy(), other.numpy()).statistic)
