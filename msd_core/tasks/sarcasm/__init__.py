"""Sarcasm: a scene and a remark on it; does the speaker mean it?

Every scene shows the weather and a subject, each in a good or a bad state. Most remarks praise or blame one of the two:
they are sincere where the words fit what the picture shows and sarcastic where they do not. As in life, praise for
what is bad is the commonest sarcasm, so the words alone and the picture alone hint at the answer (63 % each); only
together do they tell it. Other remarks carry the tone in their words, other pictures carry it in a sticker.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from msd_core.tasks.base import BOX, WHOLE, Example, Recipe, Task, made_by, png
from msd_core.tasks.sarcasm.pen import Box
from msd_core.tasks.sarcasm.scene import GROUNDS_OF, LIGHTS_OF, paint
from msd_core.tasks.sarcasm.words import neutral, valued

_WORLD = 1  # part of every seed
LABELS = ("sincere", "sarcastic")
SEEDS = {"train": range(5_000), "validation": range(100_000, 100_500), "test": range(200_000, 201_000)}
REMARKS_PER_SCENE = 6

BAD = 0.63  # share of things in a bad state
PRAISE = {False: 0.38 / 0.63, True: 0.25 / 0.37}  # share of praise for a bad and for a good thing: half are sarcastic

STICKER_EVERY = 5  # scenes; their remarks are `image` or `either`, so each of these is a tenth of all
TEXT_SHARE = 1 / 8  # of the remarks on other scenes, so `text` is a tenth of all and `both` seven tenths

SKIES = {True: ("sunny", "rainbow", "sunset", "starry"), False: ("rain", "storm", "hail", "fog", "tornado")}
STICKERS = {True: ("hearts", "hug", "beaming"), False: ("wink", "eyeroll", "shades")}


@dataclass(frozen=True)
class Thing:
    """Something in a picture: what it is, its state, and its box (left, top, right, bottom) in the 256 pixel picture.

    A good sticker is a sincere one.
    """

    kind: str
    good: bool
    box: Box


@dataclass(frozen=True)
class Remark:
    """What is said of a scene; `target` names what in the picture decides: "weather", "subject", "sticker" or None."""

    text: str
    label: int
    evidence: str
    target: str | None


@dataclass(frozen=True)
class Scene:
    """All there is to know of one scene and its remarks, before anything is drawn."""

    seed: int
    light: str
    ground: str
    weather: Thing
    subject: Thing
    sticker: Thing | None
    remarks: tuple[Remark, ...]


@lru_cache(maxsize=8_192)
def scene(seed: int) -> Scene:
    """The scene of a seed; the same on every machine."""
    rng = Random(f"sarcasm-{_WORLD}-{seed}")
    horizon = rng.randint(138, 164)
    weather = _weather(rng, horizon)
    sticker = _sticker(rng, seed)
    subject = _subject(rng, sticker)
    remarks = tuple(_remark(rng, weather, subject, sticker) for _ in range(REMARKS_PER_SCENE))
    light, ground = rng.choice(LIGHTS_OF[weather.kind]), rng.choice(GROUNDS_OF[subject.kind])
    return Scene(seed, light, ground, weather, subject, sticker, remarks)


def examples(split: str) -> list[Example]:
    """The examples of "train", "validation" or "test"; draws nothing."""
    return [Example(key_of(seed), r.text, r.label, r.evidence) for seed in SEEDS[split] for r in scene(seed).remarks]


def key_of(seed: int) -> str:
    """What the picture of a scene is known by."""
    return f"{seed:06d}"


def picture(key: str) -> bytes:
    """The file of a scene's picture."""
    return png(draw(scene(int(key))))


def draw(spec: Scene) -> Image.Image:
    """A scene, drawn: RGB, 256 x 256."""
    rng = Random(f"sarcasm-{_WORLD}-{spec.seed}-picture")
    return paint(rng, spec.light, spec.ground, spec.weather, spec.subject, spec.sticker)


def region(example: Example) -> np.ndarray | None:
    """The box of what decides: the weather without what stands before it, the subject or the sticker."""
    made = scene(int(example.image))
    target = next(r.target for r in made.remarks if r.text == example.text)
    if target is None:
        return None
    inside = _filled(getattr(made, target))
    before = {"weather": (made.subject, made.sticker), "subject": (made.sticker,), "sticker": ()}[target]
    for thing in filter(None, before):
        inside &= ~_filled(thing)
    return inside


def _filled(thing: Thing) -> np.ndarray:
    left, top, right, bottom = thing.box
    inside = np.zeros((256, 256), dtype=bool)
    inside[top:bottom, left:right] = True
    return inside


def _coin(rng: Random, share: float = 0.5) -> bool:
    return rng.random() < share


def _weather(rng: Random, horizon: int) -> Thing:
    good = _coin(rng, 1 - BAD)
    return Thing(rng.choice(SKIES[good]), good, (0, 0, 256, horizon))


def _sticker(rng: Random, seed: int) -> Thing | None:
    """A sticker on every fifth scene, by turns sincere and sarcastic, so that every split is balanced to the scene."""
    if seed % STICKER_EVERY:
        return None
    sincere, size, margin = seed % (2 * STICKER_EVERY) == 0, rng.randint(78, 90), rng.randint(3, 7)
    left, top = rng.choice((margin, 256 - margin - size)), rng.choice((margin, 256 - margin - size))
    return Thing(rng.choice(STICKERS[sincere]), sincere, (left, top, left + size, top + size))


def _subject(rng: Random, sticker: Thing | None) -> Thing:
    """A subject anywhere on the ground, but beside the sticker where that one lies low."""
    kind, good, size = rng.choice(tuple(GROUNDS_OF)), _coin(rng, 1 - BAD), rng.randint(116, 148)
    left, right = 6, 250 - size
    if sticker and sticker.box[1] > 128:
        left, right = (sticker.box[2], right) if sticker.box[0] < 128 else (left, sticker.box[0] - size)
    x, bottom = rng.randint(min(left, right), right), rng.randint(222, 246)
    return Thing(kind, good, (x, bottom - size, x + size, bottom))


def _remark(rng: Random, weather: Thing, subject: Thing, sticker: Thing | None) -> Remark:
    target = rng.choice(("weather", "subject"))
    named, other = ("weather", subject.kind) if target == "weather" else (subject.kind, "weather")
    if sticker:
        label = int(not sticker.good)
        if _coin(rng):
            return Remark(neutral(rng, named), label, "image", "sticker")
        return Remark(neutral(rng, named, cue=LABELS[label]), label, "either", "sticker")
    if _coin(rng, TEXT_SHARE):
        label = int(_coin(rng))
        return Remark(neutral(rng, named, cue=LABELS[label]), label, "text", None)
    good = (weather if target == "weather" else subject).good
    praise = _coin(rng, PRAISE[good])
    return Remark(valued(rng, named, praise, other), int(praise != good), "both", target)


TASK = Task(
    name="sarcasm",
    title="Sarcasm: a scene and a remark",
    question="Does the speaker mean it?",
    labels=LABELS,
    examples=examples,
    picture=picture,
    region=region,
    source=made_by(Path(__file__).parent),
    recipe=Recipe(teacher_epochs=16, student_epochs=12, student_size=WHOLE, study_epochs=10, study_size=8000),
    models=BOX / "sarcasm",
    short_title="Remarks (sarcasm)",
)
