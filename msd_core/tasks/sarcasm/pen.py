"""A pen for flat illustrations: every shape is a polygon, so anything drawn can be scaled, tilted or mirrored."""

import colorsys
import math
from collections.abc import Sequence
from random import Random

from PIL import ImageDraw

Point = tuple[float, float]
Colour = tuple[int, ...]
Box = tuple[int, int, int, int]

OVERSAMPLE = 2  # pictures are drawn this many times too large, then reduced, which smooths the edges
WHITE = (255, 255, 255)
INK = (58, 54, 66)
SMOKE = (226, 228, 232)

_CIRCLE = [(math.cos(i * math.tau / 36), math.sin(i * math.tau / 36)) for i in range(36)]


def hsl(hue: float, saturation: float, lightness: float) -> Colour:
    """A colour from hue, saturation and lightness, each 0 to 1 (the hue wraps)."""
    return tuple(round(255 * c) for c in colorsys.hls_to_rgb(hue % 1, lightness, saturation))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of `second` in it."""
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))


def bend(start: Point, pull: Point, stop: Point, steps: int = 10) -> list[Point]:
    """A curve from `start` to `stop`, drawn towards `pull`."""
    curve = []
    for t in (i / steps for i in range(steps + 1)):
        x, y = ((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in zip(start, pull, stop, strict=True))
        curve.append((x, y))
    return curve


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float, steps: int = 16) -> list[Point]:
    """Points on an ellipse from one angle to another, in degrees, clockwise from the right."""
    angles = [math.radians(start + (stop - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def rounded(points: Sequence[Point], steps: int = 5) -> list[Point]:
    """A closed, smooth curve through `points` (Catmull-Rom)."""
    curve = []
    for i in range(len(points)):
        p, q, r, s = (points[(i + j - 1) % len(points)] for j in range(4))
        for t in (k / steps for k in range(steps)):
            x, y = (
                b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                for a, b, c, d in zip(p, q, r, s, strict=True)
            )
            curve.append((x, y))
    return curve


class Pen:
    """Draws in the units of one thing: its square box is 100 by 100, y pointing down."""

    def __init__(self, draw: ImageDraw.ImageDraw, box: Box, mirror: bool = False):
        left, top, right, _ = (OVERSAMPLE * edge for edge in box)
        self.draw = draw
        self.scale = (right - left) / 100
        across, start = (-self.scale, right) if mirror else (self.scale, left)
        self.matrix: tuple[float, float, float, float, float, float] = (across, 0, start, 0, self.scale, top)

    def turned(self, degrees: float, x: float, y: float) -> "Pen":
        """The same pen, turned clockwise about (x, y)."""
        a, b, c, d, e, f = self.matrix
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        pen = object.__new__(Pen)
        pen.draw, pen.scale = self.draw, self.scale
        dx, dy = x - cos * x + sin * y, y - sin * x - cos * y
        pen.matrix = (
            a * cos + b * sin, b * cos - a * sin, a * dx + b * dy + c,
            d * cos + e * sin, e * cos - d * sin, d * dx + e * dy + f,
        )  # fmt: skip
        return pen

    def _placed(self, points: Sequence[Point]) -> list[Point]:
        a, b, c, d, e, f = self.matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon(self._placed(points), fill=colour)

    def blob(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled smooth shape through `points`."""
        self.shape(rounded(points), colour)

    def disc(self, x: float, y: float, rx: float, colour: Colour, ry: float | None = None) -> None:
        """A filled circle, or an ellipse where `ry` is given."""
        ry = rx if ry is None else ry
        self.shape([(x + rx * cos, y + ry * sin) for cos, sin in _CIRCLE], colour)

    def bar(self, left: float, top: float, right: float, bottom: float, colour: Colour, round: float = 0) -> None:
        """A filled rectangle with corners rounded by `round`."""
        if not round:
            return self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], colour)
        corners = ((right, bottom, 0), (left, bottom, 90), (left, top, 180), (right, top, 270))
        points = []
        for x, y, start in corners:
            x += round if x == left else -round
            y += round if y == top else -round
            points += arc(x, y, round, round, start, start + 90, 5)
        return self.shape(points, colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A stroke with round joints and ends."""
        points, width = self._placed(points), width * self.scale
        self.draw.line(points, fill=colour, width=max(1, round(width)), joint="curve")
        if width > 3 and len(colour) == 3:  # a see-through end would show its overlap with the stroke
            for x, y in (points[0], points[-1]):
                r = width / 2 - 0.5
                self.draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def leaf(self, x: float, y: float, length: float, degrees: float, colour: Colour, breadth: float = 0.5) -> None:
        """A pointed leaf that starts at (x, y)."""
        rise, tip = length * breadth, (x + length, y)
        half = bend((x, y), (x + length / 2, y - rise), tip, 6)
        self.turned(degrees, x, y).shape(half + [(px, 2 * y - py) for px, py in reversed(half)], colour)

    def puff(self, x: float, y: float, size: float, colour: Colour) -> None:
        """A small round cloud."""
        for dx, dy, r in ((-0.9, 0.15, 0.6), (-0.3, -0.3, 0.75), (0.45, -0.15, 0.65), (1, 0.2, 0.5), (0, 0.25, 0.7)):
            self.disc(x + dx * size, y + dy * size, r * size, colour)

    def zigzag(self, points: Sequence[Point], colour: Colour, width: float = 1.6) -> None:
        """A crack: a stroke with sharp corners."""
        self.draw.line(self._placed(points), fill=colour, width=max(1, round(width * self.scale)))


def shadow(pen: Pen, x: float = 50, width: float = 42, y: float = 95) -> None:
    """The soft shadow of a thing on the ground."""
    pen.disc(x, y, width, (20, 24, 50, 60), 4.5)


def wisps(pen: Pen, rng: Random, x: float, top: float, bottom: float, colour: Colour) -> None:
    """Smoke or steam that rises and spreads."""
    steps = 4
    for i in range(steps):
        t = i / (steps - 1)
        pen.puff(x + rng.uniform(-3, 3) * t, bottom + (top - bottom) * t, 4.5 + 5.5 * t, (*colour, 235))
