"""What must not pile up while the page is served."""

import queue
from types import SimpleNamespace

import gradio as gr
import pytest

from ui import limits
from ui.work.housekeeping import Sessions, is_read


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
    for number in range(20 * limits.EMPTY_SESSIONS):
        sessions[f"call {number}"]
        sessions.update(f"call {number}")
    assert len(sessions.session_data) <= limits.EMPTY_SESSIONS + 2
    assert sessions["a page"] is page and page.state_data[1] == "what a visitor did"
    assert set(sessions.time_last_used) <= set(sessions.session_data)


def test_a_stream_is_read_until_its_messages_pile_up():
    unread = queue.Queue()
    queues = SimpleNamespace(pending_messages_per_session={"one": unread})
    app = SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queues))
    one, other, none = (SimpleNamespace(app=app, session_hash=name) for name in ("one", "other", None))
    assert is_read(one) and is_read(other) and is_read(none)
    for number in range(limits.UNREAD):
        unread.put(number)
    assert not is_read(one) and is_read(other)
