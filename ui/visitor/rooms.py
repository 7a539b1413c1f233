"""The rooms of visitors' own tasks: what one uploaded and all that is made of it, known by a token that only their
browser keeps.

A room's folder is named by a hash of its token, so that no path, log, error or file can give a token away.
"""

import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msd_core.errors import UserError
from msd_core.storage import home, read_json, write_json
from msd_core.tasks.files import Options
from msd_core.training.requests import LOOK, Reading
from msd_core.training.runs import Run
from ui import limits

OWN = "own:"  # what a visitor's own task is called begins with it
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_FOLDER = re.compile(r"[0-9a-f]{32}")
_GONE = "There is no such task: it may be older than a day, so give your data again."
_ABOUT = "room.json"


@dataclass(frozen=True)
class Room:
    """A room by its folder, whether or not there is one."""

    folder: Path

    @property
    def uploads(self) -> Path:
        """The table and the pictures as they came."""
        return self.folder / "uploads"

    @property
    def models(self) -> Path:
        """The task's own models, as those of a task that is built in."""
        return self.folder / "models"

    @property
    def teaching(self) -> Path:
        """Of the job that trains the teacher."""
        return self.folder / "teaching"

    @property
    def looking(self) -> Path:
        """Of the job that looks at the data."""
        return self.folder / "looking"

    @property
    def teacher_run(self) -> Run:
        """The run of the teacher."""
        return Run(self.teaching / "run")

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return self.folder.is_dir()

    @property
    def about(self) -> dict[str, Any]:
        """Its files, options and title. Raises `UserError` where nothing is settled yet."""
        if not (self.folder / _ABOUT).is_file():
            raise UserError(_GONE if not self.is_there else "There is nothing to look at yet: give your data first.")
        return read_json(self.folder / _ABOUT)

    def settle(self, title: str, table: str | None, pictures: str | None, options: Options) -> None:
        """Say which of the uploads are what, by name, and how to read them. What was made of them otherwise goes."""
        values = {"title": title, "table": table, "pictures": pictures, "options": asdict(options)}
        if (self.folder / _ABOUT).is_file() and read_json(self.folder / _ABOUT) == values:
            return
        for made in (self.models, self.teaching, self.looking, *(self.folder / n for n in ("data", "tasks"))):
            shutil.rmtree(made, ignore_errors=True)
        write_json(self.folder / _ABOUT, values)

    def unsettle(self) -> None:
        """Forget which uploads are what: they are about to change."""
        (self.folder / _ABOUT).unlink(missing_ok=True)

    def reading(self) -> Reading:
        """How its files are read."""
        about = self.about
        pictures = self.uploads / about["pictures"]
        table = self.uploads / about["table"] if about["table"] else None
        return Reading(
            table or pictures, pictures if table else None, Options(**about["options"]), about["title"], self.folder,
            limits.OWN_ROWS,
        )  # fmt: skip

    def look(self) -> dict[str, Any] | None:
        """What a look at the data gave; None before there was one."""
        return read_json(self.looking / LOOK) if (self.looking / LOOK).is_file() else None

    def result(self) -> dict[str, Any] | None:
        """What came of the teacher; None while there is none."""
        return self.teacher_run.result if (self.models / "teacher.safetensors").is_file() else None


def new_room() -> tuple[str, Room]:
    """The token of a room, 192 random bits, so that knowing it is owning it; and the room, empty."""
    token = secrets.token_urlsafe(24)
    room = room_of(token)
    room.uploads.mkdir(parents=True)
    return token, room


def room_of(token: object) -> Room:
    """The room of a token; a `UserError` for what is none, before any path is touched."""
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UserError(_GONE)
    return Room(_rooms() / hashlib.sha256(token.encode()).hexdigest()[:32])


def open_room(token: object) -> Room:
    """The same; a `UserError` where there is no room, too."""
    room = room_of(token)
    if not room.is_there:
        raise UserError(_GONE)
    return room


def known_tokens(tokens: object) -> list[str]:
    """The tokens of rooms that are there, among those that a browser sends as its own, the newest last."""
    values = tokens if isinstance(tokens, list) else []
    good = [each for each in values if isinstance(each, str) and _TOKEN.fullmatch(each)]
    return [each for each in dict.fromkeys(good) if room_of(each).is_there][-limits.OWN_TASKS :]


def _rooms() -> Path:
    return home() / "own"


def forget(room: Room) -> None:
    """Delete a room with all that is in it."""
    shutil.rmtree(room.folder, ignore_errors=True)


def sweep_rooms(used: Collection[Path] = ()) -> int:
    """Delete the rooms that are too old, and then the oldest until the others are small enough together; never one that
    is in `used`. How many were deleted."""
    rooms = sorted((_begun(folder), folder) for folder in _folders() if folder not in used)
    sizes = {folder: _bytes(folder) for folder in _folders()}
    whole, gone = sum(sizes.values()), 0
    for begun, folder in rooms:
        if time.time() - begun > limits.KEPT_SECONDS or whole > limits.OWN_BYTES:
            whole -= sizes.get(folder, 0)
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _folders() -> list[Path]:
    return [each for each in _rooms().iterdir() if _FOLDER.fullmatch(each.name)] if _rooms().is_dir() else []


def _begun(folder: Path) -> float:
    """When a room was begun: its uploads were made then, or were last added to; nothing else is ever put there."""
    with suppress(FileNotFoundError):
        return (folder / "uploads").stat().st_mtime
    return 0.0


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # another sweep was quicker
            total += path.stat().st_size
    return total
