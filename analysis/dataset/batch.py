"""Pairs of one's own by the hundred: what every model says of each under the four views, in one table."""

import csv
import math
import string
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from analysis.dataset.rows import Bad, Pictures, Row, from_archive, from_folder, read_rows
from msd_core.compare import bundled_models
from msd_core.errors import UserError
from msd_core.inputs import Inputs, as_pixels
from msd_core.models.bundled import load_bundled
from msd_core.models.files import Loaded
from msd_core.novelty import load_worlds, looks
from msd_core.pictures import letterbox, read_picture
from msd_core.saliency import probabilities, saliency
from msd_core.tasks import Task, get_task
from msd_core.views import MODALITIES, VIEWS, visible

_AT_ONCE = 64  # rows
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes a cell for a formula by
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"  # and what may stand before it unseen, beside blanks
_LATE = "The time for one batch was up before this line: send it again with those that follow."


@dataclass(frozen=True)
class Batch:
    """`table`, one line a pair that could be read: `row` (the header is 1), `image`, `text`, `label` where given; by
    model and view its answer `{model}_{view}` and probabilities; by model the saliency (necessity, 0 to 1) of each
    modality; `warnings`. `bad`, the lines that could not."""

    table: pd.DataFrame
    bad: list[Bad]

    def to_csv(self) -> str:
        """The table as CSV. A text that a spreadsheet would run as a formula gets a quote before it."""
        safe = self.table.map(lambda cell: f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell)
        return safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n", float_format="%.6g")

    def to_dict(self) -> dict:
        """Plain data: `rows`, a list of the table's lines, and `bad`."""
        return {
            "rows": self.table.to_dict("records"),
            "bad": [{"row": bad.row, "reason": bad.reason} for bad in self.bad],
        }


def _is_formula(cell: str) -> bool:
    return unicodedata.normalize("NFKC", cell).lstrip(_UNSEEN + string.whitespace).startswith(_FORMULA)


def batch(
    task: str,
    table: bytes,
    archive: bytes | Path | None,
    models: dict[str, Loaded] | None = None,
    report: Callable[[float, str], None] = lambda share, what: None,
    most_rows: int | None = None,
    most_seconds: float | None = None,
) -> Batch:
    """Ask models (the bundled ones where none are given) about every pair of a CSV with columns `image` and `text`.

    `archive` is a ZIP of the images, or their folder. A line that cannot be used does not stop the others; a table or
    archive that cannot be read at all is a `UserError`, and so is one without any line that can be used. Lines that are
    not reached in `most_seconds` are bad ones.
    """
    asked, models = get_task(task), bundled_models(task) if models is None else models
    if archive is None:
        raise UserError("There are no images: give a ZIP of them.")
    pictures = from_folder(archive) if isinstance(archive, Path) else from_archive(archive)
    rows = list(read_rows(table, most_rows))
    bad, pieces = [row for row in rows if isinstance(row, Bad)], []
    usable, read = [row for row in rows if isinstance(row, Row)], _reader(pictures)
    end = time.monotonic() + (math.inf if most_seconds is None else most_seconds)
    for start in range(0, len(usable), _AT_ONCE):
        report(start / len(usable), f"{start:,} of {len(usable):,} pairs")
        good, pixels = [], []
        for row in usable[start : start + _AT_ONCE]:
            if time.monotonic() > end:
                bad.append(Bad(row.number, _LATE))
                continue
            try:
                pixels.append(read(row.image))
                good.append(row)
            except UserError as error:
                bad.append(Bad(row.number, str(error)))
        if good:
            pieces.append(_answered(asked, models, good, torch.from_numpy(np.stack(pixels))))
    bad.sort(key=lambda b: b.row)
    if not pieces:
        raise UserError(f"None of the {len(rows):,} lines can be used; the first, line {bad[0].row}: {bad[0].reason}")
    report(1.0, "Done")
    return Batch(pd.concat(pieces, ignore_index=True), bad)


def _reader(pictures: Pictures) -> Callable[[str], np.ndarray]:
    """Pictures as models read them, by their names; one that is named many times, in whatever way, is decoded once."""
    decoded = lru_cache(maxsize=512)(lambda file: letterbox(read_picture(pictures.read(file))))
    return lambda name: decoded(pictures.find(name))


@torch.inference_mode()
def _answered(task: Task, models: dict[str, Loaded], rows: list[Row], pictures: Tensor) -> pd.DataFrame:
    texts, pixels = [row.text for row in rows], as_pixels(pictures)
    columns = {"row": [row.number for row in rows], "image": [row.image for row in rows], "text": texts}
    if any(row.label is not None for row in rows):
        columns["label"] = [row.label for row in rows]
    cut = np.zeros(len(rows), dtype=bool)
    for name, loaded in models.items():
        tokens = loaded.model.tokenize(texts)
        cut |= np.array(tokens.cut)
        encoded = loaded.model.encode(pixels, tokens.ids)
        logits = torch.stack([loaded.model.fuse(encoded, mask) for mask in visible(batch=len(rows))], dim=1)
        columns |= _columns(task, name, logits)
    columns["warnings"] = _warnings(task, pictures, texts, cut)
    return pd.DataFrame(columns)


def _columns(task: Task, model: str, logits: Tensor) -> dict[str, np.ndarray]:
    """A model's columns from its logits `(B, 4, C)`."""
    chances, labels, columns = probabilities(logits, task.multilabel).numpy(), np.array(task.labels, object), {}
    for i, view in enumerate(VIEWS):
        name, here = f"{model}_{view}", chances[:, i]
        if task.multilabel:
            columns[name] = np.array(["; ".join(labels[row >= 0.5]) or "none" for row in here], dtype=object)
            columns |= {f"{name}_{label}": here[:, c] for c, label in enumerate(task.labels)}
        else:
            columns[name], columns[f"{name}_probability"] = labels[here.argmax(1)], here.max(1)
    moved = saliency(logits, "necessity", task.multilabel).numpy()
    return columns | {f"{model}_saliency_{m}": moved[:, i] for i, m in enumerate(MODALITIES)}


def _warnings(task: Task, pictures: Tensor, texts: list[str], cut: np.ndarray) -> list[str]:
    teacher, worlds = load_bundled(task.name, "teacher").model, load_worlds(task.name)
    judged = looks(teacher, Inputs(pictures, teacher.tokenize(texts).ids))
    foreign = {m: worlds[m].foreign(judged[m]).tolist() for m in MODALITIES}
    said = [
        (cut.tolist(), "text cut"),
        (foreign["image"], f"picture unlike any in {task.name}"),
        (foreign["text"], f"text unlike any in {task.name}"),
    ]
    return ["; ".join(words for flags, words in said if flags[i]) for i in range(len(texts))]
