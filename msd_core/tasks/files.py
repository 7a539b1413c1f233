"""A task from people's own files: a table of pairs and their pictures, read once and kept."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from msd_core.errors import UserError
from msd_core.storage import home, is_folder
from msd_core.tasks.archive import MOST_FILES, Pictures, from_paths
from msd_core.tasks.base import Task
from msd_core.tasks.columns import PICTURES, Columns, guess_columns
from msd_core.tasks.folders import folder_table
from msd_core.tasks.grouping import folds_of, split_rows
from msd_core.tasks.pictures import MAX_BYTES, TOO_LARGE, read_picture
from msd_core.tasks.rows import MAX_MARKS, Row, label_names, read_rows, with_rare_labels
from msd_core.tasks.stored import open_pictures, read_about, stored_task, write_stored
from msd_core.tasks.table import BadRow, Table, check_size, hash_of_table, read_table

MOST_ROWS = 1_000_000
FEW_ROWS, FOLDS = 200, 5  # with fewer rows the metric is cross-validated
_FORMAT = "msd-data-2"
_CHUNK = 256  # pictures looked at at once
_NO_NAME = "The name of its picture is not in UTF-8: rename the file."
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Options:
    """What people may say of their table: the columns by role, each guessed where None. label: one column, or several
    with commas between, whose values are then one label together. multilabel: None to see for itself. blank: columns,
    with commas between, whose words are taken out of the text of their row. least: rows that a label must have."""

    image: str | None = None
    text: str | None = None
    label: str | None = None
    split: str | None = None
    id: str | None = None
    language: str | None = None
    multilabel: bool | None = None
    blank: str | None = None
    least: int = 1


def read_task(
    data: str | Path,
    images: str | Path | None = None,
    options: Options = Options(),
    name: str | None = None,
    most_rows: int = MOST_ROWS,
    report: Report = lambda share, what: None,
    caches: Path | None = None,
) -> Task:
    """A task from files: every pair of a table whose picture can be read.

    Rows that cannot be used are left out, with a reason each (`Files.left_out`). Where the table names no splits, they
    are made: rows of one picture are in one split, and rows of one text too where that can be. What was read is kept
    under `caches`, and read again once a file has changed.

    data: a CSV, TSV, JSON lines or Parquet; or a folder or ZIP as the hub's imagefolder has them. images: the folder or
    ZIP of the pictures, from nowhere else; if none is given, the table's own folder, or where whole paths in the table
    lead, so that a stranger's table must not be read without. name: what people call it; the file's name if none.
    report: called with the share done, 0 to 1, and what is being done. caches: the folder in which all that is made of
    the files is kept, now and later; `home()` if none. Raises `UserError` for what cannot be read at all, or makes no
    task.
    """
    data = Path(data)
    alone = _has_pictures(data)
    place = Path(images) if images is not None else data if alone else data.parent
    missing = [path for path in (data, place) if not os.path.exists(path)]
    if missing:
        raise UserError(f"There is no {missing[0]}: check the path.")
    if alone and images is not None:
        raise UserError(f"{data} has pictures of its own: give it alone, or the table alone with the other pictures.")
    report(0.0, "Looking at the files")
    pictures = None if alone or images is not None else _paths(data, options, most_rows)
    pictures = pictures or open_pictures(place, max(MOST_FILES, 2 * most_rows))
    folder = (caches or home()) / "data" / _key(data, pictures, options, most_rows)
    about = None
    if is_folder(folder) and (about := read_about(folder)) is None:
        shutil.rmtree(folder, ignore_errors=True)
    if about is None:
        about = _write(folder, data, pictures, options, most_rows, report)
    record = {"data": str(data.resolve()), "images": None if images is None else str(place.resolve())}
    again = json.dumps({**record, "options": asdict(options), "name": name})
    return stored_task(name or data.resolve().stem, folder, place, about, again, caches)


def columns_of(data: Path, most_rows: int = MOST_ROWS) -> tuple[tuple[str, ...], Columns] | None:
    """The columns of a table, or of the one in a ZIP, and what each is guessed to be, without a look at a picture; None
    for a ZIP with a folder for each label. Raises `UserError` where there is no table."""
    if _has_pictures(data):
        pictures = open_pictures(data, max(MOST_FILES, 2 * most_rows))
        if pictures.table() is None:
            _table(data, pictures, most_rows)
            return None
        table, _ = _table(data, pictures, most_rows)
    else:
        table = read_table(data, most_rows)
    return table.columns, guess_columns(table)


def read_again(record: str, report: Report = lambda share, what: None) -> Task:
    """The task of what `Files.record` says. Raises `UserError` where the files are gone."""
    known = json.loads(record)
    return read_task(known["data"], known["images"], Options(**known["options"]), known["name"], report=report)


def _has_pictures(data: Path) -> bool:
    return os.path.isdir(data) or data.suffix.lower() == ".zip"


def _paths(data: Path, options: Options, most_rows: int) -> Pictures | None:
    """The pictures of a table that names them by whole paths; None for other names, that are looked for."""
    table = read_table(data, most_rows)
    columns, _ = _columns(table, options)
    names = [name for name in table.cells[str(columns.image)] if isinstance(name, str)]
    if not any(os.path.isabs(name) and os.path.isfile(name) for name in names):
        return None
    return from_paths(names, data.parent)


def _key(data: Path, pictures: Pictures, options: Options, most_rows: int) -> str:
    """What a reading depends on, found without reading a picture."""
    digest = hashlib.sha256(f"{_FORMAT} {json.dumps(asdict(options))} {most_rows}".encode())
    if not _has_pictures(data):
        digest.update(hash_of_table(data).encode())
    for path in pictures.files:
        digest.update(f"{path}\0{pictures.stamp(path)}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _write(
    folder: Path, data: Path, pictures: Pictures, options: Options, most_rows: int, report: Report
) -> dict[str, Any]:
    """Read all, and keep what can be used: what is known of it."""
    table, inside = _table(data, pictures, most_rows)
    columns, label_columns = _columns(table, options)
    blank = _several_columns(table, options.blank) if options.blank else []
    rows, bad, multilabel = read_rows(table, columns, label_columns, options.multilabel, blank)
    paths, unread = _find(rows, pictures, inside)
    hashes = _hashes({path for path in paths if path is not None}, pictures, report)
    kept: list[tuple[Row, str]] = []
    for row, path, reason in zip(rows, paths, unread, strict=True):
        if path is not None and isinstance(hashes[path], str):
            kept.append((row, path))
        else:
            bad.append(BadRow(row.number, str(reason if path is None else hashes[path])))
    if options.least > 1:
        rare = with_rare_labels([row for row, _ in kept], options.least)
        bad += [BadRow(number, reason) for number, reason in rare.items()]
        kept = [(row, path) for row, path in kept if row.number not in rare]
    bad.sort(key=lambda row: row.row)
    if not kept:
        raise UserError(f"None of the {len(bad):,} rows can be used; the first, row {bad[0].row}: {bad[0].reason}")
    good = [row for row, _ in kept]
    labels = label_names(good)
    if multilabel and len(good) * len(labels) > MAX_MARKS:
        raise UserError(f"{len(good):,} rows of {len(labels):,} labels are too many: give fewer rows, or fewer labels.")
    number = {label: i for i, label in enumerate(labels)}
    marks = [sorted(number[label] for label in row.labels) for row in good]
    content = [str(hashes[path]) for _, path in kept]
    first = np.array([mark[0] if mark else -1 for mark in marks])
    groups, split, notes = split_rows(content, [row.text for row in good], [row.split for row in good], first)
    folds = min(FOLDS, len(np.unique(groups))) if len(good) < FEW_ROWS else 0
    used = {path for _, path in kept}
    unused = sum(path.lower().endswith(PICTURES) for path in pictures.files if path not in used)
    if unused:
        notes.append(f"{unused:,} {'picture belongs' if unused == 1 else 'pictures belong'} to no row that is used.")
    texts = [row.text for row in good]
    about = {
        "labels": labels, "multilabel": multilabel, "columns": asdict(columns), "label_columns": label_columns,
        "content": _content_hash(content, texts, marks, split, labels, multilabel), "rows": len(good),
        "folds": folds, "train_rows": int((split == "train").sum()), "notes": [*table.notes, *notes],
        "left_out": [[row.row, row.reason] for row in bad],
    }  # fmt: skip
    stored = {
        "image": [path for _, path in kept], "sha256": content, "text": texts, "labels": marks, "split": split.tolist(),
        "language": [row.language for row in good], "fold": folds_of(groups, first, max(1, folds)).tolist(),
    }  # fmt: skip
    write_stored(folder, stored, about)
    return about


def _table(data: Path, pictures: Pictures, most_rows: int) -> tuple[Table, str]:
    """The rows, and the folder among the pictures that their names start from."""
    if not _has_pictures(data):
        return read_table(data, most_rows), ""
    if (inside := pictures.table()) is not None:
        table = read_table(inside.content, most_rows)
        notes = (inside.note,) if inside.note else ()
        return Table(table.columns, table.numbers, table.cells, table.bad, (*notes, *table.notes)), inside.folder
    if (by_folder := folder_table(pictures)) is not None:
        check_size(len(by_folder) + len(by_folder.bad), most_rows)
        return by_folder, ""
    raise UserError("There is no table: give a CSV, put a metadata.csv among the pictures, or a folder for each label.")


def _columns(table: Table, options: Options) -> tuple[Columns, list[str]]:
    """The columns by role, and those that make up the label."""
    labels = _several_columns(table, options.label) if options.label else []
    named = {role: getattr(options, role) for role in ("image", "text", "split", "id", "language")}
    others = tuple(column for column in table.columns if column not in labels[1:])  # none of which is a text
    columns = guess_columns(replace(table, columns=others), **named, label=labels[0] if labels else None)
    if columns.image is None:
        raise UserError("The table names no pictures: give it a column image with the file of each.")
    if columns.label is None:
        raise UserError("The table has no column of labels that can be told: name it with the option label.")
    return columns, labels or [columns.label]


def _several_columns(table: Table, names: str) -> list[str]:
    """The columns that are named with commas between; a name that has a comma itself is one."""
    by_name = {column.casefold(): column for column in table.columns}
    wanted = [names] if names.casefold() in by_name else names.split(",")
    missing = [name.strip() for name in wanted if name.strip().casefold() not in by_name]
    if missing:
        raise UserError(f"The table has no column {missing[0][:60]!r}: choose among {', '.join(table.columns[:20])}.")
    return list(dict.fromkeys(by_name[name.strip().casefold()] for name in wanted))


def _find(rows: list[Row], pictures: Pictures, inside: str) -> tuple[list[str | None], list[str | None]]:
    """The path of each row's picture, or why there is none."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        if row.image not in found:
            try:
                path = pictures.find(row.image, inside)
                found[row.image] = (path, None) if _is_writable(path) else (None, _NO_NAME)
            except UserError as error:
                found[row.image] = None, str(error)
    return [found[row.image][0] for row in rows], [found[row.image][1] for row in rows]


