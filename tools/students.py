"""What is measured of the students of a study: how well calibrated they are, how much of them is additive, and which
labels they miss."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import f1_score

from analysis.dataset.survey import survey
from msd_core.evaluate import encode_split
from msd_core.inputs import read_inputs
from msd_core.models.files import load_model
from msd_core.study.results import logits_on_test
from msd_core.tasks import Split, Task, load_split
from msd_core.training.runs import Run

SEEDS = 5  # the first ones of every arm
COLUMNS = ["train_size", "arm", "seed", "calibration_error", "emap", "explained"]
LABELS = ["train_size", "label", "share", "recombined", "arm", "named", "f1"]
_PAIRS = 10_000  # recombined pairs that tell how often a label is one's


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


def by_label(task: Task, study: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """Of a multi-label task's labels, a row a size, label and arm; none for other tasks.

    `share`: of test pairs that have it; `recombined`: of recombined ones that have it by the teacher; `named`: of test
    pairs of which the arm's students say so, with `f1`, both means over all seeds.
    """
    if not task.multilabel or task.drawn:  # whose runs have test splits of their own
        return pd.DataFrame(columns=LABELS)
    test = load_split(task, "test")
    teachers = {name: _recombined(task, Run(study / "teachers" / str(name)), test) for name in set(runs["teacher"])}
    rows = []
    for (size, arm), of in runs.groupby(["train_size", "arm"]):
        yes = (logits_on_test(study, list(of["run"])) > 0).numpy()  # (S, N, C)
        f1 = np.mean([f1_score(test.labels.numpy(), each, average=None, zero_division=0) for each in yes], axis=0)
        share, named = test.labels.float().mean(0).tolist(), yes.mean((0, 1))
        recombined = np.mean([teachers[name] for name in of["teacher"]], axis=0)
        table = zip(task.labels, share, recombined, named, f1, strict=True)
        rows += [(size, *label[:3], arm, *label[3:]) for label in table]
    return pd.DataFrame(rows, columns=LABELS)


@torch.inference_mode()
def _recombined(task: Task, teacher: Run, test: Split) -> np.ndarray:
    """The share of pictures with texts drawn for them that have each label by a teacher, `(C,)`."""
    model = load_model(teacher.model_file, task).model
    drawn = torch.randint(len(test), (2, _PAIRS), generator=torch.Generator().manual_seed(0))
    encoded, (pictures, texts) = encode_split(model, read_inputs(model, test)), drawn
    logits = model.fuse_pairs(encoded, test.image_of[pictures], test.text_of[texts])
    return (logits > 0).float().mean(0).numpy()
