"""What must not pile up while the page is served: uploads, students of visitors, and Gradio's sessions."""

import threading

import gradio as gr
from gradio.state_holder import StateHolder

from ui import limits
from ui.visitor.students import sweep
from ui.visitor.uploads import sweep_uploads
from ui.work.jobs import running

_EVERY = 300  # seconds between two sweeps


def keep_house() -> None:
    """Sweep now and every few minutes, so that nothing outlives its time by more than that."""
    sweep(running())
    sweep_uploads(limits.UPLOAD_SECONDS - _EVERY)
    clock = threading.Timer(_EVERY, keep_house)
    clock.daemon = True
    clock.start()


class Sessions(StateHolder):
    """Gradio's sessions, of which each takes most of a megabyte, and every REST call leaves one behind.

    A page keeps what its visitor did in its session; a call keeps nothing. So of the sessions that keep nothing only
    the latest stay, and no page is ever forgotten for the sake of calls.
    """

    def update(self, session_id: str) -> None:
        """Note that a session was used, and forget the oldest that keep nothing."""
        super().update(session_id)
        with self.lock:
            empty = [each for each, state in self.session_data.items() if not state.state_data and each != session_id]
            for each in empty[: max(0, len(empty) - limits.EMPTY_SESSIONS)]:
                self.session_data.pop(each, None)
                self.time_last_used.pop(each, None)


def bound_sessions(page: gr.Blocks) -> None:
    """Have a page that is served keep its sessions so."""
    page.app.state_holder.__class__ = Sessions


def is_read(request: gr.Request) -> bool:
    """Whether somebody still reads what is streamed to a request: what nobody reads piles up in Gradio's queue."""
    queues = request.app.get_blocks()._queue.pending_messages_per_session
    unread = queues.get(request.session_hash) if request.session_hash else None
    return unread is None or unread.qsize() < limits.UNREAD
