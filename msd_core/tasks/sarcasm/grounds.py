"""Draws the ground of the sarcasm task's scenes, from the horizon down."""

from collections.abc import Callable
from random import Random

from msd_core.tasks.sarcasm.pen import WHITE, Colour, Pen, arc, hsl, mix

Light = Callable[[Colour], Colour]  # a colour as it looks at that hour

SHADE = {"day": ((255, 250, 225), 0.0), "dusk": ((110, 60, 110), 0.22), "night": ((24, 30, 78), 0.46)}


def _hill(pen: Pen, rng: Random, top: float, rise: float, colour: Colour) -> None:
    xs = range(-20, 141, 20)
    curve = [(-30, 110), *((x, top - rng.uniform(0, rise)) for x in xs), (130, 110)]
    pen.blob(curve, colour)


def draw_ground(pen: Pen, rng: Random, light: str, kind: str, h: float) -> None:
    """A ground in its light, below the horizon `h`."""
    tint, share = SHADE[light]

    def lit(colour: Colour) -> Colour:
        return mix(colour, tint, share)

    GROUNDS[kind](pen, rng, h, lit)


def _green(rng: Random) -> Colour:
    return hsl(rng.uniform(0.2, 0.42), rng.uniform(0.32, 0.5), rng.uniform(0.52, 0.66))


def _meadow(pen: Pen, rng: Random, h: float, lit: Light) -> None:
    green = _green(rng)
    _hill(pen, rng, h - 1, 6, lit(mix(green, (120, 170, 200), 0.45)))
    for _ in range(rng.randint(0, 7)):
        x, s = rng.uniform(0, 100), rng.uniform(1.6, 3)
        pen.shape([(x - s, h + 3), (x, h - 2.2 * s), (x + s, h + 3)], lit(mix(green, (40, 100, 90), 0.5)))
    _hill(pen, rng, h + 6, 4, lit(mix(green, (60, 120, 90), 0.15)))
    _hill(pen, rng, h + 16, 4, lit(green))
    for _ in range(rng.randint(8, 22)):
        x, y = rng.uniform(2, 98), rng.uniform(h + 15, 99)
        if rng.random() < 0.5:
            pen.disc(x, y, rng.uniform(0.6, 1.1), lit(hsl(rng.random(), 0.75, 0.8)))
        else:
            tuft = ((-1.2, -1.6), (-0.5, 0), (0, -2.4), (0.5, 0), (1.2, -1.6), (0.6, 1), (-0.6, 1))
            pen.shape([(x + dx, y + dy) for dx, dy in tuft], lit(mix(green, (50, 110, 60), 0.4)))


def _road(pen: Pen, rng: Random, h: float, lit: Light) -> None:
    wall, x = rng.random(), -2.0
    while x < 100:
        w, top = rng.uniform(8, 16), h - rng.uniform(2, 13)
        pen.bar(x, top, x + w, h + 8, lit(mix(hsl(wall + rng.uniform(-0.12, 0.12), 0.3, 0.66), (150, 170, 200), 0.4)))
        for wx in range(int(x) + 2, int(x + w) - 1, 3):
            pen.bar(wx, top + 2, wx + 1.2, top + 3.6, (255, 240, 196))
        x += w + rng.uniform(0, 3)
    pen.bar(-1, h + 3, 101, 101, lit(_green(rng)))
    pen.bar(-1, h + 9, 101, h + 14, lit((212, 206, 198)))
    asphalt = rng.choice(((146, 150, 162), (168, 162, 160), (132, 140, 156)))
    pen.bar(-1, h + 13, 101, 101, lit(asphalt))
    start = rng.uniform(-12, 0)
    for i in range(8):
        pen.bar(start + 16 * i, 92, start + 16 * i + 8, 93.6, lit((244, 238, 214)))


