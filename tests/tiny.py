"""Tiny models and data that a test can make in no time."""

import hashlib
import io
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from msd_core.cache import write_sealed
from msd_core.models.zoo import Spec
from msd_core.storage import home
from msd_core.tasks.pictures import PictureFiles, Pictures
from msd_core.tasks.splits import Split

TINY = Spec("conv", "words", 8, 12, {"widths": [4, 4, 6]}, {"width": 4})
TINY_224 = Spec("conv", "words", 8, 12, {"widths": [4, 4, 6], "size": 224}, {"width": 4})
WORDS = ("red", "green", "blue", "black", "white", "big", "small", "old", "new")


def pictures_of(images: list[Image.Image | np.ndarray], folder: Path | None = None) -> Pictures:
    """Pictures in files, as a split has them."""
    folder = folder or _new_folder()
    contents = []
    for image in images:
        buffer = io.BytesIO()
        (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(buffer, "PNG")
        contents.append(buffer.getvalue())
    write_sealed(folder / "pictures.bin", contents)
    ends = np.concatenate([[0], np.cumsum([len(content) for content in contents])])
    hashes = tuple(hashlib.sha256(content).hexdigest() for content in contents)
    keys = tuple(f"{i:03d}" for i in range(len(contents)))
    return Pictures(keys, hashes, PictureFiles(folder / "pictures.bin", ends, hashes), np.arange(len(keys)))


def _new_folder() -> Path:
    """One that goes with the home of the test."""
    home().mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="pictures-", dir=home()))


def tiny_split(folder: Path | None = None) -> Split:
    """Forty random examples over twelve pictures and nine texts, five labels."""
    rng = np.random.default_rng(0)
    return Split(
        pictures=pictures_of(list(rng.integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)), folder),
        texts=[f"is it the {word} one?" for word in WORDS],
        image_of=torch.from_numpy(rng.integers(0, 12, 40)),
        text_of=torch.from_numpy(rng.integers(0, 9, 40)),
        labels=torch.from_numpy(rng.integers(0, 5, 40)),
        evidence=None,
    )
