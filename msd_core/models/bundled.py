"""The models in the box: for each task a teacher and three students."""

import json
from functools import lru_cache
from pathlib import Path

from msd_core.errors import UserError, choose
from msd_core.models.files import Loaded, load_model
from msd_core.storage import is_file
from msd_core.tasks import Task, get_task

FOLDER = Path(__file__).parent.parent / "bundled"
REPORT = FOLDER / "report.json"
BUNDLED = ("teacher", "ce", "kd", "msd")  # in the order in which people compare them
TITLES = {"teacher": "Teacher", "ce": "Student (labels alone)", "kd": "Student (KD)", "msd": "Student (MSD)"}


def report() -> dict:
    """What the bundled models score, by task, as `python -m msd_core bundle` measured it; empty before the first."""
    return json.loads(REPORT.read_text()) if REPORT.exists() else {}


def bundled_file(task: str, name: str) -> Path:
    """Where a bundled model lies."""
    return FOLDER / task / f"{choose('bundled model', name, BUNDLED)}.safetensors"


@lru_cache(maxsize=32)
def load_bundled(task: str, name: str) -> Loaded:
    """A bundled model, loaded once a process."""
    return load_model(bundled_file(task, name), get_task(task))


def load_teacher(name: str, task: Task) -> Loaded:
    """The bundled teacher of a task (`bundled`), or the model of a run's folder."""
    if name == "bundled":
        return load_bundled(task.name, "teacher")
    folder = Path(name)
    if not is_file(folder / "model.safetensors"):
        raise UserError(f"{name} holds no finished run: give the folder of one, or 'bundled'.")
    return load_model(folder / "model.safetensors", task)
