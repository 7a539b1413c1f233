"""What a viewer draws of a pair's maps: each on one signed scale, its numbers in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from analysis.attribution.attribution import Attribution, in_picture
from analysis.attribution.pair import PairAttribution, ScoredPair
from analysis.attribution.quick import quick_look
from analysis.attribution.sentences import Numbers, reading, total
from analysis.words import listed, percent, short_name
from msd_core.views import VIEWS, WITHOUT

_T = TypeVar("_T")
FINE = 512  # pixels on a side of a picture for a page
FOR, AGAINST = (238, 116, 32), (112, 72, 232)  # orange and violet: told apart by all eyes, on white and on black


@dataclass(frozen=True)
class Cell:
    """A patch or word: its `strength` on the common scale, -1 to 1, and its value in words, without the unit; `after` a
    word stand blanks, or nothing."""

    name: str
    strength: float
    value: str
    after: str = ""


@dataclass(frozen=True)
class Measure:
    """What a model owes to image and text by one measure: lengths of bars, -1 to 1, and the same in words."""

    name: str
    lengths: tuple[float, float]
    values: tuple[str, str]


@dataclass(frozen=True)
class Panel:
    """One model's map. `patches` row by row; `fills` are the colours to lay over the whole picture, of patches and of
    pixels: these by density, so that the mean of a patch's pixels is the patch's own value. `fills` are empty where
    there is no picture, `patches` also where the model does not see it, and `words` where it sees no text."""

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
    has been named. `picture` is at most `FINE` pixels on a side; it and `text` are None where the pair has none.
    `outline` is an SVG path around what decides, in a box of `outline_size` (width, height); "" where unknown.
    `hidden`: the modality that the models do not see."""

    label: str
    end: str
    unit: str
    short: str
    picture: Image.Image | None
    text: str | None
    panels: list[Panel]
    outline: str
    outline_size: tuple[int, int]
    hidden: str | None


def scene(attribution: PairAttribution) -> Scene:
    """The scene of a pair's maps."""
    numbers = Numbers.of(attribution)
    region = attribution.region
    return Scene(
        attribution.label,
        numbers.plain(attribution.scale),
        numbers.unit,
        numbers.short,
        attribution.picture and _small(attribution.picture),
        attribution.comparison.text,
        [_panel(attribution, name, each, numbers) for name, each in attribution.maps.items()],
        "" if region is None else outline(region),
        (1, 1) if region is None else (region.shape[1], region.shape[0]),
        WITHOUT.get(attribution.first.view),
    )


@dataclass(frozen=True)
class QuickLooks:
    """What is seen of a label before its scene: the picture, at most `FINE` pixels on a side, and by model's name the
    colours of its quick look to lay over it."""

    label: str
    picture: Image.Image
    fills: dict[str, Image.Image]


def quick_looks(pair: ScoredPair) -> QuickLooks | None:
    """The quick looks at a pair, all on one scale; None where no model can be looked at quickly."""
    looks = {name: (look, score) for name, score in pair.scores.items() if (look := quick_look(score)) is not None}
    if not looks or pair.picture is None:
        return None
    scale = max(float(look.abs().max()) for look, _ in looks.values()) or 1.0
    fills = {}
    for name, (look, score) in looks.items():
        square = F.interpolate(look[None, None] / scale, score.side, mode="nearest")[0, 0]
        fills[short_name(name)] = tint(in_picture(square, score.frame))
    return QuickLooks(pair.label, _small(pair.picture), fills)


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


def _small(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((FINE, FINE))
    return small


def _panel(attribution: PairAttribution, model: str, each: Attribution, numbers: Numbers) -> Panel:
    scale = attribution.scale or 1.0
    patches = [
        [
            Cell(f"Patch in row {i + 1}, column {j + 1}", v / scale, numbers.signed(v))
            for j, v in enumerate(row)
        ]
        for i, row in enumerate(each.patches.tolist())
    ]  # fmt: skip
    words = [
        Cell(word, v / scale, numbers.signed(v), after)
        for word, v, after in zip(each.words, each.word_values.tolist(), each.after, strict=True)
    ]
    return Panel(
        short_name(model),
        _answer(attribution, model),
        patches,
        _fills(each, scale) if attribution.picture else {},
        words,
        _measures(attribution, model),
        f"The map {reading(attribution, model)}",
        total(each, numbers),
    )


def _fills(each: Attribution, scale: float) -> dict[str, Image.Image]:
    if not each.patches.numel():  # the picture is there, and hidden: nothing lies over it
        return dict.fromkeys(("patches", "pixels"), tint(torch.zeros(1, 1)))
    pixels = each.pixels_in_picture
    density = pixels * (pixels.numel() / each.patches.numel()) / scale
    return {"patches": tint(each.patches / scale), "pixels": tint(density.clamp(-1, 1))}


def _answer(attribution: PairAttribution, model: str) -> str:
    task, label, view = attribution.task, attribution.label, attribution.maps[model].view
    probs = attribution.comparison.answers[model].probs[VIEWS.index(view)].tolist()
    of_label = f"{percent(probs[task.labels.index(label)])} for “{label}”"
    if task.multilabel:
        present = [name for name, prob in zip(task.labels, probs, strict=True) if prob >= 0.5]
        return f"{of_label}; it finds {listed(present) if present else 'none of the labels'}"
    top = task.labels[max(range(len(probs)), key=probs.__getitem__)]
    return f"{of_label}, its answer" if top == label else f"{of_label}; its answer is “{top}”, {percent(max(probs))}"


def _measures(attribution: PairAttribution, model: str) -> list[Measure]:
    answer, share = attribution.comparison.answers[model], attribution.maps[model].share
    mass = (share["image"], share["text"]) if share else (0.0, 0.0)
    needed = _two(answer.necessity.tolist())
    split = _two(answer.shapley[attribution.task.labels.index(attribution.label)].tolist())
    points, there = Numbers("probability", 1.0), (attribution.picture, attribution.comparison.text)

    def measure(name: str, lengths: tuple[float, float], write: Callable[[float], str]) -> Measure:
        words = [write(length) if part is not None else "–" for length, part in zip(lengths, there, strict=True)]
        return Measure(name, lengths, _two(words))

    return [
        measure("Mass of the map", mass, lambda m: f"{m:.0%}".replace("%", " %") if share else "–"),
        measure("Necessity (bits)", needed, lambda n: f"{n:.2f}"),
        measure("Shapley (points)", split, lambda s: points.signed(s, 0)),
    ]


def _two(values: list[_T]) -> tuple[_T, _T]:
    """The values of image and text."""
    return values[0], values[1]
