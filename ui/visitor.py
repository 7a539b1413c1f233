"""A visitor's own students: known by unguessable ids that only their browser keeps."""

import re
import secrets
import shutil
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from safetensors.torch import load_file

from msd_core.errors import UserError
from msd_core.models.files import Loaded, load_model
from msd_core.runs import Run
from msd_core.storage import home
from msd_core.tasks import get_task
from ui import limits

_ID = re.compile(r"[A-Za-z0-9_-]{32}")


def new_id() -> str:
    """A run's id: 192 random bits, so that knowing it is owning it."""
    return secrets.token_urlsafe(24)


def folder_of(run: object) -> Path:
    """The folder of a run; a `UserError` for what is no id, before any path is touched."""
    if not isinstance(run, str) or not _ID.fullmatch(run):
        raise UserError("There is no such student: it may be older than a day, so distil it again.")
    return _students() / run


def _students() -> Path:
    """Apart from the runs of the command line, which nobody may sweep away."""
    return home() / "visitors"


def known_ids(ids: object) -> list[str]:
    """The well-formed ids of what a browser says are its runs, the newest last."""
    given = ids if isinstance(ids, list) else []
    return [i for i in given if isinstance(i, str) and _ID.fullmatch(i)][-limits.OWN_STUDENTS :]


def own_students(ids: object, task: str) -> dict[str, str]:
    """The visitor's finished students for a task: id by the name that people see, in the order they were made."""
    found = {}
    for run in known_ids(ids):
        result = _result(run)
        if result and result["task"] == task:
            scheme = (
                result["method"] if result["weighting"] == "none" else f"{result['method']} + {result['weighting']}"
            )
            found[f"Your student {len(found) + 1} ({scheme})"] = run
    return found


def ticked_students(ticked: object, ids: object, task: str) -> dict[str, str]:
    """Those of them that are ticked, id by name."""
    chosen = ticked if isinstance(ticked, list) else []
    return {name: run for name, run in own_students(ids, task).items() if run in chosen}


def load_student(run: object, task: str) -> Loaded:
    """A visitor's student; a `UserError` where the id is none, or its run is gone, unfinished or of another task."""
    if not (folder_of(run) / "run" / "model.safetensors").is_file():
        raise UserError("There is no such student: it may be older than a day, so distil it again.")
    return _load(run, task)


@lru_cache(maxsize=16)
def _load(run: str, task: str) -> Loaded:
    return load_model(folder_of(run) / "run" / "model.safetensors", get_task(task))


def final_weights(run: str):
    """The weights and saliencies, both `(N, 2)`, that a run's training examples ended with; None where it has none."""
    path = folder_of(run) / "run" / "weights.safetensors"
    if not path.is_file():
        return None
    found = load_file(path)
    return found["weights"], found["saliency"]


def _result(run: str) -> dict | None:
    try:
        return Run(folder_of(run) / "run").result
    except UserError:
        return None


def sweep() -> None:
    """Delete the runs that began too long ago."""
    for folder in _students().iterdir() if _students().is_dir() else ():
        with suppress(FileNotFoundError):  # another sweep was quicker
            if _ID.fullmatch(folder.name) and time.time() - folder.stat().st_mtime > limits.KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