def _beach(pen: Pen, rng: Random, h: float, lit: Light) -> None:
    sea = hsl(rng.uniform(0.48, 0.58), 0.55, 0.58)
    pen.bar(-1, h - 1, 101, h + 16, lit(sea))
    for _ in range(7):
        x, y = rng.uniform(0, 95), rng.uniform(h + 1, h + 7)
        pen.bar(x, y, x + rng.uniform(4, 10), y + 0.7, lit(mix(sea, WHITE, 0.45)), 0.3)
    sand = hsl(rng.uniform(0.09, 0.13), rng.uniform(0.5, 0.75), rng.uniform(0.74, 0.8))
    state = rng.getstate()
    _hill(pen, rng, h + 10.6, 4, lit(mix(sea, WHITE, 0.75)))
    rng.setstate(state)
    _hill(pen, rng, h + 12.4, 4, lit(sand))
    for _ in range(rng.randint(10, 22)):
        x, y = rng.uniform(2, 98), rng.uniform(h + 16, 99)
        pen.disc(x, y, rng.uniform(0.3, 0.6), lit(mix(sand, (150, 110, 70), 0.4)))
    for _ in range(rng.randint(1, 4)):
        x, y, shell = rng.uniform(5, 95), rng.uniform(h + 18, 98), hsl(rng.choice((0.0, 0.95, 0.5)), 0.6, 0.82)
        pen.shape(arc(x, y, 1.8, 1.8, 180, 360, 8), lit(shell))


def _water(pen: Pen, rng: Random, h: float, lit: Light) -> None:
    sea = hsl(rng.uniform(0.5, 0.6), rng.uniform(0.42, 0.6), rng.uniform(0.5, 0.6))
    if rng.random() < 0.6:
        _hill(pen, rng, h + 1, 9, lit(mix(_green(rng), (140, 170, 200), 0.5)))
    for i in range(5):
        top = h + 1.2 + i * i * 1.9 + i * 2
        colour = lit(mix(sea, (20, 60, 110), 0.07 * i))
        phase, high = rng.uniform(0, 12), 0.3 + 0.35 * i if i else 0
        crests = [(x, top + high * (((x + phase) % 12 - 6) ** 2 / 18 - 1)) for x in range(-1, 102, 2)]
        pen.shape([(-1, 101), *crests, (101, 101)], colour)
    for _ in range(rng.randint(6, 14)):
        x, y = rng.uniform(0, 95), rng.uniform(h + 4, 98)
        pen.bar(x, y, x + rng.uniform(3, 8), y + 0.8, lit(mix(sea, WHITE, 0.4)), 0.35)


def _table(pen: Pen, rng: Random, h: float, lit: Light) -> None:
    green = _green(rng)
    _hill(pen, rng, h, 6, lit(mix(green, (120, 170, 200), 0.3)))
    _hill(pen, rng, h + 5, 3, lit(green))
    for _ in range(rng.randint(3, 9)):
        pen.disc(rng.uniform(0, 100), h + rng.uniform(6, 10), rng.uniform(2, 4), lit(mix(green, (40, 110, 80), 0.35)))
    edge = h + 12
    if rng.random() < 0.5:
        wood = hsl(rng.uniform(0.05, 0.1), rng.uniform(0.25, 0.5), rng.uniform(0.55, 0.72))
        pen.bar(-1, edge, 101, 101, lit(wood))
        for y in (edge, edge + 8, edge + 18, edge + 30):
            pen.bar(-1, y, 101, y + 0.8, lit(mix(wood, (80, 50, 30), 0.3)))
        return
    cloth = hsl(rng.random(), rng.uniform(0.35, 0.6), rng.uniform(0.68, 0.8))
    pen.bar(-1, edge, 101, 101, lit(mix(cloth, WHITE, 0.75)))
    stripe = (*lit(cloth), 150)
    lean, step = rng.uniform(4, 10), rng.choice((10, 13))
    for i in range(-4, 14):
        x = 50 + (i - 5) * step
        wide = x + (x - 50) * lean / 14
        pen.shape([(x, edge), (x + step / 2, edge), (wide + step * 0.75, 101), (wide, 101)], stripe)
    if rng.random() < 0.6:
        for y, thick in ((edge + 3, 3), (edge + 11, 5), (edge + 23, 7)):
            pen.bar(-1, y, 101, y + thick, stripe)


GROUNDS = {"meadow": _meadow, "road": _road, "beach": _beach, "water": _water, "table": _table}
