"""Pairs of one's own by the hundred: every model's answers to each under the four views, in one table."""

import csv
import math
import string
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from msd_core.comparison import check_text
from msd_core.errors import UserError
from msd_core.models.base import Classifier, Encoded
from msd_core.models.files import LoadedModel, check_models
from msd_core.models.preprocess import Preprocess, as_pixels
from msd_core.saliency import probabilities, saliency
from msd_core.tasks import Task
from msd_core.tasks.archive import Pictures, TableFile, from_archive, from_folder, no_pictures
from msd_core.tasks.columns import guess_columns
from msd_core.tasks.pictures import read_picture
from msd_core.tasks.table import BadRow, Cell, Table, read_table
from msd_core.views import MODALITIES, VIEWS, visible

_AT_ONCE = 64  # rows
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes a cell for a formula by
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"  # and what may stand before it unseen, beside blanks
_LATE = "Time ran out before this line: send the remaining lines as a new batch."


@dataclass(frozen=True)
class Row:
    """A line of the table, `number` as people count it. Of image and text one may be missing."""

    number: int
    image: str | None
    text: str | None
    label: str | None


@dataclass(frozen=True)
class Batch:
    """table: one line a pair that could be read: `row` (the header of a CSV is 1), `image`, `text`, `label` where the
    table has one; by model and view its answer `{model}_{view}` and probabilities; by model the saliency (necessity, 0
    to 1, bits) of each modality; `warnings`. bad: the lines that could not. notes: what to know of the whole."""

    table: pd.DataFrame
    bad: list[BadRow]
    notes: tuple[str, ...] = ()

    def to_csv(self) -> str:
        """The table as CSV. A text that a spreadsheet would run as a formula gets a quote before it."""
        safe = self.table.map(lambda cell: f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell)
        return safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n", float_format="%.6g")

    def to_dict(self) -> dict[str, Any]:
        """Plain data: `rows`, a list of the table's lines, `bad` and `notes`."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {
            "rows": [{str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()} for row in rows],
            "bad": [{"row": bad.row, "reason": bad.reason} for bad in self.bad],
            "notes": list(self.notes),
        }


def _is_formula(cell: str) -> bool:
    return unicodedata.normalize("NFKC", cell).lstrip(_INVISIBLE + string.whitespace).startswith(_FORMULA)


def batch(
    task: Task,
    table: bytes | None,
    images: bytes | Path | None,
    models: dict[str, LoadedModel],
    report: Callable[[float, str], None] = lambda share, what: None,
    most_rows: int | None = None,
    most_seconds: float | None = None,
) -> Batch:
    """Every model's answers to every pair of a table.

    A line that cannot be used does not stop the others. Lines that are not reached in `most_seconds` are bad ones.

    table: a CSV, JSON lines or Parquet (see `read_table`), whose columns are guessed (see `guess_columns`); None for
    the `metadata.csv`, `metadata.jsonl` or `metadata.parquet` among the images.
    images: a ZIP, or a folder; None for a table of texts alone. models: by name. report: called with the share done, 0
    to 1, and what is being done. Raises `UserError` for a table or archive that cannot be read at all, or without any
    line that can be used, and where there is no model.
    """
    check_models(task, models)
    pictures = _open(images)
    file = pictures.table() if table is None else TableFile(table, "")
    if file is None:
        raise UserError("There is no table: give a CSV, or put a metadata.csv among the images.")
    read = read_table(file.content, most_rows)
    rows, pieces = _rows(read), []
    usable = [row for row in rows if isinstance(row, Row)]
    bad = [*read.bad, *(row for row in rows if isinstance(row, BadRow))]
    pixels_of = _reader(pictures, file.folder, {loaded.model.preprocess for loaded in models.values()})
    end = time.monotonic() + (math.inf if most_seconds is None else most_seconds)
    for start in range(0, len(usable), _AT_ONCE):
        report(start / len(usable), f"{start:,} of {len(usable):,} pairs")
        good: list[Row] = []
        pixels: list[_Squares | None] = []
        for row in usable[start : start + _AT_ONCE]:
            if time.monotonic() > end:
                bad.append(BadRow(row.number, _LATE))
                continue
            try:
                pixels.append(None if row.image is None else pixels_of(row.image))
                good.append(row)
            except UserError as error:
                bad.append(BadRow(row.number, str(error)))
        if good:
            pieces.append(_answers(task, models, good, pixels))
    bad.sort(key=lambda b: b.row)
    if not pieces:
        raise UserError(f"None of the {len(bad):,} lines can be used; the first, line {bad[0].row}: {bad[0].reason}")
    report(1.0, "Done")
    notes = tuple(note for note in (file.note, *read.notes) if note)
    return Batch(pd.concat(pieces, ignore_index=True), bad, notes)


def _rows(table: Table) -> list[Row | BadRow]:
    columns, nothing = guess_columns(table), [None] * len(table)
    cells = [nothing if name is None else table.cells[name] for name in (columns.image, columns.text, columns.label)]
    return [_row(*row) for row in zip(table.numbers, *cells, strict=True)]


def _row(number: int, image: Cell, text: Cell, label: Cell) -> Row | BadRow:
    try:
        words = None if _written(text) is None else check_text(str(text))
    except UserError as error:
        return BadRow(number, str(error))
    if _written(image) is None and words is None:
        return BadRow(number, "It has neither an image nor a text.")
    return Row(number, _written(image), words, _written(label))


def _written(cell: Cell) -> str | None:
    """A cell as text; None for an empty one or a list."""
    return None if cell is None or isinstance(cell, list) else str(cell)


def _open(images: bytes | Path | None) -> Pictures:
    if images is None:
        return no_pictures()
    return from_folder(images) if isinstance(images, Path) else from_archive(images)


_Squares = dict[Preprocess, np.ndarray]  # a picture as each model reads it


def _reader(pictures: Pictures, folder: str, preprocesses: set[Preprocess]) -> Callable[[str], _Squares]:
    """Pictures as models read them, by their names in a table of that folder; one that is named many times, in whatever
    way, is decoded once."""

    @lru_cache(maxsize=256)
    def squares(path: str) -> _Squares:
        picture: Image.Image = read_picture(pictures.read(path))
        return {preprocess: preprocess(picture) for preprocess in preprocesses}

    return lambda name: squares(pictures.find(name, folder))


@torch.inference_mode()
def _answers(
    task: Task, models: dict[str, LoadedModel], rows: list[Row], squares: list[_Squares | None]
) -> pd.DataFrame:
    pairs = _Pairs(rows, squares)
    columns: dict[str, Any] = {
        "row": [row.number for row in rows],
        "image": [row.image or "" for row in rows],
        "text": [row.text or "" for row in rows],
    }
    if any(row.label is not None for row in rows):
        columns["label"] = [row.label for row in rows]
    truncated = np.zeros(len(rows), dtype=bool)
    for name, loaded in models.items():
        encoded, cut = pairs.encode(loaded.model)
        truncated |= cut
        masks = visible(batch=len(rows)) & pairs.present
        logits = torch.stack([loaded.model.fuse(encoded, mask) for mask in masks], dim=1)
        columns |= _columns(task, name, logits)
    columns["warnings"] = _warnings(task, models, pairs, truncated)
    return pd.DataFrame(columns)


class _Pairs:
    """B rows, of which each may lack its image or its text."""

    def __init__(self, rows: list[Row], squares: list[_Squares | None]):
        self.rows = rows
        self.present = torch.tensor([[row.image is not None, row.text is not None] for row in rows])  # (B, 2)
        self.squares = [each for each in squares if each is not None]
        self.texts = [row.text for row in rows if row.text is not None]

    def pixels(self, model: Classifier) -> Tensor | None:
        """The images that are there, as a model reads them, `(I, 3, S, S)`."""
        return as_pixels(np.stack([each[model.preprocess] for each in self.squares])) if self.squares else None

    def encode(self, model: Classifier) -> tuple[Encoded, np.ndarray]:
        """The encodings of all rows, those of a missing half any other's, to be hidden; and which texts were cut."""
        cut = np.zeros(len(self.rows), dtype=bool)
        ids = None
        if self.texts:
            tokens = model.tokenize(self.texts)
            ids, cut[self.present[:, 1].numpy()] = tokens.ids, tokens.truncated
        places = (self.present.long().cumsum(0) - 1).clamp(min=0)  # (B, 2): which of those that are there
        return model.encode(self.pixels(model), ids).gather(places[:, 0], places[:, 1]), cut


