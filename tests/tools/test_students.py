"""What is said of a study's students is measured on their models."""

import shutil

import numpy as np
import pandas as pd
import pytest

from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_split, load_task
from msd_core.training.runs import Run
from msd_core.training.teacher import targets
from msd_core.views import BOTH
from tools.students import COLUMNS, SEEDS, measure


@pytest.fixture
def study(tmp_path):
    """The folder and runs of a study whose students are two of those in the box; a third is not of the first seeds."""
    rows = []
    for arm, seed in (("kd", 0), ("ce", SEEDS - 1), ("kd", SEEDS)):
        run = Run(tmp_path / "runs" / arm / str(seed))
        run.folder.mkdir(parents=True)
        shutil.copy(load_task("digits").models / f"{arm}.safetensors", run.model_file)
        place = {"run": str(run.folder.relative_to(tmp_path)), "teacher": seed % 2}
        rows.append({"train_size": 250, "arm": arm, "seed": seed, **place})
    return tmp_path, pd.DataFrame(rows)


def test_calibration_and_additivity_are_those_of_each_model(study):
    digits = load_task("digits")
    table = measure(digits, *study)
    assert list(table) == COLUMNS and table[["arm", "seed"]].to_numpy().tolist() == [["kd", 0], ["ce", SEEDS - 1]]
    split = load_split(digits, "test")
    for row in table.itertuples():
        probs = targets(load_bundled(digits, row.arm), split)[:, BOTH].softmax(-1)
        confidence, answer = (each.numpy() for each in probs.max(-1))
        off = (answer == split.labels.numpy()) - confidence
        bins = np.minimum((confidence * 15).astype(int), 14)
        error = sum(abs(off[bins == b].sum()) for b in range(15)) / len(off)
        assert row.calibration_error == pytest.approx(error, abs=1e-4)
        right = float((answer == split.labels.numpy()).mean())
        assert 0 < row.emap < right, "its additive part alone is right less often: the task needs both"
        assert 0 < row.explained < 1
