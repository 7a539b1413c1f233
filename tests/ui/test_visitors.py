"""What visitors start and leave behind, without a browser."""

import os

import pytest

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.storage import home
from ui import limits, running
from ui.visitor import folder_of, new_id, sweep


def test_only_old_students_of_visitors_are_swept_away(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    old, new = folder_of(new_id()), folder_of(new_id())
    command_line = home() / "runs" / "easy-vqa-kd-none-20250101-101010"  # as long as an id
    for folder in (old, new, command_line):
        folder.mkdir(parents=True)
    for folder in (old, command_line):
        os.utime(folder, (0, 0))
    sweep()
    assert not old.exists() and new.exists() and command_line.exists()


@pytest.fixture
def jobs(monkeypatch):
    """Jobs that never end."""

    def endless(config, run):
        while True:
            yield {"kind": "step"}

    monkeypatch.setattr(running, "_run", endless)


def test_jobs_wait_in_a_room_of_their_own_and_leave_it(jobs):
    first = running.events(Config(), new_id())
    assert next(first)["kind"] == "step"
    waiting = [running.events(Config(), new_id()) for _ in range(limits.JOBS_WAITING)]
    assert all(next(job)["text"] == "Waiting for a free place" for job in waiting)
    with pytest.raises(UserError, match="come back"):
        next(running.events(Config(), new_id()))
    waiting.pop().close()  # a visitor goes away: there is room for one more
    late = running.events(Config(), new_id())
    assert next(late)["kind"] == "stage"
    first.close()
    assert next(waiting[0])["kind"] == "step"
    for job in (late, *waiting):
        job.close()
    assert next(running.events(Config(), new_id()))["kind"] == "step"
