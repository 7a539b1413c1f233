"""Which examples of a task people see first, by rule and never by hand."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.models.bundled import bundled_names, load_bundled
from msd_core.tasks import Example, Task
from msd_core.tasks.pictures import read_picture
from msd_core.views import BOTH, TEXT

MOST = 8  # examples a task
_TRIED = 300  # test examples among which an opening is looked for


@dataclass(frozen=True)
class ExampleRow:
    """A test example, the `row`-th of its split, with its picture, RGB, in its own size."""

    row: int
    example: Example
    picture: Image.Image


@lru_cache(maxsize=8)
def examples_of(task: Task) -> list[Example]:
    """The test examples of a task, listed once."""
    return task.examples("test")


@lru_cache(maxsize=256)
def example_at(task: Task, row: int) -> ExampleRow:
    """The test example of that row; a `UserError` where there is none."""
    examples = examples_of(task)
    if not 0 <= row < len(examples):
        raise UserError(f"{task.name} has no test example {row}: choose one from 0 to {len(examples) - 1:,}.")
    return ExampleRow(row, examples[row], read_picture(task.picture(examples[row].image)))


def clear_cache() -> None:
    """Forget the examples that the process holds."""
    for kept in (examples_of, example_at, gallery):
        kept.cache_clear()


@lru_cache(maxsize=32)
def gallery(task: Task, language: str = "") -> tuple[ExampleRow, ...]:
    """The opening example, then the first test examples that each have a label or a kind of evidence not yet there,
    filled up with the next ones; no picture twice, and no language before all others were there. At most `MOST`.

    language: the one of all these examples; empty for any.
    """
    examples = examples_of(task)
    rows = [row for row, example in enumerate(examples) if not language or example.language == language]
    chosen = [opening(task, examples) if not language else rows[0]]
    traits = {_traits(task, examples[chosen[0]])}
    languages = {examples[row].language for row in rows}
    for new_only in (True, False):
        for row in rows:
            example = examples[row]
            if len(chosen) == MOST:
                break
            there = [examples[c] for c in chosen]
            new = _traits(task, example) not in traits
            heard = {e.language for e in there}
            repeats = example.language in heard and heard != languages
            if (new or not new_only) and not repeats and example.image not in {e.image for e in there}:
                chosen.append(row)
                traits.add(_traits(task, example))
    return tuple(example_at(task, row) for row in chosen)


def opening(task: Task, examples: list[Example]) -> int:
    """The row of the first example that the teacher answers rightly, and otherwise once the image is hidden; 0 where
    there is none among the first few hundred, or no teacher."""
    if "teacher" not in bundled_names(task):
        return 0
    teacher = {"teacher": load_bundled(task, "teacher")}
    for row, example in enumerate(examples[:_TRIED]):
        comparison = compare(task, task.picture(example.image), example.text, teacher)
        probs = comparison.answers["teacher"].probs.tolist()
        answer = _decision(probs[BOTH], task.multilabel)
        moved = answer != _decision(probs[TEXT], task.multilabel)
        if answer == example.label and moved and not comparison.warnings:
            return row
    return 0


def distinct_pairs(task: Task, count: int) -> list[ExampleRow]:
    """At most so many test examples, no picture and no text twice: the gallery's first, then the next ones."""
    pairs: list[ExampleRow] = []
    examples = examples_of(task)
    for row in (*(each.row for each in gallery(task)), *range(len(examples))):
        if len(pairs) == count:
            break
        example = examples[row]
        if all(example.image != p.example.image and example.text != p.example.text for p in pairs):
            pairs.append(example_at(task, row))
    return pairs


def _decision(probs: list[float], multilabel: bool) -> int | tuple[int, ...]:
    return tuple(int(p >= 0.5) for p in probs) if multilabel else max(range(len(probs)), key=probs.__getitem__)


def _traits(task: Task, example: Example) -> Hashable:
    """What makes an example worth seeing: label and evidence; multi-label: the evidence of the labels it has."""
    if isinstance(example.label, int):
        return example.label, example.evidence
    evidence = example.evidence or range(len(example.label))
    return frozenset(e for e, has in zip(evidence, example.label, strict=True) if has)
