"""Work of some length, which any number may follow."""

import threading
import time

import pytest

from msd_core.errors import UserError
from ui.work.room import Room
from ui.work.work import Result, Work, WorkProgress, wait


def test_what_nobody_foresaw_becomes_one_sentence():
    with pytest.raises(UserError, match="ZeroDivisionError"):
        wait(Work(lambda report: 1 / 0, Room(1, 1)).follow())


def test_what_only_its_follower_wants_ends_when_they_leave():
    ended = threading.Event()

    def endless(report):
        try:
            while True:
                report(0.5, "at it")
                time.sleep(0.01)
        finally:
            ended.set()

    following = Work(endless, Room(1, 1), alone=True).follow()
    assert next(following) == WorkProgress(0.5, "at it")
    following.close()
    assert ended.wait(5)


def test_what_others_want_too_goes_on():
    go_on = threading.Event()
    work = Work(lambda report: go_on.wait(5), Room(1, 1))
    first, second = work.follow(), work.follow()
    next(first)
    first.close()
    go_on.set()
    assert wait(second) is True and list(work.follow()) == [Result(True)]


def test_a_full_room_is_an_error_of_the_work():
    room, leave = Room(1, 0), threading.Event()
    busy = Work(lambda report: leave.wait(5), room)
    time.sleep(0.1)
    with pytest.raises(UserError, match="try again"):
        wait(Work(lambda report: None, room).follow())
    leave.set()
    wait(busy.follow())
