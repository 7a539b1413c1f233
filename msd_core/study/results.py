"""The finished runs of a study as a table: one row a run, with all that is needed to repeat it."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from msd_core.baselines import baselines
from msd_core.errors import UserError
from msd_core.storage import atomic_write, read_json
from msd_core.study.arms import GRIDS
from msd_core.study.plan import CONDITION
from msd_core.tasks import Task, load_split
from msd_core.training.config import META
from msd_core.training.runs import Run
from msd_core.views import MODALITIES, VIEWS

DIVERGED = "diverged.json"  # what a run that diverged leaves instead of a result

_SETTINGS = (
    "method", "weighting", "saliency", "direction", "shuffle", "modality_dropout", "lam", "temperature", "beta", "lr",
    "epochs", "batch_size", "model", "train_size", "label_noise", "corrupt_text", "seed", "languages", "view", "texts",
    "pretraining", "pretraining_epochs", "freeze_text", "label_smoothing", "text_noise", "cross_fit", "unlabelled",
    "code_switching", "adversary", *GRIDS, "pairs", "questions", "on",
)  # fmt: skip


def gather(task: Task, folder: Path) -> pd.DataFrame:
    """Every finished run of a task's study that did not diverge, in a fixed order. `UserError` where there is none."""
    runs = [path.parent for path in sorted(folder.glob("runs/*/*/*/result.json"))]
    if not runs:
        raise UserError(f"{folder} holds no finished run of a study: run one first.")
    baseline = _text_only(task)
    table = pd.DataFrame([_row(folder, run, baseline) for run in runs])
    return table.sort_values([*CONDITION, "arm", "seed"], ignore_index=True)


def gather_search(folder: Path) -> pd.DataFrame:
    """Every run of the search of settings: the condition, `arm`, `lr`, the weights of `GRIDS`, `seed` and the last
    validation metric on `both`, NaN where the run diverged."""
    rows = []
    for path in sorted(folder.glob("search/*/*/*/config.json")):
        run, config = path.parent, Run(path.parent).config
        place = {"arm": _arm(run), **{name: config[name] for name in (*CONDITION, "lr", *GRIDS, "seed")}}
        if (run / DIVERGED).exists():
            rows.append({**place, "validation_both": float("nan")})
        elif (run / "result.json").exists():
            rows.append({**place, "validation_both": validation_curve(run)[-1]})
    return pd.DataFrame(rows).sort_values([*CONDITION, "arm", "lr", *GRIDS, "seed"], ignore_index=True)


@cache
def _digest(path: Path) -> str:
    """By which a file is known again: the first 16 digits of its SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _arm(run: Path) -> str:
    return run.parent.name.replace(".", "/")


def _text_only(task: Task) -> float:
    """The best guess on the validation split that never sees the picture, from all training examples but the meta
    split, however few of them a condition takes: the same mark for every run."""
    train, _ = load_split(task, "train").hold_out(META)
    return baselines(task, train=train, test=load_split(task, "validation"))["text_only"]


def validation_curve(run: Path) -> list[float]:
    """The main metric on `both` of the validation split, each time that a run was validated."""
    metric = read_json(run / "result.json")["metric"]
    return [epoch["metrics"]["both"][metric] for epoch in Run(run).history]


def _row(study: Path, run: Path, baseline: float) -> dict[str, Any]:
    result, config = read_json(run / "result.json"), Run(run).config
    curve = validation_curve(run)
    teacher = result["teacher"]
    weights = result["realised_weights"] or {}
    return {
        "task": config["task"],
        "arm": _arm(run),
        **{name: config[name] for name in _SETTINGS},
        "teacher": Path(config["teacher"]).name,
        "teacher_sha256": _digest(Path(config["teacher"]) / "model.safetensors"),
        "metric": result["metric"],
        "text_only": baseline,
        **{f"teacher_{view}": teacher[view] for view in VIEWS},
        **{f"test_{view}": result["student"][view] for view in VIEWS},
        "validation_both": curve[-1],
        **{f"kl_{view}": result["agreement"][view]["kl"] for view in VIEWS},
        **{f"marginal_kl_{m}": (result["marginal_kl"] or {}).get(m) for m in MODALITIES},
        **{f"weight_{m}": weights.get(m) for m in MODALITIES},
        "pair_answers": result.get("pair_answers"),
        "left": left_plateau(curve, baseline, config["epochs"]),
        "curve": json.dumps([round(value, 4) for value in curve]),
        "seconds": round(result["seconds"], 1),
        **{name: result["environment"][name] for name in ("torch", "device", "threads", "machine", "commit")},
        "run": str(run.relative_to(study)),
    }


def left_plateau(curve: list[float], baseline: float, epochs: int) -> float | None:
    """The epoch from which on validation stayed above a baseline, the best guess without the picture; None for never.

    Students first learn to guess from the text, then, often late and at once, to relate it to the picture. `curve` has
    the validations of so many epochs, evenly spread.
    """
    if curve[-1] <= baseline:
        return None
    below = [place for place, value in enumerate(curve, start=1) if value <= baseline]
    return (max(below, default=0) + 1) * epochs / len(curve)


def logits_on_test(study: Path, runs: list[str]) -> torch.Tensor:
    """The logits of these runs' students on the test split with both shown, `(S, N, C)`."""
    try:
        return torch.stack([load_file(study / run / "test.safetensors")["logits"].float() for run in runs])
    except (OSError, SafetensorError, KeyError) as error:
        raise UserError(
            f"A test.safetensors of {study} is missing or damaged: delete that run and start again."
        ) from error


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table beside itself as CSV, for people, and as Parquet, for programs; whole or not at all."""
    with atomic_write(path.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index=False)
    with atomic_write(path.with_suffix(".parquet")) as temporary:
        table.to_parquet(temporary, index=False)
