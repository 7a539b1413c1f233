"""A fifth task, as small as a task may be: two labels, pictures of unlike shapes, and nothing else.

It has no evidence, regions, recipe, bundled models or detector. A test registers it with one line,
`TASKS["fifth"] = "tests.fifth"`.
"""

from pathlib import Path
from random import Random

from PIL import Image

from msd_core.tasks import Example, Task
from msd_core.tasks.base import made_by, png

PICTURES = {"train": range(60), "validation": range(60, 80), "test": range(80, 110)}
COLOURS = {"red": (200, 40, 40), "blue": (40, 60, 200)}


def colour(key: str) -> str:
    """The colour of a picture's field."""
    return list(COLOURS)[int(key) % 2]


def examples(split: str) -> list[Example]:
    """Every picture under one of two questions: only both together give the answer."""
    pairs = []
    for number in PICTURES[split]:
        key, rng = f"{number:03d}", Random(number)
        for _ in range(2):
            named = rng.choice(list(COLOURS))
            pairs.append(Example(key, f"is the field {named}?", int(named == colour(key))))
    return pairs


def picture(key: str) -> bytes:
    """A coloured field in a frame, wide or tall, 24 to 120 pixels on a side."""
    rng = Random(f"fifth-{key}")
    width, height = rng.randint(24, 120), rng.randint(24, 120)
    image = Image.new("RGB", (width, height), (230, 230, 220))
    image.paste(COLOURS[colour(key)], (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    return png(image)


TASK = Task(
    name="fifth",
    title="Fields: red or blue?",
    question="Is the field of that colour?",
    labels=("no", "yes"),
    examples=examples,
    picture=picture,
    source=made_by(Path(__file__)),
)
