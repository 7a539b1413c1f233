"""What a method is: the term that a student learns by on the view `both`, beside the labels."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from msd_core.tasks import Task


@dataclass(frozen=True)
class Representations:
    """What a model made of N examples on `both`: its two encodings side by side `(N, 2D)`, and the last features before
    the logits `(N, H)`; or of each modality alone, `(N, 2, D)` and `(N, 2, H)`."""

    encodings: Tensor
    hidden: Tensor

    def to(self, device: torch.device | str) -> "Representations":
        """The same on a device."""
        return Representations(self.encodings.to(device), self.hidden.to(device))

    def gather(self, rows: Tensor) -> "Representations":
        """Those of these examples."""
        return Representations(self.encodings[rows], self.hidden[rows])


@dataclass(frozen=True, kw_only=True)
class Batch:
    """B examples as a method compares student and teacher on them, all on the view `both`.

    student_logits, teacher_logits: `(B, C)`; the latter None for a method that needs none. labels: `(B,)` or `(B, C)`.
    label_term: `(B,)` nats, the student's cross-entropy with the labels (on the views that modality dropout left).
    rows: the examples' places in the training split `(B,)`. The representations are there where the method reads them.
    """

    student_logits: Tensor
    teacher_logits: Tensor | None
    labels: Tensor
    label_term: Tensor
    rows: Tensor
    student_representations: Representations | None = None
    teacher_representations: Representations | None = None

    @property
    def targets(self) -> Tensor:
        """The teacher's logits `(B, C)`, which a method that needs a teacher may count on."""
        assert self.teacher_logits is not None
        return self.teacher_logits

    @property
    def representations(self) -> tuple[Representations, Representations]:
        """The student's and the teacher's, which a method that reads them may count on."""
        assert self.student_representations is not None and self.teacher_representations is not None
        return self.student_representations, self.teacher_representations


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What a method with weights of its own must know: the widths of both models' representations, and how many
    examples there are."""

    student_encodings: int
    student_hidden: int
    teacher_encodings: int
    teacher_hidden: int
    examples: int


class Method(nn.Module):
    """A term on the view `both`. A subclass implements `forward`; its parameters, if any, train with the student's.

    needs_teacher: whether it compares with a teacher. reads_representations: whether it looks at what lies before the
    logits; only then are there `sizes`. relates_examples: whether it compares the examples of a batch with one another,
    so that a batch cannot be shared out among processes. borrows_head: whether the student has the teacher's head, and
    encodings of its width.
    """

    needs_teacher = True
    reads_representations = False
    relates_examples = False
    borrows_head = False

    def __init__(self, temperature: float, multilabel: bool, sizes: Sizes | None = None):
        super().__init__()
        self.temperature, self.multilabel = temperature, multilabel

    @staticmethod
    def undefined_for(task: Task) -> str | None:
        """Why this method is not defined for a task, as the end of a sentence; None where it is."""
        return None

    def forward(self, batch: Batch) -> Tensor:
        """The loss of each example `(B,)`, or of the batch as a whole, a scalar."""
        raise NotImplementedError
