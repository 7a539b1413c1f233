"""The memory that a process has taken, as Linux counts it, and that of its tensors, as PyTorch does."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch.profiler import ProfilerActivity, profile

_EVERY = 0.05  # seconds between two looks at a process


@dataclass(frozen=True)
class Memory:
    """Bytes of a process at most. resident: all of its pages, those of files that are mapped into it among them, which
    the system takes back when it needs them. anonymous: those that are the process's own."""

    resident: int
    anonymous: int

    def __sub__(self, other: "Memory") -> "Memory":
        return Memory(self.resident - other.resident, self.anonymous - other.anonymous)


def memory_of(process: int | str) -> Memory | None:
    """`VmHWM`, which only grows, and `RssAnon` of now; None for a process that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    numbers = dict(line.split(":", 1) for line in lines)
    if "VmHWM" not in numbers:
        return None
    resident, anonymous = (1024 * int(numbers[name].split()[0]) for name in ("VmHWM", "RssAnon"))
    return Memory(resident, anonymous)


def peak_bytes(work: Callable[[], object]) -> int:
    """The most tensor bytes that were live at once during a call, beyond those live before it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        work()
    events = [e for e in recorded.profiler.kineto_results.events() if e.name() == "[memory]"]
    live = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    return peak


class Watch(threading.Thread):
    """Looks at a process until it ends. `peak` is what it has taken at most so far."""

    def __init__(self, process: int):
        super().__init__(daemon=True)
        self.process, self.peak = process, Memory(0, 0)
        self.start()

    def run(self) -> None:
        while (now := memory_of(self.process)) is not None:
            self.peak = Memory(max(self.peak.resident, now.resident), max(self.peak.anonymous, now.anonymous))
            time.sleep(_EVERY)
