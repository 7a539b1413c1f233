"""The hub's loaders, on tiny checkpoints in the hub's layout that the tests make; never the network."""

import json
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.models import pretrained
from msd_core.models.preprocess import Preprocess
from msd_core.models.pretrained import OpenClipText, TimmImage
from msd_core.models.zoo import Spec, build
from msd_core.views import visible
from tests.conftest import save_timm

open_clip = pytest.importorskip("open_clip")


def clip_spec(folder: str, frozen: bool = True) -> Spec:
    return Spec("open_clip", "open_clip", 8, 12, {"name": folder}, {"name": folder}, frozen=frozen)


@pytest.fixture(scope="module")
def clip(clip_folder):
    """A model on CLIP's towers, and CLIP itself."""
    reference, _, _ = open_clip.create_model_and_transforms(clip_folder)
    return build(clip_spec(clip_folder), 4).eval(), reference.eval()


def test_clip_towers_answer_as_open_clip(clip):
    net, reference = clip
    tokens = net.tokenize(["a red square", "two circles"]).ids
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(net.text_features(tokens).values, reference.encode_text(tokens))
        torch.testing.assert_close(net.image_features(images).values, reference.encode_image(images * 2 - 1))
        assert net(images, tokens, visible(batch=2)).shape == (4, 2, 4)
    assert net.tokenize(["word " * 200, "a word"]).truncated == (True, False)


@settings(max_examples=30)
@given(texts=st.lists(st.text("!(~%a ", min_size=1, max_size=30), min_size=1, max_size=3))
def test_a_token_of_id_zero_is_one_like_the_others(clip, texts):
    net, reference = clip
    tokens = net.tokenize([*texts, "!(wow) and more"]).ids
    assert tokens[-1, 1] == 0, "CLIP's '!' within a word has the id that pads"
    with torch.no_grad():
        torch.testing.assert_close(net.text_features(tokens).values, reference.encode_text(tokens))


@pytest.mark.parametrize("text", ["what a day!", "!(red)", "a!(b", "no!~ or !%", "!~", "wow!!! no"])
def test_an_exclamation_mark_has_its_characters(clip, text):
    net, _ = clip
    spans, ids = net.spans(text), net.tokenize([text]).ids[0].tolist()
    assert len(spans) == len(ids)
    covered = [place for start, end in spans for place in range(start, end)]
    assert covered == [place for place, letter in enumerate(text) if letter != " "], "each once, in order"
    end = ids.index(49407)
    assert all(text[slice(*span)] == "!" for span, token in zip(spans[1:end], ids[1:end], strict=True) if token == 0)
    assert set(spans[end:]) == {(0, 0)}


def test_a_text_tower_of_another_kind_is_one_sentence(clip_folder, monkeypatch):
    clip = pretrained._open_clip(clip_folder)
    clip.text_pool_type = "last"
    monkeypatch.setattr(pretrained, "_open_clip", lambda name: clip)
    with pytest.raises(UserError, match="of another kind than CLIP's"):
        OpenClipText(clip_folder)


def test_two_models_of_one_clip_share_no_weights(clip_folder):
    frozen = build(clip_spec(clip_folder), 3)
    learning = build(clip_spec(clip_folder, frozen=False), 3)
    addresses = [{p.data_ptr() for p in net.parameters()} for net in (frozen, learning)]
    assert not addresses[0] & addresses[1]
    for net, learns in ((frozen, False), (learning, True)):
        assert {p.requires_grad for p in net.image_tower.parameters()} == {learns}


def test_a_clip_reads_pictures_as_it_was_trained_to(clip):
    net, _ = clip
    assert net.preprocess == Preprocess(32, "crop", "bicubic", 1.0, (0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize(
    "config, expected",
    [
        ({}, Preprocess(64, "crop", "bicubic", 0.875, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))),
        ({"crop_pct": 0.9, "interpolation": "bilinear"}, Preprocess(64, "crop", "bilinear", 0.9)),
        ({"crop_mode": "border", "crop_pct": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]}, Preprocess(64)),
        ({"crop_mode": "squash", "interpolation": "lanczos"}, Preprocess(64, "stretch", "lanczos")),
        ({"interpolation": "hamming"}, Preprocess(64, "crop", "bicubic", 0.875)),
    ],
)
def test_a_backbone_reads_pictures_as_it_was_trained_to(tmp_path, config, expected):
    folder = save_timm(tmp_path, "resnet10t")
    path = Path(folder.removeprefix("local-dir:")) / "config.json"
    values = json.loads(path.read_text())
    values["pretrained_cfg"] |= config
    path.write_text(json.dumps(values))
    preprocess = TimmImage(folder).preprocess
    assert (preprocess.size, preprocess.fit) == (expected.size, expected.fit)
    if "interpolation" in config or not config:
        assert preprocess.interpolation == expected.interpolation
    if "crop_pct" in config or not config:
        assert preprocess.crop_share == expected.crop_share
    if "mean" in config or not config:
        mean, std = ((0, 0, 0), (1, 1, 1)) if config else (expected.mean, expected.std)
        assert preprocess.mean == pytest.approx(mean) and preprocess.std == pytest.approx(std)


def test_a_backbone_knows_how_wide_its_features_are(tmp_path):
    """MobileNetV4 widens them in its head, after what timm calls their number."""
    tower = TimmImage(save_timm(tmp_path, "mobilenetv4_conv_small")).eval()
    assert tower(torch.rand(1, 3, 64, 64)).shape == (1, tower.features)


def test_transformers_and_timm_towers(bert_folder, timm_folder):
    spec = Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder})
    net = build(spec, 3).eval()
    tokens = net.tokenize(["is it the red one ?", "the green"])
    assert tokens.truncated == (False, False)
    assert net.tokenize(["red " * 100, "red"]).truncated == (True, False)
    from transformers import AutoModel

    path = bert_folder.removeprefix("local-dir:")
    mask = (tokens.ids != 0).long()
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(path).eval()(tokens.ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        torch.testing.assert_close(net.text_features(tokens.ids).values, mean, atol=1e-5, rtol=1e-5)
        assert net(torch.rand(2, 3, 64, 64), tokens.ids, visible(batch=2)).shape == (4, 2, 3)


def test_a_text_may_name_the_padding(bert_folder):
    """A token of its own between others: what is behind it counts, and it is not what fills a batch up."""
    tower = build(Spec("conv", "transformers", 8, 12, {"widths": [4, 4]}, {"name": bert_folder}), 2).text_tower.eval()
    short, long = tower.tokenize(["is [PAD] red", "is it the one red green ?"]).ids
    alone = tower.tokenize(["is [PAD] red"]).ids
    assert int(tower.embed(alone).mask.sum()) == alone.shape[1] == 5
    torch.testing.assert_close(tower(tower.embed(torch.stack([short, long])))[:1], tower(tower.embed(alone)))


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
