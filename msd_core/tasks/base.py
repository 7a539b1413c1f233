"""What a task is: labelled image-text examples and a way to see each picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

SPLITS = ("train", "validation", "test")
EVIDENCE = ("image", "text", "both", "either")


@dataclass(frozen=True)
class Example:
    """One image-text pair.

    `image` is the key of its picture, unique over the splits of a task. `label` is a class index, or for a
    multi-label task one 0 or 1 per label. `evidence` says what truly decides the label (one entry per label for a
    multi-label task); None where nobody knows.
    """

    image: int
    text: str
    label: int | tuple[int, ...]
    evidence: str | tuple[str, ...] | None = None


@dataclass(frozen=True)
class Task:
    """A labelled image-text dataset.

    `examples(split)` lists a split without drawing a pixel; `picture(key)` gives one picture for people, RGB, 256
    pixels on its longer side. `region(example)`, where the task has one, is a boolean `(H, W)` of that picture: where
    that lies which decides the label; None where that cannot be known. `version` goes into the key of every cache:
    raise it when examples or pictures change.
    """

    name: str
    title: str
    question: str
    labels: tuple[str, ...]
    examples: Callable[[str], list[Example]]
    picture: Callable[[int], Image.Image]
    multilabel: bool = False
    region: Callable[[Example], np.ndarray | None] | None = None
    version: int = 1
