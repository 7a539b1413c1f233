"""What a viewer draws of an explanation: every map on one signed scale, its numbers said in words."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from analysis.attribution.attribute import Attribution
from analysis.attribution.explain import Explanation
from analysis.attribution.story import Numbers, reading, total
from analysis.words import listed, percent, short_name
from msd_core.views import VIEWS

FOR, AGAINST = (238, 116, 32), (112, 72, 232)  # orange and violet: told apart by all eyes, on white and on black


@dataclass(frozen=True)
class Cell:
    """A patch or word: its `strength` on the common scale, -1 to 1, and its value as `said`, without the unit."""

    name: str
    strength: float
    said: str


@dataclass(frozen=True)
class Measure:
    """What a model owes to image and text by one measure: lengths of bars, -1 to 1, and the same as `said`."""

    name: str
    lengths: tuple[float, float]
    said: tuple[str, str]


@dataclass(frozen=True)
class Panel:
    """One model's map. `patches` row by row; `fills` are the colours to lay over the picture, of patches and of pixels:
    these by density, so that the mean of a patch's pixels is the patch's own value."""

    name: str
    answer: str
    patches: list[list[Cell]]
    fills: dict[str, Image.Image]
    words: list[Cell]
    measures: list[Measure]
    reading: str
    total: str


@dataclass(frozen=True)
class Scene:
    """Panels of one label, the teacher's first; the scale reaches from `-end` to `end` in `unit`, or `short` where that
    has been named. `outline` is an SVG path in pixels of the picture around what decides, "" where unknown; `hidden`
    what the view does not show."""

    label: str
    end: str
    unit: str
    short: str
    picture: Image.Image
    panels: list[Panel]
    outline: str
    hidden: str | None


def scene(found: Explanation) -> Scene:
    """The scene of an explanation."""
    numbers = Numbers.of(found)
    view = next(iter(found.maps.values())).view
    return Scene(
        found.label,
        numbers.plain(found.scale),
        numbers.unit,
        numbers.short,
        Image.fromarray(found.picture.numpy()),
        [_panel(found, name, each, numbers) for name, each in found.maps.items()],
        outline(found.region.numpy()) if found.region is not None else "",
        {"image": "text", "text": "image"}.get(view),
    )


def tint(strengths: Tensor) -> Image.Image:
    """Strengths `(H, W)`, -1 to 1, as a picture: the colour says the sign, its opacity how strong."""
    values = strengths.numpy()
    colours = np.where(values[..., None] > 0, FOR, AGAINST)
    opacity = np.abs(values)[..., None] * 255
    return Image.fromarray(np.concatenate([colours, opacity], axis=2).round().astype(np.uint8), "RGBA")


def outline(region: np.ndarray) -> str:
    """The border of a boolean `(H, W)` as an SVG path, one unit a pixel."""
    padded = np.pad(region.astype(np.int8), 1)
    across = np.argwhere(np.diff(padded, axis=0)[:, 1:-1])  # between a row and the next
    down = np.argwhere(np.diff(padded, axis=1)[1:-1])
    return "".join([*(f"M{x} {y}h1" for y, x in across), *(f"M{x} {y}v1" for y, x in down)])


def _panel(found: Explanation, model: str, each: Attribution, numbers: Numbers) -> Panel:
    scale = found.scale or 1.0
    density = each.pixels * (each.pixels.numel() / each.patches.numel()) / scale
    patches = [
        [
            Cell(f"Patch in row {i + 1}, column {j + 1}", v / scale, numbers.signed(v))
            for j, v in enumerate(row)
        ]
        for i, row in enumerate(each.patches.tolist())
    ]  # fmt: skip
    words = [
        Cell(word, v / scale, numbers.signed(v))
        for word, v in zip(each.words, each.word_values.tolist(), strict=True)
    ]  # fmt: skip
    return Panel(
        short_name(model),
        _answer(found, model),
        patches,
        {"patches": tint(each.patches / scale), "pixels": tint(density.clamp(-1, 1))},
        words,
        _measures(found, model),
        f"The map {reading(found, model)}",
        total(each, numbers),
    )


def _answer(found: Explanation, model: str) -> str:
    task, view = found.comparison.task, found.maps[model].view
    chances = found.comparison.answers[model].probabilities[VIEWS.index(view)].tolist()
    said = f"{percent(chances[task.labels.index(found.label)])} for “{found.label}”"
    if task.multilabel:
        present = [name for name, chance in zip(task.labels, chances, strict=True) if chance >= 0.5]
        return f"{said}; it finds {listed(present) if present else 'none of the labels'}"
    top = task.labels[max(range(len(chances)), key=chances.__getitem__)]
    return f"{said}, its answer" if top == found.label else f"{said}; its answer is “{top}”, {percent(max(chances))}"


def _measures(found: Explanation, model: str) -> list[Measure]:
    answer, share = found.comparison.answers[model], found.maps[model].share
    mass = tuple(share.values()) if share else (0.0, 0.0)
    needed = tuple(answer.necessity.tolist())
    split = tuple(answer.shapley[found.comparison.task.labels.index(found.label)][:2].tolist())
    points = Numbers("probability", 1.0)
    return [
        Measure("Mass of the map", mass, tuple(f"{m:.0%}".replace("%", " %") if share else "–" for m in mass)),
        Measure("Necessity (bits)", needed, tuple(f"{n:.2f}" for n in needed)),
        Measure("Shapley (points)", split, tuple(points.signed(s, 0) for s in split)),
    ]
