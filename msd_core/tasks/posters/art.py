"""How `posters` are drawn: a pen for objects, a way to stick them on, and the scenery behind; flat paper-cut shapes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFilter

CANVAS = 256
FINE = 2  # the scenery is drawn this many times too large, then reduced: smooth edges
FINER = 3  # and the objects this many times
WIDE = CANVAS * FINE
INK = "#1f1a38"
PAPER = "#fffaf0"
ACCENTS = (
    "#f2545b", "#ff8c42", "#ffc145", "#f4e285", "#9bc53d", "#3dbd8b", "#2ec4b6", "#5bc0eb", "#6c8cff", "#a480f2",
    "#e27bd8", "#ff8fa3", "#d98e5f", "#b7c7d6",
)  # fmt: skip

# Sky from top to bottom, then the land from far to near.
PALETTES = (
    ("#33216b", "#ff9a6b", "#7a3b7d", "#502465", "#2c1647"),
    ("#ffd9a8", "#ff96a0", "#cf6a86", "#94507b", "#573760"),
    ("#7fc8f0", "#fdf3d0", "#86c5a0", "#4f9f87", "#2c6e6b"),
    ("#0d1637", "#47719a", "#29406e", "#1b2c52", "#0d1833"),
    ("#a8ecdf", "#fff0cf", "#8acdbd", "#57a5a0", "#2a6a77"),
    ("#ffbd59", "#d63a63", "#97234f", "#641645", "#380e2d"),
    ("#0f4b5e", "#ecb97c", "#b0724f", "#6d4443", "#332a3a"),
    ("#c3b4ff", "#ffdbe4", "#a08ddb", "#7565b6", "#483f86"),
    ("#f9ebc8", "#eeab66", "#cd7b46", "#985034", "#5a2d28"),
    ("#d9f3dd", "#7cca9f", "#469872", "#2c6c50", "#1a4536"),
    ("#3b11a2", "#f5428f", "#7a14b0", "#4a0c8c", "#260350"),
    ("#e2eaf2", "#90abca", "#5c7c9e", "#375472", "#183557"),
    ("#ffe4df", "#61c4c4", "#3d929f", "#266b80", "#134054"),
    ("#f5ecd2", "#b3cf65", "#72a254", "#3d6c45", "#233e2c"),
)


@dataclass(frozen=True)
class Look:
    """How an object is drawn: two colours, a tilt in degrees, mirrored or not."""

    main: str
    other: str
    tilt: float
    mirrored: bool


class Pen:
    """Draws in a square of 100 x 100 units, tilted and mirrored as the look says."""

    def __init__(self, size: int, look: Look):
        self.image = Image.new("RGBA", (size * FINER, size * FINER))
        self.draw = ImageDraw.Draw(self.image)
        self.main, self.other = look.main, look.other
        self.dark, self.light = mix(look.main, INK, 0.28), mix(look.main, PAPER, 0.6)
        self.unit = size * FINER * 0.0084  # a margin for the tilt and for the rim
        cos, sin = np.cos(np.radians(look.tilt)), np.sin(np.radians(look.tilt))
        flip = np.array([[-1 if look.mirrored else 1], [1]])
        self.turn = self.unit * flip * np.array([[cos, sin], [-sin, cos]])
        self.centre = size * FINER / 2

    def shape(self, points: ArrayLike, fill: str) -> None:
        """A filled polygon."""
        self.draw.polygon(self._on_paper(points), fill)

    def blob(self, points: ArrayLike, fill: str) -> None:
        """A filled smooth shape through the points."""
        self.shape(smooth(points), fill)

    def oval(self, x: float, y: float, rx: float, ry: float | None = None, *, fill: str) -> None:
        """A filled ellipse; a disc without `ry`."""
        self.shape(arc(x, y, rx, rx if ry is None else ry), fill)

    def slab(self, left: float, top: float, right: float, bottom: float, fill: str, r: float = 0) -> None:
        """A rectangle with corners rounded by r."""
        corners = ((right - r, bottom - r), (left + r, bottom - r), (left + r, top + r), (right - r, top + r))
        rounds = [arc(x, y, r, r, 90 * turn, 90 * turn + 90, 5) for turn, (x, y) in enumerate(corners)]
        self.shape(np.concatenate(rounds), fill)

    def stroke(self, points: ArrayLike, width: float, fill: str) -> None:
        """A line through the points with round ends and joints."""
        placed = self._on_paper(points)
        r = width * self.unit / 2
        self.draw.line(placed, fill, round(2 * r))
        for x, y in zip(placed[::2], placed[1::2], strict=True):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill)

    def _on_paper(self, points: ArrayLike) -> list[float]:
        return ((np.asarray(points, float) - 50) @ self.turn + self.centre).ravel().tolist()


def mix(colour: str, other: str, share: float) -> str:
    """A colour between two, given as #rrggbb; `share` is that of the second."""
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def arc(x: float, y: float, rx: float, ry: float, start: float = 0, stop: float = 360, steps: int = 36) -> np.ndarray:
    """Points on an ellipse, from angle to angle in degrees; 0 is right and 90 is down."""
    angles = np.radians(np.linspace(start, stop, steps))
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def turned(points: ArrayLike, degrees: float) -> np.ndarray:
    """The points turned clockwise about the middle (50, 50)."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.asarray(points, float) - 50) @ np.array([[cos, sin], [-sin, cos]]) + 50


def smooth(points: ArrayLike, steps: int = 8) -> np.ndarray:
    """A closed Catmull-Rom curve through the points."""
    p = np.asarray(points, float)
    t = np.arange(steps)[:, None] / steps
    weights = np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    around = np.stack([np.roll(p, shift, axis=0) for shift in (1, 0, -1, -2)], axis=1)  # (points, 4, 2)
    return (weights @ around).reshape(-1, 2)


def spiked(x: float, y: float, outer: float, inner: float, spikes: int, start: float = -90) -> np.ndarray:
    """The points of a star."""
    angles = np.radians(start + np.arange(2 * spikes) * 180 / spikes)
    radii = np.where(np.arange(2 * spikes) % 2, inner, outer)
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)


# Of each opacity of a blurred outline, that of a shadow and that of a rim.
FAINT = [min(value * 3 // 4, 120) for value in range(256)]
SPREAD = [min(value * 5, 255) for value in range(256)]


def stick(image: Image.Image, box: tuple[int, int, int, int], look: Look, *drawings: Callable[[Pen], None]) -> None:
    """Draws an object into a box of the picture as a cut-out, with a paper rim that sets it off and a soft shadow."""
    pen = Pen(box[2] - box[0], look)
    for drawing in drawings:
        drawing(pen)
    cut = pen.image.reduce(FINER)
    outline = cut.getchannel("A")
    shadow = outline.filter(ImageFilter.BoxBlur(4)).point(FAINT)
    image.paste(INK, (box[0] + 2, box[1] + 3), shadow)
    image.paste(PAPER, box[:2], outline.filter(ImageFilter.BoxBlur(2)).point(SPREAD))
    image.paste(cut, box[:2], cut)


# Scenery


def paint_scene(seed: int) -> Image.Image:
    """A poster without its objects: sky, a sun or moon, land, a frame and an unreadable title."""
    rng = Random(seed)
    sky_top, sky_bottom, *land = rng.choice(PALETTES)
    image = _sky(sky_top, sky_bottom)
    draw = ImageDraw.Draw(image, "RGBA")
    rng.choice((_sun, _rays, _stars, _clouds))(draw, rng)
    layer = rng.choice((_hills, _peaks, _skyline, _pines, _waves))
    horizon = rng.uniform(215, 330)
    for depth, colour in enumerate(land):
        layer(draw, rng, horizon + 72 * depth, colour)
    _birds(draw, rng, mix(land[0], INK, 0.35))
    _title(draw, rng, mix(land[-1], PAPER, 0.85))
    draw.rectangle((0, 0, WIDE - 1, WIDE - 1), outline=PAPER, width=10)
    return image.reduce(FINE)


def _sky(top: str, bottom: str) -> Image.Image:
    column = Image.new("RGB", (1, 2))
    column.putpixel((0, 0), _rgb(top))
    column.putpixel((0, 1), _rgb(bottom))
    return column.resize((WIDE, WIDE), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _sun(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y, r = rng.uniform(80, 432), rng.uniform(90, 260), rng.uniform(40, 80)
    for grow, haze in ((2.2, 22), (1.6, 32), (1, 110)):
        draw.ellipse((x - r * grow, y - r * grow, x + r * grow, y + r * grow), (255, 250, 235, haze))


def _rays(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    x, y, count = rng.uniform(120, 392), rng.uniform(180, 330), rng.choice((12, 16, 20))
    start = rng.uniform(0, 30)
    for i in range(count):
        wedge = np.radians(start + np.array([0, 180 / count]) + 360 * i / count)
        tips = np.stack([x + 700 * np.cos(wedge), y + 700 * np.sin(wedge)], axis=1)
        draw.polygon([x, y, *tips.ravel().tolist()], (255, 250, 235, 34))


def _stars(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for _ in range(rng.randint(30, 60)):
        x, y, r = rng.uniform(0, WIDE), rng.uniform(0, 330), rng.uniform(1, 3.2)
        draw.ellipse((x - r, y - r, x + r, y + r), (255, 250, 235, 190))


def _clouds(draw: ImageDraw.ImageDraw, rng: Random) -> None:
    for _ in range(rng.randint(3, 5)):
        x, y, wide = rng.uniform(-40, 460), rng.uniform(40, 250), rng.uniform(70, 150)
        for left, right, up in ((0, 1, 0), (0.25, 0.8, 1)):
            top = y - up * wide * 0.18
            area = (x + wide * left, top, x + wide * right, top + wide * 0.17)
            draw.rounded_rectangle(area, wide * 0.085, (255, 250, 235, 60))


def _birds(draw: ImageDraw.ImageDraw, rng: Random, colour: str) -> None:
    x, y = rng.uniform(60, 400), rng.uniform(60, 200)
    for _ in range(rng.randint(0, 4)):
        for start in (200, 270):
            left = x if start == 200 else x + 13
            draw.arc((left, y, left + 16, y + 14), start, start + 75, colour, 3)
        x, y = x + rng.uniform(18, 40), y + rng.uniform(-22, 22)


def _hills(draw: ImageDraw.ImageDraw, rng: Random, level: float, colour: str) -> None:
    x = np.linspace(0, WIDE, 65)
    phase, wave, height = rng.uniform(0, 6.3), rng.uniform(0.006, 0.014), rng.uniform(14, 34)
    _land(draw, x, level + height * np.sin(x * wave + phase) + height * 0.3 * np.sin(x * wave * 2.7), colour)


def _peaks(draw: ImageDraw.ImageDraw, rng: Random, level: float, colour: str) -> None:
    x, y = [0.0], [level]
    while x[-1] < WIDE:
        x.append(x[-1] + rng.uniform(30, 80))
        y.append(level + (rng.uniform(-70, -20) if len(x) % 2 == 0 else rng.uniform(0, 30)))
    _land(draw, x, y, colour)


def _skyline(draw: ImageDraw.ImageDraw, rng: Random, level: float, colour: str) -> None:
    x = 0.0
    while x < WIDE:
        wide, top = rng.uniform(26, 60), level + rng.uniform(-60, 20)
        draw.rectangle((x, top, x + wide, WIDE), colour)
        for _ in range(rng.randint(0, 3)):
            left, down = x + rng.uniform(6, wide - 12), top + rng.uniform(10, 50)
            draw.rectangle((left, down, left + 5, down + 8), (255, 240, 190, 110))
        x += wide


def _pines(draw: ImageDraw.ImageDraw, rng: Random, level: float, colour: str) -> None:
    draw.rectangle((0, level, WIDE, WIDE), colour)
    x = -10.0
    while x < WIDE:
        tall, wide = rng.uniform(36, 84), rng.uniform(15, 24)
        for share in (0, 0.3, 0.6):
            top, half = level - tall * (1 - share), wide * (0.5 + share / 2)
            draw.polygon((x, top, x - half, level + 6, x + half, level + 6), colour)
        x += rng.uniform(20, 44)


def _waves(draw: ImageDraw.ImageDraw, rng: Random, level: float, colour: str) -> None:
    x = np.linspace(0, WIDE, 129)
    length, phase = rng.uniform(40, 70), rng.uniform(0, 6.3)
    _land(draw, x, level - 12 * np.abs(np.sin(x * np.pi / length + phase)), colour)


def _land(draw: ImageDraw.ImageDraw, x: Iterable[float], y: Iterable[float], colour: str) -> None:
    """Fills everything below a line."""
    draw.polygon([(0, WIDE), *zip(map(float, x), map(float, y), strict=True), (WIDE, WIDE)], colour)


def _title(draw: ImageDraw.ImageDraw, rng: Random, colour: str) -> None:
    """A title in an alphabet of plain shapes that nobody can read, over a line of credits."""
    letters = "".join(rng.choice("OAVHID ") for _ in range(rng.randint(8, 13))).strip()
    x = WIDE / 2 - 13 * len(letters)
    for letter in letters:
        _letter(draw, letter, x, 456, 22, colour)
        x += 26
    wide = rng.uniform(70, 120)
    draw.line((WIDE / 2 - wide, 488, WIDE / 2 + wide, 488), colour, 3)


def _letter(draw: ImageDraw.ImageDraw, letter: str, x: float, y: float, size: float, colour: str) -> None:
    far, low, middle = x + size, y + size, x + size / 2
    if letter == "O":
        draw.ellipse((x, y, far, low), colour)
    elif letter == "D":
        draw.pieslice((x - size, y, far, low), -90, 90, colour)
    elif letter in "AV":
        tip, base = (y, low) if letter == "A" else (low, y)
        draw.polygon((x, base, middle, tip, far, base), colour)
    elif letter in "HI":
        draw.rectangle((x, y, far if letter == "H" else x + size * 0.4, low), colour)
