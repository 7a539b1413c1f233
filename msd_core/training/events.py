"""What a run reports while it is under way. `to_dict` and `event_from_dict` take events through a file or an API."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Stage:
    """What is being done; `total`, where it is known, of how many parts."""

    kind: ClassVar[str] = "stage"
    text: str
    total: int | None = None


@dataclass(frozen=True)
class Step:
    """Steps done, of how many, and the terms of the last one's loss by name."""

    kind: ClassVar[str] = "step"
    step: int
    steps: int
    terms: dict[str, float]


@dataclass(frozen=True)
class Epoch:
    """An epoch on record: `terms` and `weights` (by modality; empty without them), means over its examples; what
    validation gives by view, the metrics and, where there is a teacher, the agreement with it; and the gates of layers
    that are frozen softly, as they are after it."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    epochs: int
    terms: dict[str, float]
    metrics: dict[str, dict[str, float]]
    weights: dict[str, float] = field(default_factory=dict)
    agreement: dict[str, dict[str, float]] = field(default_factory=dict)
    gates: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something to know that does not stop the run."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class RunDone:
    """A run of a study is done, the `done`-th of `total`."""

    kind: ClassVar[str] = "run"
    arm: str
    seed: int
    done: int
    total: int


@dataclass(frozen=True)
class Done:
    """The run is finished."""

    kind: ClassVar[str] = "done"
    result: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """The run ended with an error, one sentence."""

    kind: ClassVar[str] = "error"
    text: str


@dataclass(frozen=True)
class Cancelled:
    """The run was ended before it was finished."""

    kind: ClassVar[str] = "cancelled"
    text: str


LATE = "The job took too long and was stopped: use fewer examples or epochs."  # what a job says that ends itself

Event = Stage | Step | Epoch | Note | RunDone | Done | Failed | Cancelled
End = Done | Failed | Cancelled
OnEvent = Callable[[Event], None]

_KINDS: dict[str, type[Event]] = {
    each.kind: each for each in (Stage, Step, Epoch, Note, RunDone, Done, Failed, Cancelled)
}


def ignore(event: Event) -> None:
    """For whoever does not want to hear of a run."""


def to_dict(event: Event) -> dict[str, Any]:
    """Plain data, with the event's `kind`."""
    return {"kind": event.kind, **asdict(event)}


def event_from_dict(values: dict[str, Any]) -> Event:
    """The reverse; raises `KeyError` or `TypeError` for what is no event."""
    parts = dict(values)
    return _KINDS[parts.pop("kind")](**parts)
