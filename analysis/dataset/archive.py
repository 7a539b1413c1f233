"""The pictures that a table names: in a ZIP or a folder, each known by its path, its name matched from the end."""

import io
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msd_core.errors import UserError
from msd_core.tasks.pictures import MAX_BYTES

MOST_FILES = 20_000  # in an archive or a folder
_TABLES = ("metadata.csv", "metadata.jsonl")  # where a hub's imagefolder has its table
_TABLE_BYTES = 50 * 2**20

_Read = Callable[[str, int], bytes]  # a file's first so many bytes, by its path


@dataclass(frozen=True)
class TableFile:
    """A table among the pictures. folder: where the names in it are looked for first. note: what to know of the
    choice, "" where there was none."""

    content: bytes
    folder: str
    note: str = ""


@dataclass(frozen=True)
class Pictures:
    """Where pictures are.

    find: the file that a name in a table means, so that many names of one file are known to be one; in a folder first,
    where one is given. read: its bytes. Both raise `UserError` where there is none, several could be meant, or it
    cannot be read. table: the one that lies among them, None where there is none.
    """

    find: Callable[[str, str], str]
    read: Callable[[str], bytes]
    table: Callable[[], TableFile | None]


def no_pictures() -> Pictures:
    """For a table without pictures."""

    def find(name: str, folder: str) -> str:
        raise UserError(f"There are no images, so none called {_short(name)}: give a ZIP of them.")

    def read(path: str) -> bytes:
        raise UserError("There are no images: give a ZIP of them.")

    return Pictures(find, read, lambda: None)


def from_archive(content: bytes) -> Pictures:
    """The pictures of a ZIP, none of them unpacked to disk. Raises `UserError` for no ZIP, or one of too many files; a
    path that it has twice cannot be read, for either file could be meant."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = [(_name(info), info) for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UserError("That archive is not a ZIP file, or it is damaged: create it again.") from error
    files, times = dict(entries), Counter(path for path, _ in entries)

    def read(path: str, most: int) -> bytes:
        if times[path] > 1:
            raise UserError(f"{_short(path)} is in the archive twice: rename or remove one and make it again.")
        try:
            with archive.open(files[path]) as file:
                return file.read(most)
        except Exception as error:  # whatever a damaged or locked archive brings about
            raise UserError(f"{_short(path)} cannot be read from the archive: it is damaged or locked.") from error

    return _pictures(files, read, "archive")


def _name(info: zipfile.ZipInfo) -> str:
    """A file's path; a Mac writes it in UTF-8 without the flag that says so."""
    with suppress(UnicodeError):
        return info.filename if info.flag_bits & 0x800 else info.filename.encode("cp437").decode("utf-8")
    return info.filename


def from_folder(folder: Path) -> Pictures:
    """The pictures of a folder, and from nowhere else: no link leads out of it."""
    root = folder.resolve()
    files = {
        path.relative_to(root).as_posix(): path
        for path in (root.rglob("*") if root.is_dir() else ())
        if path.is_file() and path.resolve().is_relative_to(root)
    }

    def read(path: str, most: int) -> bytes:
        try:
            with files[path].open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise UserError(f"{_short(path)} cannot be read: check its permissions.") from error

    return _pictures(files, read, "folder")


def _pictures(files: Iterable[str], read: _Read, place: str) -> Pictures:
    paths = [path for path in files if not _is_litter(path)]
    if len(paths) > MOST_FILES:
        raise UserError(f"The {place} has {len(paths):,} files: give at most {MOST_FILES:,}.")
    return Pictures(
        _matcher(paths, place),
        lambda path: read(path, MAX_BYTES + 1),  # one more than a picture may have: whoever decodes it will refuse
        lambda: _table(paths, read),
    )


def _table(paths: list[str], read: _Read) -> TableFile | None:
    """The table of the outermost folder that has one."""
    tables = sorted((path for path in paths if _parts(path)[-1] in _TABLES), key=lambda path: (len(_parts(path)), path))
    if not tables:
        return None
    path = tables[0]
    content = read(path, _TABLE_BYTES + 1)
    if len(content) > _TABLE_BYTES:
        raise UserError(f"{_short(path)} is larger than {_TABLE_BYTES // 2**20} MB: give a shorter table.")
    note = f"Of {len(tables)} tables among the images, {_short(path)} was read." if len(tables) > 1 else ""
    return TableFile(content, "/".join(_parts(path)[:-1]), note)


def _matcher(paths: Iterable[str], place: str) -> Callable[[str, str], str]:
    """Finds the path that ends as a name does, folder by folder; upper and lower case count where that decides."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_name[_parts(path)[-1].casefold()].append(path)

    def find(name: str, folder: str) -> str:
        wanted, inner = _parts(name), _parts(f"{folder}/{name}")
        same_name = by_name.get(wanted[-1].casefold(), []) if wanted else []
        exact = [path for path in same_name if _ends_as(_parts(path), wanted)]
        alike = [path for path in same_name if _ends_as(_folded(_parts(path)), _folded(wanted))]
        matches = (
            [path for path in same_name if path == name]
            or [path for path in exact if _parts(path) == inner]
            or [path for path in exact if _parts(path) == wanted]
            or exact
            or alike
        )
        if not matches:
            hint = f"; it has {_short(same_name[0])}" if len(same_name) == 1 else ""
            raise UserError(f"The {place} has no file {_short(name)}{hint}.")
        if len(matches) > 1:
            raise UserError(
                f"{_short(name)} could be {_short(matches[0])} or {_short(matches[1])}: name it with its folder."
            )
        return matches[0]

    return find


def _parts(path: str) -> list[str]:
    """A path's folders and name, however its letters are composed and its folders are divided."""
    path = unicodedata.normalize("NFC", path).replace("\\", "/")
    return [part for part in path.split("/") if part not in ("", ".")]


def _folded(parts: list[str]) -> list[str]:
    return [part.casefold() for part in parts]


def _ends_as(parts: list[str], wanted: list[str]) -> bool:
    return parts[-len(wanted) :] == wanted


def _is_litter(path: str) -> bool:
    """What a Mac puts into every archive, beside the pictures and named like them."""
    parts = _parts(path)
    return not parts or "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"...{name[-57:]}")
