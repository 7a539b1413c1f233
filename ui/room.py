"""Waiting rooms for what takes long: so many at work, so many waiting, and one more is told to come back.

Gradio's own queue is one for the whole page: what waits there takes the places of those who only compare.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msd_core.errors import UserError


class Room:
    """`places` at work at once and `waiting` behind them."""

    def __init__(self, places: int, waiting: int):
        self.places = threading.BoundedSemaphore(places)
        self._room = threading.BoundedSemaphore(places + waiting)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a place; a `UserError` where the room is full."""
        if not self._room.acquire(blocking=False):
            raise UserError("Many are waiting already: try again in a minute.")
        try:
            with self.places:
                yield
        finally:
            self._room.release()
