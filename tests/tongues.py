"""A tiny task in three languages: coloured fields, each under its name in every language, which the picture or the name
decides."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from msd_core.tasks import Example, Recipe, Task
from msd_core.tasks.base import made_by
from tests.fifth import PICTURES, colour, picture

NAMES = {"en": ("red field", "blue field"), "de": ("rotes Feld", "blaues Feld"), "ja": ("赤い畑", "青い畑")}


_ALL = [number for split in PICTURES.values() for number in split]


def examples(draw: int, split: str) -> list[Example]:
    """Every field under each of its names; the splits are turned by ten fields for each draw."""
    turned = _ALL[10 * draw :] + _ALL[: 10 * draw]
    return [
        Example(key, f"{NAMES[code][label]} {number}", label, language=code)
        for place in PICTURES[split]
        for number in [turned[place]]
        for key in [f"{number:03d}"]
        for label in [("red", "blue").index(colour(key))]
        for code in NAMES
    ]


def source(draw: int) -> str:
    return f"{draw}{made_by(Path(__file__))()}"


def drawn(draw: int) -> Task:
    return Task(
        name="tongues",
        title="Fields in three languages",
        question="Which colour is it?",
        labels=("red", "blue"),
        examples=partial(examples, draw),
        picture=picture,
        source=partial(source, draw),
        recipe=Recipe(2, 2, 60, 2, 54, teacher="small", student="gram-student", languages="en"),
        drawn=drawn,
    )


TASK = replace(drawn(0), drawn=None)
