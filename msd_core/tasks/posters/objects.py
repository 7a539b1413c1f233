"""What the `posters` show: one function an object, each drawing in a square of 100 x 100 units. Long, since drawings
are lists of coordinates."""

import numpy as np
from numpy.typing import ArrayLike

from msd_core.tasks.posters.art import INK, PAPER, Pen, arc, mix, smooth, spiked, turned

# Motifs


def ghost(pen: Pen) -> None:
    hem = [(x, 88 + 6 * np.sin((x - 18) * 0.295 + 1.5)) for x in range(84, 15, -2)]
    pen.blob([(30, 52), (6, 44), (4, 56), (22, 70)], pen.light)
    pen.blob([(70, 52), (94, 44), (96, 56), (78, 70)], pen.light)
    pen.shape([*arc(50, 40, 34, 36, 180, 360), *hem], pen.light)
    pen.oval(38, 38, 7, 10, fill=INK)
    pen.oval(62, 38, 7, 10, fill=INK)
    pen.oval(50, 60, 8, 10, fill=INK)


def skull(pen: Pen) -> None:
    bone = mix(pen.main, PAPER, 0.72)
    pen.slab(28, 50, 72, 94, bone, 9)
    pen.oval(50, 42, 42, 37, fill=bone)
    for x in (32, 68):
        pen.oval(x, 46, 12, 13, fill=INK)
        pen.oval(x, 46, 4, fill=pen.main)
    pen.shape([(50, 56), (43, 69), (57, 69)], INK)
    for x in (40, 50, 60):
        pen.stroke([(x, 79), (x, 91)], 4, INK)


def bat(pen: Pen) -> None:
    pen.oval(50, 46, 42, fill=pen.light)
    pen.oval(70, 30, 7, fill=pen.main)
    pen.oval(40, 17, 4, fill=pen.main)
    wing = [(50, 46), (58, 50), (68, 36), (98, 42), (92, 76), (82, 63), (73, 78), (62, 66), (50, 88)]
    pen.shape([*wing, *((100 - x, y) for x, y in reversed(wing))], INK)
    pen.shape([(38, 26), (46, 36), (54, 36), (62, 26), (62, 52), (38, 52)], INK)
    for x in (45, 55):
        pen.oval(x, 46, 3.4, fill=pen.other)


def heart(pen: Pen) -> None:
    t = np.linspace(0, 2 * np.pi, 60)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    outline = np.stack([50 + 2.8 * 16 * np.sin(t) ** 3, 46 - 2.9 * y], axis=1)
    pen.shape(outline, pen.main)
    pen.shape(outline[:31], pen.dark)
    pen.stroke(arc(32, 36, 15, 15, 170, 265), 7, PAPER)


def rose(pen: Pen) -> None:
    green = "#2f8f5b"
    pen.stroke([(50, 50), (52, 75), (47, 96)], 7, green)
    pen.blob([(50, 82), (62, 66), (88, 62), (76, 80)], green)
    pen.blob([(50, 90), (38, 74), (14, 70), (26, 88)], green)
    pen.blob([(50, 64), (22, 54), (16, 26), (32, 12), (50, 6), (68, 12), (84, 26), (78, 54)], pen.main)
    pen.blob([(50, 64), (22, 54), (16, 28), (36, 42), (64, 42), (84, 28), (78, 54)], pen.dark)
    turns = np.linspace(0, 4 * np.pi, 50)
    swirl = np.stack([50 + (3 + 1.5 * turns) * np.cos(turns), 28 + (2 + 1.1 * turns) * np.sin(turns)], axis=1)
    pen.stroke(swirl, 4, pen.light)


def rings(pen: Pen) -> None:
    pen.stroke(arc(33, 62, 24, 24), 10, pen.main)
    pen.stroke(arc(67, 62, 24, 24), 10, pen.other)
    pen.stroke(arc(33, 62, 24, 24, -60, 10), 10, pen.main)
    pen.shape([(18, 16), (48, 16), (55, 25), (33, 46), (11, 25)], PAPER)
    pen.shape([(11, 25), (55, 25), (33, 46)], "#8fd8f2")
    pen.shape([(25, 25), (41, 25), (33, 46)], PAPER)


