"""emoji-pairs: a picture and the name of another emoji. Are the two of the same group?

Each picture comes as often with a name of its own group as with one of another, and so does each name: neither alone
tells anything.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import groupby

from msd_core.tasks import emoji
from msd_core.tasks.base import BOX, WHOLE, Example, Recipe, Task
from msd_core.tasks.emoji import split_concepts
from msd_core.tasks.emoji.concepts import LANGUAGES, Concept

LABELS = ("another group", "same group")
_ROUNDS = {"train": 4, "validation": 1, "test": 1}  # of which each has every picture, and every name, once with a label
RECIPE = Recipe(
    teacher_epochs=30, student_epochs=30, student_size=WHOLE, study_epochs=30, study_size=6588,
    teacher="use-effnet", student="gram-student", languages="en",
)  # fmt: skip


@cache
def partners(draw: int, split: str) -> tuple[tuple[Concept, Concept, int], ...]:
    """Pairs of a picture and the emoji whose name stands beside it, and their label."""
    concepts, rng = split_concepts(draw)[split], random.Random(f"emoji-pairs-{draw}-{split}")
    return tuple(
        (concept, other, label)
        for _ in range(_ROUNDS[split])
        for label, dealt in enumerate((_of_another_group(concepts, rng), _of_the_same(concepts, rng)))
        for concept, other in zip(concepts, dealt, strict=True)
    )


def _of_another_group(concepts: Sequence[Concept], rng: random.Random) -> list[Concept]:
    """All emojis once, each at the place of one of another group: at random, and swapped until none is wrong. No group
    has more than half of them."""
    dealt = rng.sample(concepts, len(concepts))
    wrong = [i for i, (one, other) in enumerate(zip(concepts, dealt, strict=True)) if one.group == other.group]
    while wrong:
        i, j = wrong[-1], rng.randrange(len(dealt))
        if concepts[i].group != dealt[j].group and concepts[j].group != dealt[i].group:
            dealt[i], dealt[j] = dealt[j], dealt[i]
            wrong = [k for k in wrong if concepts[k].group == dealt[k].group]
    return dealt


def _of_the_same(concepts: Sequence[Concept], rng: random.Random) -> list[Concept]:
    """All emojis once, each at the place of another one of its group: along a circle through the group."""
    after: dict[Concept, Concept] = {}
    for _, members in groupby(sorted(concepts, key=_group), key=_group):
        circle = list(members)
        rng.shuffle(circle)
        after |= zip(circle, [*circle[1:], circle[0]], strict=True)
    return [after[concept] for concept in concepts]


def _group(concept: Concept) -> str:
    return concept.group


def examples(draw: int, split: str) -> list[Example]:
    """Every pair of the split in every language."""
    return [
        Example(concept.key, other.names[code], label, "both", code)
        for concept, other, label in partners(draw, split)
        for code in LANGUAGES
    ]


def drawn(draw: int) -> Task:
    """The task with splits of its own draw; `TASK` is the first."""
    return replace(
        emoji.drawn(draw),
        name="emoji-pairs",
        title="Emoji pairs: is the name of the picture's group?",
        question="Is the named emoji of the same group as the one in the picture?",
        labels=LABELS,
        examples=partial(examples, draw),
        recipe=RECIPE,
        models=BOX / "emoji-pairs",
        short_title="Emoji pairs, 14 languages",
        drawn=drawn,
    )


TASK = drawn(0)
