"""Tasks of a few rows, made in a moment: a picture is a field of one shade."""

import hashlib
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from msd_core.tasks import Example, Split, Task
from msd_core.tasks.base import png

Row = tuple[int, str, int | tuple[int, ...]]  # the number of a picture, a text, a label


@dataclass(frozen=True)
class Bad:
    row: int
    reason: str


@dataclass(frozen=True)
class Spoken(Example):
    language: str | None = None


def task_of(
    train: list[Row],
    validation: list[Row] = (),
    test: list[Row] = (),
    labels: tuple[str, ...] = ("no", "yes"),
    languages: dict[str, str] | None = None,
) -> Task:
    """languages: by text."""
    rows = {"train": train, "validation": validation, "test": test}
    answers = [answer for part in rows.values() for _, _, answer in part]
    make = Example if languages is None else lambda *parts: Spoken(*parts, language=languages.get(parts[1]))
    return Task(
        name="made",
        title="Made up",
        question="Which?",
        labels=labels,
        examples=lambda split: [make(str(number), text, answer) for number, text, answer in rows[split]],
        picture=lambda key: shade(int(key)),
        source=lambda: hashlib.sha256(repr(rows).encode()).hexdigest(),
        multilabel=isinstance(answers[0], tuple) if answers else False,
    )


def shade(number: int) -> bytes:
    return png(Image.new("RGB", (8, 8), (number // 256, number % 256, 7)))


def features_of(vectors: dict[int, list[float]], by_text: dict[str, list[float]] | None = None):
    """Features of pictures by their numbers, and of texts: what they are by themselves, or nothing."""
    of = {hashlib.sha256(shade(number)).hexdigest(): vector for number, vector in vectors.items()}

    def features(split: Split) -> dict[str, Tensor]:
        texts = [by_text[text] if by_text else [0.0] for text in split.texts]
        return {"image": torch.tensor([of[name] for name in split.pictures.hashes]), "text": torch.tensor(texts)}

    return features
