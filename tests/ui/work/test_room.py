"""A room has so many places and so many who wait."""

import threading
import time

import pytest

from msd_core.errors import UserError
from ui.work.room import Room


def test_a_full_room_refuses_and_empties():
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


def test_who_leaves_before_their_turn_gives_up_nothing_that_they_had_not():
    room = Room(1, 2)
    with room.wait() as first, room.wait() as second:
        assert first.take() and first.take()  # taken once, however often it is asked for
        assert not second.take(timeout=0.01)
        second.leave()
        assert not second.take(timeout=0.01)
    with room.wait() as third:
        assert third.take(timeout=1)
