"""A home of caches that is empty but for what a measurement takes for granted."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msd_core.models.preprocess import Preprocess
from msd_core.pixels import read_pixels
from msd_core.storage import home
from msd_core.tasks import SPLITS, Task, load_split


@contextmanager
def new_home() -> Iterator[Path]:
    """With `MSD_HOME` a folder that is empty at first, and deleted at the end."""
    before = os.environ.get("MSD_HOME")
    with tempfile.TemporaryDirectory(prefix="msd-benchmark-") as folder:
        os.environ["MSD_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ["MSD_HOME"]
            if before is not None:
                os.environ["MSD_HOME"] = before


@contextmanager
def home_with_data(task: Task) -> Iterator[Path]:
    """The same with the splits of a task, as they lie in the home of now; nothing is made of them yet."""
    for split in SPLITS:
        load_split(task, split)
    tasks = (home() / "tasks").resolve()
    with new_home() as folder:
        (folder / "tasks").symlink_to(tasks)
        yield folder


def make_pixels(task: Task, preprocess: Preprocess) -> None:
    """The pictures of all splits as a model with this preprocessing reads them, made where they are not yet."""
    for split in SPLITS:
        read_pixels(load_split(task, split).pictures, preprocess)
