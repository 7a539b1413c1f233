"""Files that a visitor sent, as bytes.

They are left to the sweep: Gradio names an upload by its content, so that whoever sends the same file has the same one,
and may not have read it yet.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder

from msd_core.errors import UserError
from ui.visitor.checks import check_upload

TABLES, ARCHIVES = (".csv", ".tsv", ".txt", ".jsonl"), (".zip",)


def read_upload(upload: object, what: str, endings: tuple[str, ...], most: int) -> bytes:
    """The content of an uploaded file of at most `most` bytes. Raises `UserError` for anything else."""
    path = Path(check_upload(upload, what))
    if path.suffix.lower() not in endings:
        raise UserError(f"The {what} must be a {endings[0]} file: save it as one and try again.")
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UserError(f"That {what} is too large: keep it under {most // 2**20} MB.")
    return content


def sweep_uploads(seconds: float) -> None:
    """Delete what was uploaded, wholly or in part, longer ago than that, also before this process began."""
    folder = Path(get_upload_folder())
    for entry in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):  # somebody else's, or gone already
            if time.time() - _latest(entry) > seconds:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _latest(entry: Path) -> float:
    """When anything of it was last written."""
    inside = entry.rglob("*") if entry.is_dir() else ()
    return max((path.stat().st_mtime for path in (entry, *inside)), default=0.0)
