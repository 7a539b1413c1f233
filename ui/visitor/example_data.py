"""Forty pairs to try: drawn fruit and tools, and what somebody says of them. The picture tells which of the two it is,
the words tell whether it is praised; a label takes both."""

import math
from collections.abc import Callable
from itertools import product
from random import Random

from PIL import Image, ImageDraw

from msd_core.tasks.base import png

TITLE = "Example: fruit and tools"
_SIDE, _FINE = 224, 2  # pixels on a side, and how much finer it is drawn
_WALLS = ("#f3ead8", "#dfeaf1", "#e9e4f0", "#e3efdf", "#f6e0da")
_SAID = ("What a {} thing!", "It was {} from the first day.", "My verdict: {}.", "Simply {}, I must say.")
_WORDS = {
    "good": ("great", "wonderful", "lovely", "perfect", "excellent"),
    "bad": ("terrible", "awful", "horrible", "dreadful", "disgusting"),
}
_Pen = ImageDraw.ImageDraw


def example_pairs() -> list[tuple[bytes, str, str]]:
    """The picture as a PNG, the text and the label of each pair; the same on every machine."""
    rng, pairs = Random("fruit-and-tools-2"), []
    for mood, words in _WORDS.items():
        said = [form.format(word) for form, word in product(_SAID, words)]
        rng.shuffle(said)
        for place, text in enumerate(said):
            kind = ("fruit", "tool")[place % 2]
            thing = _THINGS[kind][place // 2 % len(_THINGS[kind])]
            pairs.append((_draw(thing, rng), text, f"{mood} {kind}"))
    rng.shuffle(pairs)
    return pairs


def _draw(thing: Callable[[_Pen, Random], None], rng: Random) -> bytes:
    """A thing on a table before a wall, somewhere and somewhat turned."""
    side = _SIDE * _FINE
    picture = Image.new("RGB", (side, side), rng.choice(_WALLS))
    ImageDraw.Draw(picture).rectangle((0, side * 0.72, side, side), fill="#b98d62")
    layer = Image.new("RGBA", (200 * _FINE, 200 * _FINE))
    thing(ImageDraw.Draw(layer), rng)
    layer = layer.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
    width = round(layer.width * rng.uniform(0.75, 1))
    layer = layer.resize((width, width), Image.Resampling.LANCZOS)
    spare = side - width
    picture.paste(layer, (round(spare * rng.random()), round(spare * (0.5 + rng.random() / 2))), layer)
    return png(picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))


def _at(*numbers: float) -> list[float]:
    return [number * _FINE for number in numbers]


def _leaf(pen: _Pen) -> None:
    pen.line(_at(100, 55, 106, 30), fill="#5b3d20", width=6 * _FINE)
    pen.ellipse(_at(106, 26, 142, 46), fill="#4d8b3a")


def _apple(pen: _Pen, rng: Random) -> None:
    colour = rng.choice(("#c8322e", "#7fb13b", "#d9a12b"))
    for left in (40, 80):
        pen.ellipse(_at(left, 50, left + 80, 165), fill=colour)
    _leaf(pen)


def _orange(pen: _Pen, rng: Random) -> None:
    pen.ellipse(_at(45, 50, 155, 160), fill=rng.choice(("#ee8a1d", "#f09d2e")))
    pen.ellipse(_at(94, 58, 106, 68), fill="#4d8b3a")


def _banana(pen: _Pen, rng: Random) -> None:
    pen.arc(_at(20, -40, 180, 150), 25, 155, fill=rng.choice(("#f2cf3c", "#e6c02f")), width=30 * _FINE)
    pen.ellipse(_at(16, 74, 34, 96), fill="#6b4a1f")


def _pear(pen: _Pen, rng: Random) -> None:
    colour = rng.choice(("#b9c843", "#9fb53a"))
    pen.ellipse(_at(48, 85, 152, 175), fill=colour)
    pen.ellipse(_at(70, 45, 130, 125), fill=colour)
    _leaf(pen)