def _is_writable(path: str) -> bool:
    return path == path.encode("utf-8", "replace").decode()


def _hashes(paths: set[str], pictures: Pictures, report: Report) -> dict[str, str | UserError]:
    """The SHA-256 of every picture's file, or why it cannot be read."""
    return dict(zip(sorted(paths), _look_at(sorted(paths), pictures, report), strict=True))


def _look_at(paths: list[str], pictures: Pictures, report: Report) -> Iterator[str | UserError]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(paths), _CHUNK):
            report(first / len(paths), f"Reading pictures: {first:,} of {len(paths):,}")
            yield from pool.map(partial(_hash_or_error, pictures), paths[first : first + _CHUNK])


def _hash_or_error(pictures: Pictures, path: str) -> str | UserError:
    try:
        if pictures.stamp(path)[0] > MAX_BYTES:  # nothing of which is unpacked
            return UserError(TOO_LARGE)
        content = pictures.read(path)
        read_picture(content)
    except UserError as error:
        return error
    return hashlib.sha256(content).hexdigest()


def _content_hash(
    content: list[str],
    texts: list[str],
    marks: list[list[int]],
    split: np.ndarray,
    labels: tuple[str, ...],
    multilabel: bool,
) -> str:
    """A hash of all that a model could learn from, whatever the files are called."""
    digest = hashlib.sha256("\0".join([*labels, str(multilabel)]).encode())
    for row in zip(content, texts, marks, split.tolist(), strict=True):
        digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
