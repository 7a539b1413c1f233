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
    """Turn a full or forbidden disk into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(f"The disk is full: free some space under {folder} and start again.") from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR):
            raise UserError(f"Nothing can be written to {folder}: choose a folder that you may write to.") from error
        raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path; what was written there takes the place of `path` in one step, or leaves no trace."""
    with say_if_full(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
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
            try:
                os.rename(temporary, path)
            except OSError:
                if not path.is_dir():
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
