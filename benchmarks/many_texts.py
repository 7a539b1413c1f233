"""A table of as many texts of 14 languages as wanted, and the same as a task: words of two emojis' names, shuffled."""

import csv
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

from PIL import Image

from msd_core.tasks import Example, Task
from msd_core.tasks.base import png
from msd_core.tasks.emoji.concepts import LANGUAGES, all_concepts


def draw(path: Path, count: int) -> None:
    """Write a CSV of so many different texts, each with its language."""
    rng, seen = Random(0), set()
    names = {code: [concept.names[code] for concept in all_concepts()] for code in LANGUAGES}
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "language"])
        while len(seen) < count:
            language = rng.choice(LANGUAGES)
            words = " ".join(rng.choices(names[language], k=2)).split()
            rng.shuffle(words)
            if (text := " ".join(words)) not in seen:
                seen.add(text)
                rows.writerow([text, language])


def texts(path: Path, start: int, stop: int) -> Iterator[str]:
    """Those of these rows of the table, read as they are needed."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from islice((row["text"] for row in csv.DictReader(file)), start, stop)


def task(path: Path, count: int) -> Task:
    """The first so many rows of the table as a task, all of them with one picture."""
    return Task(
        name="many-texts",
        title="Names of two emojis",
        question="Is it so?",
        labels=("no", "yes"),
        examples=partial(_examples, path, count),
        picture=_picture,
        source=partial(str, f"{count:016d}"),
    )


def _examples(path: Path, count: int, split: str) -> list[Example]:
    return [Example("white", text, row % 2) for row, text in enumerate(texts(path, 0, count))]


def _picture(key: str) -> bytes:
    return png(Image.new("RGB", (64, 64), key))
