"""Which column of a table is the image, which the text, which the label: by name, and where names do not tell, by
content."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import regex

from msd_core.errors import UserError
from msd_core.tasks.table import Cell, Table
from msd_core.writing import UNSPACED

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
_SAMPLE = 1000  # cells that a guess looks at
_LEAST_WORDS = 1.5
_MOST_LABELS = 1000
_UNSPACED = regex.compile(f"[{UNSPACED}]")
_NAMES = {
    "image": ("image", "file_name", "*_file_name", "image_path", "img", "picture", "photo", "filename", "path"),
    "text": ("text", "sentence", "caption", "title", "name", "description", "question", "tweet", "statement"),
    "label": ("label", "labels", "class", "category", "target", "answer", "genre", "genres", "sentiment"),
    "split": ("split", "fold", "partition", "set", "subset"),
    "id": ("id", "*_id"),
    "language": ("language", "lang", "locale"),
}  # by role, the likeliest first; * stands for anything


@dataclass(frozen=True)
class Columns:
    """What each column is, by the column's name; None for a role that none has. No column has two."""

    image: str | None = None
    text: str | None = None
    label: str | None = None
    split: str | None = None
    id: str | None = None
    language: str | None = None


def guess_columns(table: Table, **named: str | None) -> Columns:
    """The columns of a table by role (`image`, `text`, `label`, `split`, `id`, `language`).

    named: the columns that are known, by role; the others are guessed. Raises `UserError` for one that the table does
    not have, one with two roles, and where there is neither an image nor a text.
    """
    roles = {role: _existing(role, name, table.columns) for role, name in named.items() if name is not None}
    if len(set(roles.values())) < len(roles):
        raise UserError("One column cannot be two things: name another for one of them.")
    for role in _NAMES:
        _add(roles, role, _by_name(role, _free(table, roles)))
        if role == "image":  # before a column of file names that is called name is taken for the text
            _add(roles, role, _by_content(table, _free(table, roles), _is_image))
    _add(roles, "text", _by_content(table, _free(table, roles), _words))
    _add(roles, "label", _by_content(table, _free(table, roles), _is_label))
    if not roles.keys() & {"image", "text"}:
        raise UserError(
            f"The table has no column image or text, nor one that looks like it: name the image's or the text's among "
            f"{_listed(table.columns)}."
        )
    return Columns(**roles)


def _existing(role: str, name: str, columns: tuple[str, ...]) -> str:
    alike = [column for column in columns if column.casefold() == name.strip().casefold()]
    if not alike:
        raise UserError(f"The table has no column {name[:60]!r} for the {role}: choose among {_listed(columns)}.")
    return alike[0]


def _listed(columns: Iterable[str]) -> str:
    names = [column[:60] for column in islice(columns, 21)]
    return ", ".join([*names[:20], "..."] if len(names) > 20 else names)


def _add(roles: dict[str, str], role: str, column: str | None) -> None:
    if role not in roles and column is not None:
        roles[role] = column


def _free(table: Table, roles: dict[str, str]) -> list[str]:
    return [column for column in table.columns if column not in roles.values()]


def _by_name(role: str, columns: list[str]) -> str | None:
    """The column of the likeliest name."""
    for name in _NAMES[role]:
        for column in columns:
            written = column.casefold().replace(" ", "_")
            if written == name or (name.startswith("*") and written.endswith(name[1:])):
                return column
    return None


def _by_content(table: Table, columns: list[str], score: Callable[[list[Cell]], float]) -> str | None:
    """The column of the best score, the first of equal ones; None where all are 0."""
    scores = {column: score([cell for cell in table.cells[column] if cell is not None]) for column in columns}
    best = max(scores, key=lambda column: scores[column], default=None)
    return best if best is not None and scores[best] else None


def _is_image(cells: list[Cell]) -> bool:
    sample = cells[:_SAMPLE]
    pictures = sum(isinstance(cell, str) and cell.lower().endswith(PICTURES) for cell in sample)
    return 2 * pictures > len(sample)


def _words(cells: list[Cell]) -> float:
    """Words of a cell on average; 0 for cells of hardly one, or of other than text."""
    texts = [cell for cell in cells[:_SAMPLE] if isinstance(cell, str)]
    if 2 * len(texts) <= len(cells[:_SAMPLE]):
        return 0.0
    average = sum(max(len(text.split()), len(_UNSPACED.findall(text)) / 2) for text in texts) / len(texts)
    return average if average >= _LEAST_WORDS else 0.0


def _is_label(cells: list[Cell]) -> bool:
    """Whether there are few different values, each of which occurs twice on average."""
    values = {str(cell) for cell in cells if not isinstance(cell, float)}
    return 1 < len(values) <= min(_MOST_LABELS, len(cells) // 2)
