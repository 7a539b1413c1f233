"""Work in a thread of its own, and how far it is."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from msd_core.errors import UserError
from ui.work.room import Room

_LOOK = 0.25  # seconds between two looks at how far it is
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
Reporter = Callable[[float, str], None]  # share done, 0 to 1, and what is being done


@dataclass(frozen=True)
class WorkProgress:
    """How far it is: the share done, 0 to 1, and what is being done."""

    share: float
    what: str


@dataclass(frozen=True)
class Result(Generic[_T]):
    """What came of it, after all progress."""

    value: _T


class Work(Generic[_T]):
    """A function that reports how far it is, begun at once, waiting for a place in a room.

    do: takes a `Reporter`. alone: whether nobody but its follower wants it, so that it ends when they leave.
    """

    def __init__(self, do: Callable[[Reporter], _T], room: Room, alone: bool = False):
        self._now, self._alone = WorkProgress(0.0, "Waiting in the queue"), alone
        self._result: Result[_T] | None = None
        self.error: UserError | None = None
        self._ended, self._left = threading.Event(), threading.Event()
        threading.Thread(target=self._run, args=(do, room), daemon=True).start()

    def follow(self) -> Iterator[WorkProgress | Result[_T]]:
        """How far it is, again and again, and at last the result. Any number may follow; an error reaches all."""
        try:
            while not self._ended.wait(_LOOK):
                yield self._now
        finally:
            if self._alone:
                self._left.set()
        if self._result is None:
            raise self.error or UserError("That was ended: start it again.")
        yield self._result

    def _run(self, do: Callable[[Reporter], _T], room: Room) -> None:
        try:
            with room.enter():
                self._result = Result(do(self._report))
        except UserError as error:
            self.error = error
        except Exception as error:  # the page must hear of it, whatever it was
            _LOG.error("work failed", exc_info=error)
            self.error = UserError(f"That failed ({type(error).__name__}): please report this.")
        finally:
            self._ended.set()

    def _report(self, share: float, what: str) -> None:
        if self._left.is_set():
            raise UserError("Nobody waits for this any more: start it again.")
        self._now = WorkProgress(share, what)


def wait(updates: Iterator[WorkProgress | Result[_T]]) -> _T:
    """Follow to the end and return the result."""
    for update in updates:
        if isinstance(update, Result):
            return update.value
    raise UserError("That was ended: start it again.")