def rocket(pen: Pen) -> None:
    pen.blob([(50, 99), (39, 82), (44, 74), (56, 74), (61, 82)], "#ffb52e")
    pen.blob([(50, 91), (45, 81), (50, 76), (55, 81)], PAPER)
    pen.shape([(34, 46), (14, 72), (14, 86), (36, 74)], pen.other)
    pen.shape([(66, 46), (86, 72), (86, 86), (64, 74)], pen.other)
    body = smooth([(50, 1), (66, 24), (69, 54), (62, 78), (38, 78), (31, 54), (34, 24)])
    pen.shape(body, PAPER)
    pen.shape([(x, y) for x, y in body if y < 26], pen.main)
    pen.oval(50, 42, 12, fill=INK)
    pen.oval(50, 42, 8, fill="#7fd4f5")
    pen.slab(36, 66, 64, 73, pen.main)


def planet(pen: Pen) -> None:
    def ring(start: float, stop: float) -> np.ndarray:
        return turned(arc(50, 50, 47, 15, start, stop), -20)

    pen.stroke(ring(180, 360), 9, pen.other)
    pen.oval(50, 50, 35, fill=pen.main)
    pen.shape(turned(arc(50, 50, 35, 35, 25, 155), -20), pen.dark)
    band = np.concatenate([arc(50, 50, 35, 35, start, start + 20, 5) for start in (195, 325)])
    pen.shape(turned(band, -20), pen.light)
    pen.stroke(ring(0, 180), 9, pen.other)


def robot(pen: Pen) -> None:
    pen.stroke([(50, 24), (50, 8)], 5, INK)
    pen.oval(50, 8, 7, fill=pen.other)
    for x in (8, 82):
        pen.slab(x, 36, x + 10, 56, pen.other, 3)
    pen.slab(16, 20, 84, 70, pen.main, 10)
    for x in (35, 65):
        pen.oval(x, 40, 12, fill=PAPER)
        pen.oval(x, 40, 6, fill=INK)
    pen.slab(30, 57, 70, 65, INK, 3)
    for x in (38, 46, 54, 62):
        pen.slab(x - 1.5, 57, x + 1.5, 65, PAPER)
    pen.slab(26, 74, 74, 97, pen.dark, 6)
    for x in (40, 60):
        pen.oval(x, 85, 5, fill=pen.other)


def ufo(pen: Pen) -> None:
    pen.shape([(36, 58), (64, 58), (84, 96), (16, 96)], "#fff0a3")
    pen.oval(50, 36, 24, 25, fill="#bdeaf7")
    pen.oval(50, 38, 8, 11, fill="#54a868")
    pen.oval(50, 52, 48, 16, fill=pen.main)
    pen.shape(arc(50, 52, 48, 16, 0, 180), pen.dark)
    for x, y in ((18, 54), (39, 59), (61, 59), (82, 54)):
        pen.oval(x, y, 4.5, fill=PAPER)


def cactus(pen: Pen) -> None:
    pen.stroke([(50, 60), (20, 60), (20, 38)], 14, pen.main)
    pen.stroke([(50, 50), (80, 50), (80, 26)], 14, pen.main)
    pen.stroke([(50, 16), (50, 84)], 24, pen.main)
    pen.stroke([(57, 20), (57, 84)], 6, pen.dark)
    for x, y in ((44, 24), (44, 42), (44, 60), (20, 46), (80, 38)):
        pen.stroke([(x, y), (x, y + 6)], 3, PAPER)
    pen.slab(24, 82, 76, 97, mix(pen.other, INK, 0.2), 5)
    pen.oval(50, 6, 7, 6, fill=pen.other)


def cowboy_hat(pen: Pen) -> None:
    pen.blob([(24, 68), (28, 30), (36, 16), (50, 24), (64, 16), (72, 30), (76, 68)], pen.main)
    pen.blob([(50, 26), (60, 34), (56, 50), (50, 30)], pen.dark)
    pen.shape([(24, 54), (76, 54), (78, 70), (22, 70)], INK)
    pen.blob([(1, 46), (14, 60), (50, 66), (86, 60), (99, 46), (92, 74), (50, 88), (8, 74)], pen.main)
    pen.blob([(5, 64), (50, 78), (95, 64), (90, 76), (50, 88), (10, 76)], pen.dark)
    pen.shape(spiked(50, 60, 8, 4, 5), pen.other)


def horseshoe(pen: Pen) -> None:
    shoe = np.concatenate([[(26, 92)], arc(50, 46, 33, 36, 150, 390), [(74, 92)]])
    pen.stroke(shoe, 20, pen.dark)
    pen.stroke(shoe - np.array([0, 2]), 15, pen.main)
    for x, y in ((20, 66), (18, 42), (33, 17), (67, 17), (82, 42), (80, 66)):
        pen.oval(x, y, 3.6, fill=INK)
    for x in (26, 74):
        pen.slab(x - 12, 86, x + 12, 96, pen.dark, 3)


