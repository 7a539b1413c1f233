"""Arrays that are computed once, kept on disk and memory-mapped."""

import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from msd_core.errors import UserError
from msd_core.storage import home, new_file


def cached_array(key: dict, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The array that `make` returns, kept under everything it depends on (`key`) and memory-mapped read-only.

    Safe under two writers: each writes a file of its own and moves it into place whole. A damaged file is made anew.
    A disk that cannot keep it costs only the time to make it again.
    """
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    path = home() / "arrays" / f"{name}.npy"
    found = _read(path)
    if found is not None:
        return found
    values = make()
    try:
        with new_file(path) as temporary, temporary.open("wb") as file:
            np.save(file, values, allow_pickle=False)
    except UserError as error:
        warnings.warn(f"A cache is not kept: {error}", stacklevel=2)
        return values
    return _read(path)


def _read(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        return None
    except (ValueError, OSError, EOFError):
        path.unlink(missing_ok=True)
        return None
