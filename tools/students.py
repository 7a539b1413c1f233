"""What is measured of the students of a study: how well calibrated they are, and how much of them is additive."""

from pathlib import Path

import pandas as pd

from analysis.dataset.survey import survey
from msd_core.models.files import load_model
from msd_core.tasks import Task
from msd_core.training.runs import Run

SEEDS = 5  # the first ones of every arm
COLUMNS = ["train_size", "arm", "seed", "calibration_error", "emap", "explained"]


def measure(task: Task, study: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """Of the first seeds of each arm of a study's runs, on the test split with both shown: the expected calibration
    error, the metric of the EMAP, and the share of the variance of the student's probabilities that it explains."""
    rows = [_row(task, study, run) for run in runs[runs["seed"] < SEEDS].to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(task: Task, study: Path, run: dict) -> dict:
    task = task.drawn(int(run["teacher"])) if task.drawn else task
    student = load_model(Run(study / run["run"]).model_file, task)
    numbers = survey(task, {"student": student}).to_dict()["models"]["student"]
    return {
        **{name: run[name] for name in COLUMNS[:3]},
        "calibration_error": numbers["calibration_error"]["both"],
        "emap": numbers["emap"]["metric"],
        "explained": numbers["emap"]["explained"],
    }
