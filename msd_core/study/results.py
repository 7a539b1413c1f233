"""The finished runs of a study as a table: one row a run, with all that is needed to repeat it."""

import json
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file

from msd_core.errors import UserError
from msd_core.storage import new_file
from msd_core.study.runner import validation_curve
from msd_core.views import MODALITIES, VIEWS

_SETTINGS = (
    "method", "weighting", "saliency", "to", "shuffle", "hide", "lam", "tau", "beta", "rate", "epochs", "batch",
    "student", "train_size", "label_noise", "corrupt_text", "seed",
)  # fmt: skip


def gather(folder: Path) -> pd.DataFrame:
    """Every finished run of a study, in a fixed order. `UserError` where there is none."""
    rows = [_row(folder, path.parent) for path in sorted(folder.glob("runs/*/*/*/result.json"))]
    if not rows:
        raise UserError(f"{folder} holds no finished run of a study: run one first.")
    table = pd.DataFrame(rows)
    return table.sort_values(["train_size", "label_noise", "corrupt_text", "arm", "seed"], ignore_index=True)


def _row(study: Path, run: Path) -> dict:
    result, config = (json.loads((run / name).read_text()) for name in ("result.json", "config.json"))
    curve = validation_curve(run)
    teacher = result["teacher"]
    weights = result["realised_weights"] or {}
    return {
        "task": config["task"],
        "arm": run.parent.name.replace(".", "/"),
        **{name: config[name] for name in _SETTINGS},
        "teacher": Path(config["teacher"]).name,
        "metric": result["metric"],
        "floor": result["floors"] and result["floors"]["text"],
        **{f"teacher_{view}": teacher[view] for view in VIEWS},
        **{f"test_{view}": result["student"][view] for view in VIEWS},
        "validation_both": curve[-1],
        **{f"kl_{view}": result["agreement"][view]["kl"] for view in VIEWS},
        **{f"marginal_kl_{m}": result["marginal_kl"][m] for m in MODALITIES},
        **{f"weight_{m}": weights.get(m) for m in MODALITIES},
        "left": left_plateau(curve, result["floors"] and result["floors"]["text"]),
        "curve": json.dumps([round(value, 4) for value in curve]),
        "seconds": round(result["seconds"], 1),
        **{name: result["environment"][name] for name in ("torch", "device", "machine", "commit")},
        "run": str(run.relative_to(study)),
    }


def left_plateau(curve: list[float], floor: float | None) -> float | None:
    """The epoch from which on validation stayed above `floor`, the best guess without the picture; None for never.

    Students first learn to guess from the text, then, often late and at once, to relate it to the picture.
    """
    if floor is None or curve[-1] <= floor:
        return None
    below = [epoch for epoch, value in enumerate(curve, start=1) if value <= floor]
    return float(max(below, default=0) + 1)


def decisions(study: Path, runs: list[str]) -> torch.Tensor:
    """What these runs' students said of the test split on `both`: their logits, `(S, N, C)`."""
    return torch.stack([load_file(study / run / "test.safetensors")["logits"].float() for run in runs])


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table beside itself as CSV, for people, and as Parquet, for programs; whole or not at all."""
    with new_file(path.with_suffix(".csv")) as temporary:
        table.to_csv(temporary, index=False)
    with new_file(path.with_suffix(".parquet")) as temporary:
        table.to_parquet(temporary, index=False)
