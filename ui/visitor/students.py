"""A visitor's own students: known by unguessable ids that only their browser keeps."""

import re
import secrets
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from msd_core.errors import UserError
from msd_core.models.files import LoadedModel, load_model
from msd_core.storage import home
from msd_core.tasks import Task
from msd_core.training.runs import Run
from ui import limits

_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_GONE = "There is no such student: it may be older than a day, so distil it again."


def new_id() -> str:
    """A run's id: 192 random bits, so that knowing it is owning it."""
    return secrets.token_urlsafe(24)


def folder_of(run: object) -> Path:
    """The folder of a run; a `UserError` for what is no id, before any path is touched."""
    if not isinstance(run, str) or not _ID.fullmatch(run):
        raise UserError(_GONE)
    return _students() / run


def _students() -> Path:
    """Apart from the runs of the command line, which nobody may sweep away."""
    return home() / "visitors"


def known_ids(ids: object) -> list[str]:
    """The well-formed ids among those that a browser sends as its runs, the newest last."""
    values = ids if isinstance(ids, list) else []
    return [i for i in values if isinstance(i, str) and _ID.fullmatch(i)][-limits.OWN_STUDENTS :]


def listed(ticked: object) -> list[str]:
    """The values that are ticked among choices; none where what was sent is no list."""
    values = ticked if isinstance(ticked, list) else []
    return [value for value in values if isinstance(value, str)]


def own_students(runs: list[str], task: Task) -> dict[str, str]:
    """The visitor's finished students for a task: id by the name that people see, in the order they were made."""
    students: dict[str, str] = {}
    for run in runs:
        result = _result(run)
        if result and result["task"] == task.name:
            weighting = "" if result["weighting"] == "none" else f" + {result['weighting']}"
            students[f"Your student {len(students) + 1} ({result['method']}{weighting})"] = run
    return students


def load_student(run: str, task: Task) -> LoadedModel:
    """A visitor's student; a `UserError` where the id is none, or its run is gone, unfinished or of another task."""
    if not Run(folder_of(run) / "run").model_file.is_file():
        raise UserError(_GONE)
    return _load(run, task)


@lru_cache(maxsize=16)
def _load(run: str, task: Task) -> LoadedModel:
    return load_model(folder_of(run) / "run", task)


def clear_cache() -> None:
    """Forget the students that the process holds."""
    _load.cache_clear()


def final_weights(run: str) -> tuple[Tensor, Tensor] | None:
    """The weights and saliencies, both `(N, 2)`, that a run's training examples ended with; None where it has none."""
    path = folder_of(run) / "run" / "weights.safetensors"
    if not path.is_file():
        return None
    tensors = load_file(path)
    return tensors["weights"], tensors["saliency"]


def _result(run: str) -> dict[str, Any] | None:
    try:
        return Run(folder_of(run) / "run").result
    except UserError:
        return None


def sweep(running: Collection[str] = ()) -> None:
    """Delete the runs that began too long ago, but never one that is running, whatever the clock says."""
    for folder in _students().iterdir() if _students().is_dir() else ():
        with suppress(FileNotFoundError):  # another sweep was quicker
            old = time.time() - folder.stat().st_mtime > limits.KEPT_SECONDS
            if _ID.fullmatch(folder.name) and folder.name not in running and old:
                shutil.rmtree(folder, ignore_errors=True)
