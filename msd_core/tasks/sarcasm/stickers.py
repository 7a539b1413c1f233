"""Draws the stickers of the sarcasm task: die-cut faces that mean it, or do not."""

from random import Random

from msd_core.tasks.sarcasm.pen import WHITE, Colour, Pen, arc, bend, mix

INK = (72, 46, 40)
RED = (232, 66, 92)


def draw_sticker(pen: Pen, rng: Random, kind: str) -> None:
    """A die-cut face; its tint says nothing, for every expression comes in all of them."""
    face = rng.choice(((255, 211, 74), (255, 226, 120), (255, 190, 96), (252, 200, 160)))
    pen.disc(51.5, 52.5, 48, (30, 30, 60, 70))
    pen.disc(50, 50, 48, WHITE)
    pen.disc(50, 50, 43, mix(face, (200, 110, 40), 0.16))
    pen.disc(49, 48, 40.5, face)
    tilted = pen.turned(rng.uniform(-12, 12), 50, 50)
    FACES[kind](tilted, rng, face)


def _heart(pen: Pen, x: float, y: float, s: float, colour: Colour) -> None:
    pen.disc(x - s * 0.48, y - s * 0.3, s * 0.56, colour)
    pen.disc(x + s * 0.48, y - s * 0.3, s * 0.56, colour)
    pen.shape([(x - s * 0.98, y - s * 0.05), (x + s * 0.98, y - s * 0.05), (x, y + s * 1.05)], colour)
    pen.disc(x, y - s * 0.05, s * 0.5, colour)


def _open_smile(pen: Pen, y: float, width: float) -> None:
    pen.shape(arc(50, y, width, width * 1.02, 0, 180), INK)
    pen.bar(50 - width * 0.82, y, 50 + width * 0.82, y + width * 0.22, WHITE, 1)
    pen.shape(arc(50, y + width * 0.95, width * 0.55, width * 0.38, 180, 360), RED)


def _cheeks(pen: Pen) -> None:
    pen.disc(22, 60, 8, (255, 110, 120, 130), 6)
    pen.disc(78, 60, 8, (255, 110, 120, 130), 6)


def _hearts(pen: Pen, rng: Random, face: Colour) -> None:
    for x in (29, 71):
        _heart(pen, x, 39, 17, RED)
    _open_smile(pen, 61, 22)


def _hug(pen: Pen, rng: Random, face: Colour) -> None:
    _cheeks(pen)
    for x in (32, 68):
        pen.line(arc(x, 38, 10, 11, 190, 350), INK, 6)
    pen.line(arc(50, 42, 15, 13, 15, 165), INK, 5)
    _heart(pen, 50, 78, 23, WHITE)
    _heart(pen, 50, 78, 20, RED)
    for side in (-1, 1):
        hand = ((14, 82), (20, 73), (32, 72), (37, 82), (30, 93), (18, 92))
        pen.blob([(50 + side * x, y) for x, y in hand], mix(face, (200, 90, 40), 0.3))


def _beaming(pen: Pen, rng: Random, face: Colour) -> None:
    _cheeks(pen)
    for x in (34, 66):
        pen.disc(x, 38, 8.5, INK, 11)
        pen.disc(x + 2.5, 34, 3.2, WHITE)
    _open_smile(pen, 54, 28)
    for x, y in ((14, 18), (86, 18)):
        _heart(pen, x, y, 14, WHITE)
        _heart(pen, x, y, 11, RED)


def _wink(pen: Pen, rng: Random, face: Colour) -> None:
    pen.line([(18, 32), (42, 40), (19, 48)], INK, 6)
    pen.disc(69, 39, 14, WHITE, 15)
    pen.disc(69, 40, 7, INK, 8)
    pen.line(bend((57, 20), (70, 10), (84, 20)), INK, 5.5)
    pen.line(bend((24, 62), (52, 70), (80, 58)), INK, 6)
    pen.shape([*bend((42, 67), (56, 69), (70, 62)), *arc(57, 78, 13.5, 17, 0, 180)], RED)
    pen.line([(56, 70), (57, 84)], (180, 40, 70), 3)


def _eyeroll(pen: Pen, rng: Random, face: Colour) -> None:
    for x in (29, 71):
        pen.disc(x, 40, 20, INK)
        pen.disc(x, 40, 17.5, WHITE)
        pen.disc(x + 4, 29, 7, INK)
    pen.line([(32, 77), (60, 75), (72, 69)], INK, 6.5)


def _shades(pen: Pen, rng: Random, face: Colour) -> None:
    """Too cool to mean it: dark glasses over a lopsided smirk."""
    pen.bar(8, 32, 92, 38, INK, 2)
    for x in (29, 71):
        pen.blob([(x - 19, 34), (x, 31), (x + 19, 34), (x + 15, 53), (x, 57), (x - 15, 53)], (40, 38, 52))
        pen.shape([(x - 12, 37), (x - 5, 37), (x - 11, 50), (x - 13, 47)], (150, 160, 190))
    pen.line(bend((57, 24), (70, 14), (84, 22)), INK, 5)
    pen.line(bend((34, 76), (62, 80), (78, 62)), INK, 6.5)


FACES = {
    "hearts": _hearts, "hug": _hug, "beaming": _beaming, "wink": _wink, "eyeroll": _eyeroll, "shades": _shades,
}  # fmt: skip
