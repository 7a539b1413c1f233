"""Made-up studies, in tables as `python -m tools publish` leaves them."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from msd_core.study.arms import CONTRAST, RECOMBINED
from msd_core.study.contrasts import EVIDENCE, differences
from msd_core.study.languages import SHOWN, transfer
from msd_core.study.plan import CONDITION, Condition, Plan
from msd_core.study.statistics import Interval, paired_t
from msd_core.tasks import WHOLE
from msd_core.views import VIEWS

TEXT_ONLY, TEACHER, EPOCHS = 0.6, 0.96, 8
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
        scattered = score + shared + apart - (shared + apart).mean()
        for seed, value in enumerate(scattered.tolist()):
            rows.append(_run(task, arm, seed, value, at, (leaves or {}).get(arm, 3.0), metric))
    return pd.DataFrame(rows)


def _run(task: str, arm: str, seed: int, score: float, at: tuple, leaves: float, metric: str) -> dict:
    head = arm.split("/")[0]
    method, _, weighting = head.partition("+")
    start = leaves + 0.3 * (seed % 3)
    rise = [1 / (1 + np.exp(-3 * (epoch - start))) for epoch in range(1, EPOCHS + 1)]
    curve = [round(TEXT_ONLY + (score - TEXT_ONLY) * share, 4) for share in rise]
    kl = {view: 0.02 if weighting else 0.5 + 0.1 * i for i, view in enumerate(VIEWS)}
    return {
        "task": task, "arm": arm, "method": method, "weighting": weighting or "none", "lr": 0.002, "epochs": EPOCHS,
        "model": "student", **dict(zip(CONDITION, at, strict=True)), "seed": seed, "teacher": str(seed % 2),
        "device": "cpu", "metric": metric, "text_only": TEXT_ONLY,
        **dict.fromkeys((f"teacher_{view}" for view in VIEWS), TEACHER),
        **dict.fromkeys((f"test_{view}" for view in VIEWS), score), "validation_both": curve[-1],
        **{f"kl_{view}": value for view, value in kl.items()}, "marginal_kl_image": 0.03, "marginal_kl_text": 0.04,
        "left": float(np.ceil(leaves)) if leaves <= EPOCHS else None, "curve": json.dumps(curve), "seconds": 1.0,
        "run": f"runs/{at[0]}/{arm.replace('/', '.')}/{seed}",
    }  # fmt: skip


def contrasts_of(runs: pd.DataFrame) -> pd.DataFrame:
    """The differences of these runs; the interval over test pictures as well is made half as wide again."""

    def wider(one: pd.DataFrame, other: pd.DataFrame) -> Interval:
        t = paired_t((one["test_both"] - other["test_both"]).to_numpy())
        return Interval(t.mean, t.mean - 1.5 * (t.mean - t.low), t.mean + 1.5 * (t.high - t.mean))

    named = {(*CONTRAST, Condition(*CLEAN)): 1000}
    named |= {(*pair, Condition(*at)): 1000 for pair in RECOMBINED for at in runs[CONDITION].itertuples(index=False)}
    return differences(runs, named, wider)


def evidence_of(runs: pd.DataFrame) -> pd.DataFrame:
    """Of each pair at the base all of the difference where both modalities decide, and none where one does."""
    rows = contrasts_of(runs[(runs[CONDITION] == list(CLEAN)).all(axis=1)])
    parts = []
    for kind, share in (("both", 0.5), ("image", 0.3), ("text", 0.2)):
        part = rows[["arm", "against", "seeds"]].assign(evidence=kind, share=share)
        parts.append(part.join(rows[["mean", "low", "high"]] * (kind == "both")))
    return pd.concat(parts)[EVIDENCE]


def write_study(folder: Path, runs: pd.DataFrame) -> None:
    """The tables of a study, where `load_study` looks for them."""
    place = folder / runs["task"].iloc[0]
    place.mkdir(parents=True, exist_ok=True)
    runs.to_csv(place / "runs.csv", index=False)
    contrasts_of(runs).to_csv(place / "contrasts.csv", index=False)
    evidence_of(runs).to_csv(place / "evidence.csv", index=False)
    search = [
        (arm, *CLEAN, lr, seed, 0.7) for arm in runs["arm"].unique() for lr in (0.001, 0.002) for seed in (1000, 1001)
    ]
    columns = ["arm", *CONDITION, "lr", "seed", "validation_both"]
    pd.DataFrame(search, columns=columns).to_csv(place / "search.csv", index=False)


PAIRED = {"kd": 0.70, "kd+uniform": 0.75, "fitnets": 0.80, "kd/recombined": 0.85, "fitnets/recombined": 0.90}


def write_recombined(folder: Path, task: str, sizes: tuple[int, ...] = (250, WHOLE), seeds: int = 6) -> None:
    """The tables of a study of recombined pairs and its plan."""
    runs = pd.concat([runs_of(task, PAIRED, seeds, at=(size, 0.0, 0.0)) for size in sizes])
    write_study(folder, runs.assign(alpha=1.0, beta=1.0, gamma=8.0, recombine=WHOLE))
    plan = asdict(Plan(task, (*PAIRED,), 1000, 1, seeds=seeds, sizes=sizes))
    (folder / task / "plans.json").write_text(json.dumps([{"plan": plan, "named": RECOMBINED}]))


def write_languages(folder: Path, task: str, scores: dict[str, dict[str, float]], seeds: int = 20) -> None:
    """Scores by language of the arms of a study that is there already, the same under all views, and the differences
    between these."""
    rng, rows = np.random.default_rng(seeds), []
    for arm, by_language in scores.items():
        for seed in range(seeds):
            scattered = {code: score + 0.01 * rng.standard_normal() for code, score in by_language.items()}
            values = {f"{view}_{code}": score for view in SHOWN for code, score in scattered.items()}
            rows.append(
                {**dict(zip(CONDITION, CLEAN, strict=True)), "arm": arm, "seed": seed, "device": "cpu", **values}
            )
    table = pd.DataFrame(rows)
    table.loc[table["arm"].str.startswith("teacher"), CONDITION] = None
    table.to_csv(folder / task / "languages.csv", index=False)
    transfer(table, ["en"], seeds, Condition(*CLEAN)).to_csv(folder / task / "transfer.csv", index=False)
