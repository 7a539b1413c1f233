"""Out of distribution: a task's own pairs are within, noise and pictures of another corpus are not."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.evaluate import split_features
from msd_core.inputs import Inputs, read_inputs
from msd_core.models.base import Features
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.models.zoo import Spec, build
from msd_core.ood import (
    Detector,
    Subspace,
    detector_file,
    fit_detector,
    fit_subspace,
    load_detector,
    save_detector,
)
from msd_core.pixels import read_pixels
from msd_core.tasks import TASKS, load_split, load_task
from msd_core.tasks.pictures import read_picture
from msd_core.tensors import read_tensors, write_tensors
from msd_core.views import MODALITIES
from tests.tiny import pictures_of, tiny_split

DATA = Path(__file__).parents[3] / "shared" / "data"
NLVR, PRODUCTS = DATA / "nlvr" / "images", DATA / "products" / "images"


@pytest.mark.parametrize("name", TASKS)
def test_a_tasks_own_pairs_are_within(name):
    task = load_task(name)
    teacher = load_bundled(task, "teacher").model
    is_ood = teacher.detector.is_ood(split_features(teacher, read_inputs(teacher, load_split(task, "test"))))
    for modality in MODALITIES:
        assert float(is_ood[modality].float().mean()) <= 0.02


@pytest.mark.parametrize("name", TASKS)
def test_noise_is_out_of_distribution(name):
    task = load_task(name)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    example = task.examples("test")[0]
    warnings = compare(task, noise, example.text, bundled_models(task)).warnings
    assert any("picture is unlike any in" in warning for warning in warnings)


@pytest.mark.skipif(not NLVR.is_dir(), reason="the NLVR pictures are not on this machine")
@pytest.mark.parametrize("name", TASKS)
def test_pictures_of_another_corpus_are_out_of_distribution(name, tmp_path):
    files = sorted(NLVR.glob("*.png"))[::20]
    assert share_called_ood(name, [Image.open(path).convert("RGB") for path in files], tmp_path) >= 0.95


@pytest.mark.skipif(not PRODUCTS.is_dir(), reason="the product photographs are not on this machine")
@pytest.mark.parametrize("name", TASKS)
def test_photographs_are_out_of_distribution(name, tmp_path):
    files = sorted(PRODUCTS.glob("*.jpg"))[5::10]  # others than the detectors' features were chosen on
    share = share_called_ood(name, [Image.open(path).convert("RGB") for path in files], tmp_path)
    assert share >= (0.9 if name == "easy-vqa" else 0.99)  # some are hardly more than a plain shape on a plain ground


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("again", ["enlarged", "as a JPEG"])
def test_a_tasks_own_pictures_saved_anew_are_within(name, again, tmp_path):
    pictures = load_split(load_task(name), "test").pictures
    own = [read_picture(pictures.read(i)) for i in range(0, len(pictures), max(1, len(pictures) // 150))]
    # of a smooth picture squares would be others than its own
    smooth = Image.Resampling.BICUBIC if name.startswith("emoji") else Image.Resampling.NEAREST
    saved = [image.resize((400, 400), smooth) if again == "enlarged" else jpeg(image) for image in own]
    assert share_called_ood(name, saved, tmp_path) <= 0.05


def share_called_ood(name, images: list, folder: Path) -> float:
    """Share of pictures that a task's teacher takes for none of its own."""
    teacher = load_bundled(load_task(name), "teacher").model
    split = replace(tiny_split(folder / "unused"), pictures=pictures_of(images, folder))
    is_ood = teacher.detector.is_ood(split_features(teacher, read_inputs(teacher, split)))
    return float(is_ood["image"].float().mean())


def jpeg(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=75)
    return read_picture(buffer.getvalue())


def test_a_distance_is_to_the_subspace():
    subspace = Subspace(torch.tensor([1.0, 0, 0]), torch.tensor([[0.0], [1.0], [0.0]]), 2.0)
    points = torch.tensor([[1.0, 7, 0], [1, -3, 2], [5, 0, 3]])
    assert subspace.distance(points).tolist() == [0, 2, 5]
    assert subspace.is_ood(points).tolist() == [False, False, True], "beyond the threshold, not at it"