def star(pen: Pen) -> None:
    tips = spiked(50, 52, 42, 20, 5)
    for x, y in tips[::2]:
        pen.oval(x, y, 7, fill=pen.main)
    pen.shape(tips, pen.main)
    for i in range(0, 10, 2):
        pen.shape([tips[i], tips[i + 1], (50, 52)], pen.dark)
    pen.oval(50, 52, 15, fill=pen.other)
    pen.oval(50, 52, 10, fill=PAPER)


def basketball(pen: Pen) -> None:
    pen.oval(50, 50, 45, fill=pen.main)
    pen.shape(arc(50, 50, 45, 45, 20, 160), pen.dark)
    pen.stroke([(8, 50), (92, 50)], 5, INK)
    pen.stroke([(50, 8), (50, 92)], 5, INK)
    pen.stroke(arc(2, 50, 33, 40, -58, 58), 5, INK)
    pen.stroke(arc(98, 50, 33, 40, 122, 238), 5, INK)


def football(pen: Pen) -> None:
    pen.oval(50, 50, 45, fill=mix(pen.main, PAPER, 0.85))
    pen.shape(spiked(50, 50, 17, 14, 5), INK)
    for angle in range(-90, 270, 72):
        pen.stroke(turned([(66, 50), (82, 50)], angle), 4, INK)
        pen.shape(turned([(80, 50), (87, 37), (92.5, 36), (95, 50), (92.5, 64), (87, 63)], angle), INK)


def trophy(pen: Pen) -> None:
    for x in (24, 76):
        pen.stroke(arc(x, 30, 17, 16), 7, pen.dark)
    pen.shape([(22, 8), (78, 8), *arc(50, 30, 26, 34, 0, 180)], pen.main)
    pen.shape([(60, 8), (78, 8), *arc(50, 30, 26, 34, 0, 70)], pen.dark)
    pen.slab(18, 5, 82, 13, pen.main, 3)
    pen.slab(44, 60, 56, 82, pen.dark)
    pen.slab(32, 76, 68, 86, pen.main, 2)
    pen.slab(24, 84, 76, 97, INK, 3)
    pen.shape(spiked(48, 34, 14, 6, 5), PAPER)


def racket(pen: Pen) -> None:
    pen.stroke(turned([(50, 66), (50, 108)], 40), 9, INK)
    pen.stroke(turned([(50, 86), (50, 108)], 40), 11, pen.other)
    pen.shape(turned(arc(50, 32, 29, 36), 40), pen.main)
    pen.shape(turned(arc(50, 32, 22, 29), 40), PAPER)
    for x, top, bottom in ((38, 10, 54), (50, 7, 57), (62, 10, 54)):
        pen.stroke(turned([(x, top), (x, bottom)], 40), 2, INK)
    for y in (18, 32, 46):
        pen.stroke(turned([(31, y), (69, y)], 40), 2, INK)
    pen.oval(80, 80, 13, fill="#d6ee45")
    pen.stroke(arc(68, 88, 14, 14, -75, -5), 3, PAPER)


def castle(pen: Pen) -> None:
    pen.slab(24, 52, 76, 96, pen.main)
    for x in (28, 44, 60):
        pen.slab(x, 45, x + 11, 54, pen.main)
    for x in (6, 72):
        pen.slab(x, 38, x + 22, 96, pen.light)
        pen.slab(x + 15, 38, x + 22, 96, pen.main)
        pen.shape([(x - 4, 40), (x + 11, 8), (x + 26, 40)], pen.other)
        pen.slab(x + 7, 50, x + 14, 64, INK, 3)
    pen.stroke([(50, 46), (50, 14)], 3, INK)
    pen.shape([(50, 12), (70, 19), (50, 28)], pen.other)
    pen.shape([(38, 96), *arc(50, 74, 12, 13, 180, 360), (62, 96)], INK)


def wizard_hat(pen: Pen) -> None:
    pen.blob([(20, 82), (34, 44), (44, 14), (74, 4), (86, 20), (66, 20), (68, 48), (80, 82)], pen.main)
    pen.oval(50, 83, 48, 13, fill=pen.dark)
    pen.oval(50, 79, 34, 8, fill=pen.main)
    pen.shape([(23, 72), (27, 61), (73, 61), (78, 72), *arc(50, 72, 28, 9, 0, 180)], pen.other)
    for x, y, r in ((48, 42, 10), (62, 26, 6)):
        pen.shape(spiked(x, y, r, r * 0.45, 5), PAPER)


