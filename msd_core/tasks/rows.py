"""From the cells of a table to rows that can be used: a picture's name, a text and labels each, or a reason why not."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from msd_core.errors import UserError
from msd_core.tasks.columns import Columns
from msd_core.tasks.table import BadRow, Cell, Table

MAX_TEXT = 2000  # characters kept of a text: no model reads more
MAX_LABELS = 10_000
_MANY_NUMBERS = 20  # different numbers that are no whole ones: no labels any more
_NOTHING = ("nan", "null", "none", "n/a", "na")  # what programs write for an empty cell


@dataclass(frozen=True)
class Row:
    """A row that can be used, `number` as people count it: the name of its picture, its text, which may be empty where
    the table has none, its labels (one, or of a multi-label task any number), and what the table says of its split and
    language, None where nothing."""

    number: int
    image: str
    text: str
    labels: tuple[str, ...]
    split: str | None
    language: str | None


def read_rows(
    table: Table, columns: Columns, label_columns: list[str], multilabel: bool | None, blank: list[str]
) -> tuple[list[Row], list[BadRow], bool]:
    """The rows of a table, those that cannot be used, and whether the task is a multi-label one.

    label_columns: one, or several whose values are one label together. multilabel: None to see whether there are lists,
    or labels with `|` between. blank: columns whose words are taken out of a row's text. Raises `UserError` where the
    labels are none.
    """
    _check_numbers(table, label_columns)
    if multilabel is None:
        multilabel = len(label_columns) == 1 and any(map(_is_several, table.cells[label_columns[0]]))
    labels_of = _several if multilabel else _single
    good, bad = [], list(table.bad)
    for place, number in enumerate(table.numbers):
        cells = {name: values[place] for name, values in table.cells.items()}
        try:
            labels = labels_of([cells[name] for name in label_columns])
            image, text = _image(_cell(cells, columns.image)), _text(_cell(cells, columns.text), columns.text)
        except UserError as error:
            bad.append(BadRow(number, str(error)))
            continue
        text = without_words(text, [_plain(cells[name]) or "" for name in blank]) if blank else text
        split, language = (_plain(_cell(cells, name)) for name in (columns.split, columns.language))
        good.append(Row(number, image, text, labels, split, language))
    return good, sorted(bad, key=lambda row: row.row), multilabel


def _cell(cells: dict[str, Cell], column: str | None) -> Cell:
    return None if column is None else cells[column]


def _plain(cell: Cell) -> str | None:
    """A cell as text; None for an empty one. A whole number has no decimals, however the file wrote it."""
    if cell is None or isinstance(cell, list):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unicodedata.normalize("NFC", str(cell)).strip()
    return None if not text or text.casefold() in _NOTHING else text


def _image(cell: Cell) -> str:
    if (name := _plain(cell)) is None:
        raise UserError("It names no picture.")
    return name


def _text(cell: Cell, column: str | None) -> str:
    if column is None:
        return ""
    if (text := _plain(cell)) is None:
        raise UserError("It has no text.")
    return text[:MAX_TEXT]


def _single(cells: list[Cell]) -> tuple[str, ...]:
    parts = [_plain(cell) for cell in cells]
    if any(part is None for part in parts):
        raise UserError("It has no label.")
    return (", ".join(part for part in parts if part),)


def _is_several(cell: Cell) -> bool:
    return isinstance(cell, list) or (isinstance(cell, str) and "|" in cell)


def _several(cells: list[Cell]) -> tuple[str, ...]:
    """The labels of a multi-label cell, each once; an empty list is none of them."""
    cell = cells[0]
    if isinstance(cell, list):
        return tuple(dict.fromkeys(part for part in map(_plain, cell) if part))
    if (text := _plain(cell)) is None:
        raise UserError("It has no label.")
    return tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))


def _check_numbers(table: Table, label_columns: list[str]) -> None:
    for name in label_columns:
        fractions = {cell for cell in map(_number, table.cells[name]) if cell is not None and not cell.is_integer()}
        if len(fractions) > _MANY_NUMBERS:
            raise UserError(
                f"The column {name[:60]} holds {len(fractions):,} different fractions, which are no labels: name "
                "another column, or sort them into classes first."
            )


def _number(cell: Cell) -> float | None:
    try:
        return float(cell) if isinstance(cell, float | str) else None
    except ValueError:
        return None


def without_words(text: str, values: list[str]) -> str:
    """The text without the words of these values, upper and lower case alike."""
    words = {word for value in values for word in re.findall(r"\w+", value)}
    if not words:
        return text
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return " ".join(re.sub(rf"\b(?:{pattern})\b", " ", text, flags=re.IGNORECASE).split())


def rare_labels(rows: list[Row], least: int) -> dict[tuple[str, ...], str]:
    """The labels (of a multi-label task, the combinations) of fewer than so many rows, and why those are left out."""
    counts = Counter(row.labels for row in rows)
    return {
        labels: f"Its label {', '.join(labels)[:60]!r} has {count:,} of the {least:,} rows that a label must have."
        for labels, count in counts.items()
        if count < least
    }


def label_names(rows: list[Row]) -> tuple[str, ...]:
    """The labels in their order: numbers by value, others by the alphabet. Raises `UserError` for fewer than two, or
    too many."""
    names = {label for row in rows for label in row.labels}
    if len(names) < 2:
        raise UserError(
            f"All rows have the label {next(iter(names))[:60]!r}: give rows of two labels or more."
            if names
            else "No row has a label: name the column of labels."
        )
    if len(names) > MAX_LABELS:
        raise UserError(f"There are {len(names):,} labels: give at most {MAX_LABELS:,}, or name another column.")
    if all(_number(name) is not None for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))
