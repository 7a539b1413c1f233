"""Work in a thread of its own, and how far it is."""

import threading
import traceback
from collections.abc import Callable, Generator
from typing import Any

from msd_core.errors import UserError

_LOOK = 0.25  # seconds between two looks at how far it is


class Work:
    """A function that reports `(share done, 0 to 1, and what is being done)`, begun at once in `places`, of which it
    waits for one. One that is `alone` of interest to whoever follows it ends when they leave."""

    def __init__(
        self, do: Callable[[Callable[[float, str], None]], Any], places: threading.Semaphore, alone: bool = False
    ):
        self.now, self.result, self.error = (0.0, "Waiting for a free place"), None, None
        self._ended, self._left, self._alone = threading.Event(), threading.Event(), alone
        threading.Thread(target=self._run, args=(do, places), daemon=True).start()

    def follow(self) -> Generator[tuple[float, str], None, Any]:
        """Yield how far it is, to its end, and return its result. Any number may follow; a `UserError` reaches all."""
        try:
            while not self._ended.wait(_LOOK):
                yield self.now
        finally:
            if self._alone:
                self._left.set()
        if self.error:
            raise self.error
        return self.result

    def _run(self, do, places: threading.Semaphore) -> None:
        try:
            with places:
                self.result = do(self._report)
        except UserError as error:
            self.error = error
        except Exception as error:  # the page must hear of it, whatever it was
            traceback.print_exc()
            self.error = UserError(f"That failed ({type(error).__name__}): please report this.")
        finally:
            self._ended.set()

    def _report(self, share: float, what: str) -> None:
        if self._left.is_set():
            raise UserError("Nobody waits for this any more: start it again.")
        self.now = share, what


def wait(following: Generator[tuple[float, str], None, Any]) -> Any:
    """Follow to the end and return the result."""
    try:
        while True:
            next(following)
    except StopIteration as end:
        return end.value