@given(seed=st.integers(0, 10**6))
def test_a_threshold_leaves_out_a_hundredth_of_what_was_held_out(seed):
    generator = torch.Generator().manual_seed(seed)
    line = torch.randn(400, 1, generator=generator) @ torch.randn(1, 6, generator=generator)
    noise = 0.1 * torch.randn(400, 6, generator=generator)
    train, validation = (line + noise + 3).split(200)
    subspace = fit_subspace(train=train, validation=validation, directions=1)
    assert 0 < float((subspace.distance(validation) > subspace.threshold).float().mean()) <= 0.0101
    assert float(subspace.is_ood(3 + 10 * torch.randn(50, 6, generator=generator)).float().mean()) > 0.9
    torch.testing.assert_close(subspace.directions.T @ subspace.directions, torch.eye(1), atol=1e-2, rtol=0)


def test_a_detector_judges_what_is_there():
    subspace = Subspace(torch.zeros(2), torch.zeros(2, 1), 1.0)
    detector = Detector({"text": subspace})
    far = torch.full((3, 2), 9.0)
    assert {m: v.tolist() for m, v in detector.is_ood({"image": far, "text": far}).items()} == {"text": [True] * 3}
    assert detector.is_ood({"image": far}) == {}


def test_features_of_a_split_do_not_depend_on_batches(tiny_model, tiny_split, monkeypatch):
    inputs = read_inputs(tiny_model, tiny_split)
    whole = split_features(tiny_model, inputs)
    assert whole["image"].shape == (12, 16 * 4), "of each of four channels sixteen groups of responses"
    assert whole["text"].shape == (9, 8), "encodings"
    monkeypatch.setattr("msd_core.inputs._ON_CPU", 5 * 3 * 64**2)
    for modality, values in split_features(tiny_model, inputs).items():
        torch.testing.assert_close(values, whole[modality])


def test_a_detector_is_read_as_it_was_written(tmp_path, tiny_model, tiny_split):
    features = split_features(tiny_model, read_inputs(tiny_model, tiny_split))
    detector = fit_detector(train=features, validation=features)
    path = detector_file(tmp_path / "teacher.safetensors")
    assert path.name == "teacher.ood.safetensors"
    save_detector(path, detector)
    again = load_detector(path)
    for modality, subspace in detector.subspaces.items():
        other = again.subspaces[modality]
        assert torch.equal(other.mean, subspace.mean) and torch.equal(other.directions, subspace.directions)
        assert other.threshold == subspace.threshold
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match="damaged"):
        load_detector(path)


def test_a_detector_of_an_earlier_version_says_nothing(tmp_path, tiny_model, tiny_split):
    features = split_features(tiny_model, read_inputs(tiny_model, tiny_split))
    path = tmp_path / "teacher.ood.safetensors"
    save_detector(path, fit_detector(train=features, validation=features))
    header, tensors = read_tensors(path, "msd-ood-3")
    for earlier in ("msd-ood-1", "msd-ood-2"):
        write_tensors(path, tensors, {**header, "format": earlier})
        assert load_detector(path) is None, "its features were others"


def test_of_too_little_to_know_a_distribution_by_there_is_no_judgement(tiny_model, tiny_split, tmp_path):
    one = split_features(tiny_model, read_inputs(tiny_model, tiny_split.gather(torch.tensor([0]))))
    detector = fit_detector(train=one, validation=one)
    assert detector.is_ood({"image": torch.ones(2, 3), "text": torch.ones(2, 3)}) == {}
    save_detector(tmp_path / "none.ood.safetensors", detector)
    assert load_detector(tmp_path / "none.ood.safetensors") == detector


def test_a_detector_of_frozen_towers_judges_pictures_and_their_features_alike(tiny_split, clip_folder):
    spec = Spec("open_clip", "open_clip", 8, 12, {"name": clip_folder}, {"name": clip_folder}, frozen=True)
    model = build(spec, 5).eval()
    inputs = read_inputs(model, tiny_split)
    assert isinstance(inputs.pictures, Features)
    features, tokens = split_features(model, inputs), model.tokenize(tiny_split.texts).ids
    live = split_features(model, Inputs(read_pixels(tiny_split.pictures, model.preprocess), tokens))
    for modality, values in features.items():
        torch.testing.assert_close(live[modality], values, atol=1e-4, rtol=1e-4)
    assert set(fit_detector(train=features, validation=features).is_ood(live)) == set(MODALITIES)
