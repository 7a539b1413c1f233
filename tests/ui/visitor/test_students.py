"""Visitors' own students: known by ids that nobody guesses, swept away after a day, and never while they are made."""

import os
import re

import pytest

from msd_core.errors import UserError
from msd_core.storage import home
from msd_core.training.distill import distill
from ui import limits
from ui.visitor import students
from ui.visitor.students import folder_of, known_ids, listed, new_id, own_students, sweep
from ui.work.models import ticked_students


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def test_only_old_students_of_visitors_are_swept_away():
    old, new, running = (folder_of(new_id()) for _ in range(3))
    command_line = home() / "runs" / "easy-vqa-kd-none-20250101-101010"  # as long as an id
    for folder in (old, new, running, command_line):
        folder.mkdir(parents=True)
    for folder in (old, running, command_line):
        os.utime(folder, (0, 0))  # as after the clock was put forward by decades
    sweep({running.name})
    assert not old.exists() and all(folder.exists() for folder in (new, running, command_line))


def test_an_id_is_hard_to_guess_and_no_path():
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100 and all(re.fullmatch(r"[\w-]{32}", each) for each in ids)
    for wrong in (
        "",
        "..",
        "../../etc/passwd",
        "A" * 31,
        "A" * 33,
        "A" * 31 + "/",
        "A" * 31 + "\n",
        None,
        7,
        ["A" * 32],
    ):
        with pytest.raises(UserError, match="no such student"):
            folder_of(wrong)


def test_what_a_browser_sends_is_ids_and_ticks_or_nothing():
    ids = [new_id() for _ in range(limits.OWN_STUDENTS + 1)]
    assert known_ids([*ids, "x", 7, None]) == ids[1:] and listed(["kd", 7, None, ["kd"]]) == ["kd"]
    assert known_ids({"a": 1}) == known_ids(None) == listed("kd") == listed(None) == []


def test_a_student_belongs_to_its_task(fifth, easy_vqa):
    run = new_id()
    from msd_core.training.config import Config

    config = Config(method="ce", weighting="none", model="student-tiny", epochs=1, train_size=60)
    distill(fifth, config, folder_of(run) / "run")
    assert own_students(known_ids([run, "x", 7]), fifth) == {"Your student 1 (ce)": run}
    assert ticked_students([run], [run], fifth) == {"Your student 1 (ce)": run}
    assert ticked_students([run], [], fifth) == {}  # another visitor's
    assert ticked_students([], [run], fifth) == {"Your student 1 (ce)": run}  # there is nothing else to ask
    assert own_students([run], easy_vqa) == {}
    assert students.load_student(run, fifth).model is not None
    with pytest.raises(UserError, match="made for the task"):
        students.load_student(run, easy_vqa)
