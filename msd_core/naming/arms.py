"""The arms of a study of naming: what each learns from, and which are held against which."""

from dataclasses import dataclass

LARGE, SMALL = 256, 96  # widths of the teacher and of all others


@dataclass(frozen=True)
class Arm:
    """What a decoder learns from.

    teacher: the arm that teaches it, a decoder on the same draw; None for one that learns from the names alone. words:
    whether from what the teacher says of each piece, beside the names. sequences: whether from the names that the
    teacher writes, in place of the true ones. hidden, smoothing, noise: as in `Settings`.
    """

    teacher: str | None = None
    words: bool = False
    sequences: bool = False
    smoothing: float = 0.0
    noise: float = 0.0
    hidden: int = SMALL


ARMS = {
    "teacher": Arm(hidden=LARGE),
    "nll": Arm(),
    "smoothed": Arm(smoothing=0.1),
    "noise": Arm(noise=0.3),
    "word": Arm("teacher", words=True),
    "sequence": Arm("teacher", sequences=True),
    "both": Arm("teacher", words=True, sequences=True),
    "self": Arm("nll", words=True),
    "self/smoothed": Arm("smoothed", words=True),
    "self/noise": Arm("nll", words=True, noise=0.3),
}
TEACHERS = ("teacher", "nll", "smoothed")  # arms that teach others
PAIRS = (  # named before any run: an arm, and its control
    ("word", "nll"),
    ("sequence", "nll"),
    ("both", "nll"),
    ("self", "nll"),
    ("self/smoothed", "smoothed"),
    ("self/noise", "noise"),
    ("smoothed", "nll"),
    ("noise", "nll"),
    ("word", "self"),
    ("teacher", "nll"),
)
