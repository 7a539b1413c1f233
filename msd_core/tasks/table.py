"""A table, from a file that nobody has looked at yet: CSV, JSON lines or Parquet, known by its content."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

from msd_core.errors import UserError
from msd_core.tasks.encodings import UNREADABLE, decode

Cell = str | float | int | bool | list | None
MOST_COLUMNS = 1000
MOST_ROWS = 20_000_000
MOST_CHARACTERS = 131_072  # in a cell; what the csv module allows
_DELIMITERS = (",", ";", "\t")
_LINE = re.compile(r"\r\n|\r|\n")
_NO_JSON = "Not a JSON object: write one per line."
_DAMAGED = "Its letters are damaged, or in an encoding that nothing else is in: save the table in UTF-8."


@dataclass(frozen=True)
class BadRow:
    """A line that cannot be used, and why, in one sentence."""

    row: int
    reason: str


@dataclass(frozen=True)
class Table:
    """A table of R rows that can be used, column by column.

    columns: their names as written, without blanks around them; `column 3` for the third without one. numbers: `(R,)`,
    the rows as people count them: the header of a CSV is 1 (or follows Excel's `sep=` line), of JSON it is the line, of
    Parquet the first row is 1. cells: `(R,)` a column: texts without blanks around them, and None for a cell that is
    empty or holds no plain value; those of a CSV are texts only. bad: the rows that cannot be used. notes: what to know
    of how it was read, in sentences.
    """

    columns: tuple[str, ...]
    numbers: list[int]
    cells: dict[str, list[Cell]]
    bad: list[BadRow] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)


def read_table(source: bytes | Path, most: int | None = None) -> Table:
    """A CSV with a header (commas, semicolons or tabs), one JSON object a line, or Parquet.

    source: a file's content, or its path. most: rows allowed. Raises `UserError` for what is no table, names a column
    twice, has no rows, or has more. Of Parquet, columns of other than plain values (pictures in bytes, structs) are
    left out, which a note says.
    """
    content = source if isinstance(source, bytes) else _content(source)
    if content.startswith(b"PAR1"):
        from msd_core.tasks.parquet import read_parquet

        return read_parquet(content, most)
    if content.startswith(b"PK\x03\x04"):
        raise UserError("The table is an archive or an Excel workbook: save it as CSV, in UTF-8.")
    text, notes = decode(content)
    if not text.strip():
        raise UserError("The table is empty: give a CSV with a header, or one JSON object a line.")
    return (_json_table if text.lstrip().startswith("{") else _csv_table)(text, notes, most)


def hash_of_table(path: Path) -> str:
    """The SHA-256 of a table's file. Raises `UserError` where it cannot be read."""
    with _readable(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(path: Path) -> bytes:
    with _readable(path):
        return path.read_bytes()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"The table {path} cannot be read: check the path and its permissions.") from error


def check_size(rows: int, most: int | None) -> None:
    """Raise `UserError` for a table of no rows, or of more than are allowed."""
    if not rows:
        raise UserError("The table has no lines below its header: give at least one pair.")
    most = MOST_ROWS if most is None else min(most, MOST_ROWS)
    if rows > most:
        raise UserError(f"The table has {rows:,} lines: give at most {most:,}.")


def check_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """The names of the columns, blanks around them away and missing ones made up. Raises `UserError` for one that is
    there twice, also in upper and lower case, and for too many."""
    names = tuple(_writable(name).strip() or f"column {place}" for place, name in enumerate(columns, start=1))
    if len(names) > MOST_COLUMNS:
        raise UserError(f"The table has {len(names):,} columns: give at most {MOST_COLUMNS:,}.")
    if len({name.casefold() for name in names}) < len(names):
        raise UserError("The table names a column twice: give each column its own name.")
    return names


def plain(value: Any) -> Cell:
    """A value as a cell. Raises `ValueError`, with a sentence, for one that no line may have."""
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            raise ValueError(f"A cell has {len(value):,} characters: keep it under {MOST_CHARACTERS:,}.")
        if "\0" in value:
            raise ValueError("A cell has a NUL character: take it out.")
        return _writable(value).strip() or None
    if isinstance(value, list):
        return [plain(each) for each in value if not isinstance(each, list | dict)]
    return value if isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)) else None


def _writable(text: str) -> str:
    """With ? for the lone half of a surrogate pair, which JSON can name and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _csv_table(text: str, notes: tuple[str, ...], most: int | None) -> Table:
    named = re.match(r"sep=([,;\t])(\r\n|\r|\n)", text)  # how Excel names the delimiter, in a line before the header
    text = text[named.end() :] if named else text
    first = re.sub(r'"[^"]*"', "", _LINE.split(text, maxsplit=1)[0])
    delimiter = named[1] if named else max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _without_empty_end(next(lines, []))
        if UNREADABLE.search("".join(header)):
            raise UserError("The names of the table's columns cannot be read: save the table in UTF-8.")
        columns = check_columns(header)
        records = ((n, r) for n, r in enumerate(lines, start=3 if named else 2) if any(map(str.strip, r)))
        read = _columns_of(islice(records, MOST_ROWS if most is None else most), columns)
        check_size(len(read.numbers) + len(read.bad) + sum(1 for _ in records), most)
    except csv.Error as error:
        place = lines.line_num + (1 if named else 0)
        raise UserError(
            f"The table cannot be read as CSV ({error}, line {place:,}): close every quote and save it again as CSV."
        ) from error
    return Table(columns, read.numbers, read.cells, read.bad, notes)


def _columns_of(records: Iterable[tuple[int, list[str]]], columns: tuple[str, ...]) -> Table:
    """Records of cells as columns."""
    numbers: list[int] = []
    cells: list[list[Cell]] = [[] for _ in columns]
    bad = []
    for number, record in records:
        row = record if len(record) == len(columns) else _without_empty_end(record, len(columns))
        if len(row) != len(columns):
            reason = f"It has {len(row)} cells, the header {len(columns)}: put quotes around cells with commas."
            bad.append(BadRow(number, reason))
        elif UNREADABLE.search("".join(row)):
            bad.append(BadRow(number, _DAMAGED))
        else:
            numbers.append(number)
            for column, cell in zip(cells, row, strict=True):
                column.append(cell.strip() or None)
    return Table(columns, numbers, dict(zip(columns, cells, strict=True)), bad)


def _without_empty_end(cells: list[str], least: int = 0) -> list[str]:
    """Without the empty cells at the end, that spreadsheets leave, but for so many."""
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _json_table(text: str, notes: tuple[str, ...], most: int | None) -> Table:
    numbers: list[int] = []
    cells: dict[str, list[Cell]] = {}
    bad = []
    lines = [(number, line) for number, line in enumerate(_LINE.split(text), start=1) if line.strip()]
    check_size(len(lines), most)
    for number, line in lines:
        try:
            row = _json_row(line)
        except ValueError as error:
            bad.append(BadRow(number, str(error)))
            continue
        new = [name for name in row if name not in cells]
        cells |= {name: [None] * len(numbers) for name in check_columns([*cells, *new])[len(cells) :]}
        numbers.append(number)
        for name, column in cells.items():
            column.append(row.get(name))
    return Table(tuple(cells), numbers, cells, bad, notes)


def _json_row(line: str) -> dict[str, Cell]:
    if UNREADABLE.search(line):
        raise ValueError(_DAMAGED)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(_NO_JSON) from error
    if not isinstance(row, dict):
        raise ValueError(_NO_JSON)
    return {_writable(name).strip() or "column 1": plain(value) for name, value in row.items()}
