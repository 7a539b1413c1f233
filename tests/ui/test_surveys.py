"""Who asks for the same survey waits for the same one; and files sent for one use are gone once read."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from msd_core.errors import UserError
from ui import limits, surveys, uploads
from ui.room import Room
from ui.working import Work, wait


@pytest.fixture
def made(monkeypatch):
    """What was surveyed, in order; each takes a moment."""
    found = []

    def survey(asked, report):
        report(0.5, "half done")
        time.sleep(0.4)
        found.append(asked)
        return f"survey {len(found)}"

    monkeypatch.setattr(surveys, "_survey", survey)
    monkeypatch.setattr(surveys, "_WORKS", type(surveys._WORKS)())
    return found


def test_a_class_of_thirty_starts_one_survey(made):
    with ThreadPoolExecutor(30) as visitors:
        got = list(visitors.map(lambda _: surveys.surveyed("digits", {}), range(30)))
    assert set(got) == {"survey 1"} and len(made) == 1
    assert surveys.surveyed("digits", {}) == "survey 1"
    assert surveys.surveyed("digits", {}, "logit") == "survey 2"


def test_progress_is_told_while_it_runs(made):
    following = surveys.follow("digits", {})
    assert next(following) == (0.5, "half done")


def test_what_failed_reaches_who_waits_and_is_tried_again(made, monkeypatch):
    good = surveys._survey

    def bad(asked, report):
        raise UserError("It cannot be.")

    monkeypatch.setattr(surveys, "_survey", bad)
    with pytest.raises(UserError, match="cannot be"):
        surveys.surveyed("digits", {})
    monkeypatch.setattr(surveys, "_survey", good)
    assert surveys.surveyed("digits", {}) == "survey 1"


def test_few_are_kept_and_few_students_allowed(made, monkeypatch):
    monkeypatch.setattr(limits, "SURVEYS_KEPT", 1)
    surveys.surveyed("digits", {})
    surveys.surveyed("posters", {})
    surveys.surveyed("digits", {})
    assert len(made) == 3
    with pytest.raises(UserError, match="at most"):
        surveys.surveyed("digits", {str(i): "x" for i in range(limits.OWN_AT_ONCE + 1)})


def test_what_nobody_foresaw_becomes_one_sentence(capsys):
    with pytest.raises(UserError, match="ZeroDivisionError"):
        wait(Work(lambda report: 1 / 0, threading.BoundedSemaphore(1)).follow())


def test_what_only_its_follower_wants_ends_when_they_leave():
    ended = threading.Event()

    def endless(report):
        try:
            while True:
                report(0.5, "at it")
                time.sleep(0.01)
        finally:
            ended.set()

    following = Work(endless, threading.BoundedSemaphore(1), alone=True).follow()
    assert next(following) == (0.5, "at it")
    following.close()
    assert ended.wait(5)


def test_a_full_room_says_so_and_empties():
    room, inside, leave = Room(1, 1), threading.Barrier(2), threading.Event()

    def stay():
        with room.enter():
            inside.wait(5)
            leave.wait(5)

    def wait_behind():
        with room.enter():
            pass

    first = threading.Thread(target=stay)
    first.start()
    inside.wait(5)
    second = threading.Thread(target=wait_behind)
    second.start()
    while room._room._value:
        time.sleep(0.01)
    with pytest.raises(UserError, match="try again"), room.enter():
        pass
    leave.set()
    first.join(5), second.join(5)
    with room.enter():
        pass


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def test_two_visitors_may_send_the_same_file(folder):
    path = folder / "pairs.csv"
    path.write_bytes(b"image,text")
    for _ in range(2):
        assert uploads.take({"path": str(path)}, "table", uploads.TABLES, 100) == b"image,text"


def test_what_is_too_large_or_no_table_or_outside_is_refused(folder, tmp_path_factory):
    large, other, outside = folder / "a.csv", folder / "a.png", tmp_path_factory.mktemp("outside") / "a.csv"
    for path in (large, other, outside):
        path.write_bytes(b"x" * 200)
    for path, said in ((large, "too large"), (other, "must be a .csv"), (outside, "not uploaded here")):
        with pytest.raises(UserError, match=said):
            uploads.take({"path": str(path)}, "table", uploads.TABLES, 100)
