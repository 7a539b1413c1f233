"""Texts without labels of people's own, beside those of a task: a table with a column `text`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from msd_core.errors import UserError
from msd_core.tasks.files import MOST_ROWS
from msd_core.tasks.rows import plain_text
from msd_core.tasks.splits import Split
from msd_core.tasks.table import Cell, read_table


@dataclass(frozen=True)
class Text:
    """A text without a label. image: the key of the picture that it is about, None where its table has no such column.
    language: of the text, empty where nothing says."""

    text: str
    image: str | None
    language: str


def read_texts(path: Path, most_rows: int = MOST_ROWS) -> list[Text]:
    """The texts of a table: CSV, JSON lines or Parquet.

    Columns, in small letters or capitals: `text`; `image`, the key of the picture that a text is about, as the task's
    examples have it; `language`. Rows without a text are left out, and of a table with a column `image` those that name
    none. Raises `UserError` where the table cannot be read, has no column `text`, or no text.
    """
    table = read_table(path, most_rows)
    by_name = {column.casefold(): column for column in table.columns}
    if "text" not in by_name:
        raise UserError(f"The table {path.name} has no column text: name the column of its texts so.")

    def cells(name: str) -> list[Cell]:
        return table.cells[by_name[name]] if name in by_name else [None] * len(table)

    texts = [
        Text(text, plain_text(image), plain_text(language) or "")
        for cell, image, language in zip(*map(cells, ("text", "image", "language")), strict=True)
        if (text := plain_text(cell)) is not None and ("image" not in by_name or plain_text(image) is not None)
    ]
    if not texts:
        raise UserError(f"The table {path.name} has no text that can be used: give it rows of a text each.")
    return texts


def with_texts(split: Split, texts: list[Text]) -> Split:
    """A split with more texts, which stand beside pictures of it without labels of their own (0, to be read by nobody).

    Texts about other pictures are left out, so that nothing is learned of what a model is tested on; those about none
    stand beside the first picture. Raises `UserError` where none is left.
    """
    place = {key: i for i, key in enumerate(split.pictures.keys)}
    kept = [text for text in texts if text.image is None or text.image in place]
    if not kept:
        raise UserError(
            "None of the texts without labels is about a picture of the training split: give keys of its pictures in "
            "the column image, or leave that column out."
        )
    number = {text: i for i, text in enumerate(dict.fromkeys([*split.texts, *(each.text for each in kept)]))}
    languages = [""] * len(split) if split.language is None else split.language.tolist()
    images = torch.tensor([0 if each.image is None else place[each.image] for each in kept])
    return Split(
        pictures=split.pictures,
        texts=list(number),
        image_of=torch.cat([split.image_of, images]),
        text_of=torch.cat([split.text_of, torch.tensor([number[each.text] for each in kept])]),
        labels=torch.cat([split.labels, split.labels.new_zeros(len(kept), *split.labels.shape[1:])]),
        evidence=None,
        language=np.array([*languages, *(each.language for each in kept)]),
    )
