"""The command line, as a person types it."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from msd_core.cli import app
from msd_core.models.bundled import BUNDLED
from msd_core.storage import read_json
from msd_core.tasks import TASKS, WHOLE, load_task
from msd_core.training.config import Config
from msd_core.views import MODALITIES, VIEWS
from tests import terminal
from tests.terminal import last_line

ROOT = Path(__file__).parents[2]
run = partial(terminal.typed, app)
QUESTION = "what shape is in the image?"


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "shape.png"
    path.write_bytes(load_task("easy-vqa").picture("test-0000"))
    return path


def test_help_teaches():
    done = run("distill", "--help", COLUMNS="120")
    assert done.returncode == 0 and "For example" in done.stdout
    for option in ("--task", "--method", "--weighting", "--model", "--teacher", "--epochs", "--train-size",
                   "--batch-size", "--lr", "--seed", "--temperature", "--lambda", "--beta", "--saliency", "--direction",
                   "--modality-dropout", "--shuffle", "--hold-out", "--label-noise", "--corrupt-text", "--out",
                   "--json"):  # fmt: skip
        assert option in done.stdout
    for option in ("--student", "--batch ", "--rate", "--tau", "--hide", "--withhold", "--to "):
        assert option not in done.stdout


def test_tasks():
    answers = last_line(run("tasks", "--json"))
    assert [row["task"] for row in answers["tasks"]] == list(TASKS)
    for row in answers["tasks"]:
        assert 0 < row["baselines"]["majority"] <= row["baselines"]["text_only"] + 0.02
        assert set(row["examples"]) == {"train", "validation", "test"} and row["metric"] in ("accuracy", "macro_f1")


def test_distill(tmp_path):
    words = "--task digits --method kd --weighting instance --model student-tiny --epochs 1 --train-size 300 --seed 3"
    done = terminal.run("msd_core", "distill", *words.split(), "--out", str(tmp_path / "run"), "--json")
    result = last_line(done)
    image, text = (result["realised_weights"][m] for m in MODALITIES)
    assert f"image {image:.3f}, text {text:.3f}" in done.stdout and image + text == pytest.approx(2, rel=1e-4)
    assert (result["task"], result["seed"]) == ("digits", 3)
    assert 0 < result["baselines"]["majority"] < result["baselines"]["text_only"] < 1
    for key in ("teacher", "student", "agreement"):
        assert set(result[key]) == set(VIEWS)
    assert result["cost"]["student"]["macs"] * 10 <= result["cost"]["teacher"]["macs"]
    assert result["seconds"] > 0 and result["parameters"]["student"] * 10 <= result["parameters"]["teacher"]
    assert (Path(result["run"]) / "model.safetensors").exists()
    again = run("distill", *words.split(), "--out", str(tmp_path / "run"), "--json")
    assert last_line(again) == result and "epoch" not in again.stderr


WITH_FIFTH = """
from msd_core.tasks import TASKS
TASKS["fifth"] = "tests.fifth"
from msd_core.__main__ import main
main()
"""


def test_a_task_without_models_is_taught_distilled_and_compared(tmp_path):
    def msd(command: str, *words: str) -> subprocess.CompletedProcess:
        words = (command, "--task", "fifth", *words, "--json")
        return subprocess.run([sys.executable, "-c", WITH_FIFTH, *words], cwd=ROOT, capture_output=True, text=True)

    taught, mine = str(tmp_path / "teacher"), str(tmp_path / "mine")
    short = ["--model", "student-tiny", "--epochs", "1", "--weighting", "none"]
    assert last_line(msd("distill", *short, "--method", "ce", "--out", taught))["teacher"] is None
    assert last_line(msd("distill", *short, "--teacher", taught, "--out", mine))["agreement"] is not None
    answers = last_line(msd("compare", "--text", "is it red?", "--model", taught, "--model", mine))
    assert list(answers["predictions"]) == [taught, mine]
    done = msd("distill", *short, "--out", str(tmp_path / "none"))
    assert done.returncode == 1 and "needs a teacher: name one" in " ".join(done.stderr.split())


def test_a_run_on_labels_may_go_without_the_teacher_that_is_there(tmp_path):
    words = "--task digits --method ce --weighting none --model student-tiny --epochs 1 --train-size 100 --teacher none"
    assert last_line(run("distill", *words.split(), "--out", str(tmp_path / "run"), "--json"))["teacher"] is None


def test_every_option_of_a_run_reaches_it(tmp_path):
    words = (
        "--task digits --method sp --weighting instance --model student-tiny --epochs 1 --train-size 100"
        " --batch-size 32 --lr 0.001 --seed 3 --temperature 3 --lambda 0.4 --beta 0.5 --saliency sufficiency"
        " --direction other --modality-dropout 0.1 --shuffle weights --hold-out --label-noise 0.2 --corrupt-text 0.3"
        " --texts 2 --pretraining itself --pretraining-epochs 3 --freeze-text all"
        " --label-smoothing 0.1 --text-noise 0.2 --alpha 2 --recombine all --gamma 3 --pairs split --questions 50"
        " --on features"
    )
    last_line(run("distill", *words.split(), "--out", str(tmp_path / "run"), "--json"))
    config = read_json(tmp_path / "run" / "config.json")
    expected = Config(
        method="sp", weighting="instance", model="student-tiny", epochs=1, train_size=100, batch_size=32, lr=0.001,
        seed=3, temperature=3, lam=0.4, beta=0.5, saliency="sufficiency", direction="other", modality_dropout=0.1,
        shuffle="weights", hold_out=True, label_noise=0.2, corrupt_text=0.3, texts=2.0, pretraining="itself",
        pretraining_epochs=3, freeze_text="all", label_smoothing=0.1, text_noise=0.2, alpha=2.0, recombine=WHOLE,
        gamma=3.0, pairs="split", questions=50, on="features",
    )  # fmt: skip
    assert config == {"task": "digits", "teacher": "bundled", **expected.to_dict()}
    defaults = Config().to_dict()
    same = {name for name, value in expected.to_dict().items() if value == defaults[name]}
    assert same == {
        "weighting",
        "unfreeze",
        "languages",
        "view",
        "cross_fit",
        "code_switching",
        "adversary",
        "unlabelled",
    }


def test_options_for_texts_in_several_languages_reach_a_run_too(tmp_path):
    words = "--task digits --method ce --weighting none --model student-tiny --teacher none"
    sentences = {
        "code-switching": "No picture has names in two languages",
        "adversary": "All texts are in one language",
    }
    for name, sentence in sentences.items():
        folder = tmp_path / name
        done = run("distill", *words.split(), f"--{name}", "0.5", "--out", str(folder))
        assert done.returncode == 1 and sentence in " ".join(done.stderr.split())
        assert read_json(folder / "config.json")[name.replace("-", "_")] == 0.5


def test_a_number_of_texts_that_is_none_is_one_sentence(tmp_path):
    done = run("distill", "--task", "digits", "--recombine", "some", "--out", str(tmp_path / "run"))
    assert done.returncode == 1 and "give a number of texts, or all" in " ".join(done.stderr.split())
    assert not (tmp_path / "run").exists()


def test_a_method_that_is_undefined_for_a_task_is_one_sentence(tmp_path):
    done = run("distill", "--task", "sarcasm", "--method", "dkd", "--out", str(tmp_path / "run"))
    assert done.returncode == 1 and "dkd is not applicable to sarcasm" in done.stderr
    assert not (tmp_path / "run").exists()


def test_compare(picture):
    answers = last_line(run("compare", "--task", "easy-vqa", "--image", str(picture), "--text", QUESTION, "--json"))
    assert set(answers["predictions"]) == set(answers["saliency"]) == set(answers["shapley"]) == set(BUNDLED[:5])
    assert set(answers["saliency"]["teacher"]) == set(MODALITIES)
    assert answers["text"] == QUESTION and answers["warnings"] == []


@pytest.mark.parametrize("half", ["text", "image"])
def test_half_a_pair_is_compared(picture, half):
    words = ("--text", QUESTION) if half == "text" else ("--image", str(picture))
    done = run("compare", "--task", "easy-vqa", *words, "--json")
    answers = last_line(done)
    assert answers["text"] == (QUESTION if half == "text" else None)
    for views in answers["predictions"].values():
        assert views["both"] == pytest.approx(views[half]) and views["neither"] != views["both"]
    missing = {"text": "There is no picture", "image": "There is no text"}[half]
    assert f"Note: {missing}" in done.stderr and answers["warnings"][0].startswith(missing)


@pytest.mark.parametrize("words", [[], ["--text", "  "]])
def test_nothing_is_compared_with_nothing(words):
    done = CliRunner().invoke(app, ["compare", "--task", "easy-vqa", *words])
    assert done.exit_code == 1 and done.stdout == ""
    assert done.stderr.strip() == "Error: There is neither a picture nor a text: give at least one of them."


def test_a_warning_is_a_note(tmp_path):
    Image.effect_noise((64, 64), 100).convert("RGB").save(tmp_path / "noise.png")
    done = run("compare", "--task", "easy-vqa", "--image", str(tmp_path / "noise.png"), "--text", QUESTION)
    assert done.returncode == 0 and "Note: This picture is unlike any in easy-vqa" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "--task", "easy-vqa", "--image", "missing.png", "--text", "x"],
        ["compare", "--task", "easy-vqa", "--image", str(ROOT / "README.md"), "--text", "x"],
        ["compare", "--task", "cats", "--image", str(ROOT / "README.md"), "--text", "x"],
        ["compare"],
        ["distill", "--epochs", "0"],
        ["distill", "--lambda", "7"],
        ["distill", "--teacher", "nowhere"],
        ["distill", "--out", str(ROOT / "README.md")],
        ["distill", "--model", "gpt"],
        ["distill", "--student", "student-tiny"],
        ["compare", "--task", "easy-vqa", "--image", "[/x].png", "--text", "x"],
        ["distill", "--teacher", "[/x]"],
    ],
)
def test_mistakes_are_answered_in_words(words):
    done = CliRunner().invoke(app, words)
    assert done.exit_code in (1, 2) and isinstance(done.exception, SystemExit), "no other error escapes"
    assert done.stderr.strip() and not done.stdout


def test_a_mistake_is_no_traceback():
    done = terminal.run("msd_core", "distill", "--teacher", "[/x]")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.strip().endswith("Error: [/x] holds no finished run: give the folder of one, or 'bundled'.")
