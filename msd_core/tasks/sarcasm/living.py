"""Draws the sarcasm task's subjects that grow, breathe or are eaten, each in a good or a bad state. Long, since
drawings are lists of coordinates."""

from random import Random

from msd_core.tasks.sarcasm.pen import INK, WHITE, Colour, Pen, arc, bend, hsl, mix, shadow, wisps


def plant(pen: Pen, rng: Random, good: bool) -> None:
    """A pot plant, blooming or wilted or toppled."""
    pot = hsl(rng.random(), rng.uniform(0.35, 0.6), rng.uniform(0.5, 0.65))
    petal = hsl(rng.uniform(0.55, 1.17), 0.75, 0.68)  # any hue but a leaf's
    shadow(pen, width=26)
    if not good and rng.random() < 0.35:
        return _toppled_plant(pen, rng, pot, petal)
    stems = rng.choice(((50,), (34, 66), (26, 50, 76)))
    for x in stems:
        (_blooming_stem if good else _wilted_stem)(pen, rng, x, petal, len(stems))
    if not good:
        _fallen_petals(pen, rng, petal)
    return _pot(pen, rng, pot)


def _pot(pen: Pen, rng: Random, pot: Colour) -> None:
    pen.shape([(30, 70), (70, 70), (64, 95), (36, 95)], pot)
    pen.shape([(56, 70), (70, 70), (64, 95), (55, 95)], mix(pot, INK, 0.14))
    pen.bar(27, 64, 73, 72, mix(pot, WHITE, 0.18), 2)
    if rng.random() < 0.5:
        pen.bar(33, 79, 67, 83, mix(pot, WHITE, 0.45))


def _fallen_petals(pen: Pen, rng: Random, petal: Colour) -> None:
    for _ in range(rng.randint(4, 7)):
        pen.leaf(rng.uniform(4, 88), rng.uniform(91, 96), 8, rng.uniform(-20, 20), mix(petal, (140, 104, 60), 0.3))


def _toppled_plant(pen: Pen, rng: Random, pot: Colour, petal: Colour) -> None:
    """The pot lies on its side, broken, in its spilt earth."""
    soil = (104, 76, 58)
    pen.blob([(20, 95), (38, 84), (58, 86), (72, 92), (66, 98), (34, 98)], soil)
    lying = pen.turned(rng.uniform(-82, -70), 72, 82)
    lying.shape([(56, 70), (94, 70), (88, 94), (62, 94)], pot)
    lying.shape([(52, 62), (66, 66), (72, 61), (80, 67), (97, 63), (96, 72), (54, 72)], mix(pot, WHITE, 0.18))
    lying.zigzag([(72, 64), (76, 74), (70, 80), (76, 88)], mix(pot, INK, 0.6), 2)
    for x, degrees in ((30, 20), (46, -30)):
        pen.turned(degrees, x, 92).shape([(x - 5, 95), (x - 1, 86), (x + 6, 94)], pot)
    green = hsl(rng.uniform(0.16, 0.3), 0.3, 0.42)
    pen.line(bend((58, 82), (34, 66), (18, 88)), green, 3)
    pen.leaf(42, 76, 16, -110, green, 0.35)
    for degrees in (80, 120, 160, 200):
        pen.leaf(18, 88, 12, degrees, mix(petal, (132, 104, 76), 0.3), 0.4)
    _fallen_petals(pen, rng, petal)


