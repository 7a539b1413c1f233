"""Arrays and tables that are computed once, kept on disk with a checksum, and memory-mapped.

A kept file ends in a seal: a mark, and the CRC-32 of all before it. A file whose seal does not fit was damaged or cut
short; it is deleted and made anew.
"""

import hashlib
import io
import json
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from msd_core.errors import StorageError
from msd_core.storage import atomic_write, home

_MARK = b"msd-seal"
_SEAL = len(_MARK) + 4  # bytes
_PIECE = 1 << 22  # bytes read or written at once


def cached_array(key: dict, make: Callable[[], np.ndarray], place: Path | None = None) -> np.ndarray:
    """The array that `make` returns, kept under everything it depends on (`key`) and memory-mapped read-only.

    Safe under two writers: each writes a file of its own and moves it into place whole. A damaged file is made anew. A
    disk that cannot keep it costs only the time to make it again. place: the folder of all caches; `home()` if none.
    """
    path = array_path(key, place)
    kept = open_array(path)
    if kept is not None:
        return kept
    values = make()
    try:
        write_rows(path, values.shape, values.dtype, [values])
    except StorageError as error:
        warnings.warn(f"A cache is not kept: {error}", stacklevel=2)
        return values
    kept = open_array(path)
    return values if kept is None else kept


def array_path(key: dict, place: Path | None = None) -> Path:
    """Where the array that depends on these things is kept."""
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return (place or home()) / "arrays" / f"{name}.npy"


def open_array(path: Path) -> np.ndarray | None:
    """A kept array, memory-mapped read-only; None where there is none. One whose seal does not fit is deleted."""
    try:
        if not is_sealed(path):
            _discard(path)
            return None
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        return None
    except (ValueError, OSError, EOFError):
        _discard(path)
        return None


def write_rows(path: Path, shape: tuple[int, ...], dtype: np.dtype | type, pieces: Iterable[np.ndarray]) -> None:
    """Write an array of this shape from pieces of it along its first axis, none of which need be held any longer.

    Raises `StorageError` where the disk cannot keep it, `ValueError` where the pieces are not of that shape.
    """
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        sealed = _Sealed(file)
        header = io.BytesIO()
        form = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(header, form)
        sealed.write(header.getvalue())
        rows = 0
        for piece in pieces:
            if piece.shape[1:] != shape[1:] or piece.dtype != dtype:
                raise ValueError(f"a piece is {piece.dtype} {piece.shape} of {dtype} {shape}")
            sealed.write(np.ascontiguousarray(piece).data)
            rows += len(piece)
        if rows != shape[0]:
            raise ValueError(f"{rows} rows of {shape[0]}")
        sealed.close()


def write_sealed(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file of these pieces, whole or not at all, and seal it."""
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        sealed = _Sealed(file)
        for piece in pieces:
            sealed.write(piece)
        sealed.close()


def read_sealed(path: Path) -> bytes | None:
    """The content of a sealed file; None where there is none, or its seal does not fit."""
    try:
        return path.read_bytes()[:-_SEAL] if is_sealed(path) else None
    except OSError:
        return None


class _Sealed:
    """A file being written, and the checksum of what was."""

    def __init__(self, file: BinaryIO):
        self.file, self.crc = file, 0

    def write(self, piece: bytes | memoryview) -> None:
        self.crc = zlib.crc32(piece, self.crc)
        self.file.write(piece)

    def close(self) -> None:
        self.file.write(_MARK + self.crc.to_bytes(4, "big"))


def is_sealed(path: Path) -> bool:
    """Whether the seal of a file fits; read once a process, until the file changes. Raises `OSError`."""
    status = path.stat()
    return _is_sealed(path, status.st_size, (status.st_ino, status.st_mtime_ns, status.st_ctime_ns))


@lru_cache(maxsize=1024)
def _is_sealed(path: Path, size: int, changed: tuple[int, ...]) -> bool:
    with path.open("rb") as file:
        crc = 0
        for piece in _pieces(file, size - _SEAL):
            crc = zlib.crc32(piece, crc)
        return file.read() == _MARK + crc.to_bytes(4, "big")


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(size, _PIECE))):
        size -= len(piece)
        yield piece


def _discard(path: Path) -> None:
    with suppress(OSError):  # it may be another user's
        path.unlink(missing_ok=True)
