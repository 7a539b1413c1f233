"""A table of pairs and the pictures that it names, from bytes that nobody has looked at yet."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from msd_core.compare import check_text
from msd_core.errors import UserError
from msd_core.pictures import MAX_BYTES

MOST_FILES = 20_000  # in an archive
_DELIMITERS = (",", ";", "\t")
_NEEDED = ("image", "text")


@dataclass(frozen=True)
class Pictures:
    """Where pictures are: `find` which file a name in the table means, so that many names of one file are known to be
    one; `read` its bytes. A `UserError` where there is none, or it cannot be read."""

    find: Callable[[str], Hashable]
    read: Callable[[Hashable], bytes]


@dataclass(frozen=True)
class Row:
    """A line of the table, `number` as a spreadsheet counts it: the header is line 1."""

    number: int
    image: str
    text: str
    label: str | None


@dataclass(frozen=True)
class Bad:
    """A line that cannot be used, and why, in one sentence."""

    row: int
    reason: str


def read_rows(table: bytes, most: int | None = None) -> Iterator[Row | Bad]:
    """The lines of a CSV with columns `image` and `text`, and perhaps `label`; a `UserError` where it is none, is empty
    or has more than `most` lines."""
    content = _decoded(table)
    named = re.match(r"sep=([,;\t])\r?\n", content)  # how Excel names the delimiter, in a line before the header
    content = content[named.end() :] if named else content
    first = content.partition("\n")[0]
    delimiter = named[1] if named else max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            raise UserError(f"The table has no column {missing[0]!r}: its first line must name image and text.")
        if len(set(header)) < len(header):
            raise UserError("The table names a column twice: give each a name of its own.")
        numbered = enumerate(lines, start=3 if named else 2)
        records = [(number, record) for number, record in numbered if any(cell.strip() for cell in record)]
    except csv.Error as error:
        raise UserError(
            f"The table is no CSV that can be read ({error}): close every quote and save it again as CSV."
        ) from error
    if not records:
        raise UserError("The table has no lines below its header: give at least one pair.")
    if most is not None and len(records) > most:
        raise UserError(f"The table has {len(records):,} lines: give at most {most:,}.")
    for number, record in records:
        yield _row(number, header, record)


def _decoded(table: bytes) -> str:
    marked = table.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):  # the last is what Excel saves on Windows
        try:
            content = table.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in content:
            return content
    raise UserError("The table is not text: save it as CSV, in UTF-8.")


def _row(number: int, header: list[str], record: list[str]) -> Row | Bad:
    if len(record) != len(header):
        return Bad(number, f"It has {len(record)} cells where the header has {len(header)}: quote cells with commas.")
    cells = dict(zip(header, record, strict=True))
    image = cells["image"].strip()
    if not image:
        return Bad(number, "It names no image.")
    try:
        return Row(number, image, check_text(cells["text"]), cells.get("label"))
    except UserError as error:
        return Bad(number, str(error))


def from_archive(archive: bytes) -> Pictures:
    """Pictures by their path or plain name in a ZIP. Nothing is unpacked to disk."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(archive))
        files = [info for info in opened.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX")]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UserError("That archive is no ZIP, or a damaged one: make it again.") from error
    if len(files) > MOST_FILES:
        raise UserError(f"The archive has {len(files):,} files: give at most {MOST_FILES:,}.")
    by_path = {info.filename: info for info in files}
    by_name = {PurePosixPath(info.filename).name.lower(): info for info in files}

    def find(name: str) -> str:
        name = name.replace("\\", "/")
        info = by_path.get(name.removeprefix("./")) or by_name.get(PurePosixPath(name).name.lower())
        if info is None:
            raise UserError(f"The archive has no file {_short(name)}.")
        return info.filename

    def read(name: str) -> bytes:
        try:
            with opened.open(by_path[name]) as file:
                return file.read(MAX_BYTES + 1)  # one more than a picture may have: whoever reads it will refuse
        except Exception as error:  # whatever a damaged or locked archive brings about
            raise UserError(f"{_short(name)} cannot be taken from the archive: it is damaged or locked.") from error

    return Pictures(find, read)


def from_folder(folder: Path) -> Pictures:
    """Pictures by their path in a folder, and from nowhere else."""
    root = folder.resolve()

    def find(name: str) -> Path:
        try:
            path = (root / name).resolve()
            if path.is_relative_to(root) and path.is_file():
                return path
        except (OSError, ValueError) as error:
            raise UserError(f"{_short(name)} cannot be read: check the path.") from error
        raise UserError(f"There is no file {_short(name)} in {folder}.")

    def read(path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UserError(f"{_short(str(path))} cannot be read: check who may.") from error

    return Pictures(find, read)


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"...{name[-57:]}")
