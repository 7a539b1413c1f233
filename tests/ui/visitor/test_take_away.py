"""A task as one ZIP to take away, and any ZIP that somebody says is one."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from msd_core.errors import UserError
from msd_core.models.files import load_model, save_model
from msd_core.models.zoo import build
from msd_core.subject import task_of_model
from msd_core.views import VIEWS
from tests.files import archive
from tests.tiny import TINY_224
from tests.ui.visitor.own_data import REPORT, student_of, taught_room
from ui import limits
from ui.visitor.own_tasks import students_in, task_in
from ui.visitor.rooms import Room, new_room
from ui.visitor.take_away import take_away, unpack, use_brought
from ui.work.models import models_for

TEACHER = "teacher/model.safetensors"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def taken() -> tuple[str, Room, dict[str, bytes]]:
    """The token and the room of a task with a student, and what its ZIP holds."""
    token, room = taught_room()
    with take_away(room, [student_of(room)]) as file, zipfile.ZipFile(file) as opened:
        return token, room, {name: opened.read(name) for name in opened.namelist()}


def brought(files: dict[str, bytes] | list[tuple[str, bytes]] | bytes) -> tuple[Room, list[str]]:
    """The room of what a ZIP brings, looked at, and the students that it brought."""
    _, room = new_room()
    path = room.folder / "archive.zip"
    path.write_bytes(files if isinstance(files, bytes) else archive(files))
    unpack(room, path)
    room.looking.mkdir()
    (room.looking / "look.json").write_text(json.dumps({**REPORT, "report": {}}))
    return room, use_brought(room)


def test_what_is_taken_away_comes_back_as_it_was():
    _, room, files = taken()
    again, runs = brought(files)
    task = task_in(again)
    assert again.folder != room.folder and task.name == task_in(room).name and task.title == "Pets"
    assert len(runs) == 1 and list(students_in(again, runs)) == ["Your student 1 (kd + instance)"]
    before, after = models_for(task_in(room), {})["teacher"], models_for(task, {})["teacher"]
    assert before.weights_hash == after.weights_hash and again.result()["student"]["both"] == 0.5


def test_nothing_in_it_tells_the_token_or_where_the_server_keeps_files(tmp_path):
    token, room, files = taken()
    whole = b"".join(files.values())
    assert token.encode() not in whole and room.folder.name.encode() not in whole
    assert str(tmp_path).encode() not in whole and "msd compare --teacher teacher" in files["README.txt"].decode()


def test_its_models_can_be_asked_from_the_command_line(tmp_path):
    _, _, files = taken()
    folder = tmp_path / "taken"
    (folder / "teacher").mkdir(parents=True)
    (folder / TEACHER).write_bytes(files[TEACHER])
    assert load_model(folder / "teacher", task_of_model(str(folder / "teacher"))).parameters


def test_before_there_is_a_teacher_nothing_is_taken_away():
    _, room = new_room()
    with pytest.raises(UserError, match="no teacher to take away"):
        take_away(room, [])


def other_spec(files: dict[str, bytes], folder: Path) -> bytes:
    """A model of the task whose architecture is none of the page's."""
    (folder / "a").mkdir()
    (folder / "a" / "model.safetensors").write_bytes(files[TEACHER])
    task = task_of_model(str(folder / "a"))
    save_model(folder / "b.safetensors", build(TINY_224, 2), TINY_224, task)
    return (folder / "b.safetensors").read_bytes()


def bomb() -> bytes:
    buffer = io.BytesIO()
    torch.save({"a": torch.ones(1)}, buffer)
    return buffer.getvalue()


def without(files, name):
    return {key: value for key, value in files.items() if key != name}


def result_with(files, **changes) -> dict[str, bytes]:
    known = json.loads(files["teacher/result.json"])
    return {**files, "teacher/result.json": json.dumps({**known, **changes}).encode()}


FORGED = {
    "no ZIP": lambda files, folder: b"no zip",
    "nothing in it": lambda files, folder: {},
    "without a teacher": lambda files, folder: without(files, TEACHER),
    "without a result": lambda files, folder: without(files, "teacher/result.json"),
    "without data": lambda files, folder: without(files, "data/pictures.zip"),
    "without what it is": lambda files, folder: without(files, "task.json"),
    "a way out": lambda files, folder: {**files, "../../out.txt": b"x"},
    "a way out of a part": lambda files, folder: {**files, "students/../../x/model.safetensors": b"x"},
    "a whole path": lambda files, folder: {**files, "/tmp/out.txt": b"x"},
    "another kind of file": lambda files, folder: {**files, "teacher/model.pt": b"x"},
    "a file twice": lambda files, folder: [*files.items(), ("task.json", b"{}")],
    "two tables": lambda files, folder: {**files, "data/table.csv": b"image,text,label\n"},
    "a pickle for a model": lambda files, folder: {**files, TEACHER: pickle.dumps({})},
    "torch's own file for a model": lambda files, folder: {**files, TEACHER: bomb()},
    "another architecture": lambda files, folder: {**files, TEACHER: other_spec(files, folder)},
    "a cut model": lambda files, folder: {**files, TEACHER: files[TEACHER][:-9]},
    "a huge part": lambda files, folder: {**files, "teacher/result.json": bytes(limits.OWN_JSON_BYTES + 1)},
    "no JSON": lambda files, folder: {**files, "task.json": b"[" * 100_000},
    "a list for an object": lambda files, folder: {**files, "task.json": b"[]"},
    "options of another kind": lambda files, folder: {**files, "task.json": b'{"options": {"image": ["a"]}}'},
    "a bad number of rows": lambda files, folder: {**files, "task.json": b'{"options": {"least": 0}}'},
    "a word for a score": lambda files, folder: result_with(files, student={"both": "<b>"}),
    "no score": lambda files, folder: result_with(files, student=None),
    "an unknown method": lambda files, folder: result_with(files, method="<script>"),
    "not a number": lambda files, folder: result_with(files, seconds=float("nan")),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_zip_is_refused_in_a_sentence_and_makes_no_student(forge, tmp_path):
    _, _, files = taken()
    students = set((tmp_path / "visitors").iterdir())
    with pytest.raises(UserError) as error:
        brought(forge(files, tmp_path))
    assert "\n" not in str(error.value) and str(tmp_path) not in str(error.value)
    assert set((tmp_path / "visitors").iterdir()) == students
    assert not (tmp_path / "out.txt").exists() and not Path("/tmp/out.txt").exists()


def test_a_students_file_that_is_forged_takes_the_good_ones_with_it(tmp_path):
    _, _, files = taken()
    students = set((tmp_path / "visitors").iterdir())
    for part in ("model.safetensors", "result.json"):
        files[f"students/2/{part}"] = files[f"students/1/{part}"]
    files["students/2/model.safetensors"] = b"forged"
    with pytest.raises(UserError):
        brought(files)
    assert set((tmp_path / "visitors").iterdir()) == students


def test_what_few_rows_were_tested_by_comes_back_of_teacher_and_student():
    _, _, files = taken()
    whole = {"folds": 5, "rows": 12, "teacher": dict.fromkeys(VIEWS, 0.5), "student": dict.fromkeys(VIEWS, 0.25)}
    room, _ = brought(result_with(files, cross_validated=whole))
    assert room.result()["cross_validated"] == whole


def test_words_of_a_result_are_not_kept():
    _, _, files = taken()
    room, _ = brought(result_with(files, run="/etc", environment={"machine": "<b>"}, note="x" * 1000))
    result = room.result()
    assert result["run"] == "" and "environment" not in result and "note" not in result
