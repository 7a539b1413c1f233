"""Examples of a survey as people read them: lines of a table, and one example in full."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset.survey import Survey
from analysis.words import percent, short_name, subject
from msd_core.views import MODALITIES

MOST = 200  # lines shown at once
MOST_OF_BATCH = 100


@dataclass(frozen=True)
class Column:
    """A column of the listing: the survey table's column that it is sorted by, its title, and whether it is a number,
    which is first shown with the largest on top."""

    key: str
    title: str
    number: bool = False


def columns(survey: Survey, student: str | None) -> list[Column]:
    """What is listed of each example: what is known of it, and the answers of the first model and of one student."""
    first = survey.teacher
    decided = [Column("evidence", "Decided by")] if "evidence" in survey.table else []
    spoken = [Column("language", "Language")] if "language" in survey.table else []
    prob = "" if survey.task.multilabel else "prob_"
    return [
        Column("row", "Row"),
        Column("text", "Text"),
        Column("label", "True label"),
        *spoken,
        *decided,
        Column("saliency_image", "Saliency: image (bits)", True),
        Column("saliency_text", "Saliency: text (bits)", True),
        Column(f"{prob or 'answer_'}{first}", short_name(first), bool(prob)),
        *([] if student is None else [
            Column(f"{prob or 'answer_'}{student}", short_name(student), bool(prob)),
            Column(f"kl_{student}", f"KL of {short_name(student)} (nats)", True),
        ]),
    ]  # fmt: skip


def lines(
    survey: Survey, student: str | None, rows: np.ndarray, sort: str = "row", down: bool = False
) -> list[tuple[int, list[str]]]:
    """The first `MOST` of the rows once sorted by a column's key, each with its cells in the order of `columns`."""
    known = {column.key for column in columns(survey, student)}
    part = survey.table.iloc[rows].sort_values(sort if sort in known else "row", ascending=not down, kind="stable")
    return [(int(line["row"]), _cells(survey, student, line)) for _, line in part.head(MOST).iterrows()]


def _cells(survey: Survey, student: str | None, line: pd.Series) -> list[str]:
    cells = []
    for column in columns(survey, student):
        kind, _, model = column.key.partition("_")
        if kind in ("answer", "prob"):
            cells.append(_answer(survey, line, model))
        elif column.key == "row":
            cells.append(f"{line['row']:,}")
        else:
            cells.append(_number(line[column.key]) if column.number else str(line[column.key]))
    return cells


def _number(value: float) -> str:
    return "<0.001" if 0 < value < 0.001 else f"{value:.3f}"


def _answer(survey: Survey, line: pd.Series, model: str) -> str:
    """A sign for right or wrong, the answer, and its probability."""
    prob = "" if survey.task.multilabel else f" {percent(line[f'prob_{model}'])}"
    return f"{'✓' if line[f'right_{model}'] else '✗'} {line[f'answer_{model}']}{prob}"


def facts_of(survey: Survey, row: int) -> list[tuple[str, str]]:
    """What is known of one example, as `(name, value)`: each model's answer, and the teacher's saliency."""
    line = survey.table.iloc[row]
    answers = [(short_name(model), _answer(survey, line, model)) for model in survey.models]
    saliency = f"image {line['saliency_image']:.2f}, text {line['saliency_text']:.2f} bits"
    return [*answers, (f"Saliency ({subject(survey.teacher).removeprefix('The ')})", saliency)]


def batch_lines(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and first `MOST_OF_BATCH` lines of a batch's table in short: each model's answer with both shown, and the
    first model's saliency."""
    models = [name.removesuffix("_both") for name in table.columns if name.endswith("_both")]
    own_columns = [name for name in ("row", "image", "text", "label") if name in table]
    saliency = [f"{models[0]}_saliency_{modality}" for modality in MODALITIES]
    header = ["Line", *(name.capitalize() for name in own_columns[1:]), *map(short_name, models)]
    header += [f"Saliency: {modality} (bits)" for modality in MODALITIES] + ["Warnings"]
    rows = []
    for _, line in table.head(MOST_OF_BATCH).iterrows():
        answers = [_short_answer(line, model) for model in models]
        own = ["" if pd.isna(line[name]) else str(line[name]) for name in own_columns]
        rows.append([*own, *answers, *(f"{line[name]:.2f}" for name in saliency), line["warnings"]])
    return header, rows


def _short_answer(line: pd.Series, model: str) -> str:
    prob = line.get(f"{model}_both_probability")
    return line[f"{model}_both"] if prob is None else f"{line[f'{model}_both']} {percent(prob)}"
