"""Rooms of visitors' own tasks: known by tokens that nobody guesses, gone after a day, or when they are too much."""

import os
import re

import pytest

from msd_core.errors import UserError
from msd_core.storage import home
from ui import limits
from ui.visitor.rooms import forget, known_tokens, new_room, open_room, room_of, sweep_rooms


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def test_a_token_is_hard_to_guess_and_in_no_path():
    rooms = dict(new_room() for _ in range(20))
    assert len(rooms) == 20 and all(re.fullmatch(r"[\w-]{32}", token) for token in rooms)
    for token, room in rooms.items():
        assert token not in str(room.folder) and open_room(token) == room


@pytest.mark.parametrize(
    "wrong", ["", "..", "../../etc/passwd", "A" * 31, "A" * 33, "A" * 31 + "/", "A" * 31 + "\n", None, 7, ["A" * 32]]
)
def test_what_is_no_token_touches_no_path(wrong):
    with pytest.raises(UserError, match="no such task"):
        room_of(wrong)
    assert not (home() / "own").exists()


def test_a_token_of_no_room_opens_none():
    with pytest.raises(UserError, match="no such task") as error:
        open_room("A" * 32)
    assert "A" * 32 not in str(error.value)


def test_what_a_browser_sends_is_tokens_of_rooms_or_nothing():
    tokens = [new_room()[0] for _ in range(limits.OWN_TASKS + 1)]
    assert known_tokens([*tokens, tokens[-1], "x", 7, None, "A" * 32]) == tokens[1:]
    assert known_tokens({"a": 1}) == known_tokens(None) == known_tokens("x") == []


def test_a_day_later_all_is_gone_but_what_a_job_uses():
    (_, old), (_, used), (_, new) = (new_room() for _ in range(3))
    stranger = home() / "own" / "notes"
    stranger.mkdir()
    for room in (old, used):
        os.utime(room.uploads, (0, 0))
    sweep_rooms({used.folder})
    assert not old.is_there and used.is_there and new.is_there and stranger.exists()


def test_the_oldest_go_first_where_all_are_too_large(monkeypatch):
    rooms = [new_room()[1] for _ in range(4)]
    for age, room in enumerate(rooms):
        (room.folder / "data").mkdir()
        (room.folder / "data" / "rows").write_bytes(bytes(100_000))
        now = room.uploads.stat().st_mtime
        os.utime(room.uploads, (now - 1000 + age, now - 1000 + age))
    monkeypatch.setattr(limits, "OWN_BYTES", 250_000)
    sweep_rooms({rooms[0].folder})
    assert [room.is_there for room in rooms] == [True, False, False, True]


def test_forgetting_leaves_nothing():
    token, room = new_room()
    forget(room)
    assert not room.is_there and known_tokens([token]) == []
