"""What was read of people's own files, as it is kept, and the task that it makes."""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from msd_core.cache import is_sealed, read_sealed, write_sealed
from msd_core.errors import UserError
from msd_core.parquet import from_parquet, to_parquet
from msd_core.storage import atomic_folder
from msd_core.tasks.archive import Pictures, from_archive, from_folder, from_paths, short
from msd_core.tasks.base import WHOLE, Example, Files, Recipe, Task
from msd_core.tasks.table import BadRow

_ROWS, _ABOUT = "rows.parquet", "about.json"
_LEAST_STEPS = 400  # of a head, however few rows there are
_BATCH, _FEW_BATCH, _FEW = 64, 8, 200  # examples a step; of fewer rows than the last, fewer
_LONGEST_NAME = 40  # characters of four bytes each: with more, no disk takes it for a folder
_GONE = "What was read of these files is gone: read them again."


def write_stored(folder: Path, rows: dict[str, Sequence[Any]], about: dict[str, Any]) -> None:
    """Keep rows (`image`, `sha256`, `text`, `labels` by number, `split`, `fold`, `language`) and what all have."""
    table = {name: pa.array(values, pa.string() if name == "language" else None) for name, values in rows.items()}
    with atomic_folder(folder) as temporary:
        write_sealed(temporary / _ROWS, [to_parquet(pa.table(table))])
        write_sealed(temporary / _ABOUT, [json.dumps(about).encode()])


def read_about(folder: Path) -> dict[str, Any] | None:
    """What is known of all rows; None where nothing whole is kept."""
    content = read_sealed(folder / _ABOUT)
    try:
        return None if content is None or not is_sealed(folder / _ROWS) else json.loads(content)
    except OSError:
        return None


def open_pictures(place: Path, most_files: int) -> Pictures:
    """The pictures of a folder or a ZIP."""
    return from_folder(place, most_files) if place.is_dir() else from_archive(place, most_files)


def stored_task(
    name: str, folder: Path, place: Path, about: dict[str, Any], record: str, caches: Path | None = None
) -> Task:
    """The task of what is kept in a folder; its pictures are in `place`, another folder or a ZIP. name: what people
    call it; the task's own is the part of it that can name a file. record: what reads it again. caches:
    `Files.place`."""
    title = name.encode("utf-8", "replace").decode()
    several = "Which" if about["multilabel"] else "Which of these"
    return Task(
        name=re.sub(r"[^\w.-]+", "-", title).strip(".-")[:_LONGEST_NAME] or "data",
        title=title,
        question=f"{several}: {', '.join(about['labels'][:3])}{', ...' if len(about['labels']) > 3 else ''}?",
        labels=tuple(about["labels"]),
        examples=partial(_examples, folder),
        picture=partial(_picture, folder, place.resolve()),
        source=partial(str, about["content"]),
        multilabel=about["multilabel"],
        recipe=recipe(about["train_rows"]),
        files=Files(
            content=about["content"],
            rows=about["rows"],
            folder=folder,
            record=record,
            folds=about["folds"],
            left_out=tuple(BadRow(row, reason) for row, reason in about["left_out"]),
            notes=tuple(about["notes"]),
            place=caches,
        ),
    )


def recipe(train_rows: int) -> Recipe:
    """How models of people's own rows train: twenty passes, or more where that is fewer steps than a head needs; in
    smaller batches where rows are few."""
    batch = _FEW_BATCH if train_rows < _FEW else _BATCH
    epochs = max(20, math.ceil(_LEAST_STEPS / math.ceil(train_rows / batch)))
    return Recipe(
        teacher_epochs=epochs, student_epochs=epochs, student_size=WHOLE, study_epochs=epochs, study_size=WHOLE,
        teacher="minilm-effnet", student="cut-student", teacher_lr=3e-4, student_lr=1e-3, batch_size=batch,
    )  # fmt: skip


def _stored(folder: Path) -> pa.Table:
    return _read(folder, _changed(folder))


def _hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every picture that a row has."""
    return _read_hashes(folder, _changed(folder))


def _changed(folder: Path) -> int:
    try:
        return (folder / _ROWS).stat().st_mtime_ns
    except OSError as error:
        raise UserError(_GONE) from error


@lru_cache(maxsize=4)
def _read(folder: Path, changed: int) -> pa.Table:
    content = read_sealed(folder / _ROWS)
    if content is None:
        raise UserError(_GONE)
    return from_parquet(content)


@lru_cache(maxsize=4)
def _read_hashes(folder: Path, changed: int) -> dict[str, str]:
    table = _read(folder, changed)
    return dict(zip(table["image"].to_pylist(), table["sha256"].to_pylist(), strict=True))


def clear_cache() -> None:
    """Forget the rows and archives that the process holds."""
    for kept in (_read, _read_hashes, _archive):
        kept.cache_clear()


def _examples(folder: Path, split: str) -> list[Example]:
    table = _stored(folder)
    return _of_rows(folder, table.filter(pc.equal(table["split"], split)))


def fold_examples(folder: Path, fold: int, folds: int, split: str) -> list[Example]:
    """Those of a split where one fold tests, the next validates, and the rest train."""
    table, part = _stored(folder), {"test": [fold], "validation": [(fold + 1) % folds]}
    part["train"] = [each for each in range(folds) if each not in part["test"] + part["validation"]]
    return _of_rows(folder, table.filter(pc.is_in(table["fold"], pa.array(part[split]))))


def _of_rows(folder: Path, rows: pa.Table) -> list[Example]:
    about = read_about(folder)
    if about is None:
        raise UserError(_GONE)
    count, multilabel = len(about["labels"]), about["multilabel"]
    columns = (rows[name].to_pylist() for name in ("image", "text", "labels", "language"))
    return [
        Example(image, text, _marked(marks, count) if multilabel else marks[0], language=language)
        for image, text, marks, language in zip(*columns, strict=True)
    ]


def _marked(marks: list[int], count: int) -> tuple[int, ...]:
    row = [0] * count
    for label in marks:
        row[label] = 1
    return tuple(row)


def _picture(folder: Path, place: Path, key: str) -> bytes:
    known = _hashes(folder)
    if key not in known:
        raise UserError(f"There is no picture {short(key)} in this task: choose another.")
    content = _content(place, key)
    if hashlib.sha256(content).hexdigest() != known[key]:
        raise UserError(f"{short(key)} has changed since the table was read: read the table again.")
    return content


def _content(place: Path, key: str) -> bytes:
    """A picture's file as it is now; of a folder, without a look at the others."""
    if place.is_file():
        status = place.stat()
        return _archive(place, status.st_ino, status.st_size, status.st_mtime_ns).read(key)
    pictures = from_paths([key], place)
    return pictures.read(pictures.find(key, ""))


@lru_cache(maxsize=4)
def _archive(place: Path, *changed: int) -> Pictures:
    return from_archive(place, 10 * WHOLE)
