"""How far the work on a visitor's own data is, and how long it will take."""

import re
from dataclasses import dataclass

from msd_core.training.events import Event, Stage, Step

_COUNTED = re.compile(r"([\d,]+) of ([\d,]+)$")
_PART = re.compile(r"part (\d+)$")


@dataclass
class Pace:
    """A look or a teacher under way. folds: runs that follow the first, of as many steps."""

    folds: int = 0
    stage: str = "Waiting in the queue"
    share: float = 0.0
    left: float | None = None  # seconds
    _first: tuple[float, float] | None = None  # time and share of the first report of what is being counted
    _what: str = ""

    def add(self, event: Event, now: float) -> None:
        """Take in one event at a time in seconds."""
        if isinstance(event, Step):
            self._measure("Training the teacher", event.step / event.steps / (1 + self.folds), now)
        elif isinstance(event, Stage):
            self.stage = event.text
            if part := _PART.search(event.text):
                self._measure("Training the teacher", int(part[1]) / (1 + self.folds), now)
                self.stage = event.text
            elif counted := _COUNTED.search(event.text):
                done, total = (int(each.replace(",", "")) for each in counted.groups())
                self._measure(event.text.partition(":")[0], done / max(total, 1), now)
                self.stage = event.text

    def _measure(self, what: str, share: float, now: float) -> None:
        if what != self._what:
            self._what, self._first = what, None
        self.stage, self.share = what, min(1.0, share)
        self._first = self._first or (now, share)
        gone, since = share - self._first[1], now - self._first[0]
        if gone > 0:
            self.left = since / gone * (1 - share)

    @property
    def note(self) -> str:
        """The time left in words; empty while nobody knows."""
        if self.left is None:
            return ""
        return f"about {self.left:.0f} s left" if self.left < 90 else f"about {self.left / 60:.0f} min left"
