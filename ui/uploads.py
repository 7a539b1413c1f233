"""Files that a visitor sent for one use: read, and deleted at once."""

from contextlib import suppress
from pathlib import Path

from msd_core.errors import UserError
from ui.checks import check_upload

TABLES, ARCHIVES = (".csv", ".tsv", ".txt"), (".zip",)


def take(upload: object, what: str, endings: tuple[str, ...], most: int) -> bytes:
    """The content of an uploaded file of at most `most` bytes, which is gone from the server afterwards."""
    path = Path(check_upload(upload, what))
    if path.suffix.lower() not in endings:
        raise UserError(f"The {what} must be a {endings[0]} file: save it as one and try again.")
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    finally:
        discard(upload)
    if len(content) > most:
        raise UserError(f"That {what} is too large: keep it under {most // 2**20} MB.")
    return content


def discard(upload: object) -> None:
    """Delete an uploaded table or archive, read or not, and no other file."""
    with suppress(UserError, OSError):
        path = Path(check_upload(upload))
        if path.suffix.lower() in (*TABLES, *ARCHIVES):
            path.unlink(missing_ok=True)
