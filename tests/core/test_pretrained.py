"""The hub's loaders, on tiny checkpoints in the hub's layout that the tests make; never the network."""

import json

import pytest
import torch

from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.models.base import Features
from msd_core.models.zoo import Spec, build
from msd_core.views import visible

open_clip = pytest.importorskip("open_clip")


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A CLIP of 2 layers as open_clip publishes one: config and weights in a folder."""
    folder = tmp_path_factory.mktemp("clip")
    config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }
    torch.manual_seed(0)
    model = open_clip.CLIP(**config)
    from safetensors.torch import save_file

    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    cfg = {"model_cfg": config, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    (folder / "open_clip_config.json").write_text(json.dumps(cfg))
    return f"local-dir:{folder}"


@pytest.fixture(scope="module")
def bert_folder(tmp_path_factory):
    """A BERT of one layer as transformers publishes one."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *["is", "it", "the", "one", "red", "green", "?"]]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder)
    return f"local-dir:{folder}"


@pytest.fixture(scope="module")
def timm_folder(tmp_path_factory):
    """A ResNet-10 as timm publishes one."""
    import timm
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("timm")
    torch.manual_seed(0)
    model = timm.create_model("resnet10t", num_classes=3)
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(
        json.dumps({"architecture": "resnet10t", "num_classes": 3, "pretrained_cfg": {"input_size": [3, 64, 64]}})
    )
    return f"local-dir:{folder}"


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


def test_a_model_that_is_not_there_is_one_sentence(tmp_path):
    spec = Spec("conv", "transformers", 8, 12, {"widths": [4, 4]}, {"name": f"local-dir:{tmp_path}/none"})
    with pytest.raises(UserError, match="could not be loaded"):
        build(spec, 3)
