"""What must not pile up while the page is served: uploads, visitors' students and own tasks, and Gradio's sessions."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import gradio as gr
from gradio.state_holder import StateHolder
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import limits
from ui.visitor.uploads import sweep_uploads
from ui.work.jobs import sweep_all

_LOG = logging.getLogger(__name__)
_EVERY = 300  # seconds between two sweeps
_HEARTBEAT = "/gradio_api/heartbeat/"
_HELD: Counter[str] = Counter()  # open heartbeats by session


def keep_house() -> None:
    """Sweep now and every few minutes, so that nothing outlives its time by more than that."""
    try:
        for each in (sweep_all, partial(sweep_uploads, limits.UPLOAD_SECONDS - _EVERY)):
            _log_faults(each)
    finally:
        clock = threading.Timer(_EVERY, keep_house)
        clock.daemon = True
        clock.start()


def _log_faults(sweeping: Callable[[], None]) -> None:
    """Sweep; a fault in it is logged, and ends neither the server nor the sweeps to come."""
    try:
        sweeping()
    except Exception as error:
        _LOG.error("a sweep failed", exc_info=error)


class Heartbeats:
    """Notes which sessions an open page holds: Gradio's page keeps one request open for as long as it lives."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_of(scope)
        if not path.startswith(_HEARTBEAT):
            await self.app(scope, receive, send)
            return
        session = path.removeprefix(_HEARTBEAT)
        _HELD[session] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            _HELD[session] -= 1
            if not _HELD[session]:
                del _HELD[session]


def route_of(scope: Scope) -> str:
    """The path of a request below where the page is served; "" for what is no request."""
    path = scope["path"] if scope["type"] == "http" else ""
    return path.removeprefix(scope.get("root_path", ""))


class Sessions(StateHolder):
    """Gradio's sessions, of which each takes most of a megabyte, and every REST call leaves one behind.

    A page that is open holds its session; a call does not, whatever it leaves in one. So of the sessions that nobody
    holds only the latest stay, and where there are too many still, those go before the pages that are open. A session
    whose events wait or run stays: what they make is kept in it.
    """

    def update(self, session_id: str) -> None:
        """Note that a session was used, and forget those that are too many, the longest unused first."""
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
            for each in self._too_many(session_id):
                self.session_data.pop(each, None)
                self.time_last_used.pop(each, None)

    def _too_many(self, used: str) -> list[str]:
        busy = {used, *(event.session_hash for event in list(self.blocks._queue.event_ids_to_events.values()))}
        idle = [each for each in self.session_data if each not in busy]
        loose = [each for each in idle if each not in _HELD]
        left = [each for each in loose if self._is_left(each)]
        gone = left[: max(0, len(left) - limits.LOOSE_SESSIONS)]
        order = [*dict.fromkeys([*gone, *loose, *idle])]
        return order[: max(len(gone), len(self.session_data) - self.capacity)]

    def _is_left(self, session: str) -> bool:
        """Whether it holds nothing, or nothing has happened in it for minutes."""
        last = self.time_last_used.get(session, datetime.now())
        old = datetime.now() - last > timedelta(seconds=limits.LEFT_SECONDS)
        return old or not self.session_data[session].state_data


def bound_sessions(page: gr.Blocks) -> None:
    """Have a page that is served keep its sessions so."""
    page.app.state_holder.__class__ = Sessions


def is_read(request: gr.Request) -> bool:
    """Whether somebody still reads what is streamed to a request: what nobody reads piles up in Gradio's queue."""
    queues = request.app.get_blocks()._queue.pending_messages_per_session
    unread = queues.get(request.session_hash) if request.session_hash else None
    return unread is None or unread.qsize() < limits.UNREAD
