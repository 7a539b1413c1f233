"""The finished runs of a study as a table: one row a run, with all that is needed to repeat it."""

import hashlib
import json
from functools import cache
from pathlib import Path

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from msd_core.errors import UserError
from msd_core.floors import floors
from msd_core.runs import read_json
from msd_core.setup import META
from msd_core.storage import new_file
from msd_core.study.plan import CONDITION
from msd_core.tasks import get_task, load_split
from msd_core.views import MODALITIES, VIEWS

DIVERGED = "diverged.json"  # what a run that diverged leaves instead of a result

_SETTINGS = (
    "method", "weighting", "saliency", "to", "shuffle", "hide", "lam", "tau", "beta", "rate", "epochs", "batch",
    "student", "train_size", "label_noise", "corrupt_text", "seed",
)  # fmt: skip


def gather(folder: Path) -> pd.DataFrame:
    """Every finished run of a study that did not diverge, in a fixed order. `UserError` where there is none."""
    runs = [path.parent for path in sorted(folder.glob("runs/*/*/*/result.json"))]
    if not runs:
        raise UserError(f"{folder} holds no finished run of a study: run one first.")
    floor = _floor(read_json(runs[0] / "config.json")["task"])
    table = pd.DataFrame([_row(folder, run, floor) for run in runs])
    return table.sort_values([*CONDITION, "arm", "seed"], ignore_index=True)


def gather_search(folder: Path) -> pd.DataFrame:
    """Every run of the search of rates: the condition, `arm`, `rate`, `seed` and the last validation metric on `both`,
    NaN where the run diverged."""
    rows = []
    for path in sorted(folder.glob("search/*/*/*/config.json")):
        run, config = path.parent, read_json(path)
        asked = {"arm": _arm(run), **{name: config[name] for name in (*CONDITION, "rate", "seed")}}
        if (run / DIVERGED).exists():
            rows.append({**asked, "validation_both": float("nan")})
        elif (run / "result.json").exists():
            rows.append({**asked, "validation_both": validation_curve(run)[-1]})
    return pd.DataFrame(rows).sort_values([*CONDITION, "arm", "rate", "seed"], ignore_index=True)


@cache
def _digest(path: Path) -> str:
    """By which a file is known again: the first 16 digits of its SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _arm(run: Path) -> str:
    return run.parent.name.replace(".", "/")


def _floor(name: str) -> float:
    """The best guess on the validation split that never sees the picture, from all training examples but the meta
    split, however few of them a condition takes: the same mark for every run."""
    task = get_task(name)
    train, _ = load_split(task, "train").withhold(META)
    return floors(task, train, load_split(task, "validation"))["text"]


def validation_curve(run: Path) -> list[float]:
    """The main metric on `both` of the validation split, each time that a run was validated."""
    metric = read_json(run / "result.json")["metric"]
    return [epoch["metrics"]["both"][metric] for epoch in read_json(run / "metrics.json")["history"]]


def _row(study: Path, run: Path, floor: float) -> dict:
    result, config = (read_json(run / name) for name in ("result.json", "config.json"))
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
        "floor": floor,
        **{f"teacher_{view}": teacher[view] for view in VIEWS},
        **{f"test_{view}": result["student"][view] for view in VIEWS},
        "validation_both": curve[-1],
        **{f"kl_{view}": result["agreement"][view]["kl"] for view in VIEWS},
        **{f"marginal_kl_{m}": result["marginal_kl"][m] for m in MODALITIES},
        **{f"weight_{m}": weights.get(m) for m in MODALITIES},
        "left": left_plateau(curve, floor, config["epochs"]),
        "curve": json.dumps([round(value, 4) for value in curve]),
        "seconds": round(result["seconds"], 1),
        **{name: result["environment"][name] for name in ("torch", "device", "threads", "machine", "commit")},
        "run": str(run.relative_to(study)),
    }


def left_plateau(curve: list[float], floor: float, epochs: int) -> float | None:
    """The epoch from which on validation stayed above `floor`, the best guess without the picture; None for never.

    Students first learn to guess from the text, then, often late and at once, to relate it to the picture. `curve` has
    the validations of so many epochs, evenly spread.
    """
    if curve[-1] <= floor:
        return None
    below = [place for place, value in enumerate(curve, start=1) if value <= floor]
    return (max(below, default=0) + 1) * epochs / len(curve)


def decisions(study: Path, runs: list[str]) -> torch.Tensor:
    """What these runs' students said of the test split on `both`: their logits, `(S, N, C)`."""
    try:
        return torch.stack([load_file(study / run / "test.safetensors")["logits"].float() for run in runs])
    except (OSError, SafetensorError, KeyError) as error:
        raise UserError(
            f"A test.safetensors of {study} is missing or damaged: delete that run and start again."
        ) from error


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table beside itself as CSV, for people, and as Parquet, for programs; whole or not at all."""
    with new_file(path.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index=False)
    with new_file(path.with_suffix(".parquet")) as temporary:
        table.to_parquet(temporary, index=False)
