"""The models that come with a task: a teacher, four students, and two more where it has several languages."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msd_core.errors import UserError, choose
from msd_core.models.files import LoadedModel, load_model
from msd_core.storage import is_file
from msd_core.tasks import BOX, Task

REPORT = BOX / "report.json"
FLAGSHIP = "recombined"  # the student that learned from its teacher's answers to recombined pairs, too
BUNDLED = ("teacher", "ce", "kd", "msd", FLAGSHIP, "texts", "pretrained")  # in the order in which people compare them


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


def clear_cache() -> None:
    """Forget the models that the process holds."""
    _load.cache_clear()


def bundled_models(task: Task) -> dict[str, LoadedModel]:
    """All of a task's own models by name, the teacher first; empty where it has none."""
    return load_models(task)


def load_teacher(task: Task, name: str = "bundled") -> LoadedModel:
    """The teacher that a task brings along (`bundled`), or the model of a run's folder.

    Raises `UserError` where there is none, or it was made for another task.
    """
    return load_bundled(task, "teacher") if name == "bundled" else _of_run(task, name, "'bundled'")


def _of_run(task: Task, folder: str, other: str) -> LoadedModel:
    """The model in a run's folder. other: what else might have been named."""
    if not is_file(Path(folder) / "model.safetensors"):
        raise UserError(f"{folder} holds no finished run: give the folder of one, or {other}.")
    return load_model(folder, task, folder)


def load_models(task: Task, names: Sequence[str] = ()) -> dict[str, LoadedModel]:
    """Models by name, the first of them the teacher: a task's own by their names (`teacher`, `kd`, ...), others by the
    folders of their runs; all of the task's own where none is named. Raises `UserError` where one is not there."""
    return {
        name: load_bundled(task, name) if name in BUNDLED else _of_run(task, name, f"one of {', '.join(BUNDLED)}")
        for name in names or bundled_names(task)
    }


def baselines_of(task: Task) -> dict[str, float] | None:
    """What guesses score that models of a task must beat, as measured when its own models were made; None for a task
    without."""
    return report().get(task.name, {}).get("baselines") if bundled_names(task) else None
