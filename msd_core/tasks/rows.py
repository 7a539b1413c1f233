"""From the cells of a table to rows that can be used: a picture's name, a text and labels each, or a reason why not."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import repeat
from math import isfinite
from typing import NamedTuple

from msd_core.errors import UserError
from msd_core.tasks.columns import Columns
from msd_core.tasks.table import BadRow, Cell, Table

MAX_TEXT = 2000  # characters kept of a text: no model reads more
MAX_LABEL = 200  # characters of a label: more is a text
MAX_LABELS = 10_000
MAX_MARKS = 100_000_000  # rows times labels of a multi-label task, each of which is kept
_MANY_NUMBERS = 20  # different numbers that are no whole ones: no labels any more
_NOTHING = ("nan", "NaN", "null", "NULL", "None", "N/A", "n/a", "#N/A", "NA", "<NA>")  # what programs write for nothing
_WHOLE = re.compile(r"([-+]?\d+)\.0*")  # a whole number that a program took for another
_WORD = re.compile(r"\w+")


class Row(NamedTuple):
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

    columns: `image` is there. label_columns: one, or several whose values are one label together. multilabel: None to
    see whether there are lists, or labels with `|` between. blank: columns whose words are taken out of a row's text.
    Raises `UserError` where the labels are none.
    """
    _check_numbers(table, label_columns)
    if multilabel is None:
        multilabel = len(label_columns) == 1 and any(map(_is_several, table.cells[label_columns[0]]))
    if multilabel and len(label_columns) > 1:
        raise UserError("Several columns make one label together: name one column for a task of several labels a row.")
    labels_of = _remembered(_several if multilabel else _single)
    text_of = (lambda cell: "") if columns.text is None else _text
    good, bad = [], list(table.bad)
    for number, image, text, label, split, language, hidden in zip(
        table.numbers,
        *(_cells(table, name) for name in (columns.image, columns.text)),
        zip(*(table.cells[name] for name in label_columns), strict=True),
        *(_cells(table, name) for name in (columns.split, columns.language)),
        zip(*(table.cells[name] for name in blank), strict=True) if blank else repeat(()),
        strict=False,
    ):
        try:
            labels, image, text = labels_of(label), _image(image), text_of(text)
        except UserError as error:
            bad.append(BadRow(number, str(error)))
            continue
        text = without_words(text, hidden) if hidden else text
        good.append(Row(number, image, text, labels, _plain(split), _plain(language)))
    return good, sorted(bad, key=lambda row: row.row), multilabel


def _cells(table: Table, column: str | None) -> Iterable[Cell]:
    return repeat(None) if column is None else table.cells[column]


def _remembered(labels_of: Callable[[tuple[Cell, ...]], tuple[str, ...]]) -> Callable[..., tuple[str, ...]]:
    """The same, each once for all rows that have it written alike: there are few labels and many rows."""
    known: dict[str, tuple[str, ...]] = {}

    def remembered(cells: tuple[Cell, ...]) -> tuple[str, ...]:
        written = repr(cells)
        if written not in known:
            known[written] = labels_of(cells)
        return known[written]

    return remembered


def _plain(cell: Cell) -> str | None:
    """A cell as text; None for an empty one. A whole number has no decimals, however the file wrote it."""
    if cell is None or isinstance(cell, list):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unicodedata.normalize("NFC", str(cell)).strip()
    return None if not text or text in _NOTHING else text


def _image(cell: Cell) -> str:
    """The name of a picture as it is written, for two files may differ in how their letters are composed."""
    if (name := _plain(cell)) is None:
        raise UserError("It names no picture.")
    return cell if isinstance(cell, str) else name


def plain_text(cell: Cell) -> str | None:
    """A cell as a text, as much of it as is kept; None for an empty one."""
    text = _plain(cell)
    return None if text is None else text[:MAX_TEXT]


def _text(cell: Cell) -> str:
    if (text := plain_text(cell)) is None:
        raise UserError("It has no text.")
    return text


def _single(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    parts: list[str | None] = []
    for cell in cells:
        labels = [each for each in map(_label, cell) if each] if isinstance(cell, list) else [_label(cell)]
        if len(labels) > 1:
            raise UserError(f"It has {len(labels):,} labels, where one is expected.")
        parts += labels
    if not parts or None in parts:
        raise UserError("It has no label.")
    return (", ".join(part for part in parts if part),)


def _label(cell: Cell) -> str | None:
    """A label, as one line; a whole number without decimals also where a text has them."""
    if (text := _plain(cell)) is None:
        return None
    if len(text) > MAX_LABEL:
        raise UserError(f"Its label has {len(text):,} characters: keep it under {MAX_LABEL + 1:,}.")
    whole = _WHOLE.fullmatch(text)
    return str(int(whole[1])) if whole else " ".join(text.split())


def _is_several(cell: Cell) -> bool:
    return isinstance(cell, list) or (isinstance(cell, str) and "|" in cell)


def _several(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """The labels of a multi-label cell, each once; an empty list is none of them."""
    cell = cells[0]
    if cell is None or (not isinstance(cell, list) and _plain(cell) is None):
        raise UserError("It has no label.")
    parts: list[Cell] = cell if isinstance(cell, list) else [*str(cell).split("|")] if isinstance(cell, str) else [cell]
    return tuple(dict.fromkeys(part for part in map(_label, parts) if part))


def _check_numbers(table: Table, label_columns: list[str]) -> None:
    for name in label_columns:
        distinct = {cell for cell in table.cells[name] if isinstance(cell, float | str)}
        fractions = {value for value in map(_number, distinct) if value is not None and not value.is_integer()}
        if len(fractions) > _MANY_NUMBERS:
            raise UserError(
                f"The column {name[:60]} holds {len(fractions):,} different fractions, which are no labels: name "
                "another column, or sort them into classes first."
            )


def _number(cell: float | str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) else None


def without_words(text: str, cells: Iterable[Cell]) -> str:
    """The text without the words of these cells, upper and lower case alike."""
    values = (each for cell in cells for each in (cell if isinstance(cell, list) else [cell]))
    words = {word.casefold() for value in values for word in _WORD.findall(_plain(value) or "")}
    if not words:
        return text
    return " ".join(_WORD.sub(lambda word: " " if word[0].casefold() in words else word[0], text).split())


def with_rare_labels(rows: list[Row], least: int) -> dict[int, str]:
    """The numbers of the rows with a label of fewer than so many rows, and why those are left out."""
    counts = Counter(label for row in rows for label in row.labels)
    rare = {row.number: label for row in rows for label in row.labels if counts[label] < least}
    return {
        number: f"Its label {label[:60]!r} has {counts[label]:,} of the {least:,} rows that a label must have."
        for number, label in rare.items()
    }


def label_names(rows: list[Row]) -> tuple[str, ...]:
    """The labels in their order: numbers by value, others by the alphabet. Raises `UserError` for fewer than two, or
    too many."""
    names = {label for row in rows for label in row.labels}
    if len(names) < 2:
        raise UserError(
            f"The only label is {next(iter(names))[:60]!r}: give rows of two labels or more."
            if names
            else "No row has a label: name the column of labels."
        )
    if len(names) > MAX_LABELS:
        raise UserError(f"There are {len(names):,} labels: give at most {MAX_LABELS:,}, or name another column.")
    if all(_number(name) is not None for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))
