"""Puts the pictures of the sarcasm task together: sky, ground, subject and sticker."""

from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from msd_core.tasks.sarcasm.grounds import draw_ground
from msd_core.tasks.sarcasm.living import cake, dog, ice_cream, plant, tree
from msd_core.tasks.sarcasm.made import bicycle, boat, car, house, laptop, sandcastle
from msd_core.tasks.sarcasm.pen import OVERSAMPLE, Pen, hsl, mix
from msd_core.tasks.sarcasm.skies import SKIES
from msd_core.tasks.sarcasm.stickers import draw_sticker

if TYPE_CHECKING:  # which builds on this
    from msd_core.tasks.sarcasm import Thing

CANVAS = 256

SUBJECTS = {
    "plant": plant, "cake": cake, "car": car, "house": house, "boat": boat, "laptop": laptop, "bicycle": bicycle,
    "sandcastle": sandcastle, "dog": dog, "tree": tree, "ice cream": ice_cream,
}  # fmt: skip

# The light a weather may come in: neither bright nor dark is always good.
LIGHTS_OF = {
    "sunny": ("day",), "rainbow": ("day", "dusk"), "sunset": ("dusk",), "starry": ("night",),
    "rain": ("day", "night"), "storm": ("day", "dusk", "night"), "hail": ("day", "night"), "fog": ("day", "dusk"),
    "tornado": ("day", "dusk"),
}  # fmt: skip

# The ground a subject may stand on: a state never has a ground of its own.
GROUNDS_OF = {
    "plant": ("table", "meadow"), "cake": ("table",), "car": ("road",), "house": ("meadow",), "boat": ("water",),
    "laptop": ("table",), "bicycle": ("road", "meadow"), "sandcastle": ("beach",), "dog": ("meadow", "beach"),
    "tree": ("meadow",), "ice cream": ("table", "beach"),
}  # fmt: skip

# (top, bottom) of the sky's gradient in good and in bad weather.
CLEAR = {
    "day": ((84, 170, 238), (222, 243, 252)),
    "dusk": ((118, 106, 178), (255, 196, 150)),
    "night": ((22, 26, 74), (84, 92, 160)),
}
GLOOMY = {
    "day": ((112, 124, 140), (194, 202, 208)),
    "dusk": ((88, 78, 96), (190, 164, 150)),
    "night": ((28, 32, 44), (84, 92, 106)),
}


def paint(
    rng: Random, light: str, ground: str, weather: "Thing", subject: "Thing", sticker: "Thing | None"
) -> Image.Image:
    """A picture of `weather` over `ground` with `subject` on it, and `sticker` unless None; `rng` gives the details."""
    image = _gradient(light, weather.good, rng)
    draw = ImageDraw.Draw(image, "RGBA")
    pen, horizon = Pen(draw, (0, 0, CANVAS, CANVAS)), weather.box[3] * 100 / CANVAS
    SKIES[weather.kind](pen, rng, light, horizon)
    draw_ground(pen, rng, light, ground, horizon)
    SUBJECTS[subject.kind](Pen(draw, subject.box, mirror=rng.random() < 0.5), rng, subject.good)
    if sticker:
        draw_sticker(Pen(draw, sticker.box), rng, sticker.kind)
    return image.reduce(OVERSAMPLE)


def _gradient(light: str, good: bool, rng: Random) -> Image.Image:
    top, bottom = (CLEAR if good else GLOOMY)[light]
    tint, share = hsl(rng.random(), 0.6, 0.6), rng.uniform(0, 0.16)
    column = Image.new("RGB", (1, 3))
    for y, t in enumerate((0, 0.45, 0.9)):
        column.putpixel((0, y), mix(mix(top, bottom, t), tint, share))
    side = CANVAS * OVERSAMPLE
    return column.resize((1, side * 3 // 4), Image.Resampling.BILINEAR).resize((side, side))
