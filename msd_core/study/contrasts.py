"""The differences between arms that a study's runs allow to speak of."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from msd_core.study.arms import BAR, CONTRAST
from msd_core.study.plan import CONDITION, read_plans
from msd_core.study.results import decisions
from msd_core.study.statistics import accuracy_of, crossed_bca, macro_f1_of, paired_t
from msd_core.tasks import get_task, load_split

COLUMNS = [
    *CONDITION, "arm", "against", "named", "seeds", "mean", "low", "high", "p", "bca_low", "bca_high", "left",
    "left_against", "epochs", "epochs_against", "settled", "settled_seeds",
]  # fmt: skip


def contrasts(study: Path, table: pd.DataFrame) -> pd.DataFrame:
    """One row a condition and pair of arms: every arm against `kd`, and those with a weighting against `kd+uniform`.

    Differences are of the test metric on `both`, arm minus the other, over the seeds that both have (two at least).
    """
    rows, base = [], (_base_size(study), 0, 0)
    for condition, runs in table.groupby(CONDITION):
        arms = {arm: part.set_index("seed") for arm, part in runs.groupby("arm")}
        for against in (CONTRAST[1], BAR):
            for arm, part in arms.items():
                weighted = part["weighting"].iloc[0] != "none"
                if arm == against or against not in arms or (against == BAR and not weighted):
                    continue
                seeds = part.index.intersection(arms[against].index)
                if len(seeds) >= 2:
                    found = contrast(study, part.loc[seeds], arms[against].loc[seeds])
                    pair = {"arm": arm, "against": against, "named": (arm, against) == CONTRAST and condition == base}
                    rows.append({**dict(zip(CONDITION, condition, strict=True)), **pair, **found})
    return pd.DataFrame(rows, columns=COLUMNS)


def _base_size(study: Path) -> int:
    """The training size of the study's plans: the one difference that was named beforehand is that one's."""
    return read_plans(study / "plans.json")[0]["plan"]["train_size"]


def contrast(study: Path, one: pd.DataFrame, other: pd.DataFrame) -> dict:
    """The difference between the runs of two arms with the same seeds, in the unit of the metric (0 to 1).

    `low`, `high` and `p` are Student's, over seeds; `bca_low` and `bca_high` over seeds and test examples. `left` is
    the share of runs that left the plateau and `epochs` the mean epoch in which they did; `settled` is the mean
    difference over the `settled_seeds` in which both had left it: chosen after the fact, and who left later had fewer
    epochs after, so it only tells whether runs that got stuck make up the difference.
    """
    t = paired_t((one["test_both"] - other["test_both"]).to_numpy())
    bca = _bca(study, one, other)
    both = one["left"].notna() & other["left"].notna()
    return {
        "seeds": len(one),
        "mean": t.mean,
        "low": t.low,
        "high": t.high,
        "p": t.p,
        "bca_low": bca.low,
        "bca_high": bca.high,
        "left": one["left"].notna().mean(),
        "left_against": other["left"].notna().mean(),
        "epochs": one["left"].mean(),
        "epochs_against": other["left"].mean(),
        "settled": (one["test_both"] - other["test_both"])[both].mean(),
        "settled_seeds": int(both.sum()),
    }


def _bca(study: Path, one: pd.DataFrame, other: pd.DataFrame):
    task = get_task(one["task"].iloc[0])
    labels = load_split(task, "test").labels.numpy()
    score_of = partial(macro_f1_of if task.multilabel else accuracy_of, labels=labels)
    score, against = (score_of(decisions(study, list(runs["run"])).numpy()) for runs in (one, other))
    seeds, examples = len(one), len(labels)

    def difference(seed_weights: np.ndarray, example_weights: np.ndarray) -> float:
        apart = score(example_weights) - against(example_weights)
        return float(apart @ seed_weights / seed_weights.sum())

    return crossed_bca(difference, seeds, examples)
