"""The pictures that a table names: in a ZIP or a folder, each known by its path, its name matched from the end."""

import io
import os
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from msd_core.errors import UserError
from msd_core.tasks.pictures import MAX_BYTES

MOST_FILES = 20_000  # in an archive or a folder, of a visitor
_TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")  # where a hub's imagefolder has its table
_TABLE_BYTES = 50 * 2**20  # where there may be so many files; with more, so much more

_Read = Callable[[str, int], bytes]  # a file's first so many bytes, by its path
_Stamp = Callable[[str], tuple[int, ...]]


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
    cannot be read. table: the one that lies among them, None where there is none. files: the paths of all, whatever
    they hold, sorted, without what a Mac leaves. stamp: by path, a few numbers that are others once the file has
    changed; found without reading it (its size, and of a folder its time, of a ZIP its checksum).
    """

    find: Callable[[str, str], str]
    read: Callable[[str], bytes]
    table: Callable[[], TableFile | None]
    files: tuple[str, ...]
    stamp: _Stamp


def no_pictures() -> Pictures:
    """For a table without pictures."""

    def find(name: str, folder: str) -> str:
        raise UserError(f"There are no images, so none called {short(name)}: give a ZIP of them.")

    def read(path: str) -> bytes:
        raise UserError("There are no images: give a ZIP of them.")

    def stamp(path: str) -> tuple[int, ...]:
        raise KeyError(path)

    return Pictures(find, read, lambda: None, (), stamp)


def from_archive(content: bytes | Path, most_files: int = MOST_FILES) -> Pictures:
    """The pictures of a ZIP, none of them unpacked to disk.

    content: the ZIP, or the path of one, of which is read what is asked for. It stays open as long as the pictures are
    used. Raises `UserError` for no ZIP, or one of too many files; a path that it has twice cannot be read, for either
    file could be meant.
    """
    try:
        archive = zipfile.ZipFile(content if isinstance(content, Path) else io.BytesIO(content))
        entries = [(_name(info), info) for info in archive.infolist() if not info.is_dir()]
    except FileNotFoundError as error:
        raise UserError(f"There is no archive {content!s}: check the path.") from error
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UserError("That archive is not a ZIP file, or it is damaged: create it again.") from error
    files, times = dict(entries), Counter(path for path, _ in entries)

    def read(path: str, most: int) -> bytes:
        if times[path] > 1:
            raise UserError(f"{short(path)} is in the archive twice: rename or remove one and make it again.")
        try:
            with archive.open(files[path]) as file:
                return file.read(most)
        except Exception as error:  # whatever a damaged or locked archive brings about
            raise UserError(f"{short(path)} cannot be read from the archive: it is damaged or locked.") from error

    return _pictures(files, read, lambda path: (files[path].file_size, files[path].CRC), "archive", most_files)


def _name(info: zipfile.ZipInfo) -> str:
    """A file's path; a Mac writes it in UTF-8 without the flag that says so."""
    with suppress(UnicodeError):
        return info.filename if info.flag_bits & 0x800 else info.filename.encode("cp437").decode("utf-8")
    return info.filename


def from_folder(folder: Path, most_files: int = MOST_FILES) -> Pictures:
    """The pictures of a folder, and from nowhere else: no link leads out of it. Raises `UserError` for too many."""
    root = folder.resolve()
    files = {path.relative_to(root).as_posix(): path for path in _inside(root)}
    return _pictures(files, *_on_disk(files), "folder", most_files)


def from_paths(names: Iterable[str], folder: Path) -> Pictures:
    """The pictures that names mean as paths, whole ones or from a folder, wherever these lead: for a table of one's
    own, never a visitor's. Nothing but the names is looked for on the disk."""
    files = {name: path for name in set(names) if (path := _existing(os.path.join(folder, name))) is not None}

    def find(name: str, inside: str) -> str:
        if name not in files:
            raise UserError(f"There is no file {short(name)}: check the path.")
        return files[name]

    paths = sorted(set(files.values()))
    read, stamp = _on_disk({path: Path(path) for path in paths})
    return Pictures(find, lambda path: read(path, MAX_BYTES + 1), lambda: None, tuple(paths), stamp)


def _existing(path: str) -> str | None:
    """The path of an ordinary file, its letters composed as they are on the disk."""
    forms = (path, *(unicodedata.normalize(form, path) for form in ("NFC", "NFD") if not path.isascii()))
    return next((form for form in forms if os.path.isfile(form)), None)


