"""Batches of visitors, one at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msd_core.tasks import Task
from ui import limits
from ui.visitor.uploads import ARCHIVES, TABLES, read_upload
from ui.work.models import models_for
from ui.work.room import Room
from ui.work.work import Result, Work, WorkProgress

if TYPE_CHECKING:  # heavy
    from analysis.dataset.batch import Batch

ROOM = Room(limits.BATCHES_AT_ONCE, limits.BATCHES_WAITING)


def follow(task: Task, table: object, archive: object, own: dict[str, str]) -> "Iterator[WorkProgress | Result[Batch]]":
    """How far the batch of two uploads is, of which either may be None, and the batch.

    own: the visitor's students to ask beside the task's models, id by name. Raises `UserError` for an upload that is
    none, and as `batch` does.
    """
    from analysis.dataset.batch import batch

    lines = None if table is None else read_upload(table, "table", TABLES, limits.TABLE_BYTES)
    images = None if archive is None else read_upload(archive, "archive", ARCHIVES, limits.ARCHIVE_BYTES)
    models = models_for(task, own)
    sizes = limits.BATCH_ROWS, limits.BATCH_SECONDS
    return Work(lambda report: batch(task, lines, images, models, report, *sizes), ROOM, alone=True).follow()
