"""The study of naming in the box, and its tables in docs/languages.md."""

import shutil
from pathlib import Path

import pandas as pd

from msd_core.naming.arms import ARMS, PAIRS
from msd_core.naming.draw import NEAREST
from msd_core.naming.study import Plan, run_study
from msd_core.naming.tables import make_tables
from msd_core.storage import atomic_write
from msd_core.study.runner import runs_at_once
from msd_core.tasks import load_task
from msd_core.training.events import OnEvent, ignore
from tools.markdown import header, line
from tools.neighbours import PLACE, SEEDS, TASK

NAME = "naming"
LANGUAGES = "ar,de,en,ja,ru"  # one for each of five scripts or families: all 14 would take three times as long
_KEPT = "plan.json", "runs.csv", "differences.csv", "search.csv"
_SHOWN = {"chrf": "chrF", "exact": "exact"}


def run_naming(folder: Path, on_event: OnEvent = ignore, at_once: int | None = None) -> None:
    """Do what of the study is not done yet, and put its tables into the box."""
    run_study(load_task(TASK), Plan(TASK, SEEDS, LANGUAGES), folder, on_event, at_once or runs_at_once())
    make_tables(folder)
    for name in _KEPT:
        with atomic_write(PLACE / NAME / name) as temporary:
            shutil.copyfile(folder / name, temporary)


def tables() -> dict[str, list[str]]:
    """By their places in the page; empty tables where the study has not run."""
    folder = PLACE / NAME
    if not (folder / "runs.csv").exists():
        return {"naming": [], "naming-languages": []}
    runs = pd.read_csv(folder / "runs.csv")
    differences = pd.read_csv(folder / "differences.csv").set_index(["arm", "against", "measure"])
    return {"naming": _arms(runs, differences), "naming-languages": _languages(runs)}


def _arms(runs: pd.DataFrame, differences: pd.DataFrame) -> list[str]:
    """A line for each pair of arms, and one for each arm that stands beside none."""
    scores = runs.groupby("arm")[[*_SHOWN]].mean()
    alone = [arm for arm in (NEAREST, *ARMS) if arm not in dict(PAIRS)]
    lines = header("arm", *_SHOWN.values(), "minus", *(f"{title}, points" for title in _SHOWN.values()))
    for arm, control in [*((arm, None) for arm in alone), *PAIRS]:
        cells = [f"{100 * scores.loc[arm, measure]:.1f}" for measure in _SHOWN]
        apart = ["-"] * (1 + len(_SHOWN))
        if control is not None:
            apart = [f"`{control}`", *(_difference(differences.loc[(arm, control, measure)]) for measure in _SHOWN)]
        lines.append(line(f"`{arm}`", *cells, *apart))
    return lines


def _languages(runs: pd.DataFrame) -> list[str]:
    """By language chrF, and exact answers in per cent."""
    codes = [name.removeprefix("chrf_") for name in runs if name.startswith("chrf_") and name != "chrf_greedy"]
    means = runs.groupby("arm").mean(numeric_only=True)
    lines = header("arm: chrF / exact", *codes)
    for arm in (NEAREST, *ARMS):
        cells = (" / ".join(f"{100 * means.loc[arm, f'{measure}_{code}']:.1f}" for measure in _SHOWN) for code in codes)
        lines.append(line(f"`{arm}`", *cells))
    return lines


def _difference(row: pd.Series) -> str:
    return "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * row[["mean", "low", "high"]]))
