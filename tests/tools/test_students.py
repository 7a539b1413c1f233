"""What is said of a study's students is measured on their models."""

import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_split, load_task
from msd_core.training.runs import Run
from msd_core.training.teacher import targets
from msd_core.views import BOTH
from tools.students import COLUMNS, LABELS, SEEDS, by_label, measure


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


def test_labels_are_counted_in_answers_and_on_recombined_pairs(tmp_path):
    posters = load_task("posters")
    split, teacher = load_split(posters, "test"), Run(tmp_path / "teachers" / "0")
    teacher.folder.mkdir(parents=True)
    shutil.copy(posters.models / "teacher.safetensors", teacher.model_file)
    first = torch.arange(len(posters.labels)) == 0
    never, always = (torch.where(first, sign, -9.0).expand(len(split), -1).contiguous() for sign in (-9.0, 9.0))
    for seed, logits in enumerate((never, always)):  # one names the first label of every poster, both no other
        place = tmp_path / "runs" / str(seed)
        place.mkdir(parents=True)
        save_file({"logits": logits}, place / "test.safetensors")
    runs = pd.DataFrame({"train_size": 250, "arm": "kd", "seed": [0, 1], "teacher": 0, "run": ["runs/0", "runs/1"]})
    table = by_label(posters, tmp_path, runs)
    assert list(table) == LABELS and list(table["label"]) == list(posters.labels)
    assert table["share"].to_numpy() == pytest.approx(split.labels.float().mean(0).numpy())
    assert table["named"].tolist() == [0.5] + [0.0] * 7
    share = table["share"].iloc[0]
    assert table["f1"].to_numpy() == pytest.approx([share / (1 + share)] + [0.0] * 7), "half of 2 s / (1 + s)"
    of = table.set_index("label")
    assert of.loc["mystery", "recombined"] < of.loc["mystery", "share"] - 0.1, "few plots seek what a poster shows"
    assert of.loc["horror", "recombined"] == pytest.approx(of.loc["horror", "share"], abs=0.05)


def test_tasks_of_one_label_have_no_such_table(study):
    assert by_label(load_task("digits"), *study).empty
