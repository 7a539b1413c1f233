"""Files that a visitor sent, as bytes.

They are left to the hourly sweep: Gradio names an upload by its content, so that whoever sends the same file has the
same one, and may not have read it yet.
"""

from pathlib import Path

from msd_core.errors import UserError
from ui.checks import check_upload

TABLES, ARCHIVES = (".csv", ".tsv", ".txt"), (".zip",)


def take(upload: object, what: str, endings: tuple[str, ...], most: int) -> bytes:
    """The content of an uploaded file of at most `most` bytes."""
    path = Path(check_upload(upload, what))
    if path.suffix.lower() not in endings:
        raise UserError(f"The {what} must be a {endings[0]} file: save it as one and try again.")
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UserError(f"That {what} is too large: keep it under {most // 2**20} MB.")
    return content
