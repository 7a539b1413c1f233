"""The hub's loaders, on tiny checkpoints in the hub's layout that the tests make; never the network."""

import re

import pytest
import torch

from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.models.base import Features
from msd_core.models.pretrained import TimmImage
from msd_core.models.zoo import Spec, build
from msd_core.views import visible
from tests.conftest import save_timm

open_clip = pytest.importorskip("open_clip")


def test_clip_towers_say_what_open_clip_says(clip_folder):
    spec = Spec("open_clip", "open_clip", 8, 12, {"name": clip_folder}, {"name": clip_folder}, frozen=True)
    net = build(spec, 4).eval()
    reference, _, _ = open_clip.create_model_and_transforms(clip_folder)
    tokens = net.tokenize(["a red square", "two circles"]).ids
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(net.text_features(tokens).values, reference.eval().encode_text(tokens))
        torch.testing.assert_close(net.image_features(images).values, reference.encode_image(images * 2 - 1))
        assert net(torch.rand(2, 3, 64, 64), tokens, visible(batch=2)).shape == (4, 2, 4)
    assert net.tokenize(["word " * 200]).cut == (True,)


def test_frozen_towers_run_once_and_only_the_head_learns(clip_folder, tiny_split):
    spec = Spec("open_clip", "open_clip", 8, 12, {"name": clip_folder}, {"name": clip_folder}, frozen=True)
    net = build(spec, 5)
    inputs = read_inputs(net, tiny_split)
    assert isinstance(inputs.pictures, Features) and isinstance(inputs.words, Features)
    rows = torch.arange(3)
    direct = net.encode(torch.from_numpy(tiny_split.images[:3]).permute(0, 3, 1, 2).float() / 255, None).image
    torch.testing.assert_close(net.encode(inputs.images(rows)).image, direct)
    assert {name.split(".")[0] for name, p in net.named_parameters() if p.requires_grad} == {
        "project_image", "project_text", "head", "null_image", "null_text",
    }  # fmt: skip


def test_reading_frozen_towers_leaves_them_as_they_are(bert_folder, timm_folder, tiny_split):
    """A new model is set to train, and a BatchNorm that trained would learn from what it reads."""
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True)
    net = build(spec, 3)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    inputs = read_inputs(net, tiny_split)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    one = torch.from_numpy(tiny_split.images[:1]).permute(0, 3, 1, 2).float() / 255
    torch.testing.assert_close(inputs.pictures.values[:1], net.eval().image_features(one).values, rtol=1e-4, atol=1e-4)


def test_a_backbone_says_how_wide_its_features_are(tmp_path):
    """MobileNetV4 widens them in its head, after what timm calls their number."""
    tower = TimmImage(save_timm(tmp_path, "mobilenetv4_conv_small")).eval()
    assert tower(torch.rand(1, 3, 64, 64)).shape == (1, tower.features)


def test_transformers_and_timm_towers(bert_folder, timm_folder):
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder})
    net = build(spec, 3).eval()
    tokens = net.tokenize(["is it the red one ?", "the green"])
    assert tokens.cut == (False, False)
    from transformers import AutoModel

    path = bert_folder.removeprefix("local-dir:")
    mask = (tokens.ids != 0).long()
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(path).eval()(tokens.ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        torch.testing.assert_close(net.text_features(tokens.ids).values, mean, atol=1e-5, rtol=1e-5)
        assert net(torch.rand(2, 3, 64, 64), tokens.ids, visible(batch=2)).shape == (4, 2, 3)


@pytest.mark.parametrize("text", ["Is it the RED one ?", "what’s on the überpicture, 日本? ok"])
def test_every_token_knows_the_characters_it_stands_for(clip_folder, bert_folder, text):
    towers = {
        "open_clip": Spec("conv", "open_clip", 8, 12, {"widths": [4, 4]}, {"name": clip_folder}),
        "transformers": Spec("conv", "transformers", 8, 12, {"widths": [4, 4]}, {"name": bert_folder}),
    }
    words = [m.span() for m in re.finditer(r"\S+", text)]
    for name, spec in towers.items():
        net = build(spec, 3)
        ids, spans = net.tokenize([text]).ids[0], net.spans(text)
        assert len(spans) == len(ids), name
        touched = [{i for i, (a, b) in enumerate(words) if a < end and start < b} for start, end in spans]
        assert set().union(*touched) == set(range(len(words))), name  # every word has a token
        assert all(len(t) == 1 for t, (start, end) in zip(touched, spans, strict=True) if end > start), name


def test_a_model_that_is_not_there_is_one_sentence(tmp_path):
    spec = Spec("conv", "transformers", 8, 12, {"widths": [4, 4]}, {"name": f"local-dir:{tmp_path}/none"})
    with pytest.raises(UserError, match="could not be loaded"):
        build(spec, 3)
