"""What every test shares: caches in a temporary folder, one thread, and tiny data that a test can make in no time."""

import atexit
import json
import os
import shutil
import signal
import tempfile

if "MSD_HOME" not in os.environ:  # else another process of the same tests has made it, and takes it away
    os.environ["MSD_HOME"] = tempfile.mkdtemp(prefix="msd-tests-")
    atexit.register(shutil.rmtree, os.environ["MSD_HOME"], ignore_errors=True)
os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails instead
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest
import torch
from hypothesis import settings
from safetensors.torch import save_file

from msd_core.models.zoo import build
from msd_core.tasks import TASKS, Example, Split, Task, load_task
from tests import tiny

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background lets its children ignore it
settings.register_profile("no deadline", deadline=None)  # a shared machine is slow at times
settings.load_profile("no deadline")


@pytest.fixture
def tiny_model():
    """A random two-tower classifier with five labels, in float32."""
    torch.manual_seed(0)
    return build(tiny.TINY, 5).eval()


@pytest.fixture
def tiny_split(tmp_path) -> Split:
    """Forty random examples over twelve pictures and nine texts, five labels."""
    return tiny.tiny_split(tmp_path)


@pytest.fixture
def fifth(monkeypatch) -> Task:
    """A task that lacks all that a task may lack, registered in one line."""
    monkeypatch.setitem(TASKS, "fifth", "tests.fifth")
    return load_task("fifth")


@pytest.fixture(scope="session")
def easy_vqa() -> Task:
    return load_task("easy-vqa")


@pytest.fixture
def example(easy_vqa) -> Example:
    """A real question about a real picture."""
    return easy_vqa.examples("test")[0]


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory):
    """A CLIP of 2 layers as open_clip publishes one: config and weights in a folder."""
    open_clip = pytest.importorskip("open_clip")
    folder = tmp_path_factory.mktemp("clip")
    config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }
    torch.manual_seed(0)
    model = open_clip.CLIP(**config)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors")
    cfg = {"model_cfg": config, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    (folder / "open_clip_config.json").write_text(json.dumps(cfg))
    return f"local-dir:{folder}"


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def timm_folder(tmp_path_factory):
    """A ResNet-10 as timm publishes one."""
    return save_timm(tmp_path_factory.mktemp("timm"), "resnet10t")


def save_timm(folder, architecture: str) -> str:
    """The name of a backbone of random weights, in files as timm publishes them."""
    import timm

    torch.manual_seed(0)
    model = timm.create_model(architecture, num_classes=3)
    save_file(model.state_dict(), folder / "model.safetensors")
    config = {"architecture": architecture, "num_classes": 3, "pretrained_cfg": {"input_size": [3, 64, 64]}}
    (folder / "config.json").write_text(json.dumps(config))
    return f"local-dir:{folder}"
