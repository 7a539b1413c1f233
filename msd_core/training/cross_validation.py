"""The metric of few rows: each is tested by a model that did not train on it (Stone 1974)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from msd_core.tasks import Task
from msd_core.tasks.stored import fold_examples
from msd_core.views import VIEWS


def folds(task: Task) -> list[Task]:
    """The task once for each fold, which is then its test split; none for a task of many rows, or with no files."""
    if task.files is None or not task.files.folds:
        return []
    return [
        replace(
            task,
            examples=partial(fold_examples, task.files.folder, fold, task.files.folds),
            source=partial(str, f"{fold}-{task.files.content}"),
            files=replace(task.files, folds=0),
        )
        for fold in range(task.files.folds)
    ]


def is_fold(task: Task) -> bool:
    """Whether it is one of those."""
    return isinstance(task.examples, partial) and task.examples.func is fold_examples


def cross_validate(task: Task, run: Callable[[int, Task], Mapping[str, Any]]) -> dict[str, Any] | None:
    """The metric by view of teacher and student, the mean over the rows of all folds; None for a task without folds.

    run: trains on a fold, by its number, and returns its result.
    """
    parts = folds(task)
    if not parts:
        return None
    results = [run(fold, part) for fold, part in enumerate(parts)]
    rows = [len(part.examples("test")) for part in parts]

    def mean(whose: str) -> dict[str, float] | None:
        if any(result[whose] is None for result in results):
            return None
        return {
            view: sum(n * result[whose][view] for n, result in zip(rows, results, strict=True)) / sum(rows)
            for view in VIEWS
        }

    return {"folds": len(parts), "rows": sum(rows), "teacher": mean("teacher"), "student": mean("student")}
