"""A run from task, config and teacher to its result: repeatable, resumable, and worth running."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from msd_core.comparison import compare
from msd_core.errors import Diverged, UserError
from msd_core.evaluate import logits_by_view, split_features
from msd_core.inputs import read_inputs
from msd_core.models import files as files_module
from msd_core.models.bundled import load_bundled, load_teacher, report
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.zoo import build
from msd_core.storage import read_json
from msd_core.tasks import load_split, load_task
from msd_core.tensors import hash_state
from msd_core.training import trainer as trainer_module
from msd_core.training.config import Config, student_config
from msd_core.training.distill import commit, distill
from msd_core.training.events import Done, Epoch, Stage
from msd_core.views import VIEWS
from tests.tiny import TINY

QUICK = Config(model="student-tiny", epochs=3, train_size=300, batch_size=50)
SHORT = replace(QUICK, epochs=1)
ALONE = replace(SHORT, method="ce", weighting="none")
OLD = {"lr": "rate", "batch_size": "batch", "temperature": "tau", "modality_dropout": "hide", "hold_out": "withhold",
       "model": "student", "direction": "to"}  # fmt: skip


def stop(event) -> None:
    """End a run after its first epoch."""
    if isinstance(event, Epoch):
        raise KeyboardInterrupt


def without_seconds(result: dict) -> dict:
    return {name: value for name, value in result.items() if name not in ("seconds", "run", "cost")}


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path, digits, teacher):
    results = [
        distill(digits, replace(QUICK, seed=seed), tmp_path / str(i), teacher) for i, seed in enumerate((0, 0, 1))
    ]
    assert without_seconds(results[0]) == without_seconds(results[1])
    assert results[0]["agreement"] != results[2]["agreement"]
    assert results[0]["environment"]["threads"] == torch.get_num_threads()


def test_a_result_has_what_is_needed_to_repeat_it(tmp_path, digits, teacher):
    events = []
    result = distill(digits, SHORT, tmp_path / "run", teacher, events.append)
    assert json.loads(json.dumps(result)) == result and events[-1] == Done(result)
    assert isinstance(events[0], Stage) and any(isinstance(event, Epoch) for event in events)
    assert (result["task"], result["method"], result["weighting"], result["metric"]) == (
        "digits", "kd", "instance", "accuracy",
    )  # fmt: skip
    for part in ("teacher", "student", "agreement"):
        assert set(result[part]) == set(VIEWS)
    assert set(result["marginal_kl"]) == {"image", "text", "neither"}
    assert result["baselines"] == report()["digits"]["baselines"]
    assert result["parameters"]["student"] * 10 <= result["parameters"]["teacher"] == teacher.parameters
    assert result["environment"]["commit"] == commit()
    config = read_json(tmp_path / "run" / "config.json")
    assert config == {"task": "digits", "teacher": "bundled", **SHORT.to_dict()}


def test_a_finished_run_gives_its_result_again(tmp_path, digits, teacher):
    first, events = distill(digits, SHORT, tmp_path / "run", teacher), []
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
    assert distill(digits, SHORT, tmp_path / "run", teacher, events.append) == first and events == [Done(first)]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()} == stamps
    history = read_json(tmp_path / "run" / "metrics.json")["history"]
    assert [e["epoch"] for e in history] == [1]
    assert sum(history[0]["weights"].values()) == pytest.approx(2.0)
    assert set(history[0]["terms"]) == {"loss", "ce", "kd_both", "kd_image", "kd_text"}


def test_what_a_run_leaves_is_its_student(tmp_path, digits, teacher):
    result = distill(digits, SHORT, tmp_path / "run", teacher)
    loaded = load_model(tmp_path / "run", digits)
    assert loaded.info == {"name": "kd + instance", "config": read_json(tmp_path / "run" / "config.json")}
    assert loaded.model.trained_views == ("both", "image", "text") and loaded.model.detector is None
    test = load_split(digits, "test")
    logits = logits_by_view(loaded.model, test)
    right = (logits.argmax(-1) == test.labels[:, None]).float().mean(0)
    assert dict(zip(VIEWS, right.tolist(), strict=True)) == pytest.approx(result["student"], abs=1e-6)
    kept = load_file(tmp_path / "run" / "test.safetensors")["logits"]
    torch.testing.assert_close(kept.float(), logits[:, 0], atol=1e-2, rtol=1e-2)
    weights = load_file(tmp_path / "run" / "weights.safetensors")
    assert weights["weights"].shape == weights["saliency"].shape == (300, 2)
    assert not list((tmp_path / "run").glob(".*")), "no temporary file is left"


def test_a_run_that_diverges_leaves_no_result(tmp_path, digits, teacher, monkeypatch):
    monkeypatch.setattr(trainer_module, "schedule", lambda progress: float("nan") if progress > 0.5 else 1.0)
    with pytest.raises(Diverged, match=r"by epoch 2 at a learning rate of 0\.002"):
        distill(digits, QUICK, tmp_path / "run", teacher)
    assert not (tmp_path / "run" / "result.json").exists()


def test_a_killed_run_ends_as_an_unbroken_one(tmp_path, digits, teacher):
    whole = distill(digits, QUICK, tmp_path / "whole", teacher)
    code = _SLOW.format(folder=str(tmp_path / "killed"), config=QUICK)
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    checkpoint = tmp_path / "killed" / "checkpoint.safetensors"
    deadline = time.time() + 120
    while not checkpoint.exists() and time.time() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    assert checkpoint.exists() and not (tmp_path / "killed" / "result.json").exists()
    events = []
    resumed = distill(digits, QUICK, tmp_path / "killed", teacher, events.append)
    assert 1 not in [event.epoch for event in events if isinstance(event, Epoch)], "it went on where it was"
    assert without_seconds(resumed) == without_seconds(whole)
    hashes = [load_model(tmp_path / name, digits).weights_hash for name in ("whole", "killed")]
    assert hashes[0] == hashes[1]


_SLOW = """
import time, torch
torch.set_num_threads(1)
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import distill
task = load_task("digits")
slow = lambda event: time.sleep(20) if event.kind == "epoch" else None
distill(task, {config}, {folder!r}, load_bundled(task, "teacher"), slow)
"""


def as_an_earlier_version_wrote_it(folder: Path) -> None:
    """The JSON files of a run with the old names, and without a checksum."""
    for path in folder.glob("*.json"):
        values = json.loads(path.read_text())
        assert values.pop("checksum")
        if path.name == "config.json":
            values = {OLD.get(name, name): value for name, value in values.items()}
            values["to"] = {"own": "same", "other": "other"}[values["to"]]
        path.write_text(json.dumps(values))


@pytest.mark.parametrize("direction", ["own", "other"])
def test_a_run_of_an_earlier_version_goes_on(tmp_path, digits, teacher, direction):
    config = replace(QUICK, epochs=2, direction=direction)
    whole = distill(digits, config, tmp_path / "whole", teacher)
    with pytest.raises(KeyboardInterrupt):
        distill(digits, config, tmp_path / "old", teacher, stop)
    as_an_earlier_version_wrote_it(tmp_path / "old")
    assert "batch" in json.loads((tmp_path / "old" / "config.json").read_text())
    events = []
    resumed = distill(digits, config, tmp_path / "old", teacher, events.append)
    assert [event.epoch for event in events if isinstance(event, Epoch)] == [2]
    assert without_seconds(resumed) == without_seconds(whole)


def test_a_finished_run_of_an_earlier_version_gives_its_result(tmp_path, digits, teacher):
    result = distill(digits, SHORT, tmp_path / "run", teacher)
    as_an_earlier_version_wrote_it(tmp_path / "run")
    assert distill(digits, SHORT, tmp_path / "run", teacher) == result
    assert load_teacher(digits, str(tmp_path / "run")).info["config"]["lr"] == SHORT.lr


def test_folders_that_cannot_be_used_are_one_sentence(tmp_path, digits, teacher):
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.png").write_text("x")
    for name, message in (("file", "is a file"), ("other", "holds other files"), ("x" * 300, "cannot be used")):
        with pytest.raises(UserError, match=message):
            distill(digits, SHORT, tmp_path / name, teacher)
    distill(digits, SHORT, tmp_path / "run", teacher)
    with pytest.raises(UserError, match="another seed"):
        distill(digits, replace(SHORT, seed=5), tmp_path / "run", teacher)
    with pytest.raises(UserError, match="another task"):
        task = load_task("sarcasm")
        distill(task, SHORT, tmp_path / "run", load_bundled(task, "teacher"))
    (tmp_path / "run" / "result.json").unlink()
    (tmp_path / "run" / "checkpoint.safetensors").write_bytes(b"half a checkpoint")
    with pytest.raises(UserError, match="damaged or half-written"):
        distill(digits, SHORT, tmp_path / "run", teacher)


def test_the_teacher_may_be_a_run(tmp_path, digits):
    first = distill(digits, ALONE, tmp_path / "first")
    assert first["teacher"] is None and first["agreement"] is None and first["marginal_kl"] is None
    second = distill(digits, SHORT, tmp_path / "second", load_teacher(digits, str(tmp_path / "first")))
    assert second["teacher"] == first["student"]
    assert read_json(tmp_path / "second" / "config.json")["teacher"] == str(tmp_path / "first")
    with pytest.raises(UserError, match="no finished run"):
        load_teacher(digits, str(tmp_path / "none"))


def test_a_run_without_a_teacher_knows_what_is_out_of_distribution(tmp_path, digits):
    distill(digits, ALONE, tmp_path / "run")
    loaded = load_model(tmp_path / "run", digits)
    test = load_split(digits, "test")
    is_ood = loaded.model.detector.is_ood(split_features(loaded.model, read_inputs(loaded.model, test)))
    assert float(is_ood["image"].float().mean()) < 0.1
    noise = torch.randint(0, 256, (64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    warnings = compare(digits, Image.fromarray(noise.numpy()), test.texts[0], {"mine": loaded}).warnings
    assert any("picture is unlike any in digits" in warning for warning in warnings)


@pytest.mark.parametrize("train_size", [1, 2])
def test_a_run_on_next_to_nothing_is_finished(tmp_path, fifth, train_size):
    config = replace(ALONE, train_size=train_size)
    result = distill(fifth, config, tmp_path / "run")
    assert distill(fifth, config, tmp_path / "run") == result
    assert load_model(tmp_path / "run", fifth)


def test_a_teacher_is_hashed_once_a_run(tmp_path, fifth, monkeypatch):
    hashes = []
    monkeypatch.setattr(files_module, "hash_state", lambda state: hashes.append(1) or hash_state(state))
    torch.manual_seed(0)
    teacher = LoadedModel(build(TINY, 2).eval(), TINY, "fifth", "mine")
    distill(fifth, replace(SHORT, method="fitnets", train_size=60), tmp_path / "run", teacher)
    assert len(hashes) == 1


def test_a_short_msd_run_on_real_questions_beats_the_best_guess_without_the_picture(tmp_path, easy_vqa):
    teacher = load_bundled(easy_vqa, "teacher")
    result = distill(easy_vqa, student_config(easy_vqa, epochs=6), tmp_path / "run", teacher)
    baseline = report()["easy-vqa"]["baselines"]["text_only"]
    assert result["student"]["both"] > baseline + 0.08
    assert result["agreement"]["both"]["top"] > baseline
    test = load_split(easy_vqa, "test")
    right = (logits_by_view(teacher.model, test)[:, 0].argmax(-1) == test.labels).float().mean()
    assert float(right) == pytest.approx(result["teacher"]["both"], abs=1e-6)


def test_a_checkpoint_of_another_task_or_model_is_one_sentence(tmp_path, digits, easy_vqa, teacher):
    distill(digits, SHORT, tmp_path / "one", teacher)
    distill(easy_vqa, SHORT, tmp_path / "other", load_bundled(easy_vqa, "teacher"))
    for name in ("result.json", "model.safetensors"):
        (tmp_path / "one" / name).unlink()
    (tmp_path / "one" / "checkpoint.safetensors").write_bytes(
        (tmp_path / "other" / "checkpoint.safetensors").read_bytes()
    )
    with pytest.raises(UserError, match="of another task or model"):
        distill(digits, SHORT, tmp_path / "one", teacher)


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"task": 3', "[" * 100_000])
def test_a_result_that_is_none_is_one_sentence(tmp_path, fifth, content):
    config = replace(ALONE, train_size=40)
    distill(fifth, config, tmp_path / "run")
    (tmp_path / "run" / "result.json").write_text(content)
    with pytest.raises(UserError, match=r"half-written|another version"):
        distill(fifth, config, tmp_path / "run")


@pytest.mark.parametrize(("name", "old", "new"), [("result.json", b": 0", b": 1"), ("model.safetensors", b"{", b"")])
def test_a_damaged_result_or_student_is_one_sentence(tmp_path, fifth, name, old, new):
    config = replace(ALONE, train_size=40)
    distill(fifth, config, tmp_path / "run")
    path = tmp_path / "run" / name
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(UserError, match="damaged"):
        distill(fifth, config, tmp_path / "run")


def test_a_run_that_cannot_start_leaves_nothing_behind(tmp_path, digits, fifth, teacher):
    for task, each, message in ((digits, None, "needs a teacher"), (fifth, teacher, "made for the task 'digits'")):
        with pytest.raises(UserError, match=message):
            distill(task, SHORT, tmp_path / "run", each)
    assert not (tmp_path / "run").exists()


def test_a_task_that_lacks_all_is_distilled(tmp_path, fifth):
    distill(fifth, ALONE, tmp_path / "teacher")
    teacher = load_teacher(fifth, str(tmp_path / "teacher"))
    result = distill(fifth, SHORT, tmp_path / "student", teacher)
    assert result["baselines"] is None and "auroc" in result["metrics"]["student"]["both"]
