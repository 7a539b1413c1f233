"""The differences between arms that a study's runs allow to speak of."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from msd_core.study.arms import BAR, RECOMBINED, REFERENCES
from msd_core.study.plan import CONDITION, Condition, named_plan, named_seeds, whole_split
from msd_core.study.results import logits_on_test
from msd_core.study.statistics import Interval, accuracy_of, crossed_bca, expanded, macro_f1_of, paired_t
from msd_core.tasks import Task, load_split

COLUMNS = [
    *CONDITION, "arm", "against", "named", "seeds", "mean", "low", "high", "p", "bca_low", "bca_high", "left",
    "left_against", "epochs", "epochs_against", "settled", "settled_seeds",
]  # fmt: skip
EVIDENCE = ["arm", "against", "evidence", "share", "seeds", "mean", "low", "high"]

_FEW = 5  # seeds: a bootstrap of fewer says nothing

Bca = Callable[[pd.DataFrame, pd.DataFrame], Interval]


def contrasts(task: Task, study: Path, table: pd.DataFrame) -> pd.DataFrame:
    """One row a condition and pair of arms: every arm against `kd`, those with a weighting against `kd+uniform`, all
    others against `kd+instance`, and the pairs of `RECOMBINED`.

    Differences are of the test metric on `both`, arm minus the other, over the seeds that both have (two at least);
    those of a difference that was named beforehand are the seeds that were named with it, however many were run since.
    """
    plans = study / "plans.json"
    named = named_seeds(plans, whole_split(task, named_plan(plans)["languages"]))
    # test examples cross with seeds only where all runs share them
    bca = _none if task.drawn else partial(_bca, task, study)
    return differences(table, named, bca)


def differences(table: pd.DataFrame, named: dict[tuple[str, str, Condition], int], bca: Bca) -> pd.DataFrame:
    """`contrasts` of a table of runs. named: the seeds of each difference that was named beforehand."""
    rows = []
    for condition, runs in table.groupby(CONDITION):
        for arm, against, one, other in pairs(runs):
            seeds = named.get((arm, against, Condition(*condition)))
            if seeds is not None:
                one, other = (part[part.index < seeds] for part in (one, other))
            if len(one) >= 2:
                pair = {"arm": arm, "against": against, "named": seeds is not None}
                rows.append(
                    {**dict(zip(CONDITION, condition, strict=True)), **pair, **contrast(one=one, other=other, bca=bca)}
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def pairs(runs: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """The pairs of arms that are held against each other, (arm, against, and the runs of each by the seeds of both).

    Only runs on the same kind of device pair: another precision is no matter of the arm.
    """
    arms = {arm: part.set_index("seed") for arm, part in runs.groupby("arm")}
    wanted = [(arm, against) for against in REFERENCES for arm, part in arms.items() if _compared(arm, against, part)]
    for arm, against in dict.fromkeys([*wanted, *RECOMBINED]):
        if arm not in arms or against not in arms:
            continue
        seeds = arms[arm].index.intersection(arms[against].index)
        one, other = arms[arm].loc[seeds], arms[against].loc[seeds]
        alike = kind_of_device(one) == kind_of_device(other)
        yield arm, against, one[alike], other[alike]


def _compared(arm: str, against: str, runs: pd.DataFrame) -> bool:
    """Whether an arm is held against this one of the references: not where it is against one before, or is one."""
    known = REFERENCES[: REFERENCES.index(against) + 1]
    return arm not in known and (against != BAR or runs["weighting"].iloc[0] != "none")


def kind_of_device(runs: pd.DataFrame) -> pd.Series:
    return runs["device"].str.split(":").str[0]


def contrast(*, one: pd.DataFrame, other: pd.DataFrame, bca: Bca) -> dict:
    """The difference, `one` minus `other`, between the runs of two arms with the same seeds, in the unit of the metric
    (0 to 1).

    `low`, `high` and `p` are Student's, over seeds; `bca_low` and `bca_high` over seeds and test pictures, NaN for
    fewer than five seeds. `left` is the share of runs that left the plateau and `epochs` the mean epoch in which they
    did; `settled` is the mean difference over the `settled_seeds` in which both had left it: chosen after the fact, and
    who left later had fewer epochs after, so it only tells whether runs that got stuck make up the difference.
    """
    t = paired_t((one["test_both"] - other["test_both"]).to_numpy())
    crossed = bca(one, other) if len(one) >= _FEW else Interval(t.mean, float("nan"), float("nan"))
    both = one["left"].notna() & other["left"].notna()
    return {
        "seeds": len(one),
        "mean": t.mean,
        "low": t.low,
        "high": t.high,
        "p": t.p,
        "bca_low": crossed.low,
        "bca_high": crossed.high,
        "left": one["left"].notna().mean(),
        "left_against": other["left"].notna().mean(),
        "epochs": one["left"].mean(),
        "epochs_against": other["left"].mean(),
        "settled": (one["test_both"] - other["test_both"])[both].mean(),
        "settled_seeds": int(both.sum()),
    }


def _none(one: pd.DataFrame, other: pd.DataFrame) -> Interval:
    """No interval."""
    return Interval(float("nan"), float("nan"), float("nan"))


def _bca(task: Task, study: Path, one: pd.DataFrame, other: pd.DataFrame) -> Interval:
    test = load_split(task, "test")
    score_of = partial(macro_f1_of if task.multilabel else accuracy_of, labels=test.labels.numpy())
    score, against = (score_of(logits_on_test(study, list(runs["run"])).numpy()) for runs in (one, other))
    pictures, picture_of = np.unique(test.image_of.numpy(), return_inverse=True)

    def difference(seed_weights: np.ndarray, picture_weights: np.ndarray) -> float:
        weights = picture_weights[picture_of]  # the examples of a picture are drawn together: they are alike
        apart = score(weights) - against(weights)
        return float(apart @ seed_weights / seed_weights.sum())

    return crossed_bca(difference, len(one), len(pictures), expanded(len(one)))


def by_evidence(task: Task, study: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """Where the differences between runs of one condition lie: of the share of right answers, by what decides a label.

    One row a pair of arms and kind of evidence (`share` of the test split's labels), with Student's interval; none for
    a task whose evidence nobody knows. Of a multi-label task every label of an example is an answer by itself.
    """
    test, rows = load_split(task, "test"), []
    if test.evidence is None or task.drawn:  # whose runs have test splits of their own
        return pd.DataFrame(columns=EVIDENCE)
    kinds = {kind: test.evidence == kind for kind in sorted(set(test.evidence.flat))}
    right = {run: _right(study, run, test.labels.numpy(), task.multilabel) for run in runs["run"]}
    for arm, against, one, other in pairs(runs):
        for kind, where in kinds.items():
            shares = [np.array([right[run][where].mean() for run in part["run"]]) for part in (one, other)]
            if len(one) >= 2:
                t = paired_t(shares[0] - shares[1])
                rows.append((arm, against, kind, where.mean(), len(one), t.mean, t.low, t.high))
    return pd.DataFrame(rows, columns=EVIDENCE)


def _right(study: Path, run: str, labels: np.ndarray, multilabel: bool) -> np.ndarray:
    """Which answers of a run are right, as `labels` is shaped."""
    logits = logits_on_test(study, [run])[0].numpy()
    return (logits > 0) == (labels > 0.5) if multilabel else logits.argmax(-1) == labels
