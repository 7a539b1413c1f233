"""What must not pile up while the page is served."""

import queue
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import SimpleNamespace

import gradio as gr
import pytest

from ui import limits
from ui.work import housekeeping
from ui.work.housekeeping import Heartbeats, Sessions, is_read, keep_house


@pytest.fixture
def sessions():
    with gr.Blocks() as blocks:
        gr.State(0)
    holder = Sessions()
    holder.set_blocks(blocks)
    return holder


def test_calls_that_leave_nothing_behind_leave_no_sessions(sessions):
    page = sessions["a page"]
    page.state_data[1] = "what a visitor did"
    for number in range(20 * limits.LOOSE_SESSIONS):
        sessions[f"call {number}"]
        sessions.update(f"call {number}")
    assert len(sessions.session_data) <= limits.LOOSE_SESSIONS + 2
    assert sessions["a page"] is page and page.state_data[1] == "what a visitor did"
    assert set(sessions.time_last_used) <= set(sessions.session_data)


def flood(sessions, calls: int, begin: str = "call") -> None:
    """Calls on the page's own events, of which each leaves something in a session of its own."""
    for number in range(calls):
        sessions[f"{begin} {number}"].state_data[1] = "forged"


def test_no_page_is_forgotten_for_calls_that_leave_something_behind(sessions):
    sessions.capacity = 20
    held, loading = sessions["held"], sessions["loading"]
    sessions.blocks._queue.event_ids_to_events["load"] = SimpleNamespace(session_hash="loading")
    with heartbeat("held"):
        flood(sessions, 200)
        assert len(sessions.session_data) == 20 and "call 199" in sessions
        assert sessions["held"] is held and sessions["loading"] is loading
    del sessions.blocks._queue.event_ids_to_events["load"]
    flood(sessions, 200, "later")
    assert "held" not in sessions and "loading" not in sessions, "nobody needs them any more"
    assert set(sessions.time_last_used) <= set(sessions.session_data)


def test_more_open_pages_than_there_is_room_for_go_by_their_age(sessions):
    sessions.capacity = 3
    with heartbeat("one"), heartbeat("two"), heartbeat("three"), heartbeat("four"):
        for name in ("one", "two", "three", "one", "four"):
            sessions[name].state_data[1] = "what a visitor did"
        assert [*sessions.session_data] == ["three", "one", "four"]


def test_of_what_was_left_minutes_ago_only_the_latest_stays(sessions):
    flood(sessions, 2 * limits.LOOSE_SESSIONS)
    assert len(sessions.session_data) == 2 * limits.LOOSE_SESSIONS
    for each in sessions.time_last_used:
        sessions.time_last_used[each] = datetime.now() - timedelta(seconds=limits.LEFT_SECONDS + 1)
    sessions["a page"]
    assert len(sessions.session_data) == limits.LOOSE_SESSIONS + 1 and "call 0" not in sessions


@contextmanager
def heartbeat(session: str):
    """The open heartbeat of a page."""

    class Closed:
        def __await__(self):
            yield

    async def stay(scope, receive, send):
        await Closed()

    request = Heartbeats(stay)({"type": "http", "path": f"/gradio_api/heartbeat/{session}"}, None, None)
    request.send(None)  # by hand: another loop may run in this process, a browser's
    yield
    with suppress(StopIteration):
        request.send(None)


def test_a_page_holds_its_session_until_the_last_heartbeat_ends():
    with heartbeat("one"):
        with heartbeat("one"), heartbeat("two"):
            assert set(housekeeping._HELD) == {"one", "two"}
        assert set(housekeeping._HELD) == {"one"}
    assert not housekeeping._HELD


@pytest.fixture
def clocks(monkeypatch):
    """The timers that were started, which never go off."""
    started = []

    def timer(seconds, call):
        return SimpleNamespace(daemon=False, start=lambda: started.append((seconds, call)))

    monkeypatch.setattr(housekeeping, "threading", SimpleNamespace(Timer=timer))
    return started


def test_a_sweep_that_fails_is_logged_and_there_is_a_next(monkeypatch, clocks, caplog):
    swept = []

    def fail():
        raise PermissionError("no such right")

    monkeypatch.setattr(housekeeping, "sweep_all", fail)
    monkeypatch.setattr(housekeeping, "sweep_uploads", swept.append)
    keep_house()
    assert len(swept) == 1, "the other sweep is none the worse"
    assert clocks == [(housekeeping._EVERY, keep_house)] and "a sweep failed" in caplog.text


def test_a_stream_is_read_until_its_messages_pile_up():
    unread = queue.Queue()
    queues = SimpleNamespace(pending_messages_per_session={"one": unread})
    app = SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queues))
    one, other, none = (SimpleNamespace(app=app, session_hash=name) for name in ("one", "other", None))
    assert is_read(one) and is_read(other) and is_read(none)
    for number in range(limits.UNREAD):
        unread.put(number)
    assert not is_read(one) and is_read(other)
