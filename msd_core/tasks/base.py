"""What a task is: labelled image-text examples and a way to read each picture."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from msd_core.tasks.table import BadRow

BOX = Path(__file__).parent.parent / "bundled"  # where the models and studies of built-in tasks lie
WHOLE = 10**6  # examples: more than any built-in task has
SPLITS = ("train", "validation", "test")
EVIDENCE = ("image", "text", "both", "either")


@dataclass(frozen=True)
class Example:
    """One image-text pair.

    image: the key of its picture, unique over the splits of a task. label: a class index, or for a multi-label task one
    0 or 1 a label. evidence: what truly decides the label (for a multi-label task one entry a label); None where nobody
    knows. language: of the text, where that is known.
    """

    image: str
    text: str
    label: int | tuple[int, ...]
    evidence: str | tuple[str, ...] | None = None
    language: str | None = None


@dataclass(frozen=True)
class Files:
    """What was read of people's own files.

    content: a hash of it. rows: those that are used. folder: where they are kept. record: what reads them again, plain
    data. folds: for cross-validation, of few rows; 0 for none. left_out: rows that are not used. notes: what to know
    of the whole. place: the folder in which all that is made of them is cached; `home()` if none.
    """

    content: str
    rows: int
    folder: Path
    record: str
    folds: int = 0
    left_out: tuple[BadRow, ...] = ()
    notes: tuple[str, ...] = ()
    place: Path | None = None


@dataclass(frozen=True)
class Recipe:
    """How the models of a task train: epochs of the teacher and the students, the students' training examples, the
    epochs and examples of a study; which architectures they are, with their peak learning rates and batches; and the
    languages whose labels they learn from, with commas between (all if empty)."""

    teacher_epochs: int
    student_epochs: int
    student_size: int
    study_epochs: int
    study_size: int
    teacher: str = "teacher"
    student: str = "student"
    teacher_lr: float = 1e-3
    student_lr: float = 2e-3
    batch_size: int = 64
    languages: str = ""


def codes(languages: str) -> tuple[str, ...]:
    """The languages of a setting, which has commas between them."""
    return tuple(code.strip() for code in languages.split(",") if code.strip())


@dataclass(frozen=True)
class Task:
    """A labelled image-text dataset, as a value: functions take it, and names are resolved at the edges.

    name, title, question: what people read of it. labels: C names. examples: a split's examples, without reading a
    picture. picture: the encoded file (PNG, JPEG, ...) of the picture with that key. source: a hash of what examples
    and pictures are made from; caches of one source are not used for another. Its functions stand in a
    module, so that a task can be pickled for another process.

    What a task may lack is None: `region`, a boolean `(H, W)` of an example's picture, where that lies which decides
    the label (None, too, for an example of which that cannot be known); `recipe`; `models`, the folder of its teacher
    and students; `files`, what it was read from, where these are people's own; `ceiling`, a function that measures the
    best score that anybody could reach; `short_title`, where space is tight; `credit`, whose pictures and words it
    shows, where their licence asks for it; `drawn`, the same task with its splits drawn anew, by a number.
    """

    name: str
    title: str
    question: str
    labels: tuple[str, ...]
    examples: Callable[[str], list[Example]]
    picture: Callable[[str], bytes]
    source: Callable[[], str]
    multilabel: bool = False
    region: Callable[[Example], np.ndarray | None] | None = None
    recipe: Recipe | None = None
    models: Path | None = None
    files: Files | None = None
    ceiling: Callable[[], float] | None = None
    short_title: str | None = None
    credit: str | None = None
    drawn: "Callable[[int], Task] | None" = None


def hash_of_files(*paths: Path) -> str:
    """A hash of the content of files, for `Task.source`: of folders, that of the Python files in them."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def made_by(*paths: Path) -> Callable[[], str]:
    """The `source` of a task that the code in these files makes."""
    return partial(hash_of_files, *paths)


def png(picture: Image.Image) -> bytes:
    """A picture that was drawn, as the file that it is kept as."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)  # level 6 takes half as long again, and saves a tenth
    return buffer.getvalue()
