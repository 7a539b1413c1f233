"""A table of pairs, from bytes that nobody has looked at yet: CSV or JSON lines, by the hub's names or our own."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msd_core.comparison import check_text
from msd_core.errors import UserError

_DELIMITERS = (",", ";", "\t")
_IMAGE = ("image", "file_name")  # the second is what a hub's imagefolder calls it
_COLUMNS = (*_IMAGE, "text")
_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Row:
    """A line of the table, `number` as people count it: the header of a CSV is line 1. Of image and text one may be
    missing."""

    number: int
    image: str | None
    text: str | None
    label: str | None


@dataclass(frozen=True)
class BadRow:
    """A line that cannot be used, and why, in one sentence."""

    row: int
    reason: str


@dataclass(frozen=True)
class Table:
    """The lines of a table, and the encoding that it was read in."""

    rows: list[Row | BadRow]
    encoding: str

    @property
    def note(self) -> str | None:
        """What to know of how it was read; None where there is no doubt."""
        if self.encoding.startswith("utf"):
            return None
        return f"The table was read as {self.encoding}: where letters look wrong, save it in UTF-8 and send it again."


def read_table(content: bytes, most: int | None = None) -> Table:
    """The lines of a CSV with a header, or of one JSON object a line.

    Columns: `image` (or `file_name`) and `text`, of which one may be missing, and perhaps `label`. most: lines allowed.
    Raises `UserError` for what is no table, is empty, or has more.
    """
    text, encoding = _decoded(content)
    rows = list(_json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text))
    if not rows:
        raise UserError("The table has no lines below its header: give at least one pair.")
    if most is not None and len(rows) > most:
        raise UserError(f"The table has {len(rows):,} lines: give at most {most:,}.")
    return Table(
        [_row(number, cells) if isinstance(cells, dict) else BadRow(number, cells) for number, cells in rows], encoding
    )


def _decoded(content: bytes) -> tuple[str, str]:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):  # the last is what Excel saves on Windows
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, "Windows-1252" if encoding == "cp1252" else encoding
    raise UserError("The table is not text: save it as CSV, in UTF-8.")


_Cells = dict[str, Any] | str  # a line's cells by column, or what is wrong with it


def _csv_rows(text: str) -> Iterator[tuple[int, _Cells]]:
    named = re.match(r"sep=([,;\t])(\r\n|\r|\n)", text)  # how Excel names the delimiter, in a line before the header
    text = text[named.end() :] if named else text
    first = _LINE.split(text, maxsplit=1)[0]
    delimiter = named[1] if named else max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _without_empty_end([name.strip().lower() for name in next(lines, [])])
        _check_columns(header)
        records = [(n, r) for n, r in enumerate(lines, start=3 if named else 2) if any(cell.strip() for cell in r)]
    except csv.Error as error:
        raise UserError(
            f"The table cannot be read as CSV ({error}): close every quote and save it again as CSV."
        ) from error
    for number, record in records:
        cells = _without_empty_end(record, len(header))
        if len(cells) != len(header):
            yield number, f"It has {len(cells)} cells, the header {len(header)}: put quotes around cells with commas."
        else:
            yield number, dict(zip(header, cells, strict=True))


def _without_empty_end(cells: list[str], least: int = 0) -> list[str]:
    """Without the empty cells at the end, that spreadsheets leave, but for so many."""
    while len(cells) > least and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _check_columns(header: list[str]) -> None:
    if not set(header) & set(_COLUMNS):
        raise UserError("The table has no column image or text: its first line must name at least one of them.")
    if len(set(header)) < len(header):
        raise UserError("The table names a column twice: give each column its own name.")


def _json_rows(text: str) -> Iterator[tuple[int, _Cells]]:
    for number, line in enumerate(_LINE.split(text), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "Not a JSON object: write one per line."
            continue
        yield number, cells if isinstance(cells, dict) else "Not a JSON object: write one per line."


def _row(number: int, cells: dict[str, Any]) -> Row | BadRow:
    values = {name: _plain(cells.get(name)) for name in (*_COLUMNS, "label")}
    image = next((name for name in (values[column] for column in _IMAGE) if name), None)
    text = values["text"]
    try:
        text = check_text(text) if text and text.strip() else None
    except UserError as error:
        return BadRow(number, str(error))
    if image is None and text is None:
        return BadRow(number, "It has neither an image nor a text.")
    return Row(number, image, text, values["label"])


def _plain(value: Any) -> str | None:
    """A cell as text that can be written in UTF-8; None for one that is empty or holds no single value."""
    if value is None or isinstance(value, dict | list):
        return None
    text = str(value).encode("utf-8", "replace").decode().strip()  # JSON may escape half of a surrogate pair
    return text or None
