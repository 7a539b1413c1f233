"""What every test shares: caches in a temporary folder, one thread, and tiny data that a test can make in no time."""

import os
import tempfile

os.environ.setdefault("MSD_HOME", tempfile.mkdtemp(prefix="msd-tests-"))
os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails instead
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import numpy as np
import pytest
import torch
from hypothesis import settings

from msd_core.models.zoo import Spec, build
from msd_core.tasks import Example, Split, Task, get_task

torch.set_num_threads(1)
settings.register_profile("no deadline", deadline=None)  # a shared machine is slow at times
settings.load_profile("no deadline")

TINY = Spec("conv", "words", 8, 12, {"widths": [4, 4, 6]}, {"width": 4})


@pytest.fixture
def tiny_model():
    """A random two-tower classifier with five labels, in float32."""
    torch.manual_seed(0)
    return build(TINY, 5).eval()


@pytest.fixture
def tiny_split() -> Split:
    """Forty random examples over twelve pictures and nine texts, five labels."""
    rng = np.random.default_rng(0)
    texts = [
        f"is it the {word} one?" for word in ["red", "green", "blue", "black", "white", "big", "small", "old", "new"]
    ]
    return Split(
        images=rng.integers(0, 256, (12, 64, 64, 3), dtype=np.uint8),
        keys=np.arange(12),
        texts=texts,
        image_of=torch.from_numpy(rng.integers(0, 12, 40)),
        text_of=torch.from_numpy(rng.integers(0, 9, 40)),
        labels=torch.from_numpy(rng.integers(0, 5, 40)),
        evidence=None,
    )


@pytest.fixture(scope="session")
def easy_vqa() -> Task:
    return get_task("easy-vqa")


@pytest.fixture
def example(easy_vqa) -> Example:
    """A real question about a real picture."""
    return easy_vqa.examples("test")[0]
