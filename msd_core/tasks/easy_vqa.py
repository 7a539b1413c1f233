"""easy-vqa: the public easy-VQA benchmark (MIT licence), all 48,248 questions, from its PyPI package."""

from functools import cache
from pathlib import Path

import easy_vqa
import numpy as np
from PIL import Image

from msd_core.pictures import read_picture
from msd_core.tasks.base import Example, Task

_TRAIN_IMAGES = 4000
_VALIDATION_FROM = 3600  # the package has no validation split: its last 400 training images become one
_SHADES = 8  # of 255: what differs by less is one colour


@cache
def _paths() -> dict[int, Path]:
    train, test = easy_vqa.get_train_image_paths(), easy_vqa.get_test_image_paths()
    return {**{i: Path(path) for i, path in train.items()}, **{_TRAIN_IMAGES + i: Path(p) for i, p in test.items()}}


def picture(key: int) -> Image.Image:
    """The benchmark's own 64 x 64 pixels, each drawn as 4 x 4, so that what people see is what models read."""
    return read_picture(_paths()[key]).resize((256, 256), Image.Resampling.NEAREST)


def examples(split: str) -> list[Example]:
    """Every question is decided by picture and question together: neither alone tells the answer."""
    if split == "test":
        questions, first, keep = easy_vqa.get_test_questions(), _TRAIN_IMAGES, lambda image: True
    else:
        questions, first = easy_vqa.get_train_questions(), 0
        keep = (lambda image: image >= _VALIDATION_FROM) if split == "validation" else (lambda i: i < _VALIDATION_FROM)
    return [
        Example(first + image, text, LABELS.index(answer), "both")
        for text, answer, image in zip(*questions, strict=True)
        if keep(image)
    ]


def region(example: Example) -> np.ndarray:
    """The shape: all that has not the colour of the picture's edge."""
    pixels = np.asarray(picture(example.image)).astype(int)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colours, counts = np.unique(edge, axis=0, return_counts=True)
    return (np.abs(pixels - colours[counts.argmax()]) > _SHADES).any(-1)


LABELS = tuple(easy_vqa.get_answers())

TASK = Task(
    name="easy-vqa",
    title="easy-VQA: questions about one shape",
    question="What is the answer?",
    labels=LABELS,
    examples=examples,
    picture=picture,
    region=region,
)
