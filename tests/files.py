"""Pictures, archives and tables in memory."""

import csv
import io
import zipfile

from msd_core.tasks.base import png
from tests.analysis.models import noise


def picture_file(seed: int) -> bytes:
    """A wide picture of random pixels, as a PNG."""
    return png(noise(60, 40, seed))


def archive(files: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in files.items() if isinstance(files, dict) else files:
            made.writestr(name, content)
    return buffer.getvalue()


def table(rows: list[list[str]], header: tuple[str, ...] = ("image", "text")) -> bytes:
    """A CSV of these rows."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode()