def _blooming_stem(pen: Pen, rng: Random, x: float, petal: Colour, stems: int) -> None:
    y, green = rng.uniform(18, 28) + 6 * (x != 50), hsl(rng.uniform(0.28, 0.4), 0.45, rng.uniform(0.36, 0.48))
    base = 50 + (x - 50) * 0.35
    pen.line(bend((base, 68), (base, 45), (x, y)), green, 3)
    for side, height in ((1, 54), (-1, 60)):
        pen.leaf(base, height, 20, -35 if side > 0 else -145, green)
    if rng.random() < 0.35:
        points = ((-11, -10), (-5, -3), (0, -13), (5, -3), (11, -10))
        return pen.shape([*((x + dx, y + dy) for dx, dy in points), *arc(x, y, 11, 12, 0, 180)], petal)
    size, petals = (15 if stems > 1 else 19), rng.choice((6, 8))
    for i in range(petals):
        cx, cy = arc(x, y, size * 0.62, size * 0.62, 360 / petals * i, 0, 1)[0]
        pen.disc(cx, cy, size * 0.36, petal if i % 2 else mix(petal, WHITE, 0.2))
    return pen.disc(x, y, size * 0.38, rng.choice(((250, 204, 70), (122, 78, 48), (255, 240, 200))))


def _wilted_stem(pen: Pen, rng: Random, x: float, petal: Colour, stems: int) -> None:
    side = 1 if x > 50 or (x == 50 and rng.random() < 0.5) else -1
    dull = hsl(rng.uniform(0.1, 0.2), rng.uniform(0.25, 0.4), rng.uniform(0.38, 0.5))
    reach, top, end = rng.uniform(26, 38), rng.uniform(28, 44), rng.uniform(62, 80)
    tip = (50 + side * reach, end)
    pen.line(bend((50, 68), (50 + side * 2, top - 20), (50 + side * reach * 0.8, top + 12)), dull, 3)
    pen.line(bend((50 + side * reach * 0.8, top + 12), (50 + side * reach, top + 20), tip), dull, 3)
    pen.leaf(50 + side * 4, 52, 17, 90 - side * 30, dull, 0.35)
    pen.leaf(50 + side * 16, 38, 15, 100, mix(dull, INK, 0.2), 0.35)
    faded = mix(petal, (132, 104, 76), rng.uniform(0.2, 0.6))
    for degrees in (60, 90, 120):
        pen.leaf(*tip, 13, degrees, faded, 0.4)
    pen.disc(*tip, 4.5, mix(faded, INK, 0.35))


def tree(pen: Pen, rng: Random, good: bool) -> None:
    """A tree, full of fruit or broken or bare."""
    bark = hsl(rng.uniform(0.04, 0.1), rng.uniform(0.2, 0.4), rng.uniform(0.34, 0.46))
    shadow(pen, width=32)
    if good:
        return _fruiting_tree(pen, rng, bark)
    (_broken_tree if rng.random() < 0.6 else _bare_tree)(pen, rng, mix(bark, (110, 104, 104), 0.35))
    leaf = hsl(rng.uniform(0.04, 0.32), 0.45, 0.48)
    for _ in range(rng.randint(3, 8)):
        pen.leaf(rng.uniform(6, 88), rng.uniform(91, 97), 6, rng.uniform(-30, 30), leaf)
    return None


def _bare_tree(pen: Pen, rng: Random, bark: Colour) -> None:
    pen.shape([(41, 95), (46, 46), (55, 46), (59, 95), (66, 97), (34, 97)], bark)
    for degrees, length in ((-42, 40), (-14, 44), (18, 36), (48, 42)):
        limb = pen.turned(degrees + rng.uniform(-7, 7), 50, 50)
        limb.shape([(47, 52), (49.4, 52 - length), (50.6, 52 - length), (53.5, 52)], bark)
        for side, height in ((-1, 0.45), (1, 0.62)):
            y = 52 - length * height
            limb.line([(50, y), (50 + side * 9, y - 10)], bark, 2.2)
    pen.zigzag([(50, 50), (47, 62), (53, 70), (49, 84)], mix(bark, INK, 0.55), 2)
    pen.disc(52, 77, 3.4, mix(bark, INK, 0.6), 5)


