"""A task as others bring one, with as many pictures of 224 px as wanted; and small models that read them at that size.

The pictures are JPEG files, a folder a split, below the folder that `LARGE_PICTURES` names: a job finds them by its
environment, and the task by this module's name.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from msd_core.models.zoo import ZOO, Spec
from msd_core.tasks import Example, Task

FOLDER = "LARGE_PICTURES"
SIZE = 224
COLOURS = {"red": (200, 40, 40), "blue": (40, 60, 200)}
QUESTIONS = 2  # a picture

TEACHER = Spec("conv", "words", 32, 64, {"widths": [8, 16, 32, 48], "size": SIZE}, {"width": 12})
STUDENT = "student-tiny-224"
ZOO[STUDENT] = Spec("conv", "words", 16, 32, {"widths": [8, 12, 16, 24], "size": SIZE}, {"width": 6})


def files(split: str) -> list[Path]:
    """The pictures of a split."""
    return sorted((Path(os.environ[FOLDER]) / split).glob("*.jpg"))


def examples(split: str) -> list[Example]:
    """Every picture under questions of which it takes both, picture and question, to answer one."""
    return list(_examples(files(split)))


def _examples(paths: list[Path]) -> Iterator[Example]:
    for path in paths:
        rng = Random(path.stem)
        for _ in range(QUESTIONS):
            named = rng.choice(list(COLOURS))
            yield Example(f"{path.parent.name}/{path.name}", f"is the field {named}?", int(path.stem.endswith(named)))


def picture(key: str) -> bytes:
    """The file of a picture."""
    return (Path(os.environ[FOLDER]) / key).read_bytes()


def source() -> str:
    """A hash of the files' names: a picture is drawn from its name alone."""
    names = [path.name for split in ("train", "validation", "test") for path in files(split)]
    return hashlib.sha256("\0".join([Path(__file__).read_text(), *names]).encode()).hexdigest()


def draw(count: int) -> None:
    """Draw so many pictures, eight in ten of them for training."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_draw, range(count)))


def _draw(number: int) -> None:
    """A field of one colour on a ground of many."""
    ground = np.random.default_rng(number).integers(0, 256, (14, 14, 3), dtype=np.uint8)
    image = Image.fromarray(ground).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    split = {8: "validation", 9: "test"}.get(number % 10, "train")
    name = Random(number).choice(list(COLOURS))
    image.paste(COLOURS[name], (SIZE // 4, SIZE // 4, 3 * SIZE // 4, 3 * SIZE // 4))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    folder = Path(os.environ[FOLDER]) / split
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:06d}-{name}.jpg").write_bytes(buffer.getvalue())


TASK = Task(
    name="large-pictures",
    title="Fields on a ground of many colours",
    question="Is the field of that colour?",
    labels=("no", "yes"),
    examples=examples,
    picture=picture,
    source=source,
)
