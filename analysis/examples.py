"""Which examples of a task people are shown first, by rule and never by hand."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from PIL import Image

from msd_core.compare import compare
from msd_core.models.bundled import load_bundled
from msd_core.tasks import Example, Task, get_task
from msd_core.views import VIEWS

SIZE = 8  # examples a task
_TRIED = 300  # test examples among which an opening is looked for


@dataclass(frozen=True)
class Shown:
    """A test example with its picture, RGB, 256 pixels on its longer side."""

    picture: Image.Image
    text: str
    label: int | tuple[int, ...]
    evidence: str | tuple[str, ...] | None


@lru_cache(maxsize=16)
def gallery(task: str) -> tuple[Shown, ...]:
    """The opening example, then the first test examples that each show a label or a kind of evidence not seen before,
    filled up with the next ones; no picture twice. At most `SIZE`."""
    asked = get_task(task)
    examples = asked.examples("test")
    chosen = [opening(asked, examples)]
    seen = {_traits(asked, chosen[0])}
    for fresh_only in (True, False):
        for example in examples:
            if len(chosen) == SIZE:
                break
            new = _traits(asked, example) not in seen
            if (new or not fresh_only) and example.image not in {c.image for c in chosen}:
                chosen.append(example)
                seen.add(_traits(asked, example))
    return tuple(Shown(asked.picture(e.image), e.text, e.label, e.evidence) for e in chosen)


def opening(task: Task, examples: list[Example]) -> Example:
    """The first example that the teacher answers rightly, and otherwise once the image is hidden; the first of all
    where there is none among the first few hundred."""
    teacher = {"teacher": load_bundled(task.name, "teacher")}
    for example in islice(examples, _TRIED):
        found = compare(task.name, task.picture(example.image), example.text, teacher)
        rows = found.answers["teacher"].probabilities.tolist()
        said = _decision(rows[VIEWS.index("both")], task.multilabel)
        if (
            said == example.label
            and said != _decision(rows[VIEWS.index("text")], task.multilabel)
            and not found.warnings
        ):
            return example
    return examples[0]


def _decision(row: list[float], multilabel: bool) -> int | tuple[int, ...]:
    return tuple(int(p >= 0.5) for p in row) if multilabel else max(range(len(row)), key=row.__getitem__)


def _traits(task: Task, example: Example):
    """What makes an example worth showing: label and evidence; multi-label: the evidence of the labels it has."""
    if not task.multilabel:
        return example.label, example.evidence
    return frozenset(e for e, has in zip(example.evidence or (), example.label, strict=True) if has)