def _fruiting_tree(pen: Pen, rng: Random, bark: Colour) -> None:
    pen.shape([(42, 95), (46, 50), (54, 50), (58, 95), (64, 97), (36, 97)], bark)
    hue = rng.choice((0.3, 0.36, 0.42, 0.24, 0.1, 0.95))
    crown, fruit = hsl(hue, 0.45, rng.uniform(0.44, 0.6)), hsl(hue + rng.choice((0.33, 0.5, 0.68)), 0.8, 0.6)
    spread, tall = rng.uniform(0.9, 1.1), rng.uniform(0, 6)
    clumps = [(26, 48, 18), (74, 48, 18), (34, 28, 18), (66, 28, 18), (50, 20 - tall + 2, 17), (50, 46, 22)]
    for x, y, r in clumps:
        pen.disc(50 + (x - 50) * spread, y + 2.5, r, mix(crown, INK, 0.16))
    for x, y, r in clumps:
        pen.disc(50 + (x - 50) * spread - 1, y - 0.5, r - 2, crown)
    for x, y in ((30, 26), (46, 14), (58, 36)):
        pen.disc(x, y, 6, mix(crown, WHITE, 0.16), 4)
    for x, y in ((24, 44), (38, 32), (52, 22), (66, 32), (78, 48), (46, 52), (62, 54), (32, 58)):
        fx, fy = x + rng.uniform(-4, 4), y + rng.uniform(-4, 4)
        pen.disc(fx, fy, 4, fruit)
        pen.disc(fx - 1.2, fy - 1.4, 1.2, mix(fruit, WHITE, 0.6))


def _broken_tree(pen: Pen, rng: Random, bark: Colour) -> None:
    top = rng.uniform(36, 50)
    splinters = [(x, top + dy) for x, dy in ((46, -6), (49, 3), (52, -10), (55, 2), (58, -3))]
    pen.shape([(40, 95), (44, top + 6), *splinters, (59, 95), (66, 97), (34, 97)], bark)
    pen.shape([(46, top + 8), *splinters, (57, top + 9)], (232, 198, 150))
    for x, y, bx, by in ((45, 66, 18, 46), (57, 72, 82, 56)):
        pen.line([(x, y), (bx, by)], bark, 4)
        pen.line([((x + bx) / 2, (y + by) / 2), (bx + (bx - 50) * 0.1, by + 12)], bark, 2.4)
        pen.line([(bx, by), (bx - (bx - 50) * 0.2, by - 12)], bark, 2.4)
    fallen = pen.turned(rng.uniform(112, 135), 57, top)
    fallen.shape([(53, top), (55, top - 34), (58, top - 46), (60, top - 34), (62, top)], mix(bark, INK, 0.12))
    for side, dy in ((-1, -22), (1, -16), (-1, -34)):
        fallen.line([(57, top + dy), (57 + side * 10, top + dy - 8)], mix(bark, INK, 0.12), 2.4)


def dog(pen: Pen, rng: Random, good: bool) -> None:
    """A dog, neat or muddy."""
    coat = rng.choice(((232, 190, 130), (246, 236, 220), (176, 124, 84), (168, 172, 182), (92, 84, 90), (216, 140, 84)))
    ear, patch = mix(coat, INK, 0.32), mix(coat, WHITE, 0.5)
    shadow(pen, width=36)
    if not good:
        pen.blob([(6, 95), (22, 88), (50, 91), (80, 88), (95, 95), (72, 99), (28, 99)], (108, 74, 48))
    tail = bend((72, 84), (92, 84), (93, 58)) if good else bend((72, 86), (88, 86), (94, 93))
    pen.line(tail, coat, 7)
    pen.blob([(50, 40), (70, 56), (76, 84), (66, 95), (34, 95), (24, 84), (30, 56)], coat)
    pen.disc(50, 72, 13, patch, 17)
    for x in (38, 62):
        pen.bar(x - 6, 68, x + 6, 95, mix(coat, WHITE, 0.12), 5.5)
        pen.disc(x, 93, 8, mix(coat, WHITE, 0.2), 4)
    pen.disc(50, 34, 24, coat, 22)
    for side in (-1, 1):
        ears = ((14, 16), (22, 4), (29, 20), (22, 30)) if good else ((16, 20), (27, 26), (28, 48), (20, 50))
        pen.blob([(50 + side * x, y) for x, y in ears], ear)
    pen.disc(50, 42, 12, patch, 9.5)
    pen.disc(50, 37, 5, INK, 3.6)
    for x in (40, 60):
        pen.disc(x, 29, 3.4, INK, 4)
        pen.disc(x + 1.2, 27.6, 1.2, WHITE)
    if good:
        pen.shape(arc(50, 44, 6, 5, 0, 180), INK)
        pen.shape(arc(50, 46, 4, 8, 0, 180), (240, 110, 130))
        _finery(pen, rng)
    else:
        pen.line(arc(50, 49, 6, 4, 200, 340), INK, 2)
        _mud(pen, rng, coat)


