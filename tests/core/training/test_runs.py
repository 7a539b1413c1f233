"""A run's folder: opened anew or to go on with, and one sentence where it is no good."""

import json
import os

import pytest
import torch

from msd_core.errors import StorageError, UserError
from msd_core.training.config import Config
from msd_core.training.runs import Run, open_run, record

CONFIG = {"task": "digits", "teacher": "bundled", **Config(seed=3).to_dict()}
RESULT = dict.fromkeys(("task", "method", "weighting", "metric", "teacher", "student", "agreement", "parameters",
                        "seconds", "run"))  # fmt: skip
OLD = {
    "task": "digits", "method": "kd", "weighting": "instance", "student": "student", "teacher": "bundled", "epochs": 10,
    "train_size": 8000, "batch": 64, "rate": 0.002, "seed": 3, "tau": 2.0, "lam": 0.5, "beta": 1.0,
    "saliency": "necessity", "to": "same", "hide": 0.0, "shuffle": "nothing", "withhold": False, "label_noise": 0.0,
    "corrupt_text": 0.0,
}  # fmt: skip


def test_a_new_folder_gets_the_config(tmp_path):
    run = open_run(tmp_path / "a" / "b", CONFIG)
    assert run.config == CONFIG and run.result is None and run.load_checkpoint() is None
    assert open_run(tmp_path / "a" / "b", CONFIG) == run
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".hidden").write_text("x")
    assert open_run(tmp_path / "empty", CONFIG).config == CONFIG


@pytest.mark.parametrize(
    "change, names",
    [({"seed": 4}, "seed"), ({"task": "sarcasm", "lr": 1e-3}, "lr, task"), ({"teacher": None}, "teacher")],
)
def test_another_run_does_not_mix_in(tmp_path, change, names):
    open_run(tmp_path / "run", CONFIG)
    with pytest.raises(UserError, match=f"holds a run with another {names}: give a new folder"):
        open_run(tmp_path / "run", {**CONFIG, **change})


def test_texts_without_labels_are_known_by_their_content(tmp_path, fifth):
    first, moved, other = (tmp_path / f"{name}.csv" for name in ("first", "moved", "other"))
    for path, text in ((first, "red"), (moved, "red"), (other, "blue")):
        path.write_text(f"text\n{text}\n")

    def wanted(path):
        return record(fifth, Config(pretraining="kd", unlabelled=str(path)), None)

    open_run(tmp_path / "run", wanted(first))
    assert open_run(tmp_path / "run", wanted(moved)).config["unlabelled"] == str(first)
    with pytest.raises(UserError, match="another unlabelled_content"):
        open_run(tmp_path / "run", wanted(other))
    assert "unlabelled_content" not in record(fifth, Config(), None)


def test_a_folder_of_an_earlier_version_is_the_same_run(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(OLD))
    assert open_run(tmp_path, CONFIG).config == CONFIG
    with pytest.raises(UserError, match="another batch_size, modality_dropout"):
        open_run(tmp_path, {**CONFIG, "batch_size": 32, "modality_dropout": 0.3})


def test_a_config_changed_by_hand_is_one_sentence(tmp_path):
    open_run(tmp_path, CONFIG)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(UserError, match="damaged"):
        open_run(tmp_path, {**CONFIG, "seed": 4})


def test_folders_that_cannot_be_used_are_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.png").write_text("x")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text('{"task": "dig')
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name, message in (
        ("pipe", "is a file"), ("dangling", "is a file"), ("x" * 300, "cannot be used"), ("file", "is a file"),
        ("other", "holds other files"), ("half", "half-written"), ("file/below", "cannot be used"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=message) as error:
            open_run(tmp_path / name, CONFIG)
        assert "\n" not in str(error.value)
    with pytest.raises(StorageError):
        open_run(tmp_path / ("x" * 300), CONFIG)


def test_tensors_and_counters_of_a_checkpoint_stay_together(tmp_path):
    run = Run(tmp_path)
    run.save_checkpoint({"weight": torch.ones(2)}, {"history": [{"epoch": 1}], "seconds": 2.5})
    tensors, counters = run.load_checkpoint()
    assert tensors["weight"].tolist() == [1, 1] and counters == {"history": [{"epoch": 1}], "seconds": 2.5}
    run.checkpoint_file.write_bytes(b"half a checkpoint")
    with pytest.raises(UserError, match="damaged or half-written"):
        run.load_checkpoint()


def test_a_result_is_one_once_the_student_is_there(tmp_path):
    run = Run(tmp_path)
    run.write_json("result.json", RESULT)
    assert run.result is None
    run.save_tensors("model.safetensors", {"weight": torch.ones(1)})
    with pytest.raises(UserError, match="not a file of this program"):
        run.result  # noqa: B018 (it is read)


def test_the_history_is_read_back(tmp_path):
    run = Run(tmp_path)
    run.write_json("metrics.json", {"history": [{"epoch": 1}]})
    assert run.history == [{"epoch": 1}]
    with pytest.raises(UserError, match="half-written"):
        Run(tmp_path / "none").history  # noqa: B018


def test_a_run_of_before_a_setting_goes_on(tmp_path):
    config = {"task": "digits", "teacher": None, **Config().to_dict()}
    earlier = {name: value for name, value in config.items() if name != "unfreeze"}
    open_run(tmp_path / "run", earlier)
    assert open_run(tmp_path / "run", config).config == config
