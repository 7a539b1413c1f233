"""Draws the weather of the sarcasm task's scenes, down to the horizon."""

from random import Random

from msd_core.tasks.sarcasm.pen import WHITE, Colour, Pen, arc, bend, hsl, mix


def _cloud(sky: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    sky.puff(x, y, size, mix(colour, (90, 110, 150), 0.16))
    sky.puff(x - size * 0.06, y - size * 0.14, size * 0.93, colour)


def _fair_clouds(sky: Pen, rng: Random, light: str, most: int) -> None:
    colour = {"day": WHITE, "dusk": (255, 214, 204), "night": (96, 104, 164)}[light]
    for _ in range(rng.randint(1, most)):
        _cloud(sky, rng.uniform(5, 95), rng.uniform(8, 34), rng.uniform(4, 8), colour)


def _dark_clouds(sky: Pen, rng: Random, light: str) -> None:
    base = {"day": (92, 102, 120), "dusk": (84, 74, 92), "night": (54, 60, 76)}[light]
    x = rng.uniform(-6, 4)
    while x < 104:
        _cloud(sky, x, rng.uniform(3, 14), rng.uniform(9, 14), mix(base, WHITE, rng.uniform(0, 0.22)))
        x += rng.uniform(12, 19)


def _sun(sky: Pen, x: float, y: float, r: float, colour: Colour) -> None:
    for ring, alpha in ((2.4, 40), (1.8, 55), (1.35, 90)):
        sky.disc(x, y, r * ring, (*colour, alpha))
    sky.disc(x, y, r, mix(colour, WHITE, 0.25))


def _sunny(sky: Pen, rng: Random, light: str, h: float) -> None:
    x, y, r = rng.uniform(14, 86), rng.uniform(13, 24), rng.uniform(6.5, 10)
    colour, rays = (255, 205, 60), rng.choice((0, 8, 12))
    for i in range(rays):
        ray = [(x - r * 0.22, y - r * 1.3), (x, y - r * 1.95), (x + r * 0.22, y - r * 1.3)]
        sky.turned(360 * i / rays, x, y).shape(ray, colour)
    _sun(sky, x, y, r, colour)
    _fair_clouds(sky, rng, light, 4)
    _birds(sky, rng, h)


def _birds(sky: Pen, rng: Random, h: float) -> None:
    for _ in range(rng.choice((0, 2, 3, 4))):
        x, y, s = rng.uniform(10, 90), rng.uniform(10, h * 0.7), rng.uniform(1.2, 2.2)
        sky.line(bend((x - s, y - s * 0.3), (x - s * 0.4, y - s), (x, y), 5), (70, 84, 110), 0.5)
        sky.line(bend((x, y), (x + s * 0.4, y - s), (x + s, y - s * 0.3), 5), (70, 84, 110), 0.5)


def _rainbow(sky: Pen, rng: Random, light: str, h: float) -> None:
    x, r, band = rng.uniform(25, 75), rng.uniform(42, 54), rng.uniform(2.2, 3)
    for i, hue in enumerate((0.0, 0.08, 0.15, 0.36, 0.56, 0.76)):
        outer, inner = r - i * band, r - (i + 1) * band
        ring = arc(x, h + 4, outer, outer * 0.98, 180, 360, 40) + arc(x, h + 4, inner, inner * 0.98, 360, 180, 40)
        sky.shape(ring, (*hsl(hue, 0.9, 0.62), 225))
    if rng.random() < 0.5:
        _sun(sky, rng.choice((8, 92)), rng.uniform(8, 14), rng.uniform(5, 7), (255, 214, 90))
    _fair_clouds(sky, rng, light, 4)


def _sunset(sky: Pen, rng: Random, light: str, h: float) -> None:
    x, r = rng.uniform(18, 82), rng.uniform(10, 15)
    _sun(sky, x, h - r * rng.uniform(0.3, 1.3), r, rng.choice(((255, 176, 72), (255, 138, 92), (255, 214, 110))))
    for _ in range(rng.randint(2, 5)):
        cx, cy, w = rng.uniform(5, 95), rng.uniform(8, h - 14), rng.uniform(8, 18)
        sky.bar(cx - w, cy, cx + w * 0.7, cy + 2, (255, 190, 190, 200), 0.99)
        sky.bar(cx - w * 0.5, cy + 1.8, cx + w, cy + 3.6, (250, 170, 190, 170), 0.89)
    _birds(sky, rng, h)


def _starry(sky: Pen, rng: Random, light: str, h: float) -> None:
    for _ in range(rng.randint(36, 64)):
        sky.disc(rng.uniform(0, 100), rng.uniform(0, h), rng.uniform(0.25, 0.6), (255, 250, 220, rng.randint(150, 255)))
    for _ in range(rng.randint(5, 10)):
        _star(sky, rng.uniform(4, 96), rng.uniform(4, h - 8), rng.uniform(1.4, 2.8), (255, 244, 190))
    x, y, r = rng.uniform(16, 84), rng.uniform(14, 26), rng.uniform(7, 9.5)
    sky.disc(x, y, r * 1.7, (255, 246, 200, 34))
    if rng.random() < 0.5:
        inner = r * 0.866
        sky.shape(arc(x, y, r, r, 60, 300, 28) + arc(x + r * 0.5, y, inner, inner, 270, 90, 24), (255, 242, 188))
    else:
        sky.disc(x, y, r, (255, 242, 196))
        for dx, dy, s in ((-0.3, -0.2, 0.22), (0.35, 0.25, 0.28), (0.1, -0.5, 0.14)):
            sky.disc(x + dx * r, y + dy * r, s * r, (236, 220, 168))


def _star(pen: Pen, x: float, y: float, r: float, colour: Colour) -> None:
    points = []
    for i in range(4):
        points += [arc(x, y, r, r, 90 * i, 0, 1)[0], arc(x, y, r * 0.28, r * 0.28, 90 * i + 45, 0, 1)[0]]
    pen.shape(points, colour)


def _rain(sky: Pen, rng: Random, light: str, h: float) -> None:
    slant, colour = rng.uniform(-3.5, 3.5), rng.choice(((120, 170, 220), (206, 226, 244), (96, 140, 196)))
    for _ in range(rng.randint(70, 110)):
        x, y, length = rng.uniform(-3, 103), rng.uniform(10, h - 3), rng.uniform(4, 8)
        sky.zigzag([(x, y), (x + slant, y + length)], (*colour, 210), 0.75)
    _dark_clouds(sky, rng, light)


def _storm(sky: Pen, rng: Random, light: str, h: float) -> None:
    for _ in range(rng.randint(1, 3)):
        x, y, s = rng.uniform(10, 90), rng.uniform(12, 16), rng.uniform(0.75, 1.05) * (h - 17) / 40
        bolt = ((0, 0), (7, 0), (3, 14), (9, 14), (-4, 40), (0, 21), (-6, 21))
        sky.blob([(x + 1.6 * dx * s, y + dy * s) for dx, dy in bolt], (255, 240, 150, 40))
        sky.shape([(x + dx * s, y + dy * s) for dx, dy in bolt], (255, 226, 84))
    if rng.random() < 0.6:
        for _ in range(40):
            x, y = rng.uniform(0, 100), rng.uniform(14, h - 3)
            sky.zigzag([(x, y), (x - 1.5, y + 5)], (190, 210, 235, 150), 0.6)
    _dark_clouds(sky, rng, light)


def _hail(sky: Pen, rng: Random, light: str, h: float) -> None:
    for _ in range(rng.randint(40, 60)):
        x, y, r = rng.uniform(0, 100), rng.uniform(14, h), rng.uniform(0.8, 1.7)
        sky.zigzag([(x + 0.8, y - 4.5), (x, y)], (235, 242, 250, 120), 0.5)
        sky.disc(x, y, r, (236, 244, 252))
        sky.disc(x + r * 0.25, y + r * 0.25, r * 0.55, (190, 208, 228))
    _dark_clouds(sky, rng, light)


def _fog(sky: Pen, rng: Random, light: str, h: float) -> None:
    grey = {"day": (206, 211, 216), "dusk": (204, 190, 188)}[light]
    for left in range(2, 100, 9):  # a far skyline that the fog swallows
        sky.bar(left, h - rng.uniform(10, 28), left + rng.uniform(6, 10), h, mix(grey, (96, 104, 116), 0.55))
    for _ in range(rng.randint(16, 22)):
        x, y, breadth = rng.uniform(0, 100), rng.uniform(2, h - 2), rng.uniform(26, 52)
        sky.disc(x, y, breadth, (*mix(grey, WHITE, rng.uniform(0, 0.7)), rng.randint(70, 150)), rng.uniform(2.4, 5.5))


def _tornado(sky: Pen, rng: Random, light: str, h: float) -> None:
    x, lean, rings = rng.uniform(22, 78), rng.uniform(-8, 8), 15
    colour = rng.choice(((92, 90, 104), (120, 108, 100), (76, 86, 98)))
    for i in range(rings):
        t = i / (rings - 1)
        centre = x + lean * t + rng.uniform(-1.6, 1.6)
        sky.disc(centre, 12 + (h - 13) * t, 19 * (1 - t) ** 1.3 + 2.2, mix(colour, WHITE, 0.24 * (i % 2)), 2.8)
    for _ in range(rng.randint(6, 12)):
        dx, dy = x + lean + rng.uniform(-20, 20), h - rng.uniform(3, 22)
        plank = sky.turned(rng.uniform(0, 90), dx, dy)
        plank.bar(dx - 1.2, dy - 0.6, dx + 1.2, dy + 0.6, mix(colour, (60, 40, 30), 0.5))
    _dark_clouds(sky, rng, light)


SKIES = {
    "sunny": _sunny, "rainbow": _rainbow, "sunset": _sunset, "starry": _starry,
    "rain": _rain, "storm": _storm, "hail": _hail, "fog": _fog, "tornado": _tornado,
}  # fmt: skip
