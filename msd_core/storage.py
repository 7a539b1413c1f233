"""Where things are kept between runs, and how a file or folder comes to be there whole or not at all."""

import errno
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msd_core.errors import StorageError, UserError


def home() -> Path:
    """The folder of all caches and runs: `MSD_HOME`, else `~/.cache/msd`."""
    return Path(os.environ.get("MSD_HOME") or Path.home() / ".cache" / "msd")


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn a full or forbidden disk, or an impossible path, into one clear sentence, a `StorageError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(f"The disk is full: free some space under {folder} and start again.") from error
        reason = error.strerror or error
        raise StorageError(
            f"{_short(folder)} cannot be used ({reason}): choose a folder that you may write to."
        ) from error


def _short(path: Path) -> str:
    return str(path) if len(str(path)) < 200 else f"...{str(path)[-60:]}"


def is_file(path: Path) -> bool:
    """Whether there is a file; a `StorageError` where nobody can tell."""
    with storage_errors(path):
        return path.is_file()


def is_folder(path: Path) -> bool:
    """Whether there is a folder; a `StorageError` where nobody can tell."""
    with storage_errors(path):
        return path.is_dir()


def _share(path: Path, mode: int) -> None:
    """Give what `tempfile` made for its owner alone the rights that it would have had: caches are shared."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)


def _sync(path: Path) -> None:
    """Have the disk keep a file or a folder's entries, so that a power cut cannot leave an empty file in place. A
    folder cannot be synced everywhere (not on Windows)."""
    with suppress(PermissionError, IsADirectoryError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path; what was written there takes the place of `path` in one step, or leaves no trace.

    A link is written through; what is there and is no ordinary file, a folder or a device, is a `UserError`.
    """
    with storage_errors(path.parent):
        path = path.resolve()
        if path.is_dir():
            raise UserError(f"{_short(path)} is a folder: give the name of a file in it.")
        if path.exists() and not path.is_file():
            raise UserError(f"{_short(path)} is no ordinary file: choose another name.")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _share(temporary, 0o666)
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """The same for a folder. Of two writers of one folder the first wins; the second's, equal, is thrown away."""
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            yield temporary
            _share(temporary, 0o777)
            for file in temporary.iterdir():
                _sync(file)
            try:
                os.rename(temporary, path)
            except OSError:
                if not path.is_dir():
                    raise
            _sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_json(path: Path, values: dict) -> None:
    """Write one JSON object, whole or not at all, with a checksum of the rest in it."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps({**values, "checksum": _checksum(values)}, indent=1), encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """One JSON object; `UserError` where the file is missing, damaged, or was changed since it was written.

    A file without a checksum, of an earlier version, is taken as it is.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not an object")
        checksum = values.pop("checksum", None)
        if checksum is not None and checksum != _checksum(values):
            raise ValueError("changed since it was written")
        return values
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(
            f"{path} is unreadable, half-written or damaged: delete its folder and start again."
        ) from error


def _checksum(values: dict) -> str:
    plain = json.dumps(json.loads(json.dumps(values)), sort_keys=True)  # as it is read back: keys are strings
    return f"{zlib.crc32(plain.encode()):08x}"
