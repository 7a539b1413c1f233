"""Draws the sarcasm task's subjects that people make, each in a good or a bad state. Long, since drawings are lists
of coordinates."""

from random import Random

from msd_core.tasks.sarcasm.pen import (
    INK,
    SMOKE,
    WHITE,
    Colour,
    Pen,
    Point,
    arc,
    bend,
    hsl,
    mix,
    rounded,
    shadow,
    wisps,
)

STEEL = (150, 158, 170)
RIM = (226, 230, 236)


def car(pen: Pen, rng: Random, good: bool) -> None:
    """A car, shiny or broken down with steam."""
    paint = hsl(rng.random(), rng.uniform(0.45, 0.75), rng.uniform(0.45, 0.65))
    shadow(pen, width=49)
    if not good:
        wisps(pen, rng, 72, 14, 46, (176, 180, 190))
        wisps(pen, rng, 80, 22, 46, SMOKE)
    body = pen if good else pen.turned(rng.uniform(5, 9), 30, 84)
    cabin = rng.choice((((20, 58), (30, 36), (64, 36), (78, 58)), ((10, 58), (14, 38), (62, 38), (76, 58))))
    body.blob([(3, 84), (3, 62), (16, 56), (50, 54), (80, 57), (96, 63), (97, 82), (50, 87)], mix(paint, INK, 0.06))
    body.shape(list(cabin), paint)
    glass = (206, 232, 244) if good else (70, 76, 92)
    (ax, _), (bx, by), (cx, cy), (dx, _) = cabin
    body.shape([(ax + 5, 57), (bx + 3, by + 4), (43, by + 4), (43, 57)], glass)
    body.shape([(47, 57), (47, cy + 4), (cx - 2, cy + 4), (dx - 6, 57)], glass)
    body.bar(3, 72, 97, 75, mix(paint, WHITE, 0.5) if good else mix(paint, INK, 0.35))
    body.disc(93, 67, 3.5, (255, 244, 180) if good else (110, 110, 116), 4)
    body.disc(6, 67, 2.5, (236, 80, 70), 4)
    if good:
        _fine_car(pen, rng, paint, by)
    else:
        _wrecked_car(body, rng, paint)
    for x, flat in ((25, False), (76, not good)):
        pen.disc(x, 86 + 2.5 * flat, 11.5, INK, 8 if flat else 11.5)
        pen.disc(x, 86 + 2.5 * flat, 5.5, STEEL if flat else (222, 226, 232), 4 if flat else 5.5)


def _fine_car(pen: Pen, rng: Random, paint: Colour, roof: float) -> None:
    pen.line(bend((10, 63), (30, 59), (52, 60)), mix(paint, WHITE, 0.65), 2)
    load = rng.choice(("none", "cases", "board"))
    if load == "cases":
        for x, w, h in ((24, 14, 10), (40, 18, 14)):
            pen.bar(x, roof - h, x + w, roof, hsl(rng.random(), 0.5, 0.6), 2)
    elif load == "board":
        pen.disc(42, roof - 4, 36, hsl(rng.random(), 0.65, 0.65), 3.5)


def _wrecked_car(body: Pen, rng: Random, paint: Colour) -> None:
    body.shape([(72, 58), (95, 60), (95, 64), (72, 63)], (46, 44, 52))
    body.shape([(73, 58), (88, 30), (93, 32), (79, 60)], mix(paint, INK, 0.25))
    body.zigzag([(50, 42), (56, 47), (52, 50), (60, 56)], SMOKE, 1.8)
    body.blob([(32, 66), (42, 62), (50, 67), (46, 79), (35, 78)], mix(paint, INK, 0.45))
    for x, y in ((14, 68), (60, 80)):
        body.blob([(x, y), (x + 6, y - 3), (x + 9, y + 2), (x + 3, y + 5)], (150, 92, 60))