def _cherries(pen: _Pen, rng: Random) -> None:
    for x in (60, 125):
        pen.line(_at(100, 30, x, 120), fill="#4d7a2f", width=5 * _FINE)
        pen.ellipse(_at(x - 30, 105, x + 30, 165), fill=rng.choice(("#a3142b", "#c01f38")))


def _grapes(pen: _Pen, rng: Random) -> None:
    colour = rng.choice(("#6a3b86", "#86a93c"))
    for row in range(4):
        for column in range(4 - row):
            x, y = 40 + 30 * column + 15 * row, 60 + 27 * row
            pen.ellipse(_at(x, y, x + 32, y + 32), fill=colour, outline="#3d2150", width=_FINE)
    _leaf(pen)


def _grip(pen: _Pen, rng: Random, box: tuple[float, ...]) -> None:
    pen.rounded_rectangle(_at(*box), 8 * _FINE, fill=rng.choice(("#c23b22", "#2b5fa8", "#a5703a")))


def _hammer(pen: _Pen, rng: Random) -> None:
    _grip(pen, rng, (90, 60, 110, 185))
    pen.rectangle(_at(50, 35, 140, 68), fill="#5b6168")
    pen.polygon(_at(140, 35, 172, 50, 140, 68), fill="#5b6168")


def _screwdriver(pen: _Pen, rng: Random) -> None:
    _grip(pen, rng, (84, 115, 116, 190))
    pen.rectangle(_at(95, 25, 105, 118), fill="#8d949b")
    pen.polygon(_at(90, 14, 110, 14, 105, 30, 95, 30), fill="#8d949b")


def _saw(pen: _Pen, rng: Random) -> None:
    _grip(pen, rng, (140, 75, 190, 130))
    teeth = [point for x in range(10, 146, 8) for point in (x, 122, x + 4, 132)]
    pen.polygon(_at(10, 96, 146, 78, 146, 122, *_reversed(teeth)), fill="#aab0b6")


def _reversed(points: list[int]) -> list[int]:
    """The points of a line `x, y, x, y, ...` from its end."""
    return [each for place in range(len(points) - 2, -1, -2) for each in points[place : place + 2]]


def _spanner(pen: _Pen, rng: Random) -> None:
    colour = rng.choice(("#7c858d", "#8f8a80"))
    pen.rectangle(_at(90, 50, 110, 160), fill=colour)
    for y in (20, 135):
        pen.ellipse(_at(70, y, 130, y + 55), fill=colour)
    pen.polygon(_at(86, 14, 114, 14, 108, 46, 92, 46), fill=(0, 0, 0, 0))
    pen.ellipse(_at(88, 152, 112, 176), fill=(0, 0, 0, 0))


def _pliers(pen: _Pen, rng: Random) -> None:
    colour = rng.choice(("#c23b22", "#2b5fa8"))
    for side in (-1, 1):
        pen.line(_at(100, 80, 100 + 34 * side, 185), fill=colour, width=16 * _FINE)
        pen.polygon(
            _at(100 - 3 * side, 15, 100 + 22 * side, 50, 100 + 20 * side, 88, 100 - 3 * side, 88), fill="#5b6168"
        )
    pen.ellipse(_at(90, 72, 110, 92), fill="#2e3338")


def _brush(pen: _Pen, rng: Random) -> None:
    _grip(pen, rng, (90, 95, 110, 190))
    pen.rectangle(_at(66, 74, 134, 98), fill="#8d949b")
    for x in range(68, 134, 6):
        sway = 4 * math.sin(x)
        pen.line(_at(x, 76, x + sway, 24), fill="#d8b878", width=5 * _FINE)


_THINGS: dict[str, tuple[Callable[[_Pen, Random], None], ...]] = {
    "fruit": (_apple, _orange, _banana, _pear, _cherries, _grapes),
    "tool": (_hammer, _screwdriver, _saw, _spanner, _pliers, _brush),
}
