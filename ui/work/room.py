"""Waiting rooms for what takes long: so many at work, so many waiting, and one more is told to come back.

Gradio's own queue is one for the whole page: what waits there takes the places of those who only compare.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msd_core.errors import UserError


class Place:
    """A place in a room, still waited for or already taken."""

    def __init__(self, places: threading.BoundedSemaphore):
        self._places, self._taken = places, False

    def take(self, timeout: float | None = None) -> bool:
        """Wait for it, at most so many seconds; whether it is taken now."""
        self._taken = self._taken or self._places.acquire(timeout=timeout)
        return self._taken

    def leave(self) -> None:
        """Let the next one in."""
        if self._taken:
            self._taken = False
            self._places.release()


class Room:
    """`places` at work at once and `waiting` behind them."""

    def __init__(self, places: int, waiting: int, full: str = "Many are waiting already: try again in a minute."):
        self._places = threading.BoundedSemaphore(places)
        self._room = threading.BoundedSemaphore(places + waiting)
        self._full = full

    @contextmanager
    def wait(self) -> Iterator[Place]:
        """A place to be waited for, `take` it; left at the end. Raises `UserError` where the room is full."""
        if not self._room.acquire(blocking=False):
            raise UserError(self._full)
        place = Place(self._places)
        try:
            yield place
        finally:
            place.leave()
            self._room.release()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a place and have it. Raises `UserError` where the room is full."""
        with self.wait() as place:
            place.take()
            yield