def bicycle(pen: Pen, rng: Random, good: bool) -> None:
    """A bicycle, whole or with flat and bent wheels."""
    frame, tyre = hsl(rng.random(), 0.7, rng.uniform(0.42, 0.6)), rng.choice((INK, (96, 70, 56), (70, 76, 96)))
    shadow(pen, width=47, y=94)
    if good:
        for x in (24, 76):
            _wheel(pen, x, 73, tyre, rng)
        _frame(pen, rng, frame, (76, 73))
        return
    _wheel(pen, 24, 77, tyre, rng, flat=True)
    frame = mix(frame, (140, 90, 60), 0.3)
    if rng.random() < 0.5:  # the front wheel is bent like a crisp
        bent, tilt = pen.turned(rng.uniform(5, 25), 80, 76), rng.uniform(9, 13)
        ring = rounded([(74, 56), (92, 60), (85, 76), (95, 90), (76, 96), (66, 88), (73, 76), (63, 64)])
    else:  # or has come off and lies before the bicycle
        bent, tilt, ring = pen, rng.uniform(20, 25), arc(78, 92, 20, 5, 0, 360)
    bent.line([*ring, ring[0]], RIM, 7)
    bent.line([*ring, ring[0]], tyre, 4)
    for a, b in ((0, len(ring) // 2), (len(ring) // 4, 3 * len(ring) // 4)):
        bent.zigzag([ring[a], ring[b]], STEEL, 1)
    _frame(pen.turned(tilt, 24, 77), rng, frame, (68, 66), droop=16)


def _wheel(pen: Pen, x: float, y: float, tyre: Colour, rng: Random, flat: bool = False) -> None:
    ry, start = (15, rng.uniform(0, 60)) if flat else (20, rng.uniform(0, 60))
    for i in range(3):
        a, b = arc(x, y, 18, ry - 2, start + 60 * i, start + 60 * i + 180, 1)
        pen.zigzag([a, b], STEEL, 0.9)
    pen.line(arc(x, y, 17, ry - 3, 0, 360, 30), RIM, 2.6)  # a pale rim shows on dark roads too
    pen.line(arc(x, y, 20, ry, 0, 360, 30), tyre, 4.8)
    if flat:
        pen.disc(x, 92.5, 17, tyre, 3.4)
    pen.disc(x, y, 2.6, STEEL)


def _frame(pen: Pen, rng: Random, colour: Colour, front: tuple[float, float], droop: float = 0) -> None:
    pedal, seat, head = (46, 74), (38, 44), (66, 42)
    pen.line([(24, 73), seat, head, pedal, (24, 73)], colour, 4.4)
    pen.line([pedal, (36, 38)], colour, 4.4)
    pen.line([(64, 32), head, front], colour, 4.4)
    pen.line([(64, 32), (72, 29 + droop), (77, 33 + 1.5 * droop)], INK, 3.6)
    pen.turned(2 * droop, 36, 37).blob([(26, 35), (36, 32), (46, 36), (36, 40)], INK)
    pen.disc(*pedal, 4, STEEL)
    if rng.random() < 0.5:
        pen.bar(66 + droop / 3, 44 + droop / 2, 82 + droop / 3, 56 + droop / 2, (190, 140, 90), 2)


def boat(pen: Pen, rng: Random, good: bool) -> None:
    """A boat, sailing or sinking or capsized."""
    hull = hsl(rng.random(), rng.uniform(0.4, 0.7), rng.uniform(0.42, 0.6))
    sail = hsl(rng.random(), 0.55, rng.uniform(0.72, 0.94))
    if good:
        _sailing_boat(pen, rng, hull, sail)
    else:
        (_capsized_boat if rng.random() < 0.4 else _sinking_boat)(pen, rng, hull, sail)


def _foam(pen: Pen, rng: Random, left: float, right: float) -> None:
    for i in range(6):
        x = left + (right - left) * (i + 0.5) / 6
        pen.disc(x, 90 + rng.uniform(-1, 1), (right - left) / 9, (236, 248, 255), rng.uniform(3, 4.5))


def _sailing_boat(pen: Pen, rng: Random, hull: Colour, sail: Colour) -> None:
    boat = pen.turned(rng.uniform(-5, 5), 50, 88)
    boat.bar(47.5, 6, 50.5, 72, (132, 94, 66))
    boat.shape([(52, 10), (52, 66), *bend((84, 66), (78, 36), (52, 10), 6)], sail)
    boat.shape([(46, 18), (46, 66), *bend((18, 66), (26, 44), (46, 18), 6)], mix(sail, hull, 0.25))
    if rng.random() < 0.5:
        boat.shape([(52, 46), (52, 54), (82, 58), (79, 50)], mix(hull, WHITE, 0.2))
    boat.shape([(50, 4), (62, 8), (50, 12)], hsl(rng.random(), 0.75, 0.6))
    boat.shape([(8, 70), (92, 70), (80, 92), (22, 92)], hull)
    boat.shape([(8, 70), (92, 70), (89, 76), (11, 76)], mix(hull, WHITE, 0.6))
    _foam(pen, rng, 10, 92)


def _lifebuoy(pen: Pen, x: float, y: float) -> None:
    pen.disc(x, y, 8, (238, 84, 70), 5)
    for degrees in (0, 90, 180, 270):
        cx, cy = arc(x, y, 6, 3.6, degrees, 0, 1)[0]
        pen.disc(cx, cy, 2, WHITE, 1.6)
    pen.disc(x, y, 3.6, (96, 160, 200), 2)


def _sinking_boat(pen: Pen, rng: Random, hull: Colour, sail: Colour) -> None:
    boat = pen.turned(rng.uniform(-8, 8), 60, 88)
    boat.line([(52, 80), (14, 46)], (132, 94, 66), 3)
    boat.shape([(46, 72), (16, 46), (14, 62), (22, 64), (18, 72), (30, 74), (28, 82)], mix(sail, (150, 140, 130), 0.25))
    boat.shape([(44, 90), (70, 34), *bend((70, 34), (88, 52), (86, 90), 6)], hull)
    boat.shape([(44, 90), (70, 34), (74, 38), (52, 90)], mix(hull, WHITE, 0.6))
    for t in (0.35, 0.68):
        boat.line([(70 + 15 * t, 34 + 20 * t), (52 + 28 * t, 90)], mix(hull, INK, 0.3), 1.6)
    boat.shape([(62, 70), (67, 66), (66, 61), (71, 65), (76, 62), (75, 69), (79, 74), (72, 74), (68, 79)], (46, 42, 52))
    _foam(pen, rng, 8, 94)
    _lifebuoy(pen, rng.uniform(12, 30), 88)


def _capsized_boat(pen: Pen, rng: Random, hull: Colour, sail: Colour) -> None:
    boat = pen.turned(rng.uniform(-12, 12), 50, 88)
    boat.shape([(74, 66), (92, 52), (96, 58), (86, 74)], mix(hull, INK, 0.45))
    bow, stern = bend((10, 86), (24, 62), (44, 58), 6), bend((60, 58), (80, 62), (90, 86), 6)
    boat.shape([(8, 90), *bow, *stern, (90, 92)], hull)
    for inset in (10, 19):
        boat.line(bend((10 + inset, 90), (26 + inset, 66 + inset / 2), (50, 60 + inset)), mix(hull, INK, 0.25), 1.6)
        boat.line(bend((50, 60 + inset), (78 - inset, 64 + inset / 2), (90 - inset, 90)), mix(hull, INK, 0.25), 1.6)
    boat.bar(22, 55, 70, 60, mix(hull, WHITE, 0.6), 2)
    boat.zigzag([(44, 62), (50, 70), (45, 76), (53, 86)], (46, 42, 52), 3)
    _foam(pen, rng, 6, 96)
    pen.blob([(2, 92), (16, 86), (32, 91), (26, 97), (10, 97)], sail)
    _lifebuoy(pen, rng.uniform(70, 88), 92)


def house(pen: Pen, rng: Random, good: bool) -> None:
    """A house, neat or in ruins."""
    wall = hsl(rng.random(), rng.uniform(0.2, 0.55), rng.uniform(0.78, 0.9))
    roof, door = hsl(rng.random(), 0.45, rng.uniform(0.42, 0.58)), hsl(rng.random(), 0.5, 0.45)
    shadow(pen, width=47)
    (_neat_house if good else _ruined_house)(pen, rng, wall, roof, door)


def _window(pen: Pen, x: float, y: float, good: bool) -> None:
    pen.bar(x - 1.5, y - 1.5, x + 16.5, y + 16.5, WHITE if good else (120, 96, 78))
    pen.bar(x, y, x + 15, y + 15, (255, 232, 150) if good else (52, 50, 62))
    if good:
        pen.bar(x + 6.8, y, x + 8.2, y + 15, WHITE)
        pen.bar(x, y + 6.8, x + 15, y + 8.2, WHITE)
    else:
        pen.turned(32, x + 7.5, y + 7.5).bar(x - 3, y + 5, x + 18, y + 10, (176, 134, 92))
        pen.turned(-28, x + 7.5, y + 7.5).bar(x - 3, y + 5, x + 18, y + 10, (154, 114, 78))


def _neat_house(pen: Pen, rng: Random, wall: Colour, roof: Colour, door: Colour) -> None:
    pen.bar(66, 16, 76, 42, mix(roof, INK, 0.3))
    pen.bar(64, 13, 78, 18, mix(roof, INK, 0.15))
    if rng.random() < 0.5:
        for x, y, r in ((72, 8, 3), (76, 3.5, 3.6)):
            pen.disc(x, y, r, (255, 255, 255, 220))
    pen.bar(14, 48, 86, 95, wall)
    pen.bar(66, 48, 86, 95, mix(wall, INK, 0.07))
    pen.shape([(6, 50), (50, 12), (94, 50)] if rng.random() < 0.6 else [(6, 50), (24, 18), (76, 18), (94, 50)], roof)
    pen.bar(6, 48, 94, 52, mix(roof, WHITE, 0.35), 1.5)
    pen.bar(42, 68, 58, 95, door, 1)
    pen.disc(55, 82, 1.4, (255, 220, 120))
    for x in (20, 65):
        _window(pen, x, 62, True)
        for i in range(4):
            pen.disc(x + 1.5 + 4 * i, 81, 2.4, hsl(rng.choice((0.0, 0.12, 0.9, 0.6)), 0.75, 0.66))
    if rng.random() < 0.5:
        pen.disc(50, 37, 6, WHITE)
        pen.disc(50, 37, 4.5, (190, 224, 244))
    for x in (8, 92):
        pen.disc(x, 90, 7, hsl(0.34, 0.42, 0.45))


def _ruined_house(pen: Pen, rng: Random, wall: Colour, roof: Colour, door: Colour) -> None:
    (_half_house if rng.random() < 0.6 else _caved_house)(pen, rng, wall, roof)
    pen.turned(14, 42, 95).bar(42, 68, 57, 94, mix(door, INK, 0.35))
    pen.zigzag([(38, 52), (34, 60), (40, 66), (36, 76), (40, 84)], mix(wall, INK, 0.65), 1.8)
    for _ in range(7):
        x, y = rng.uniform(54, 92), rng.uniform(90, 96)
        pen.turned(rng.uniform(0, 90), x, y).bar(x - 3, y - 2, x + 3, y + 2, rng.choice((roof, wall, (138, 98, 66))))


def _half_house(pen: Pen, rng: Random, wall: Colour, roof: Colour) -> None:
    """One half stands, of the other some rafters are left."""
    broken = [(46, 48), (52 + rng.uniform(-4, 4), 58), (60, 52), (66, 66), (74, 62), (80, 72), (86, 70)]
    pen.shape([(14, 95), (14, 48), *broken, (86, 95)], wall)
    for x, top in ((56, 30), (68, 40), (80, 54)):
        pen.line([(x, top + 32), (x - 2, top)], (120, 84, 58), 3)
    pen.line([(48, 22), (88, 62)], (138, 98, 66), 3)
    pen.shape([(4, 54), (38, 20), (50, 14), (46, 26), (54, 30), (47, 38), (53, 45), (44, 52)], mix(roof, INK, 0.12))
    for x, y in ((24, 40), (36, 30), (30, 47)):
        pen.turned(rng.uniform(-20, 20), x, y).bar(x - 4, y - 3, x + 4, y + 3, (58, 48, 54))
    _window(pen, 20, 62, False)
    _window(pen, 66, 76, False)


def _caved_house(pen: Pen, rng: Random, wall: Colour, roof: Colour) -> None:
    """The roof has fallen in along its middle."""
    sag = rng.uniform(38, 46)
    pen.shape([(14, 95), (12, 46), (88, 50), (86, 95)], wall)
    pen.shape([(22, 50), (34, 32), (50, sag), (66, 34), (78, 50)], (52, 46, 56))
    for x, lean in ((38, -3), (50, 5), (62, 2)):
        pen.line([(x, 50), (x + lean, 26)], (138, 98, 66), 2.6)
    pen.shape([(4, 54), (22, 18), (34, 14), (30, 26), (40, 34), (33, 42), (40, 52)], mix(roof, INK, 0.1))
    pen.shape([(96, 54), (80, 20), (70, 18), (72, 30), (64, 36), (70, 44), (62, 52)], mix(roof, INK, 0.22))
    pen.turned(28, 84, 26).bar(78, 8, 89, 28, mix(roof, INK, 0.45))
    _window(pen, 18, 64, False)
    _window(pen, 65, 62, False)


def laptop(pen: Pen, rng: Random, good: bool) -> None:
    """A laptop, working or cracked."""
    case = rng.choice(((188, 194, 204), (92, 98, 112), (236, 214, 206), (168, 190, 214), (226, 226, 230)))
    shadow(pen, width=49, y=94)
    lid = pen if good else pen.turned(rng.uniform(8, 15), 20, 82)
    lid.bar(13, 24, 87, 84, mix(case, INK, 0.45), 4)
    hue, dark = rng.random(), rng.random() < 0.5
    screen = hsl(hue, 0.5, 0.24) if dark else hsl(hue, 0.5, 0.82)
    lid.bar(18, 29, 82, 78, screen, 1.5)
    (_working_screen if good else _cracked_screen)(lid, rng, hue, dark)
    pen.shape([(10, 83), (90, 83), (99, 94), (1, 94)], case)
    pen.shape([(16, 84.5), (84, 84.5), (88, 89.5), (12, 89.5)], mix(case, INK, 0.5))
    pen.shape([(40, 90.5), (60, 90.5), (61, 93), (39, 93)], mix(case, INK, 0.15))
    pen.bar(1, 94, 99, 97, mix(case, INK, 0.3), 1.4)
    if not good:
        for _ in range(4):
            x, y = rng.uniform(2, 92), rng.uniform(91, 96)
            pen.turned(rng.uniform(0, 90), x, y).bar(x, y, x + 4, y + 3, INK, 0.6)


def _working_screen(pen: Pen, rng: Random, hue: float, dark: bool) -> None:
    front = hsl(hue + rng.uniform(0.3, 0.7), 0.65, 0.66 if dark else 0.5)
    look = rng.choice(("landscape", "chart", "smile", "text"))
    if look == "landscape":
        pen.disc(66, 42, 6.5, (255, 214, 96))
        pen.shape([(18, 78), (38, 46), (58, 78)], front)
        pen.shape([(42, 78), (60, 56), (82, 78)], mix(front, INK, 0.2))
    elif look == "chart":
        for i in range(5):
            pen.bar(25 + 11 * i, 70 - (8 + 6 * i + rng.uniform(0, 6)), 32 + 11 * i, 72, mix(front, WHITE, 0.1 * i), 1)
    elif look == "smile":
        pen.disc(50, 53, 18, (255, 214, 84))
        for x in (43.5, 56.5):
            pen.disc(x, 48, 2.6, INK, 3.4)
        pen.line(arc(50, 53, 10, 9, 15, 165), INK, 2.4)
    else:
        for i in range(6):
            left, top = 24 + rng.choice((0, 5, 10)), 35 + 6.5 * i
            pen.bar(left, top, left + rng.uniform(14, 40), top + 3, mix(front, WHITE, 0.12 * (i % 3)), 1.2)


def _cracked_screen(pen: Pen, rng: Random, hue: float, dark: bool) -> None:
    crack = (240, 248, 255)
    if rng.random() < 0.5:
        for _ in range(4):
            y = rng.uniform(32, 72)
            pen.bar(18, y, 82, y + rng.uniform(1.5, 4), hsl(rng.random(), 0.9, 0.55))
    x, y, rays = rng.uniform(38, 62), rng.uniform(44, 60), rng.randint(7, 9)

    def at(ray: float, r: float) -> Point:
        """A point `r` away from the blow, kept on the screen."""
        px, py = arc(x, y, r, r, 360 / rays * ray, 0, 1)[0]
        return min(max(px, 18), 82), min(max(py, 29), 78)

    for i in range(0, rays, 2):  # every other shard has gone black
        pen.shape([(x, y), at(i, 17), at(i, 36), at(i + 1, 36), at(i + 1, 17)], (24, 22, 32) if dark else (62, 60, 76))
    for i in range(rays):
        way = i + rng.uniform(-0.1, 0.1)
        pen.zigzag([(x, y), at(way + 0.12, 9), at(way - 0.1, 18), at(way, 36)], crack, 2.4)
    ring = [arc(x, y, 11, 11, 360 / rays * i, 0, 1)[0] for i in range(rays)]
    pen.zigzag([*ring, ring[0]], crack, 1.3)
    pen.shape([(87, 24), (70, 24), (76, 34), (82, 36), (87, 42)], (*INK, 255))
    pen.disc(x, y, 4, INK)


def sandcastle(pen: Pen, rng: Random, good: bool) -> None:
    """A sandcastle, proud or washed away."""
    sand = hsl(rng.uniform(0.07, 0.12), rng.uniform(0.45, 0.65), rng.uniform(0.56, 0.66))
    flag = hsl(rng.random(), 0.75, 0.58)
    pen.blob([(2, 95), (14, 88), (50, 90), (86, 88), (98, 95), (50, 99)], mix(sand, INK, 0.14))
    if good:
        _proud_castle(pen, rng, sand, flag)
    else:
        _washed_castle(pen, rng, sand, flag)


def _tower(pen: Pen, left: float, top: float, right: float, bottom: float, sand: Colour) -> None:
    pen.bar(left, top, right, bottom, sand)
    pen.bar(right - (right - left) * 0.3, top, right, bottom, mix(sand, INK, 0.12))
    step = (right - left + 4) / 5
    pen.bar(left - 2, top, right + 2, top + 5, mix(sand, WHITE, 0.2))
    for i in (0, 2, 4):
        pen.bar(left - 2 + i * step, top - 5, left - 2 + (i + 1) * step, top + 1, mix(sand, WHITE, 0.2))


def _proud_castle(pen: Pen, rng: Random, sand: Colour, flag: Colour) -> None:
    tall = rng.uniform(24, 34)
    _tower(pen, 34, tall, 66, 92, mix(sand, WHITE, 0.06))
    _tower(pen, 10, tall + rng.uniform(16, 24), 34, 93, sand)
    _tower(pen, 66, tall + rng.uniform(16, 24), 90, 93, sand)
    pen.bar(42, 76, 58, 94, mix(sand, INK, 0.55), 7)
    for x, y in ((50, tall + 18), (22, 72), (78, 72)):
        pen.bar(x - 3, y, x + 3, y + 10, mix(sand, INK, 0.5), 2.9)
    for x, top in ((50, tall),) if rng.random() < 0.5 else ((50, tall), (22, tall + 20)):
        pen.line([(x, top), (x, top - 20)], (120, 90, 70), 1.6)
        pen.shape([(x, top - 21), (x + 16, top - 15), (x, top - 9)], flag)


def _washed_castle(pen: Pen, rng: Random, sand: Colour, flag: Colour) -> None:
    peak, wet = rng.uniform(46, 58), mix(sand, (110, 90, 90), 0.2)
    heaps = [(14, 74), (28, peak + 10), (40, 70), (52, peak + 14), (64, 76), (80, 72)]
    pen.blob([(4, 93), *heaps, (96, 93), (50, 97)], wet)
    if rng.random() < 0.6:
        stump = pen.turned(rng.uniform(-18, -8), 28, 88)
        ruin = [(14, peak), (21, peak + 5), (26, peak - 7), (33, peak + 10), (40, peak + 5)]
        stump.shape([(14, 90), *ruin, (42, 90)], sand)
        stump.bar(24, peak + 16, 31, peak + 27, mix(sand, INK, 0.5), 3)
    for x in (32, 54, 72):
        pen.line(bend((x, 74), (x + 3, 80), (x - 2, 88)), mix(wet, INK, 0.25), 1.6)
    _lapping_wave(pen, rng)
    pen.turned(rng.uniform(-20, 20), 14, 92).line([(4, 95), (28, 89)], (120, 90, 70), 1.6)
    pen.shape([(5, 95), (12, 82), (20, 92)], flag)


def _lapping_wave(pen: Pen, rng: Random) -> None:
    wave, reach = rng.choice(((100, 186, 214), (84, 164, 208), (120, 200, 206))), rng.uniform(30, 50)
    crests = [(reach + (91 - reach) * t, 92 - 14 * t + 3 * (i % 2)) for i, t in enumerate((0, 0.2, 0.4, 0.6, 0.8, 1))]
    for x, y in crests:
        pen.disc(x, y, 7, (248, 252, 255), 5)
    pen.shape([*crests, (99, 96), (96, 98), (reach + 2, 98), (reach - 4, 96)], (248, 252, 255))
    pen.blob([(reach + 4, 97), *((x + 3, y + 5) for x, y in crests[1:-1]), (97, 84), (97, 97)], wave)
    for x in (64, 80):
        pen.line(bend((x, 93), (x + 6, 90), (x + 12, 92)), (230, 246, 252), 1.6)
