"""What a model is fed: its own pictures and tokens, or what its frozen parts made of them, once."""

from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msd_core import inputs as inputs_module
from msd_core.errors import UserError
from msd_core.inputs import Inputs, read_inputs, text_vectors
from msd_core.models.base import Features
from msd_core.models.preprocess import as_pixels
from msd_core.models.zoo import Spec, build
from msd_core.storage import home
from msd_core.tasks.pictures import read_picture
from tests.tiny import TINY, TINY_224


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))


def pixels_of(model, split, rows) -> torch.Tensor:
    """Pictures of a split as a model reads them, one by one."""
    pictures = [model.preprocess(read_picture(split.pictures.read(row))) for row in rows]
    return torch.cat([as_pixels(torch.from_numpy(picture.copy())[None]) for picture in pictures])


@pytest.mark.parametrize("spec", [TINY, TINY_224])
def test_each_model_reads_pictures_of_its_own_size(tiny_split, spec):
    model = build(spec, 5)
    inputs = read_inputs(model, tiny_split)
    images = inputs.images(torch.tensor([3, 0, 3]))
    assert images.shape[2:] == (model.preprocess.size,) * 2 and images.min() >= 0 and images.max() <= 1
    torch.testing.assert_close(images, pixels_of(model, tiny_split, [3, 0, 3]))
    texts = inputs.texts(torch.tensor([8, 1]))
    assert torch.equal(texts, model.tokenize(tiny_split.texts).ids[[8, 1]])


@pytest.mark.parametrize("spec", [TINY, TINY_224])
def test_batches_are_all_rows_in_order_and_small_where_pictures_are_large(tiny_split, spec, monkeypatch):
    monkeypatch.setattr("msd_core.inputs._ON_CPU", 5 * 3 * 64**2)
    inputs = read_inputs(build(spec, 5), tiny_split)
    batches = list(inputs.image_rows())
    assert torch.cat(batches).tolist() == list(range(12)) and max(map(len, batches)) == (5 if spec is TINY else 1)
    assert torch.cat(list(inputs.text_rows())).tolist() == list(range(9))


def clip_spec(folder: str) -> Spec:
    return Spec("open_clip", "open_clip", 8, 12, {"name": folder}, {"name": folder}, frozen=True)


def test_frozen_towers_run_once_and_only_the_head_learns(clip_folder, tiny_split, monkeypatch):
    net = build(clip_spec(clip_folder), 5)
    inputs = read_inputs(net, tiny_split)
    assert isinstance(inputs.pictures, Features) and isinstance(inputs.tokens, Features)
    rows = torch.arange(3)
    direct = net.encode(pixels_of(net, tiny_split, range(3)), None).image
    torch.testing.assert_close(net.encode(inputs.images(rows)).image, direct)
    tokens = net.tokenize(tiny_split.texts).ids
    torch.testing.assert_close(net.encode(text=inputs.texts(rows)).text, net.encode(text=tokens[:3]).text)
    assert {name.split(".")[0] for name, p in net.named_parameters() if p.requires_grad} == {
        "project_image", "project_text", "head", "null_image", "null_text",
    }  # fmt: skip

    def run(*batch):
        raise AssertionError("a frozen tower runs again")

    monkeypatch.setattr(net, "image_features", run)
    monkeypatch.setattr(net, "text_features", run)
    again = read_inputs(net, tiny_split)
    assert torch.equal(again.pictures.values, inputs.pictures.values)
    assert torch.equal(again.tokens.values, inputs.tokens.values)


def test_frozen_features_are_of_weights_pictures_and_texts(clip_folder, tiny_split):
    net, arrays = build(clip_spec(clip_folder), 5), home() / "arrays"
    read_inputs(net, tiny_split)
    assert len(list(arrays.iterdir())) == 3, "pixels and two features"
    read_inputs(net, replace(tiny_split, labels=1 - tiny_split.labels, image_of=tiny_split.image_of.flip(0)))
    assert len(list(arrays.iterdir())) == 3
    read_inputs(net, replace(tiny_split, texts=[text + "!" for text in tiny_split.texts]))
    assert len(list(arrays.iterdir())) == 4
    read_inputs(net, tiny_split.subset(5))
    assert len(list(arrays.iterdir())) == 6
    with torch.no_grad():
        next(net.image_tower.parameters()).add_(0.01)
    read_inputs(net, tiny_split)
    assert len(list(arrays.iterdir())) == 7


