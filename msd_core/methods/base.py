"""What a method is: the term that a student learns by on the view `both`, beside the labels."""

from dataclasses import dataclass

from torch import Tensor, nn

from msd_core.tasks import Task


@dataclass(frozen=True)
class Representations:
    """What a model made of a batch on `both`: its two encodings side by side `(B, 2D)`, and the last features before
    the logits `(B, H)`."""

    encodings: Tensor
    hidden: Tensor

    def take(self, rows: Tensor) -> "Representations":
        """Those of these examples."""
        return Representations(self.encodings[rows], self.hidden[rows])


@dataclass(frozen=True)
class Seen:
    """A batch on the view `both`: logits `(B, C)`, labels `(B,)` or `(B, C)`, the examples' places in the training
    split `(B,)`, and features where the method reads them."""

    student: Tensor
    teacher: Tensor
    labels: Tensor
    rows: Tensor
    student_features: Representations | None = None
    teacher_features: Representations | None = None


@dataclass(frozen=True)
class Sizes:
    """What a method with weights of its own must know: the widths of both models' features, and the examples."""

    student_encodings: int
    student_hidden: int
    teacher_encodings: int
    teacher_hidden: int
    examples: int


class Method(nn.Module):
    """A term on the view `both`. A subclass implements `forward`; its parameters, if any, train with the student's.

    `sizes` is needed only by a method that reads features.
    """

    reads_features = False
    relates_examples = False  # to one another, so that a batch cannot be shared out among processes

    def __init__(self, tau: float, multilabel: bool, sizes: Sizes | None = None):
        super().__init__()
        self.tau, self.multilabel, self.sizes = tau, multilabel, sizes

    @staticmethod
    def undefined_for(task: Task) -> str | None:
        """Why this method says nothing on a task, as the end of a sentence; None where it does."""
        return None

    def forward(self, seen: Seen) -> Tensor:
        """The loss of each example `(B,)`, or of the batch as a whole, a scalar."""
        raise NotImplementedError
