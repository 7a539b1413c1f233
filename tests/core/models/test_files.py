"""Model files give the model back, know what it was trained on, and are one sentence where they are no good."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from msd_core.errors import UserError
from msd_core.evaluate import split_features
from msd_core.inputs import read_inputs
from msd_core.models import files
from msd_core.models.files import MODEL_FORMATS, LoadedModel, check_models, load_model, save_model
from msd_core.models.zoo import Spec, build, parameters, spec_to_dict
from msd_core.ood import detector_file, fit_detector, save_detector
from msd_core.tasks import Task, load_task
from msd_core.tensors import hash_state, read_tensors, write_tensors
from msd_core.views import VIEWS
from tests.tiny import TINY, TINY_224


@pytest.fixture
def task() -> Task:
    return load_task("digits")


def save_first_format(path: Path, **change) -> None:
    """A model as the first version wrote it: its header knows nothing of views."""
    header = {"format": "msd-model-1", "task": "digits", "labels": load_task("digits").labels,
              "spec": spec_to_dict(TINY), "info": {}} | change  # fmt: skip
    state = {k: v.contiguous() for k, v in build(TINY, 3).state_dict().items()}
    save_file(state, path, metadata={"msd": json.dumps(header)})


@pytest.mark.parametrize("spec", [TINY, TINY_224])
def test_a_model_file_gives_the_model_back(tmp_path, task, spec):
    net = build(spec, 3)
    net.trained_views = ("both", "image", "text")
    save_model(tmp_path / "m.safetensors", net, spec, task, {"name": "x"})
    loaded = load_model(tmp_path / "m.safetensors", task)
    assert loaded.info["name"] == "x" and loaded.spec == spec and loaded.task == "digits"
    assert loaded.model.trained_views == net.trained_views and loaded.model.preprocess == net.preprocess
    assert loaded.weights_hash == hash_state(net.state_dict()) and loaded.parameters == parameters(net)
    assert not loaded.model.training and loaded.model.detector is None


def test_a_folder_and_its_file_are_one_model(tmp_path, task):
    save_model(tmp_path / "model.safetensors", build(TINY, 3), TINY, task)
    folder, file = load_model(tmp_path, task), load_model(str(tmp_path / "model.safetensors"), task)
    assert folder.weights_hash == file.weights_hash
    assert folder.origin == file.origin == str(tmp_path)
    assert load_model(tmp_path, task, "mine").origin == "mine"


def test_half_as_many_bytes_are_nearly_the_same_model(tmp_path, task):
    net = build(TINY, 3)
    for half in (False, True):
        save_model(tmp_path / f"{half}", net, TINY, task, half=half)
    assert (tmp_path / "True").stat().st_size < 0.6 * (tmp_path / "False").stat().st_size
    state = load_model(tmp_path / "True", task).model.state_dict()
    for name, value in net.state_dict().items():
        assert state[name].dtype == torch.float32
        torch.testing.assert_close(state[name], value, atol=1e-3, rtol=1e-3)


def test_frozen_towers_are_not_written(tmp_path, task, clip_folder):
    options = {"name": clip_folder}
    spec = Spec("open_clip", "open_clip", 8, 12, options, options, frozen=True)
    net = build(spec, 3)
    save_model(tmp_path / "m.safetensors", net, spec, task)
    assert (tmp_path / "m.safetensors").stat().st_size < 50_000
    assert load_model(tmp_path / "m.safetensors", task).weights_hash == hash_state(net.state_dict())


def test_a_file_does_not_write_over_frozen_towers(tmp_path, task, clip_folder):
    options = {"name": clip_folder}
    spec = Spec("open_clip", "open_clip", 8, 12, options, options, frozen=True)
    net = build(spec, 3)
    save_model(tmp_path / "good.safetensors", net, spec, task)
    header, state = read_tensors(tmp_path / "good.safetensors", *MODEL_FORMATS)
    name = next(iter(net.frozen_names()))
    forged = {**state, name: torch.zeros_like(net.state_dict()[name])}
    write_tensors(tmp_path / "forged.safetensors", forged, header)
    with pytest.raises(UserError, match="changed since"):
        load_model(tmp_path / "forged.safetensors", task)
    assert load_model(tmp_path / "good.safetensors", task).weights_hash == hash_state(net.state_dict())


def test_a_model_is_not_put_on_other_frozen_towers(tmp_path, task, clip_folder, monkeypatch):
    options = {"name": clip_folder}
    spec = Spec("open_clip", "open_clip", 8, 12, options, options, frozen=True)
    save_model(tmp_path / "m.safetensors", build(spec, 3), spec, task)

    def updated(spec: Spec, classes: int, share: bool):
        net = build(spec, classes)
        next(net.image_tower.parameters()).add_(0.1)
        return net

    monkeypatch.setattr(files, "build", updated)
    with pytest.raises(UserError, match="other pretrained weights"):
        load_model(tmp_path / "m.safetensors", task)


def test_models_are_of_the_task_that_is_asked(tiny_model, fifth):
    check_models(fifth, {"mine": LoadedModel(tiny_model, TINY, "fifth")})
    with pytest.raises(UserError, match="There is no model of fifth"):
        check_models(fifth, {})
    with pytest.raises(UserError, match="mine was made for the task 'digits'"):
        check_models(fifth, {"mine": LoadedModel(tiny_model, TINY, "digits")})


def test_a_hash_of_the_weights_is_made_once_a_model(tiny_model, monkeypatch):
    calls = []
    monkeypatch.setattr(files, "hash_state", lambda state: calls.append(1) or hash_state(state))
    one, other = (LoadedModel(tiny_model, TINY, "digits") for _ in range(2))
    assert {one.weights_hash for _ in range(5)} == {other.weights_hash} and len(calls) == 2


def test_a_detector_is_read_from_beside_its_model(tmp_path, task, tiny_split):
    net = build(TINY, 3).eval()
    path = tmp_path / "m.safetensors"
    save_model(path, net, TINY, task)
    features = split_features(net, read_inputs(net, tiny_split))
    save_detector(detector_file(path), fit_detector(train=features, validation=features))
    assert set(load_model(path, task).model.detector.subspaces) == {"image", "text"}
    detector_file(path).write_bytes(b"half")
    with pytest.raises(UserError, match="damaged"):
        load_model(path, task)


def test_bad_model_files_are_one_sentence(tmp_path, task):
    path = tmp_path / "m.safetensors"
    save_model(path, build(TINY, 3), TINY, task)
    with pytest.raises(UserError, match="made for the task 'digits'"):
        load_model(path, load_task("easy-vqa"))
    with pytest.raises(UserError, match="no file"):
        load_model(tmp_path / "nothing", task)
    whole = path.read_bytes()
    for broken in (b"", whole[:100], whole[: len(whole) // 2], b"\x80\x04pickle" * 20, np.random.bytes(500)):
        path.write_bytes(broken)
        with pytest.raises(UserError, match=r"damaged|not a file of this program"):
            load_model(path, task)


@pytest.mark.parametrize(
    "change", [{"spec": None}, {"labels": None}, {"info": []}, {"task": 3}, {"spec": {"image": "?"}},
               {"labels": ["no", "yes"]}, {"spec": {**spec_to_dict(TINY), "image": "?"}},
               {"spec": {**spec_to_dict(TINY), "dim": 9}}],
)  # fmt: skip
def test_headers_that_make_no_sense_are_one_sentence(tmp_path, task, change):
    save_first_format(tmp_path / "m.safetensors", **change)
    with pytest.raises(UserError, match=r"another version|was made for") as error:
        load_model(tmp_path / "m.safetensors", task)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "info, views",
    [
        ({"name": "teacher", "method": "ce"}, VIEWS),
        ({"name": "ce", "method": "ce"}, ("both",)),
        ({"name": "kd", "method": "kd"}, ("both",)),
        ({"name": "msd", "method": "kd + instance"}, ("both", "image", "text")),
        ({"config": {"hide": 0.3, "weighting": "none"}}, VIEWS),
        ({"config": {"hide": 0, "weighting": "uniform"}}, ("both", "image", "text")),
        ({"config": {"hide": 0, "weighting": "none"}}, ("both",)),
        ({}, ("both",)),
    ],
)
def test_a_file_of_the_first_format_knows_its_views(tmp_path, task, info, views):
    save_first_format(tmp_path / "m.safetensors", info=info)
    loaded = load_model(tmp_path / "m.safetensors", task)
    assert loaded.model.trained_views == views and loaded.info == info


def test_a_loaded_model_may_be_differentiated_through(tmp_path, task):
    save_model(tmp_path / "m.safetensors", build(TINY, 3), TINY, task)
    with torch.inference_mode():
        loaded = load_model(tmp_path / "m.safetensors", task)
    images = torch.rand(1, 3, 64, 64, requires_grad=True)
    loaded.model.encode(images).image[:, 0].sum().backward()
    assert images.grad.abs().sum() > 0 and all(p.grad is not None for p in loaded.model.image_tower.parameters())