def _columns(task: Task, model: str, logits: Tensor) -> dict[str, np.ndarray]:
    """A model's columns from its logits `(B, 4, C)`."""
    probs, labels, columns = probabilities(logits, task.multilabel).numpy(), np.array(task.labels, object), {}
    for i, view in enumerate(VIEWS):
        name, here = f"{model}_{view}", probs[:, i]
        if task.multilabel:
            columns[name] = np.array(["; ".join(labels[row >= 0.5]) or "none" for row in here], dtype=object)
            columns |= {f"{name}_{label}": here[:, c] for c, label in enumerate(task.labels)}
        else:
            columns[name], columns[f"{name}_probability"] = labels[here.argmax(1)], here.max(1)
    necessity = saliency(logits, "necessity", task.multilabel).numpy()
    return columns | {f"{model}_saliency_{m}": necessity[:, i] for i, m in enumerate(MODALITIES)}


def _warnings(task: Task, models: dict[str, LoadedModel], pairs: _Pairs, truncated: np.ndarray) -> list[str]:
    """What to know of each row, in few words."""
    words: list[list[str]] = [[] for _ in pairs.rows]
    for row, (image, text) in enumerate(pairs.present.tolist()):
        words[row] += [] if image else ["no picture: the text alone"]
        words[row] += [] if text else ["no text: the picture alone"]
        words[row] += ["text cut"] if truncated[row] else []
    judge = next((loaded.model for loaded in models.values() if loaded.model.detector is not None), None)
    if judge is not None and judge.detector is not None:
        ids = judge.tokenize(pairs.texts).ids if pairs.texts else None
        is_ood = judge.detector.is_ood(judge.ood_features(pairs.pixels(judge), ids))
        for i, (modality, what) in enumerate(zip(MODALITIES, ("picture", "text"), strict=True)):
            there = pairs.present[:, i].nonzero()[:, 0].tolist()
            for row, ood in zip(there, is_ood.get(modality, torch.zeros(len(there))).tolist(), strict=True):
                words[row] += [f"{what} unlike any in {task.name}"] if ood else []
    return ["; ".join(each) for each in words]