def _finery(pen: Pen, rng: Random) -> None:
    colour = hsl(rng.random(), 0.75, 0.58)
    pen.line(bend((33, 52), (50, 62), (67, 52)), colour, 5)
    if rng.random() < 0.5:
        pen.disc(50, 60, 4, (255, 214, 90))
    else:
        pen.shape([(50, 58), (38, 51), (38, 66)], colour)
        pen.shape([(50, 58), (62, 51), (62, 66)], colour)


def _mud(pen: Pen, rng: Random, coat: Colour) -> None:
    mud = (150, 108, 66) if sum(coat) < 300 else rng.choice(((96, 66, 42), (78, 58, 44), (112, 78, 48)))
    top = rng.uniform(66, 74)
    edge = ((23, 6), (30, 0), (38, 7), (46, -3), (54, 6), (62, -2), (70, 3), (77, 6))
    pen.shape([*((x, top + dy) for x, dy in edge), (76, 86), (68, 96), (32, 96), (24, 86)], mud)
    for x, y, r in ((36, 22, 7), (64, 44, 6), (56, 16, 5), (34, 56, 6), (62, 58, 5)):
        sx, sy = x + rng.uniform(-4, 4), y + rng.uniform(-3, 3)
        pen.blob(
            [(sx - r, sy), (sx, sy - r * 0.8), (sx + r, sy), (sx + r * 0.3, sy + r), (sx - r * 0.5, sy + r * 0.8)], mud
        )
        pen.bar(sx - 1.4, sy, sx + 1.4, sy + r + 4, mud, 1.3)
    for _ in range(5):
        pen.disc(rng.uniform(8, 92), rng.uniform(60, 90), rng.uniform(1.2, 2.4), mud)


def cake(pen: Pen, rng: Random, good: bool) -> None:
    """A cake, risen or burnt or collapsed."""
    sponge = rng.choice(((246, 214, 160), (150, 98, 70), (248, 190, 196), (216, 170, 120), (190, 214, 160)))
    icing = hsl(rng.random(), 0.6, rng.uniform(0.8, 0.92))
    plate = hsl(rng.random(), 0.3, 0.9)
    shadow(pen, width=48)
    pen.disc(50, 92, 48, mix(plate, INK, 0.2), 6)
    pen.disc(50, 90, 48, plate, 6)
    if good:
        return _risen_cake(pen, rng, sponge, icing)
    return (_burnt_cake if rng.random() < 0.4 else _collapsed_cake)(pen, rng, sponge, icing)


