"""Made-up studies, in tables as `python -m msd_core study --publish` leaves them."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from msd_core.study.arms import BAR, CONTRAST
from msd_core.study.plan import CONDITION
from msd_core.study.statistics import paired_t
from msd_core.views import VIEWS

FLOOR, TEACHER, EPOCHS = 0.6, 0.96, 8
CLEAN = (1000, 0.0, 0.0)  # train_size, label_noise, corrupt_text


def runs_of(
    task: str, scores: dict[str, float], seeds: int = 20, at: tuple = CLEAN, leaves: dict[str, float] | None = None,
    metric: str = "accuracy", noise: float = 0.004,
) -> pd.DataFrame:  # fmt: skip
    """Runs of arms that score so much on average, exactly; `leaves` is the epoch in which an arm leaves the plateau."""
    rng, rows = np.random.default_rng(len(task) + seeds), []
    shared = noise * rng.standard_normal(seeds)
    for arm, score in scores.items():
        apart = noise * rng.standard_normal(seeds)
        found = score + shared + apart - (shared + apart).mean()
        for seed, value in enumerate(found.tolist()):
            rows.append(_run(task, arm, seed, value, at, (leaves or {}).get(arm, 3.0), metric))
    return pd.DataFrame(rows)


def _run(task: str, arm: str, seed: int, score: float, at: tuple, leaves: float, metric: str) -> dict:
    head = arm.split("/")[0]
    method, _, weighting = head.partition("+")
    start = leaves + 0.3 * (seed % 3)
    curve = [round(FLOOR + (score - FLOOR) / (1 + np.exp(-3 * (epoch - start))), 4) for epoch in range(1, EPOCHS + 1)]
    kl = {view: 0.02 if weighting else 0.5 + 0.1 * i for i, view in enumerate(VIEWS)}
    return {
        "task": task, "arm": arm, "method": method, "weighting": weighting or "none", "rate": 0.002, "epochs": EPOCHS,
        "student": "student", **dict(zip(CONDITION, at, strict=True)), "seed": seed, "teacher": str(seed % 2),
        "metric": metric, "floor": FLOOR, **dict.fromkeys((f"teacher_{view}" for view in VIEWS), TEACHER),
        **dict.fromkeys((f"test_{view}" for view in VIEWS), score), "validation_both": curve[-1],
        **{f"kl_{view}": value for view, value in kl.items()}, "marginal_kl_image": 0.03, "marginal_kl_text": 0.04,
        "left": float(np.ceil(leaves)) if leaves <= EPOCHS else None, "curve": json.dumps(curve), "seconds": 1.0,
        "run": f"runs/{at[0]}/{arm.replace('/', '.')}/{seed}",
    }  # fmt: skip


def contrasts_of(runs: pd.DataFrame) -> pd.DataFrame:
    """The differences of these runs; the interval over test examples as well is made half as wide again."""
    rows = []
    for condition, part in runs.groupby(CONDITION):
        arms = {arm: mine.set_index("seed") for arm, mine in part.groupby("arm")}
        for against, arm in product((CONTRAST[1], BAR), arms):
            bare = arms[arm]["weighting"].iloc[0] == "none"
            if arm == against or against not in arms or (against == BAR and bare):
                continue
            seeds = arms[arm].index.intersection(arms[against].index)
            if len(seeds) >= 2:
                found = _contrast(arms[arm].loc[seeds], arms[against].loc[seeds])
                pair = {"arm": arm, "against": against, "named": (arm, against) == CONTRAST and condition == CLEAN}
                rows.append({**dict(zip(CONDITION, condition, strict=True)), **pair, **found})
    return pd.DataFrame(rows)


def _contrast(one: pd.DataFrame, other: pd.DataFrame) -> dict:
    apart = one["test_both"] - other["test_both"]
    t, both = paired_t(apart.to_numpy()), one["left"].notna() & other["left"].notna()
    return {
        "seeds": len(one), "mean": t.mean, "low": t.low, "high": t.high, "p": t.p,
        "bca_low": t.mean - 1.5 * (t.mean - t.low), "bca_high": t.mean + 1.5 * (t.high - t.mean),
        "left": one["left"].notna().mean(), "left_against": other["left"].notna().mean(),
        "epochs": one["left"].mean(), "epochs_against": other["left"].mean(), "settled": apart[both].mean(),
        "settled_seeds": int(both.sum()),
    }  # fmt: skip


def write_study(folder: Path, runs: pd.DataFrame) -> None:
    """The tables of a study, where `load_study` looks for them."""
    place = folder / runs["task"].iloc[0]
    place.mkdir(parents=True, exist_ok=True)
    runs.to_csv(place / "runs.csv", index=False)
    contrasts_of(runs).to_csv(place / "contrasts.csv", index=False)
    search = [
        (arm, *CLEAN, rate, seed, 0.7)
        for arm in runs["arm"].unique()
        for rate in (0.001, 0.002)
        for seed in (1000, 1001)
    ]
    columns = ["arm", *CONDITION, "rate", "seed", "validation_both"]
    pd.DataFrame(search, columns=columns).to_csv(place / "search.csv", index=False)