def test_features_of_towers_that_centre_otherwise_are_not_mixed_up(timm_folder, bert_folder, tiny_split):
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True)
    one, other = build(spec, 5), build(spec, 5)
    other.image_tower.load_state_dict(one.image_tower.state_dict())
    other.preprocess = replace(one.preprocess, mean=(0.1, 0.2, 0.3))
    other.image_tower.centre.mean.copy_(torch.tensor(other.preprocess.mean).view(1, 3, 1, 1))
    features = [read_inputs(net, tiny_split).pictures.values for net in (one, other)]
    assert not torch.allclose(*features)


def test_reading_frozen_towers_leaves_them_as_they_are(bert_folder, timm_folder, tiny_split):
    """A new model is set to train, and a BatchNorm that trained would learn from what it reads."""
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True)
    net = build(spec, 3)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    inputs = read_inputs(net, tiny_split)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net.image_tower.training and net.text_tower.training
    one = pixels_of(net, tiny_split, [0])
    torch.testing.assert_close(inputs.pictures.values[:1], net.eval().image_features(one).values, rtol=1e-4, atol=1e-4)


def test_features_are_fed_as_they_are():
    features = Features(torch.arange(8.0).view(4, 2))
    inputs = Inputs(features, features)
    assert (
        inputs.images(torch.tensor([2])).values.tolist() == inputs.texts(torch.tensor([2])).values.tolist() == [[4, 5]]
    )
    assert [len(rows) for rows in inputs.image_rows()] == [4]


@pytest.fixture
def reader(bert_folder, timm_folder, monkeypatch):
    """A model with frozen towers, which reads at most three texts together; four are in memory at once."""
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True)
    model = build(spec, 3)
    model.texts_at_once = 3
    monkeypatch.setattr(inputs_module, "_CHUNK", 4)
    return model


@pytest.fixture
def tokenized(reader, monkeypatch) -> list[int]:
    """How many texts were tokenized at a time."""
    sizes, tokenize = [], reader.tokenize
    monkeypatch.setattr(reader, "tokenize", lambda texts: sizes.append(len(texts)) or tokenize(texts))
    return sizes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(texts=st.lists(st.text("ab c", max_size=12), max_size=13))
def test_a_stream_has_the_vector_of_each_text_in_order(reader, texts):
    batches = list(text_vectors(reader, iter(texts)))
    assert [len(batch) for batch in batches] == [4] * (len(texts) // 4) + [len(texts) % 4] * (len(texts) % 4 > 0)
    with torch.no_grad():
        alone = [reader.eval().text_features(reader.tokenize([text]).ids).values.numpy() for text in texts]
    if texts:
        np.testing.assert_allclose(np.concatenate(batches), np.concatenate(alone), rtol=1e-4, atol=1e-5)


def test_a_stream_reads_no_further_than_it_must(reader, tokenized):
    numbers = count()
    batches = list(islice(text_vectors(reader, (f"text {number}" for number in numbers)), 3))
    assert next(numbers) == 12 and len(batches) == 3 and max(tokenized) == 3
    assert all(batch.dtype == np.float32 and batch.base is None for batch in batches)


def test_a_stream_needs_a_frozen_tower(tiny_model):
    with pytest.raises(UserError, match="no frozen text tower"):
        text_vectors(tiny_model, ["a"])


def test_texts_of_a_split_are_read_some_at_a_time_and_stand_in_its_order(reader, tiny_split, tokenized):
    texts = [f"{'long ' * (9 - number)}text {number}" for number in range(9)]
    split = replace(tiny_split, texts=texts)
    read = read_inputs(reader, split).tokens.values
    assert max(tokenized) == 4
    np.testing.assert_allclose(read, np.concatenate(list(text_vectors(reader, texts))), rtol=1e-4, atol=1e-5)
