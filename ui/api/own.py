"""The public endpoints on a task of the caller's own."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from msd_core.errors import UserError
from msd_core.training.events import to_dict
from ui import limits
from ui.api.distil import of_the_caller
from ui.visitor.own_uploads import ARCHIVES, TABLES, guess, options_of, take, title
from ui.visitor.rooms import OWN, Room, new_room, open_room
from ui.visitor.rooms import forget as forget_room
from ui.work.housekeeping import is_read
from ui.work.jobs import sweep_all
from ui.work.own import forget as forget_task
from ui.work.own import look_at, plain
from ui.work.own import teach as teach_in


def teach(
    archive: FileData | None = None,
    table: FileData | None = None,
    name: str = "",
    image: str = "",
    text: str = "",
    label: str = "",
    split: str = "",
    blank: list[str] | None = None,
    least: int = 1,
    task: str = "",
    request: gr.Request | None = None,
) -> Iterator[dict[str, Any]]:
    """Train a teacher on pairs of your own, and stream what happens.

    archive: an uploaded ZIP (`handle_file`) of at most 200 MB: the pictures that the table names, or null for `table`,
    with a metadata.csv or a folder for each label. table: an uploaded CSV, TSV, JSON lines or Parquet of at most 50,000
    rows and 50 MB. name: what to call the task. image, text, label, split: names of columns, "" to have them guessed.
    blank: columns whose words are taken out of the text. least: rows that a label must have, 1 to 1,000. task: a task
    as an earlier call gave it, to go on where that stopped; the other arguments are then of no use. Each event has a
    `kind`: `started` (with `task`, by which you alone can use it in every other endpoint for a day), `stage`, `note`,
    `looked` (with `report`, and `left_out`: row and reason of at most 200 rows that could not be used), `step`,
    `epoch`, and at last `done` (with `result`). Whoever stops listening ends it; it takes at most 30 minutes at once.
    """

    def listening() -> bool:
        return request is None or is_read(request)

    roles: dict[str, object] = {"image": image, "text": text, "label": label, "split": split}
    token = task.removeprefix(OWN) if task else _settle(archive, table, name, roles, blank, least)
    yield {"kind": "started", "task": OWN + token}
    yield from (to_dict(event) for event in look_at(token, listening))
    room = open_room(token)
    look = room.look() or {}
    yield {"kind": "looked", "report": look.get("report"), "left_out": look.get("left_out")}
    yield from (to_dict(event) for event in teach_in(token, listening))
    yield {"kind": "done", "result": of_the_caller(room.result() or {})}


def _settle(
    archive: object, table: object, name: object, roles: dict[str, object], blank: object, least: object
) -> str:
    """The token of a room that the files were moved into, with how to read them; a refused one leaves no room."""
    if archive is None:
        raise UserError("There are no pictures: give a ZIP of them.")
    sweep_all()
    token, room = new_room()
    try:
        pictures = take(room, archive, "pictures", ARCHIVES, limits.OWN_ARCHIVE_BYTES)
        rows = None if table is None else take(room, table, "table", TABLES, limits.OWN_TABLE_BYTES)
        columns = _columns(room, rows, pictures)
        room.settle(title(name), rows, pictures, options_of(columns, roles, blank, least))
    except Exception:
        forget_room(room)
        raise
    return token


def _columns(room: Room, rows: str | None, pictures: str) -> tuple[str, ...]:
    try:
        found = guess(room, rows, pictures)
    except UserError as error:
        raise UserError(plain(str(error), room)) from error
    return found[0] if found else ()


def forget(task: str, runs: list[str] | None = None) -> dict[str, Any]:
    """Delete a task of your own with all its data, now.

    task: as `/teach` gave it. runs: the ids of your students, as `/distill` gave them: those of this task are deleted
    too. Returns forgotten, true, and runs, the ids of the students that are left.
    """
    room = open_room(task.removeprefix(OWN) if isinstance(task, str) else task)
    return {"forgotten": True, "runs": forget_task(room, runs or [])}