def _risen_cake(pen: Pen, rng: Random, sponge: Colour, icing: Colour) -> None:
    widths, accent = rng.choice(((37, 25), (39, 28, 17), (36, 36))), hsl(rng.random(), 0.75, 0.6)
    bottom, height = 90, 21 if len(widths) == 3 else 26
    for width in widths:
        top = bottom - height
        pen.bar(50 - width, top, 50 + width, bottom, sponge, 2)
        pen.bar(50 + width * 0.5, top, 50 + width, bottom, mix(sponge, INK, 0.12), 2)
        pen.bar(50 - width - 1, top - 1, 50 + width + 1, top + 7, icing, 3)
        for i in range(6):
            x = 50 - width + (i + 0.5) * width / 3
            pen.bar(x - 2.6, top + 3, x + 2.6, top + 8 + rng.uniform(2, 7), icing, 2.5)
        for i in range(5):
            pen.disc(50 - width * 0.8 + i * width * 0.4, bottom - 3, 2.2, accent)
        bottom = top
    if rng.random() < 0.6:
        candles = rng.choice((1, 3, 4))
        for i in range(candles):
            x = 50 + (i - (candles - 1) / 2) * 8
            pen.bar(x - 1.6, bottom - 13, x + 1.6, bottom, mix(accent, WHITE, 0.3))
            pen.disc(x, bottom - 17, 2.6, (255, 190, 60), 4.5)
        return
    for x in rng.choice(((50,), (40, 50, 60))):
        pen.line(bend((x, bottom - 5), (x + 2, bottom - 13), (x + 6, bottom - 15)), (90, 130, 70), 1.2)
        pen.disc(x, bottom - 4, 5, (222, 46, 70))
        pen.disc(x - 1.6, bottom - 5.6, 1.4, (255, 190, 196))


def _burnt_cake(pen: Pen, rng: Random, sponge: Colour, icing: Colour) -> None:
    char = rng.choice(((52, 44, 46), (66, 48, 42), (44, 44, 54)))
    wisps(pen, rng, 36, 12, 44, (128, 128, 136))
    wisps(pen, rng, 64, 20, 44, (158, 158, 166))
    crest = [(12, 58), (20, 50), (30, 60), (42, 66), (54, 62), (64, 68), (76, 52), (87, 60)]
    pen.shape([(14, 90), *crest, (86, 90)], char)
    pen.shape([*crest, (76, 68), (52, 74), (26, 68)], mix(char, WHITE, 0.16))
    for x in (26, 50, 70):
        pen.zigzag([(x, 72), (x + 4, 78), (x - 1, 82), (x + 3, 88)], (240, 120, 50), 1.5)


def _collapsed_cake(pen: Pen, rng: Random, sponge: Colour, icing: Colour) -> None:
    pen.blob([(4, 90), (16, 84), (50, 87), (86, 83), (97, 91), (50, 95)], icing)
    sunken = [(10, 62), (26, 66), (42, 78), (56, 77), (64, 70)]
    pen.shape([(14, 89), *sunken, (72, 89)], sponge)
    pen.shape([*sunken, (66, 76), (54, 83), (38, 83), (22, 72), (11, 69)], icing)
    slid = pen.turned(rng.uniform(38, 62), 76, 74)
    slid.bar(58, 62, 94, 82, mix(sponge, INK, 0.08), 2)
    slid.bar(57, 60, 95, 68, icing, 3)
    for x in (64, 76, 86):
        slid.bar(x, 64, x + 5, 74, icing, 2.4)
    accent = hsl(rng.random(), 0.7, 0.6)
    for x, y, degrees in ((18, 66, -35), (38, 84, 72)):
        pen.turned(degrees, x, y).bar(x - 1.7, y - 15, x + 1.7, y, accent)
    for _ in range(5):
        pen.disc(rng.uniform(6, 94), rng.uniform(88, 95), rng.uniform(1, 2.2), sponge)


def ice_cream(pen: Pen, rng: Random, good: bool) -> None:
    """An ice cream, fresh or dropped or run out of its cone."""
    scoops = [hsl(rng.random(), rng.uniform(0.45, 0.75), rng.uniform(0.72, 0.88)) for _ in range(3)]
    wafer = (226, 168, 98)
    shadow(pen, width=24 if good else 44)
    if good:
        _fresh_cone(pen, rng, scoops, wafer)
    else:
        (_dropped_cone if rng.random() < 0.6 else _melted_cone)(pen, rng, scoops, wafer)


