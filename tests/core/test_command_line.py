"""The command line, as a person types it."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from msd_core.config import Config
from msd_core.models.bundled import BUNDLED
from msd_core.tasks import TASKS, get_task
from msd_core.views import MODALITIES, VIEWS
from tests import terminal
from tests.terminal import last_line

run = partial(terminal.run, "msd_core")


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "shape.png"
    get_task("easy-vqa").picture(4000).save(path)
    return path


def test_help_teaches():
    done = run("distill", "--help", COLUMNS="120")
    assert done.returncode == 0 and "For example" in done.stdout
    for option in ("--task", "--method", "--weighting", "--student", "--epochs", "--train-size", "--seed", "--out",
                   "--tau", "--lambda", "--beta", "--saliency", "--to", "--json", "--shuffle", "--withhold",
                   "--label-noise", "--corrupt-text"):  # fmt: skip
        assert option in done.stdout


def test_tasks():
    found = last_line(run("tasks", "--json"))
    assert [row["task"] for row in found["tasks"]] == list(TASKS)
    assert all(0 < row["floors"]["majority"] <= row["floors"]["text"] + 0.02 for row in found["tasks"])


def test_distill(tmp_path):
    words = "--task digits --method kd --weighting instance --student student-tiny --epochs 1 --train-size 300 --seed 3"
    done = run("distill", *words.split(), "--out", str(tmp_path / "run"), "--json")
    found = last_line(done)
    image, text = (found["realised_weights"][m] for m in MODALITIES)
    assert f"image {image:.3f}, text {text:.3f}" in done.stdout and image + text == pytest.approx(2, rel=1e-4)
    assert (found["task"], found["seed"]) == ("digits", 3)
    assert 0 < found["floors"]["majority"] < found["floors"]["text"] < 1
    for key in ("teacher", "student", "agreement"):
        assert set(found[key]) == set(VIEWS)
    assert found["seconds"] > 0 and found["parameters"]["student"] * 10 <= found["parameters"]["teacher"]
    assert (Path(found["run"]) / "model.safetensors").exists()


def test_every_option_of_a_run_reaches_it(tmp_path):
    words = (
        "--task digits --method sp --weighting instance --student student-tiny --epochs 1 --train-size 100 --batch 32"
    )
    words += " --rate 0.001 --seed 3 --tau 3 --lambda 0.4 --beta 0.5 --saliency sufficiency --to other --hide 0.1"
    words += " --shuffle weights --withhold --label-noise 0.2 --corrupt-text 0.3"
    last_line(run("distill", *words.split(), "--out", str(tmp_path / "run"), "--json"))
    known = json.loads((tmp_path / "run" / "config.json").read_text())
    asked = Config(
        task="digits", method="sp", weighting="instance", student="student-tiny", epochs=1, train_size=100, batch=32,
        rate=0.001, seed=3, tau=3, lam=0.4, beta=0.5, saliency="sufficiency", to="other", hide=0.1, shuffle="weights",
        withhold=True, label_noise=0.2, corrupt_text=0.3,
    )  # fmt: skip
    assert known == asdict(asked)
    defaults = asdict(Config())
    assert {key for key, value in known.items() if value == defaults[key]} == {"teacher", "weighting"}


def test_a_method_that_says_nothing_on_a_task_is_told(tmp_path):
    done = run("distill", "--task", "sarcasm", "--method", "dkd", "--out", str(tmp_path / "run"))
    assert done.returncode == 1 and "dkd is not applicable to sarcasm" in done.stderr
    assert not (tmp_path / "run").exists()


def test_compare(picture):
    found = last_line(
        run("compare", "--task", "easy-vqa", "--image", str(picture), "--text", "what shape is it?", "--json")
    )
    assert set(found["predictions"]) == set(found["saliency"]) == set(found["shapley"]) == set(BUNDLED)
    assert set(found["saliency"]["teacher"]) == set(MODALITIES)


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "--task", "easy-vqa", "--image", "missing.png", "--text", "x"],
        ["compare", "--task", "easy-vqa", "--image", "README.md", "--text", "x"],
        ["compare", "--task", "cats", "--image", "README.md", "--text", "x"],
        ["distill", "--epochs", "0"],
        ["distill", "--lambda", "7"],
        ["distill", "--teacher", "nowhere"],
        ["distill", "--out", "README.md"],
        ["distill", "--student", "gpt"],
        ["compare", "--task", "easy-vqa", "--image", "[/x].png", "--text", "x"],
        ["distill", "--teacher", "[/x]"],
    ],
)
def test_mistakes_are_told_without_a_traceback(words):
    done = run(*words)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr and done.stderr.strip()