def sword(pen: Pen) -> None:
    def part(points: ArrayLike, fill: str) -> None:
        pen.shape(turned(points, 40), fill)

    part([(39, 64), (39, 4), (50, -12), (61, 4), (61, 64)], "#dfe8f2")
    part([(50, 64), (50, -12), (61, 4), (61, 64)], "#a9bccf")
    pen.stroke(turned([(50, 72), (50, 100)], 40), 10, INK)
    pen.stroke(turned([(24, 66), (76, 66)], 40), 11, pen.main)
    for x, y, r in ((50, 66, 8), (50, 104, 9)):
        ((x, y),) = turned([(x, y)], 40)
        pen.oval(x, y, r, fill=pen.other)


def dragon(pen: Pen) -> None:
    pen.blob([(50, 86), (80, 84), (88, 66), (97, 58), (96, 80), (82, 96), (52, 97)], pen.main)
    pen.shape([(90, 64), (92, 46), (99, 60)], pen.other)
    pen.shape([(44, 56), (58, 10), (72, 20), (98, 22), (82, 36), (82, 52), (64, 52), (58, 66)], pen.other)
    for tip in ((72, 20), (82, 36), (64, 52)):
        pen.stroke([(47, 56), tip], 2.5, pen.main)
    pen.blob([(36, 34), (46, 44), (62, 66), (64, 88), (50, 97), (30, 96), (24, 80), (30, 60), (24, 40)], pen.main)
    pen.blob([(28, 62), (38, 66), (40, 84), (34, 95), (26, 84)], pen.light)
    pen.shape([(34, 18), (36, 2), (44, 20)], pen.other)
    pen.shape([(24, 18), (24, 4), (34, 18)], pen.other)
    pen.blob([(44, 22), (42, 42), (26, 44), (6, 44), (2, 34), (8, 28), (20, 24), (30, 13)], pen.main)
    pen.oval(28, 26, 6, fill=PAPER)
    pen.oval(27, 26, 3, fill=INK)
    pen.oval(8, 34, 2, fill=INK)
    pen.stroke([(8, 40), (26, 38)], 2, INK)


# Clue objects


def key(pen: Pen) -> None:
    pen.stroke([(44, 50), (92, 50)], 11, pen.main)
    for x in (74, 90):
        pen.slab(x - 6, 50, x + 5, 74, pen.main, 2)
    pen.oval(26, 50, 25, fill=pen.main)
    pen.shape(arc(26, 50, 25, 25, 0, 180), pen.dark)
    pen.oval(26, 50, 16, fill=pen.main)
    pen.oval(24, 50, 11, fill=INK)


def clock(pen: Pen) -> None:
    for x, lean in ((22, -35), (78, 35)):
        pen.stroke([(50 + (x - 50) * 0.8, 84), (x, 97)], 8, INK)
        ((x, y),) = turned([(50, 4)], lean)
        pen.oval(x, y, 15, fill=pen.other)
    pen.oval(50, 53, 40, fill=pen.main)
    pen.oval(50, 53, 31, fill=PAPER)
    for angle in range(0, 360, 90):
        pen.stroke(turned([(50, 24), (50, 28)], angle) + np.array([0, 3]), 4, INK)
    pen.stroke([(50, 32), (50, 53), (65, 61)], 6, INK)


def umbrella(pen: Pen) -> None:
    pen.stroke(np.concatenate([[(50, 8), (50, 84)], arc(61, 84, 11, 11, 180, 20)]), 6, INK)
    pen.shape(arc(50, 54, 47, 46, 180, 360), pen.main)
    pen.shape(arc(50, 54, 16, 46, 180, 360), pen.other)
    for x, colour in ((18.7, pen.main), (50, pen.other), (81.3, pen.main)):
        pen.shape(arc(x, 54, 15.7, 7), colour)
        pen.stroke(arc(x, 57, 15.7, 7, 180, 360), 2.5, pen.dark)


def teapot(pen: Pen) -> None:
    pen.stroke(arc(80, 55, 15, 17, -110, 110), 8, pen.dark)
    pen.shape([(30, 50), (12, 30), (1, 32), (10, 44), (20, 76), (34, 80)], pen.dark)
    pen.oval(50, 61, 33, 31, fill=pen.main)
    pen.slab(30, 86, 70, 95, pen.dark, 3)
    pen.shape(arc(50, 36, 21, 15, 180, 360), pen.other)
    pen.slab(27, 33, 73, 39, pen.dark, 3)
    pen.oval(50, 17, 7, fill=pen.dark)
    for x in (36, 50, 64):
        pen.oval(x, 62, 5.5, fill=PAPER)


