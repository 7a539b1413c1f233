"""The models that come with a task: a teacher and three students."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from msd_core.errors import UserError, choose
from msd_core.models.files import LoadedModel, load_model
from msd_core.storage import is_file
from msd_core.tasks import BOX, Task

REPORT = BOX / "report.json"
BUNDLED = ("teacher", "ce", "kd", "msd")  # in the order in which people compare them


def report() -> dict[str, Any]:
    """What the bundled models score, by task, as `python -m tools bundle` measured it; empty before the first."""
    return json.loads(REPORT.read_text()) if REPORT.exists() else {}


def bundled_names(task: Task) -> tuple[str, ...]:
    """The models that a task brings along, in the order in which people compare them; none for most tasks."""
    folder = task.models
    return () if folder is None else tuple(n for n in BUNDLED if (folder / f"{n}.safetensors").is_file())


def load_bundled(task: Task, name: str) -> LoadedModel:
    """One of a task's own models, loaded once a process; a `UserError` lists them where there is no such."""
    if task.models is None or not (names := bundled_names(task)):
        raise UserError(f"{task.name} has no models of its own: train a teacher, or give the folder of one.")
    path = task.models / f"{choose('bundled model', name, names)}.safetensors"
    return _load(path, path.stat().st_mtime_ns, task)


@lru_cache(maxsize=32)
def _load(path: Path, changed: int, task: Task) -> LoadedModel:
    return load_model(path, task, "bundled")


def bundled_models(task: Task) -> dict[str, LoadedModel]:
    """All of a task's own models by name, the teacher first; empty where it has none."""
    return {name: load_bundled(task, name) for name in bundled_names(task)}


def load_teacher(name: str, task: Task) -> LoadedModel:
    """The teacher that a task brings along (`bundled`), or the model of a run's folder."""
    if name == "bundled":
        return load_bundled(task, "teacher")
    if not is_file(Path(name) / "model.safetensors"):
        raise UserError(f"{name} holds no finished run: give the folder of one, or 'bundled'.")
    return load_model(name, task, name)