def _on_disk(files: dict[str, Path]) -> tuple[_Read, _Stamp]:
    """How these files are read, and these alone."""

    def read(path: str, most: int) -> bytes:
        try:
            with files[path].open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise UserError(f"{short(path)} cannot be read: check its permissions.") from error

    def stamp(path: str) -> tuple[int, ...]:
        try:
            found = files[path].stat()
        except OSError as error:
            raise UserError(f"{short(path)} cannot be read: check its permissions.") from error
        return found.st_size, found.st_mtime_ns

    return read, stamp


def _inside(root: Path) -> Iterator[Path]:
    """The files under a folder; a link to one of them is one, a link to a folder is not followed."""
    folders = [root]
    while folders:
        folder = folders.pop()
        with suppress(OSError), os.scandir(folder) as entries:  # what may not be read is not there
            for entry in entries:
                path = folder / entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file() and (not entry.is_symlink() or path.resolve().is_relative_to(root)):
                    yield path


def _pictures(files: Iterable[str], read: _Read, stamp: _Stamp, place: str, most_files: int) -> Pictures:
    paths = sorted(path for path in files if not _is_litter(path))
    if len(paths) > most_files:
        raise UserError(f"The {place} has {len(paths):,} files: give at most {most_files:,}.")
    return Pictures(
        _matcher(paths, place),
        lambda path: read(path, MAX_BYTES + 1),  # one more than a picture may have: whoever decodes it will refuse
        lambda: _table(paths, read, _TABLE_BYTES * max(most_files, MOST_FILES) // MOST_FILES),
        tuple(paths),
        stamp,
    )


def _table(paths: list[str], read: _Read, most: int) -> TableFile | None:
    """The table of the outermost folder that has one."""
    tables = sorted(
        (path for path in paths if path_parts(path)[-1] in _TABLES), key=lambda path: (len(path_parts(path)), path)
    )
    if not tables:
        return None
    path = tables[0]
    content = read(path, most + 1)
    if len(content) > most:
        raise UserError(f"{short(path)} is larger than {most // 2**20:,} MB: give a shorter table.")
    note = f"Of {len(tables)} tables among the images, {short(path)} was read." if len(tables) > 1 else ""
    return TableFile(content, "/".join(path_parts(path)[:-1]), note)


def _matcher(paths: Iterable[str], place: str) -> Callable[[str, str], str]:
    """Finds the path that ends as a name does, folder by folder; upper and lower case count where that decides."""
    by_path: dict[str, list[str]] = defaultdict(list)
    by_end: dict[str, list[str]] = defaultdict(list)  # by the name, and by it and its folder
    for path in paths:
        parts = path_parts(path)
        by_path["/".join(parts)].append(path)
        for end in {_end(parts, 1), _end(parts, 2)}:
            by_end[end].append(path)

    def find(name: str, folder: str) -> str:
        wanted, inner = path_parts(name), path_parts(f"{folder}/{name}")
        alike = [] if not wanted else by_end.get(_end(wanted, 2), [])
        matches = wanted and (
            [path for path in by_path.get("/".join(wanted), []) if path == name]
            or by_path.get("/".join(inner))
            or by_path.get("/".join(wanted))
            or _first_two(path for path in alike if _ends_as(path_parts(path), wanted))
            or _first_two(path for path in alike if _ends_as(_folded(path_parts(path)), _folded(wanted)))
        )
        if not matches:
            same_name = by_end.get(_end(wanted, 1), [])
            hint = f"; it has {short(same_name[0])}" if len(same_name) == 1 else ""
            raise UserError(f"The {place} has no file {short(name)}{hint}.")
        if len(matches) > 1:
            raise UserError(
                f"{short(name)} could be {short(matches[0])} or {short(matches[1])}: name it with its folder."
            )
        return matches[0]

    return find


def path_parts(path: str) -> list[str]:
    """A path's folders and name, however its letters are composed and its folders are divided."""
    path = unicodedata.normalize("NFC", path).replace("\\", "/")
    return [part for part in path.split("/") if part not in ("", ".")]


def _end(parts: list[str], length: int) -> str:
    return "/".join(_folded(parts[-length:]))


def _first_two(paths: Iterable[str]) -> list[str]:
    """Enough to know whether there is one."""
    return list(islice(paths, 2))


def _folded(parts: list[str]) -> list[str]:
    return [part.casefold() for part in parts]


def _ends_as(parts: list[str], wanted: list[str]) -> bool:
    return parts[-len(wanted) :] == wanted


def _is_litter(path: str) -> bool:
    """What a Mac puts into every archive, beside the pictures and named like them."""
    parts = path_parts(path)
    return not parts or "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def short(name: str) -> str:
    """A name in quotes, its end alone where it is long."""
    return repr(name if len(name) <= 60 else f"...{name[-57:]}")
