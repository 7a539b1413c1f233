"""Which examples of a task people are shown first, by rule and never by hand."""

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from msd_core.compare import compare
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.tasks import Example, Task, get_task
from msd_core.views import VIEWS

SIZE = 8  # examples a task
_TRIED = 300  # test examples among which an opening is looked for


@dataclass(frozen=True)
class Shown:
    """A test example, the `row`-th of its split, with its picture, RGB, 256 pixels on its longer side."""

    row: int
    example: Example
    picture: Image.Image


@lru_cache(maxsize=8)
def test_examples(task: str) -> list[Example]:
    """The test examples of a task, listed once."""
    return get_task(task).examples("test")


@lru_cache(maxsize=256)
def show(task: str, row: int) -> Shown:
    """The test example of that row; a `UserError` where there is none."""
    examples = test_examples(task)
    if not 0 <= row < len(examples):
        raise UserError(f"{task} has no test example {row}: choose one from 0 to {len(examples) - 1:,}.")
    return Shown(row, examples[row], get_task(task).picture(examples[row].image))


@lru_cache(maxsize=16)
def gallery(task: str) -> tuple[Shown, ...]:
    """The opening example, then the first test examples that each show a label or a kind of evidence not seen before,
    filled up with the next ones; no picture twice. At most `SIZE`."""
    asked = get_task(task)
    examples = test_examples(task)
    chosen = [opening(asked, examples)]
    seen = {_traits(asked, examples[chosen[0]])}
    for fresh_only in (True, False):
        for row, example in enumerate(examples):
            if len(chosen) == SIZE:
                break
            new = _traits(asked, example) not in seen
            if (new or not fresh_only) and example.image not in {examples[c].image for c in chosen}:
                chosen.append(row)
                seen.add(_traits(asked, example))
    return tuple(show(task, row) for row in chosen)


def opening(task: Task, examples: list[Example]) -> int:
    """The row of the first example that the teacher answers rightly, and otherwise once the image is hidden; 0 where
    there is none among the first few hundred."""
    teacher = {"teacher": load_bundled(task.name, "teacher")}
    for row, example in enumerate(examples[:_TRIED]):
        found = compare(task.name, task.picture(example.image), example.text, teacher)
        rows = found.answers["teacher"].probabilities.tolist()
        said = _decision(rows[VIEWS.index("both")], task.multilabel)
        if (
            said == example.label
            and said != _decision(rows[VIEWS.index("text")], task.multilabel)
            and not found.warnings
        ):
            return row
    return 0


def _decision(row: list[float], multilabel: bool) -> int | tuple[int, ...]:
    return tuple(int(p >= 0.5) for p in row) if multilabel else max(range(len(row)), key=row.__getitem__)


def _traits(task: Task, example: Example):
    """What makes an example worth showing: label and evidence; multi-label: the evidence of the labels it has."""
    if not task.multilabel:
        return example.label, example.evidence
    return frozenset(e for e, has in zip(example.evidence or (), example.label, strict=True) if has)
