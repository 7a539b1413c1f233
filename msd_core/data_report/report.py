"""A report on the data of a task, before anything is trained."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from msd_core.data_report import sentences
from msd_core.data_report.counts import (
    Conflicts,
    Duplicates,
    Labels,
    Shared,
    conflicts,
    duplicates,
    label_counts,
    rows_of,
    shared_between_splits,
)
from msd_core.data_report.scores import Baselines, Features, baselines
from msd_core.data_report.texts import Texts, Truncated, text_counts
from msd_core.errors import UserError
from msd_core.tasks import SPLITS, Task, load_split

_MOST_SHOWN = 20


class BadRow(Protocol):
    """A row of a table that could not be used, and why."""

    @property
    def row(self) -> int: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not in the task: how many, the first 20 as `row` and `reason`, and the 20 commonest reasons."""

    count: int
    first: tuple[dict[str, int | str], ...]
    reasons: dict[str, int]


@dataclass(frozen=True)
class DataReport:
    """What a task's data are like. rows: by split. pictures, texts: distinct ones, over all splits."""

    title: str
    multilabel: bool
    rows: dict[str, int]
    pictures: int
    texts: int
    labels: Labels
    duplicates: Duplicates
    shared: tuple[Shared, ...]
    conflicts: Conflicts
    wording: Texts
    left_out: LeftOut
    baselines: Baselines | None

    @property
    def sentence(self) -> str:
        """Whether two modalities have anything to do here, in one sentence or two."""
        return sentences.sentence(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to act on before training, a sentence each."""
        return tuple(sentences.warnings(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON has it, with `sentence` and `warnings`."""
        values = {**asdict(self), "sentence": self.sentence, "warnings": self.warnings}
        return json.loads(json.dumps(values, allow_nan=False))  # tuples to lists, and a NaN is an error


def data_report(
    task: Task,
    left_out: Sequence[BadRow] = (),
    features: Features | None = None,
    truncated: Truncated | None = None,
) -> DataReport:
    """Look at all rows of a task, and fit linear models to some thousand.

    left_out: rows that were given and could not be used. features: of a split, by modality, those of its distinct
    pictures `(U, F)` and texts `(V, F)` from a pretrained tower; without them only the majority and the texts are
    scored. truncated: whether each of some texts is longer than the model to be trained reads. Raises `UserError` for a
    task without any row.
    """
    examples = {name: found for name in SPLITS if (found := task.examples(name))}
    if not examples:
        raise UserError(f"{task.title} has no rows: give it some.")
    splits = {name: load_split(task, name) for name in examples}
    rows = rows_of(splits)
    return DataReport(
        title=task.title,
        multilabel=task.multilabel,
        rows={name: len(examples.get(name, ())) for name in SPLITS},
        pictures=rows.num_pictures,
        texts=len(rows.texts),
        labels=label_counts(task, rows),
        duplicates=duplicates(rows),
        shared=shared_between_splits(rows),
        conflicts=conflicts(rows),
        wording=text_counts(task, rows, [example for found in examples.values() for example in found], truncated),
        left_out=_left_out(left_out),
        baselines=baselines(task, splits, features),
    )


def _left_out(rows: Sequence[BadRow]) -> LeftOut:
    return LeftOut(
        count=len(rows),
        first=tuple({"row": bad.row, "reason": bad.reason} for bad in rows[:_MOST_SHOWN]),
        reasons=dict(Counter(bad.reason for bad in rows).most_common(_MOST_SHOWN)),
    )
