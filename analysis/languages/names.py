"""One picture under two names: which examples have its names, and what models make of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.pair.examples import examples_of
from analysis.words import language_name, listed, short_name, subject
from msd_core.comparison import Comparison, by_modality
from msd_core.models.files import LoadedModel
from msd_core.tasks import Task
from msd_core.views import BOTH, TEXT, VIEWS

Label = int | tuple[int, ...]  # a class index, or for a multi-label task one 0 or 1 a label


@dataclass(frozen=True)
class Cell:
    """What a model answers under one view: the answer, its probability (None for several labels), and whether it is
    right, None where nobody knows."""

    answer: str
    prob: float | None
    right: bool | None


@dataclass(frozen=True)
class Row:
    """What a model makes of a text with its picture: a cell for each of `VIEWS`, and by modality the necessity, 0 to 1
    (bits)."""

    who: str
    cells: tuple[Cell, ...]
    necessity: dict[str, float]


@dataclass(frozen=True)
class Name:
    """A text, what to call it (`the Arabic text`), and a row for each model, the teacher's first."""

    title: str
    text: str | None
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, by model and view."""
        return {
            "title": self.title,
            "text": self.text,
            "predictions": {
                row.who: {
                    view: {"answer": cell.answer, "prob": cell.prob}
                    for view, cell in zip(VIEWS, row.cells, strict=True)
                }
                for row in self.rows
            },
            "saliency": {row.who: row.necessity for row in self.rows},
        }


def languages_of(task: Task) -> tuple[str, ...]:
    """The languages of a task's test examples, by the alphabet; empty where they state none."""
    return tuple(sorted({each.language for each in examples_of(task) if each.language}))


def names_at(task: Task, row: int) -> dict[str, int]:
    """The rows of the test examples that have the picture and the label of that one, the first of each language, by
    language; empty where it states none."""
    examples = examples_of(task)
    one = examples[row]
    rows: dict[str, int] = {one.language: row} if one.language else {}
    for place, each in enumerate(examples if rows else ()):
        if each.language and (each.image, each.label) == (one.image, one.label):
            rows.setdefault(each.language, place)
    return dict(sorted(rows.items()))


def read_name(comparison: Comparison, language: str, place: str, truth: Label | None = None) -> Name:
    """What was answered to a text. language: its code, "" where nobody says; it is then called by its `place`, as in
    `the first text`. truth: the true label, where it is known."""
    rows = []
    for who, answer in comparison.answers.items():
        cells = tuple(_cell(comparison.task, probs, truth) for probs in answer.probs.tolist())
        rows.append(Row(who, cells, by_modality(answer.necessity)))
    title = f"the {language_name(language)} text" if language else place
    return Name(title, comparison.text, tuple(rows))


def _cell(task: Task, probs: list[float], truth: Label | None) -> Cell:
    if task.multilabel:
        has = tuple(int(p >= 0.5) for p in probs)
        names = [name for name, is_so in zip(task.labels, has, strict=True) if is_so]
        return Cell(listed(names) if names else "none", None, None if truth is None else has == truth)
    top = max(range(len(probs)), key=probs.__getitem__)
    return Cell(task.labels[top], probs[top], None if truth is None else top == truth)


def headline(names: Sequence[Name]) -> str:
    """What the teacher, or whoever is first, answers to one text or two."""
    first, *others = names
    who, answer = subject(first.rows[0].who), first.rows[0].cells[BOTH].answer
    if not others:
        return f"{who} answers “{answer}” to {first.title}."
    other = others[0].rows[0].cells[BOTH].answer
    if other == answer:
        return f"{who} answers “{answer}” to {first.title} and to {others[0].title}."
    return f"{who} answers “{answer}” to {first.title}, but “{other}” to {others[0].title}."


def note(names: Sequence[Name]) -> str:
    """Which models answer two texts alike without the picture; empty for one text."""
    if len(names) < 2:
        return ""
    one, other = ([row.cells[TEXT].answer for row in name.rows] for name in names)
    who = [short_name(row.who) for row in names[0].rows]
    apart = [each for each, a, b in zip(who, one, other, strict=True) if a != b]
    alike = [each for each in who if each not in apart]
    if not apart:
        return "From the text alone, all models answer the two alike."
    if not alike:
        return "From the text alone, no model answers the two alike."
    return f"From the text alone, {listed(alike)} {_answer(alike)} the two alike; {listed(apart)} {_do(apart)} not."


def strangers(models: dict[str, LoadedModel], languages: Sequence[str]) -> list[str]:
    """A sentence for each language that the first model's text tower was not pretrained on, where its makers say on
    which it was."""
    who, loaded = next(iter(models.items()))
    known = loaded.model.languages
    unknown = [language_name(code) for code in dict.fromkeys(languages) if code and known and code not in known]
    return [
        f"{subject(who)} reads with a text tower that was not trained on {name}: what it makes of the text alone may "
        "be chance."
        for name in unknown
    ]


def _answer(names: list[str]) -> str:
    return "answers" if len(names) == 1 else "answer"


def _do(names: list[str]) -> str:
    return "does" if len(names) == 1 else "do"
