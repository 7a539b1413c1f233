"""What visitors give for a task of their own: moved at once out of Gradio's folder of uploads, where whoever knows a
file's path can fetch it, into the room of the task."""

import hashlib
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from msd_core.errors import UserError
from msd_core.tasks.columns import Columns
from msd_core.tasks.files import Options, columns_of
from msd_core.tasks.pictures import read_picture
from msd_core.tasks.rows import MAX_LABEL, MAX_TEXT
from msd_core.tasks.table import MOST_CHARACTERS
from ui import limits
from ui.visitor.checks import check_choice, check_list, check_number, check_text, check_upload
from ui.visitor.rooms import Room

TABLES, ARCHIVES = (".csv", ".tsv", ".txt", ".jsonl", ".parquet"), (".zip",)
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_NAME = re.compile(r"[0-9a-f]{20}\.[a-z]{3,4}")  # of a picture that was moved here
_ROLES = ("image", "text", "label", "split")


@dataclass(frozen=True)
class Pair:
    """A picture, by its name in the room, and what a visitor typed to it."""

    picture: str
    text: str = ""
    label: str = ""


def take(room: Room, upload: object, what: str, endings: tuple[str, ...], most: int) -> str:
    """Move an uploaded file into the room; its name there. Raises `UserError` for another kind, and one too large."""
    source = Path(check_upload(upload, what))
    ending = source.suffix.lower()
    if ending not in endings:
        raise UserError(f"The {what} must be a file that ends in one of {', '.join(endings)}.")
    if source.stat().st_size > most:
        raise UserError(f"That {what} is too large: keep it under {most // 2**20} MB.")
    name = f"{what}{ending}"
    for old in room.uploads.glob(f"{what}.*"):
        old.unlink()
    room.unsettle()
    shutil.move(source, room.uploads / name)
    return name


def title_of(upload: object) -> str:
    """What a visitor calls an uploaded file, without its ending."""
    name = upload.get("orig_name") or upload.get("path") if isinstance(upload, dict) else upload
    return title(Path(name).stem if isinstance(name, str) and len(name) < 4096 else "")


def title(text: object) -> str:
    """A title on one line, of what can be shown."""
    words = text if isinstance(text, str) else ""
    plain = "".join(c if c.isprintable() else " " for c in words[: 4 * limits.OWN_TITLE])
    return " ".join(plain.split())[: limits.OWN_TITLE].strip() or "Your pairs"


def guess(room: Room, table: str | None, pictures: str | None) -> tuple[tuple[str, ...], Columns] | None:
    """The columns of the table that was given, or lies among the pictures, and what each seems to be; None where there
    is none."""
    if table is None and pictures is None:
        return None
    data = room.uploads / (table or str(pictures))
    return columns_of(data, limits.OWN_ROWS)


def options_of(columns: tuple[str, ...], roles: dict[str, object], blank: object, least: object) -> Options:
    """The options that a visitor chose, checked; a role without a column is guessed."""
    named: dict[str, Any] = {
        role: check_choice("column", column, columns) for role, column in roles.items() if role in _ROLES and column
    }
    hidden = [check_choice("column", each, columns) for each in check_list("columns", blank or [], 20)]
    rows = check_number("rows of a label", least, *limits.OWN_LEAST)
    return Options(**named, blank=",".join(hidden) or None, least=rows)


def take_pictures(room: Room, uploads: object) -> tuple[list[str], list[str]]:
    """Move uploaded pictures into the room: their names there, and a sentence for each that is none."""
    names, refused = [], []
    for upload in check_list("pictures", uploads or [], limits.OWN_PAIRS[1]):
        source = Path(check_upload(upload))
        try:
            read_picture(source)
        except UserError as error:
            refused.append(f"{title_of(upload)}: {error}")
            source.unlink(missing_ok=True)
            continue
        names.append(put_picture(room, source.read_bytes(), source.suffix))
        source.unlink(missing_ok=True)
    return names, refused


def put_picture(room: Room, content: bytes, ending: str) -> str:
    """Keep a picture in the room under the hash of its content; its name."""
    ending = ending.lower() if ending.lower() in PICTURES else ".png"
    name = f"{hashlib.sha256(content).hexdigest()[:20]}{ending}"
    (room.uploads / name).write_bytes(content)
    return name


def thumbnail(room: Room, name: str) -> Image.Image:
    """A picture of the room, small and whole."""
    picture = read_picture(room.uploads / name)
    picture.thumbnail((160, 160))
    return picture


def read_pairs(room: Room, typed: object) -> list[Pair]:
    """The pairs that the page sends as JSON; a `UserError` for what it would not send."""
    text = check_text(typed or "[]")
    if len(text) > limits.OWN_PAIRS[1] * 4 * (MAX_TEXT + MAX_LABEL):
        raise UserError("That is too much text: shorten it.")
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("The pairs cannot be read: load the page anew.") from error
    return [_pair(room, row) for row in check_list("pairs", rows, limits.OWN_PAIRS[1])]


def _pair(room: Room, row: object) -> Pair:
    values = row if isinstance(row, dict) else {}
    picture = values.get("picture")
    if not isinstance(picture, str) or not _NAME.fullmatch(picture) or not (room.uploads / picture).is_file():
        raise UserError("A picture of these pairs is gone: add it again.")
    text, label = (check_text(values.get(name, ""))[:MOST_CHARACTERS].replace("\0", "") for name in ("text", "label"))
    return Pair(picture, text, label)


def settle_pairs(room: Room, pairs: list[Pair], called: str) -> None:
    """Make the room's table and archive from pairs. Raises `UserError` for too few that are whole, or one label."""
    whole = [pair for pair in pairs if pair.text.strip() and pair.label.strip()]
    low, high = limits.OWN_PAIRS
    if not low <= len(whole) <= high:
        raise UserError(f"There are {len(whole)} pairs with a text and a label: give {low} to {high}.")
    if len({pair.label.strip() for pair in whole}) < 2:
        raise UserError("All pairs have the same label: give at least two different ones.")
    rows = [{"image": pair.picture, "text": pair.text, "label": pair.label} for pair in whole]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    table, archive = room.uploads / "table.jsonl", room.uploads / "pictures.zip"
    if not table.is_file() or table.read_bytes() != lines:  # the same again keeps what was made of it
        room.unsettle()
        table.write_bytes(lines)
        with zipfile.ZipFile(archive, "w") as made:
            for name in sorted({pair.picture for pair in whole}):
                made.write(room.uploads / name, name)
    options = Options(image="image", text="text", label="label")
    room.settle(title(called), table.name, archive.name, options)
