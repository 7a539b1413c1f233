"""easy-vqa: the public easy-VQA benchmark (MIT licence), all 48,248 questions, from its PyPI package."""

from functools import cache
from pathlib import Path

import easy_vqa
import numpy as np

from msd_core.tasks.base import BOX, Example, Recipe, Task, made_by
from msd_core.tasks.pictures import read_picture

_VALIDATION_FROM = 3600  # the package has no validation split: its last 400 training images become one
_SHADES = 8  # of 255: what differs by less is one colour


@cache
def _paths() -> dict[str, Path]:
    train, test = easy_vqa.get_train_image_paths(), easy_vqa.get_test_image_paths()
    return {_key(i, False): Path(path) for i, path in train.items()} | {_key(i, True): Path(p) for i, p in test.items()}


def _key(image: int, test: bool) -> str:
    """The benchmark counts the pictures of its two parts from 0 each."""
    return f"{'test' if test else 'train'}-{image:04d}"


def picture(key: str) -> bytes:
    """The benchmark's own file, 64 x 64 pixels."""
    return _paths()[key].read_bytes()


def examples(split: str) -> list[Example]:
    """Every question is decided by picture and question together: neither alone tells the answer."""
    test = split == "test"
    questions = easy_vqa.get_test_questions() if test else easy_vqa.get_train_questions()
    return [
        Example(_key(image, test), text, LABELS.index(answer), "both")
        for text, answer, image in zip(*questions, strict=True)
        if test or (image >= _VALIDATION_FROM) == (split == "validation")
    ]


def region(example: Example) -> np.ndarray:
    """The shape: all that has not the colour of the picture's edge."""
    pixels = np.asarray(read_picture(picture(example.image))).astype(int)
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
    source=made_by(Path(__file__), Path(easy_vqa.__file__)),
    region=region,
    # on all of it every student is right, and there is nothing to compare
    recipe=Recipe(teacher_epochs=12, student_epochs=10, student_size=8000, study_epochs=40, study_size=2000),
    models=BOX / "easy-vqa",
    short_title="Questions (easy-VQA)",
)
