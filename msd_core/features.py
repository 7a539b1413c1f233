"""What frozen parts make of pictures and texts, computed once: kept by content, whatever split or task it comes from.

Each frozen part has a file, to which features are added batch by batch: a run that is killed goes on where it stopped,
and a table with ten more rows has ten pictures encoded.
"""

import hashlib
import json
import sqlite3
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, overload

import numpy as np

from msd_core.cache import array_path, open_array, write_rows
from msd_core.errors import StorageError
from msd_core.storage import home, storage_errors

_CHUNK = 500  # rows asked for at once: SQLite takes no more than a thousand values
_DIGEST = hashlib.sha256().digest_size
_WAIT = 60.0  # seconds for another process to finish its writing

Encode = Callable[[Sequence[int]], np.ndarray]  # of rows by number, their features (B, F) float32
Progress = Callable[[int, int], None]  # rows done, of how many


class Keys(Sequence[str]):
    """SHA-256 digests of 32 bytes, read as hexadecimal: a million strings of these would take 121 MB instead of 32."""

    def __init__(self, digests: Iterable[bytes]):
        self._content = bytearray()
        for digest in digests:
            self._content += digest

    def __len__(self) -> int:
        return len(self._content) // _DIGEST

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        rows = range(len(self))[at]
        return self._hex(rows) if isinstance(rows, int) else [self._hex(row) for row in rows]

    def _hex(self, row: int) -> str:
        return self._content[row * _DIGEST : (row + 1) * _DIGEST].hex()


def features(
    part: dict[str, Any],
    keys: Sequence[str],
    batch: int,
    encode: Encode,
    progress: Progress = lambda done, of: None,
    place: Path | None = None,
    order: Sequence[int] | np.ndarray | None = None,
) -> np.ndarray:
    """The features of R rows, float32 `(R, F)`, memory-mapped.

    part: all that they depend on beside the rows. keys: what each row holds, as a hash. encode: makes those of up to
    `batch` rows; called for those alone that are not kept. progress: called after each batch. place: the folder of all
    caches; `home()` if none. order: in which the rows are made, those that are quick together one after the other; as
    they stand if none. Safe under two writers. No more than a batch is held in memory, unless the disk cannot keep
    them, which costs also the time to make them again.
    """
    path = array_path({"features": part, "rows": hash_keys(keys)}, place)
    if (kept := open_array(path)) is not None:
        return kept
    batches = [range(first, min(first + batch, len(keys))) for first in range(0, len(keys), batch)]
    try:
        with _open(part, place) as store:
            _fill(store, keys, range(len(keys)) if order is None else order, batch, encode, progress)
            first = next(_read(store, keys[:1]))
            write_rows(path, (len(keys), first.shape[1]), np.float32, _read(store, keys))
        kept = open_array(path)
    except (StorageError, sqlite3.Error, StopIteration) as error:
        warnings.warn(f"Features are not kept: {error}", stacklevel=2)
    return np.concatenate([encode(rows) for rows in batches]) if kept is None else kept


def hash_keys(keys: Sequence[str]) -> str:
    """Of the keys with a NUL between any two."""
    digest = hashlib.sha256()
    for number, piece in enumerate(_pieces(keys)):
        digest.update("\0".join([""] * (number > 0) + [*piece]).encode())
    return digest.hexdigest()


@contextmanager
def _open(part: dict[str, Any], place: Path | None) -> Iterator[sqlite3.Connection]:
    """The file of a part; a damaged one is made anew."""
    name = hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()
    path = (place or home()) / "features" / f"{name}.sqlite"
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with closing(_connect(path)) as store:
        yield store


def _connect(path: Path) -> sqlite3.Connection:
    store = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        # the rows lie as they came, beside an index: in the order of keys each would change a page somewhere else
        store.execute("CREATE TABLE IF NOT EXISTS features (key TEXT PRIMARY KEY, crc INTEGER, row BLOB)")
    except sqlite3.DatabaseError as error:
        store.close()
        if isinstance(error, sqlite3.OperationalError):  # it is in use, or the disk is full: nothing is wrong with it
            raise
        path.unlink(missing_ok=True)
        return _connect(path)
    return store


def _fill(
    store: sqlite3.Connection,
    keys: Sequence[str],
    order: Sequence[int] | np.ndarray,
    batch: int,
    encode: Encode,
    progress: Progress,
) -> None:
    """Make what is not there yet."""
    missing = _missing(store, keys, order)
    for first in range(0, len(missing), batch):
        rows = missing[first : first + batch].tolist()
        contents = [row.tobytes() for row in np.ascontiguousarray(encode(rows), np.float32)]
        values = [(keys[row], zlib.crc32(content), content) for row, content in zip(rows, contents, strict=True)]
        store.execute("BEGIN IMMEDIATE")
        store.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", values)
        store.execute("COMMIT")
        progress(first + len(rows), len(missing))


def _missing(store: sqlite3.Connection, keys: Sequence[str], order: Sequence[int] | np.ndarray) -> np.ndarray:
    """The rows that are not kept, in the order in which they are to be made; of those that are alike all."""
    known = np.zeros(len(keys), dtype=bool)
    for first, piece in zip(range(0, len(keys), _CHUNK), _pieces(keys), strict=True):
        found = {key for key, _, _ in _select(store, piece)}
        known[first : first + len(piece)] = [key in found for key in piece]
    order = np.asarray(order, dtype=np.int64)
    return order[~known[order]]


def _read(store: sqlite3.Connection, keys: Sequence[str]) -> Iterator[np.ndarray]:
    """The rows of these keys, some hundred at a time."""
    for piece in _pieces(keys):
        found = {key: np.frombuffer(row, np.float32) for key, _, row in _select(store, piece)}
        if len(found) < len(set(piece)):
            raise StorageError("a file of features is damaged")
        yield np.stack([found[key] for key in piece])


def _pieces(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[first : first + _CHUNK] for first in range(0, len(keys), _CHUNK))


def _select(store: sqlite3.Connection, keys: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
    """What is kept of these keys; a damaged row is not."""
    marks = ",".join("?" * len(keys))
    for key, crc, row in store.execute(f"SELECT key, crc, row FROM features WHERE key IN ({marks})", list(keys)):
        if zlib.crc32(row) == crc:
            yield key, crc, row
