"""A room of a visitor's, with what a look and a teacher leave in it, made in no time."""

import torch

from msd_core.models.files import save_model
from msd_core.models.zoo import build, get_spec
from msd_core.storage import write_json
from msd_core.tasks.base import png
from msd_core.training.requests import LOOK
from msd_core.views import VIEWS
from tests.analysis.models import noise
from ui.visitor.own_tasks import keep_teacher, task_in
from ui.visitor.own_uploads import Pair, put_picture, settle_pairs
from ui.visitor.rooms import Room, new_room
from ui.visitor.students import folder_of, new_id

REPORT = {"sentence": "Said.", "warnings": [], "sheets": [], "left_out": [], "count_left_out": 0, "notes": []}


def given_room(title: str = "Pets", rows: int = 12) -> tuple[str, Room]:
    """A room with a handful of pairs."""
    token, room = new_room()
    pairs = [
        Pair(put_picture(room, png(noise(40, 30, i)), ".png"), f"pet number {i}", ("cat", "dog")[i % 2])
        for i in range(rows)
    ]
    settle_pairs(room, pairs, title)
    return token, room


def looked_room(title: str = "Pets", rows: int = 12) -> tuple[str, Room]:
    """The same, looked at."""
    token, room = given_room(title, rows)
    room.looking.mkdir()
    write_json(room.looking / LOOK, {**REPORT, "report": {"baselines": None}})
    return token, room


def taught_room(title: str = "Pets") -> tuple[str, Room]:
    """The same with a teacher, which is untrained and small."""
    token, room = looked_room(title)
    write_run(room.teacher_run.folder, room, "ce", "none")
    keep_teacher(room)
    return token, room


def student_of(room: Room) -> str:
    """The id of a student of the room's task."""
    run = new_id()
    write_run(folder_of(run) / "run", room, "kd", "instance")
    return run


def write_run(folder, room: Room, method: str, weighting: str, model: str = "student-tiny") -> None:
    """A finished run of the room's task."""
    task = task_in(room)
    torch.manual_seed(0)
    spec = get_spec(model)
    config = {"files": task.files.record, "teacher": str(folder), "data": task.files.content}
    save_model(folder / "model.safetensors", build(spec, len(task.labels)), spec, task, {"config": config})
    scores = dict.fromkeys(VIEWS, 0.5)
    result = {
        "task": task.name, "method": method, "weighting": weighting, "metric": "accuracy", "teacher": None,
        "student": scores, "agreement": None, "linear": None, "parameters": {"student": 7, "teacher": None},
        "seconds": 1.0, "run": str(folder), "cost": None, "cross_validated": None,
    }  # fmt: skip
    write_json(folder / "result.json", result)