def _cone(pen: Pen, wafer: Colour) -> None:
    """A cone with its tip at (50, 96) and its rim at y = 54."""
    pen.shape([(31, 54), (69, 54), (52, 95), (48, 95)], wafer)
    for t in (0.2, 0.45, 0.7):
        pen.zigzag([(31 + 17 * t, 54 + 41 * t), (50 + 19 * (1 - t), 54)], mix(wafer, INK, 0.25), 1.2)
        pen.zigzag([(69 - 17 * t, 54 + 41 * t), (50 - 19 * (1 - t), 54)], mix(wafer, INK, 0.25), 1.2)
    pen.bar(29, 51, 71, 57, mix(wafer, WHITE, 0.2), 2.5)


def _fresh_cone(pen: Pen, rng: Random, scoops: list[Colour], wafer: Colour) -> None:
    stand = hsl(rng.random(), 0.35, 0.62)
    _cone(pen, wafer)
    pen.shape([(34, 78), (66, 78), (62, 96), (38, 96)], stand)
    pen.bar(32, 76, 68, 80, mix(stand, WHITE, 0.3), 1.5)
    layout = rng.choice((((50, 38),), ((40, 42), (60, 42), (50, 24)), ((50, 42), (50, 20))))
    r = 20 if len(layout) == 1 else 16
    for (x, y), colour in zip(layout, scoops, strict=False):
        pen.disc(x, y, r, colour)
        pen.disc(x - r * 0.3, y - r * 0.35, r * 0.3, mix(colour, WHITE, 0.5))
        for dx in (-0.6, 0, 0.6):
            pen.disc(x + dx * r, y + r * 0.75, r * 0.32, colour)
    x, y = layout[-1]
    if rng.random() < 0.6:
        pen.disc(x, y - r, 4.5, (222, 46, 70))
        pen.line(bend((x, y - r - 3), (x + 2, y - r - 9), (x + 6, max(2, y - r - 10))), (90, 130, 70), 1.2)
    for _ in range(rng.choice((0, 9))):
        sx, sy = x + rng.uniform(-0.6, 0.6) * r, y + rng.uniform(-0.6, 0.3) * r
        pen.turned(rng.uniform(0, 180), sx, sy).bar(sx - 2, sy - 0.7, sx + 2, sy + 0.7, hsl(rng.random(), 0.8, 0.55))


def _dropped_cone(pen: Pen, rng: Random, scoops: list[Colour], wafer: Colour) -> None:
    for colour, shift in zip(scoops[: rng.choice((1, 2))], (0, 18), strict=False):
        points = ((8, 93), (20, 87), (36, 89), (50, 85), (66, 88), (80, 86), (92, 93), (74, 98), (48, 96), (24, 99))
        pen.blob([(x * 0.86 + shift * 0.6, y) for x, y in points], colour)
    x = rng.uniform(36, 52)
    pen.blob([(x - 24, 92), (x - 18, 78), (x, 70), (x + 18, 78), (x + 24, 92)], scoops[0])
    pen.disc(x - 10, 82, 4, mix(scoops[0], WHITE, 0.5), 3)
    _cone(pen.turned(180 + rng.uniform(-24, 24), x, 72), wafer)


def _melted_cone(pen: Pen, rng: Random, scoops: list[Colour], wafer: Colour) -> None:
    """The cone lies on its side and its scoop has run out of it."""
    colour = scoops[0]
    pen.blob([(2, 93), (12, 86), (34, 88), (62, 90), (80, 94), (60, 98), (20, 98)], mix(colour, INK, 0.06))
    _cone(pen.turned(rng.uniform(-68, -60), 58, 76), wafer)
    pen.blob([(8, 94), (12, 74), (24, 66), (38, 70), (44, 82), (40, 94), (24, 96)], colour)
    pen.disc(20, 76, 4, mix(colour, WHITE, 0.5), 3)
    pen.blob([(48, 95), (60, 90), (76, 94), (62, 97)], scoops[1])
    pen.disc(rng.uniform(84, 92), 93, 4.2, (222, 46, 70))
