"""What is deleted is held nowhere."""

import gc
import weakref

import pytest

from tests.ui.visitor.own_data import student_of, taught_room
from ui.visitor.checks import check_task
from ui.visitor.rooms import OWN
from ui.work import attributions, own, surveys
from ui.work.jobs import sweep_all


def used(token: str, run: str) -> list[weakref.ref]:
    """A task that the page showed everywhere, and its pictures, to see whether they are held."""
    task = check_task(OWN + token)
    maps = attributions.attribution_of(attributions.first_request(task))
    table = surveys.survey_of(task, {"Your student 1": run}).table
    return [weakref.ref(each) for each in (task, maps, maps.picture, table)]


@pytest.mark.parametrize("by_age", [False, True])
def test_a_deleted_task_is_held_nowhere(tmp_path, monkeypatch, by_age):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    token, room = taught_room()
    run = student_of(room)
    kept = used(token, run)
    assert all(each() is not None for each in kept)
    if by_age:
        monkeypatch.setattr("ui.limits.KEPT_SECONDS", -1)
        sweep_all()
    else:
        assert own.forget(room, [run]) == []
    gc.collect()
    assert [each() for each in kept] == [None] * len(kept) and not room.is_there
