"""emoji: real pictures and their names in 14 languages. Which of Unicode's eight groups is it in?

Every emoji of the training split comes under its name in each language, and none of them in two splits. Models learn
from the English names alone, so that all others are tests of what went across languages: zero-shot transfer.
"""

from functools import cache, partial
from pathlib import Path

from sklearn.model_selection import train_test_split

from msd_core.tasks.base import BOX, WHOLE, Example, Recipe, Task, made_by
from msd_core.tasks.emoji.concepts import GROUPS, LANGUAGES, Concept, all_concepts, files_hash, picture_file

_TEST, _VALIDATION = 400, 130  # emojis; the rest is for training
CREDIT = (
    "Pictures: [Twemoji](https://github.com/jdecked/twemoji), © Twitter, Inc. and other contributors, [CC BY 4.0]"
    "(https://creativecommons.org/licenses/by/4.0/). Names and groups: [Unicode CLDR](https://cldr.unicode.org), "
    "© Unicode, Inc., Unicode License v3."
)


@cache
def split_concepts(draw: int) -> dict[str, tuple[Concept, ...]]:
    """The emojis of each split, each group with the same share of all; one split for each number that is drawn."""
    rest, test = _apart(all_concepts(), _TEST, draw)
    train, validation = _apart(rest, _VALIDATION, draw)
    return {"train": train, "validation": validation, "test": test}


def _apart(all_of_them: tuple[Concept, ...], size: int, draw: int) -> tuple[tuple[Concept, ...], tuple[Concept, ...]]:
    groups = [concept.group for concept in all_of_them]
    rest, drawn = train_test_split(all_of_them, test_size=size, stratify=groups, random_state=draw)
    return tuple(rest), tuple(drawn)


def examples(draw: int, split: str) -> list[Example]:
    """Every emoji of the split under each of its names."""
    return [
        Example(concept.key, concept.names[code], GROUPS.index(concept.group), language=code)
        for concept in split_concepts(draw)[split]
        for code in LANGUAGES
    ]


def picture(key: str) -> bytes:
    """The picture's own file, 72 x 72 pixels."""
    return picture_file(key).read_bytes()


def source(draw: int) -> str:
    """What the examples are made from: this code, the names and groups, and the draw of the splits."""
    return f"{draw:04x}{files_hash()[:8]}{made_by(Path(__file__).parent)()}"


RECIPE = Recipe(
    teacher_epochs=60, student_epochs=30, student_size=WHOLE, study_epochs=30, study_size=824,
    teacher="use-effnet", student="gram-student", languages="en",
    student_lr=4e-3,  # amid what the study's search chose for its recipes, 5e-4 to 1.6e-2
)  # fmt: skip


def drawn(draw: int) -> Task:
    """The task with splits of its own draw; `TASK` is the first."""
    return Task(
        name="emoji",
        title="Emoji: pictures and their names in 14 languages",
        question="Which of Unicode's groups is it in?",
        labels=GROUPS,
        examples=partial(examples, draw),
        picture=picture,
        source=partial(source, draw),
        recipe=RECIPE,
        models=BOX / "emoji",
        short_title="Emoji, 14 languages",
        credit=CREDIT,
        drawn=drawn,
    )


TASK = drawn(0)
