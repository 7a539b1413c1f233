"""Where things are kept between runs, and how a file or folder comes to be there whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msd_core.errors import UserError


def home() -> Path:
    """The folder of all caches and runs: `MSD_HOME`, else `~/.cache/msd`."""
    return Path(os.environ.get("MSD_HOME") or Path.home() / ".cache" / "msd")


@contextmanager
def say_if_full(folder: Path) -> Iterator[None]:
    """Turn a full or forbidden disk, or an impossible path, into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(f"The disk is full: free some space under {folder} and start again.") from error
        reason = error.strerror or error
        raise UserError(
            f"{_short(folder)} cannot be used ({reason}): choose a folder that you may write to."
        ) from error


def _short(path: Path) -> str:
    return str(path) if len(str(path)) < 200 else f"...{str(path)[-60:]}"


def is_file(path: Path) -> bool:
    """Whether there is a file; a `UserError` where nobody can tell."""
    with say_if_full(path):
        return path.is_file()


def is_folder(path: Path) -> bool:
    """Whether there is a folder; a `UserError` where nobody can tell."""
    with say_if_full(path):
        return path.is_dir()


def _as_usual(path: Path, mode: int) -> None:
    """Give what `tempfile` made for its owner alone the rights that it would have had: caches are shared."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path; what was written there takes the place of `path` in one step, or leaves no trace.

    A link is written through; what is there and is no ordinary file, a folder or a device, is a `UserError`.
    """
    with say_if_full(path.parent):
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
            _as_usual(temporary, 0o666)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """The same for a folder. Of two writers of one folder the first wins; the second's, equal, is thrown away."""
    with say_if_full(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            yield temporary
            _as_usual(temporary, 0o777)
            try:
                os.rename(temporary, path)
            except OSError:
                if not path.is_dir():
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