# The mask: a face of any shape under either mood


def theatre(pen: Pen) -> None:
    pen.blob([(6, 10), (28, 4), (50, 8), (72, 4), (94, 10), (92, 54), (74, 86), (50, 98), (26, 86), (8, 54)], pen.main)


def badge(pen: Pen) -> None:
    pen.oval(50, 50, 48, fill=pen.dark)
    pen.oval(50, 50, 43, fill=pen.main)


def tile(pen: Pen) -> None:
    pen.slab(5, 5, 95, 95, pen.dark, 18)
    pen.slab(9, 9, 91, 91, pen.main, 15)


def burst(pen: Pen) -> None:
    pen.blob(spiked(50, 50, 49, 42, 12), pen.main)


def laughing(pen: Pen) -> None:
    for x in (30, 70):
        pen.stroke(arc(x, 42, 11, 13, 190, 350), 7, INK)
    pen.shape(arc(50, 56, 30, 30, 0, 180), INK)
    pen.slab(26, 56, 74, 63, PAPER)
    pen.oval(50, 79, 14, 6, fill="#f2545b")


def weeping(pen: Pen) -> None:
    for x, lean in ((30, 1), (70, -1)):
        pen.stroke([(x - 11, 34 + 5 * lean), (x + 11, 34 - 5 * lean)], 7, INK)
        pen.oval(x, 45, 6, fill=INK)
        drop = x - 6 * lean
        pen.blob([(drop, 50), (drop + 7, 66), (drop, 73), (drop - 7, 66)], "#dff4ff")
    pen.shape(arc(50, 85, 23, 23, 180, 360), INK)


MOTIFS = {
    "horror": {"ghost": ghost, "skull": skull, "bat": bat},
    "romance": {"heart": heart, "rose": rose, "rings": rings},
    "sci-fi": {"rocket": rocket, "planet": planet, "robot": robot, "ufo": ufo},
    "western": {"cactus": cactus, "cowboy hat": cowboy_hat, "horseshoe": horseshoe, "star": star},
    "sport": {"basketball": basketball, "football": football, "trophy": trophy, "racket": racket},
    "fantasy": {"castle": castle, "wizard hat": wizard_hat, "sword": sword, "dragon": dragon},
}
CLUES = {"key": key, "clock": clock, "umbrella": umbrella, "teapot": teapot}
FACES = {"theatre": theatre, "badge": badge, "tile": tile, "burst": burst}
MOODS = {"laughing": laughing, "weeping": weeping}

# The colours that each object may have, two at a time: a heart is some red, a cactus some green.
COLOURS = {
    "ghost": ("#cfd8e3", "#b9c6d6"), "skull": ("#d8d0bd", "#c9bfa6"), "bat": ("#f4e285", "#ffc145"),
    "heart": ("#f2545b", "#e0314f", "#ff6f91"), "rose": ("#e0314f", "#f2545b", "#ff6f91"),
    "rings": ("#ffc145", "#f4c95d"),
    "rocket": ("#f2545b", "#6c8cff", "#ff8c42"), "planet": ("#d98e5f", "#a480f2", "#f4e285"),
    "robot": ("#b7c7d6", "#5bc0eb", "#8fa3b8"), "ufo": ("#a480f2", "#8fa3b8", "#6c8cff"),
    "cactus": ("#2f9e5b", "#4caf50", "#3a8f4d"), "cowboy hat": ("#a8683a", "#8a5a34", "#c58a50"),
    "horseshoe": ("#8d99a6", "#7a8793", "#a3adb8"), "star": ("#ffc145", "#d9a441", "#e0b050"),
    "basketball": ("#ff8c42", "#f07f3c", "#e8742e"), "football": ("#d8dde3", "#c9d0d8", "#e8ecf0"),
    "trophy": ("#ffc145", "#f0b030", "#ffd166"), "racket": ("#e5484d", "#2d9cdb", "#d6ee45"),
    "castle": ("#9aa5b1", "#a480f2", "#b9a5d6"), "wizard hat": ("#5b46c9", "#7a4fd0", "#4b3fae"),
    "sword": ("#ffc145", "#d9a441", "#6c8cff"), "dragon": ("#3dbd8b", "#8e44ad", "#2ec4b6"),
    "key": ("#e0a92e", "#ffc145", "#c98f1d"), "clock": ("#5bc0eb", "#f2545b", "#3dbd8b"),
    "umbrella": ("#e27bd8", "#6c8cff", "#f2545b"), "teapot": ("#2ec4b6", "#5bc0eb", "#3dbd8b"),
}  # fmt: skip
