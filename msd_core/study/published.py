"""The studies in the box: one folder a task, put there by `python -m tools publish`, or by `python -m tools recombined`
those of recombined pairs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from msd_core.errors import UserError
from msd_core.study.arms import CONTRAST, RECOMBINED
from msd_core.study.plan import CONDITION
from msd_core.study.statistics import holm
from msd_core.tasks import BOX, TASKS

STUDIES = BOX / "studies"
RECOMBINED_STUDIES = BOX / "recombined"  # other searches, so other runs of the same arms
NAMED_TASKS = ("easy-vqa", "digits", "sarcasm", "posters")  # whose difference was named beforehand: p counts them all
METRICS = {"accuracy": "accuracy", "macro_f1": "macro F1"}  # in words
TABLES = "runs", "contrasts", "search", "evidence"
LANGUAGE_TABLES = "languages", "transfer"  # of a task in several languages


@dataclass(frozen=True)
class Study:
    """A study's results: `runs`, one row a run; `contrasts`, one row a condition and pair of arms; `search`, one row a
    run of the search of learning rates; `evidence`, one row a pair of arms and kind of evidence. Of a task in several
    languages also `languages`, one row a run or teacher, and `transfer`, one row a pair of arms and measure; empty for
    others."""

    task: str
    runs: pd.DataFrame
    contrasts: pd.DataFrame
    search: pd.DataFrame
    evidence: pd.DataFrame
    languages: pd.DataFrame = field(default_factory=pd.DataFrame)
    transfer: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def base(self) -> tuple[int, float, float]:
        """The condition under which arms are compared: that of `CONTRAST`, else where most arms ran."""
        named = named_rows(self.contrasts, CONTRAST)
        if len(named):
            size, noise, corrupt = named.iloc[0][CONDITION]
            return int(size), float(noise), float(corrupt)
        return int(clean(self.runs).groupby("train_size")["arm"].nunique().idxmax()), 0.0, 0.0

    @property
    def metric(self) -> str:
        """What the task is scored by, in words."""
        return METRICS[self.runs["metric"].iloc[0]]

    @property
    def base_runs(self) -> pd.DataFrame:
        """The runs by which arms are compared."""
        return at(self.runs, self.base)

    def contrast(self, arm: str, against: str, condition: tuple | None = None) -> pd.Series | None:
        """One difference between arms, under the base condition or another one; None where there is none."""
        here = at(self.contrasts, condition or self.base)
        rows = here[(here["arm"] == arm) & (here["against"] == against)]
        return None if rows.empty else rows.iloc[0]


def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON has them: Python's own numbers, and what is missing is null."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()} for row in rows]


def at(table: pd.DataFrame, condition: tuple) -> pd.DataFrame:
    """The rows of one condition: (train_size, label_noise, corrupt_text)."""
    return table[(table[CONDITION] == list(condition)).all(axis=1)]


def clean(table: pd.DataFrame) -> pd.DataFrame:
    """The rows without wrong labels or misread words."""
    return table[(table["label_noise"] == 0) & (table["corrupt_text"] == 0)]


def named_rows(contrasts: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """The rows of a difference, (arm, against), under conditions for which it was named before its runs."""
    return contrasts[contrasts["named"] & (contrasts["arm"] == pair[0]) & (contrasts["against"] == pair[1])]


def published() -> tuple[str, ...]:
    """The tasks whose study is in the box."""
    return tuple(task for task in TASKS if (STUDIES / task / "runs.csv").exists())


def load_study(task: str, folder: Path | None = None) -> Study:
    """The study of a task, from its tables, in the box or in another folder. `UserError` where there is none."""
    folder = folder or STUDIES
    try:
        tables = [pd.read_csv(folder / task / f"{name}.csv") for name in TABLES]
    except FileNotFoundError:
        raise UserError(
            f"There is no study of {task} here: make one with msd study --task {task}, then, in a clone, python -m "
            f"tools publish --task {task}."
        ) from None
    more = [pd.read_csv(file) for name in LANGUAGE_TABLES if (file := folder / task / f"{name}.csv").exists()]
    return Study(task, *tables, *more)


def named_contrasts(folder: Path | None = None) -> pd.DataFrame:
    """The difference that was named beforehand, a row a task, with `holm`: p adjusted over the tasks."""
    folder, rows = folder or STUDIES, []
    for task in NAMED_TASKS:
        if (folder / task / "contrasts.csv").exists():
            study = load_study(task, folder)
            here = named_rows(at(study.contrasts, study.base), CONTRAST)
            rows += here.assign(task=task, metric=study.runs["metric"].iloc[0]).to_dict("records")
    return _adjusted(pd.DataFrame(rows)) if rows else pd.DataFrame()


def recombined_contrasts(folder: Path | None = None) -> pd.DataFrame:
    """The differences of `RECOMBINED`, which were named beforehand, on clean labels and texts: a row a task, size and
    pair of arms, with `holm`: p adjusted over the tasks of that size. Empty where there is no such study."""
    files = sorted((folder or RECOMBINED_STUDIES).glob("*/contrasts.csv"))
    if not files:
        return pd.DataFrame()
    every = clean(pd.concat([pd.read_csv(file).assign(task=file.parent.name) for file in files], ignore_index=True))
    named = [
        _adjusted(part)
        for _, rows in every.groupby("train_size")
        for pair in RECOMBINED
        if len(part := named_rows(rows, pair))
    ]
    return pd.concat(named, ignore_index=True) if named else pd.DataFrame()


def _adjusted(rows: pd.DataFrame) -> pd.DataFrame:
    """A difference on several tasks, with `holm`; tasks of `NAMED_TASKS` that lack it count too: all were named."""
    missing = [1.0] * len({*NAMED_TASKS} - {*rows["task"]})
    return rows.assign(holm=holm([*rows["p"], *missing])[: len(rows)])
