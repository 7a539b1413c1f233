"""The pictures of a split as one model reads them: made once, in parallel, kept on disk, never held whole."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from msd_core.cache import array_path, open_array, write_rows
from msd_core.errors import StorageError
from msd_core.models.preprocess import Preprocess
from msd_core.tasks.pictures import PictureFiles, Pictures, read_picture

_CHUNK = 256  # pictures made at once


class Pixels:
    """U pictures as one model reads them, uint8 `(S, S, 3)` each, on disk: read by row, so that what was read is never
    counted as this process's memory, as mapped pages would be."""

    def __init__(self, path: Path, rows: np.ndarray):
        self.path, self.rows = path, rows
        with self._errors():
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            self._shape, self._start = array.shape[1:], array.offset
        self.numbers = int(np.prod(self._shape))  # that one picture has, 3 S^2

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, rows: Tensor) -> Tensor:
        """The pictures of these rows `(B,)`: uint8 `(B, S, S, 3)`. Raises `StorageError` where the file has gone."""
        places = self.rows[rows.numpy(force=True)]
        pictures = np.empty((len(places), self.numbers), dtype=np.uint8)
        with self._errors(), self.path.open("rb", buffering=0) as file:
            for picture, place in zip(pictures, places.tolist(), strict=True):
                file.seek(self._start + place * self.numbers)
                if file.readinto(picture.data) != self.numbers:
                    raise ValueError("cut short")
        return torch.from_numpy(pictures.reshape(-1, *self._shape))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise StorageError(f"{self.path} is gone or damaged: start again, and it is made anew.") from error


def read_pixels(pictures: Pictures, preprocess: Preprocess) -> Pixels:
    """The pictures of a split as a model with this preprocessing reads them; made at the first call and kept."""
    path = array_path({"pictures": pictures.files.fingerprint, "preprocess": preprocess.pixels_key}, pictures.place)
    if open_array(path) is None:
        shape = (len(pictures.files), preprocess.size, preprocess.size, 3)
        write_rows(path, shape, np.uint8, _make(pictures.files, preprocess))
    return Pixels(path, pictures.rows)


def _make(files: PictureFiles, preprocess: Preprocess) -> Iterator[np.ndarray]:
    """All pictures, some at a time; Pillow lets go of the interpreter while it decodes and resizes."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(files), _CHUNK):
            rows = range(first, min(first + _CHUNK, len(files)))
            yield np.stack(list(pool.map(lambda row: preprocess(read_picture(files.read(row))), rows)))
