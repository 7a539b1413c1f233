"""Arrays that are computed once, kept on disk and memory-mapped."""

import hashlib
import io
import json
import warnings
from collections.abc import Callable
from contextlib import suppress
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
        whole = io.BytesIO()  # numpy's own writing to a file does not say why it failed
        np.save(whole, values, allow_pickle=False)
        with new_file(path) as temporary:
            temporary.write_bytes(whole.getbuffer())
    except UserError as error:
        warnings.warn(f"A cache is not kept: {error}", stacklevel=2)
        return values
    kept = _read(path)
    return values if kept is None else kept


def _read(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        return None
    except (ValueError, OSError, EOFError):
        with suppress(OSError):  # it may be another user's
            path.unlink(missing_ok=True)
        return None
