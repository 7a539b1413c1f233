"""Batches of fixed numbers, and methods on them."""

from dataclasses import replace

import torch
from torch import Tensor

from msd_core.losses import ce
from msd_core.methods import METHODS, Batch, Method, Representations, Sizes

B, C, STUDENT, TEACHER = 6, 4, 5, 9  # examples, labels, widths


def wave(rows: int, columns: int, pitch: float) -> Tensor:
    """Numbers from -1 to 1 that any machine makes again, of full rank."""
    return torch.sin(pitch * torch.arange(1, rows * columns + 1, dtype=torch.float64) ** 2).reshape(rows, columns)


def batch_of(student: Tensor, teacher: Tensor, logits: tuple[Tensor, Tensor] | None = None) -> Batch:
    """A batch with these representations, as encodings and as hidden ones."""
    size = len(student)
    student_logits, teacher_logits = logits or (
        3 * wave(size, C, 0.7).to(student),
        4 * wave(size, C, 0.8).to(student),
    )
    labels = torch.arange(size) * 7 % C
    return Batch(
        student_logits=student_logits,
        teacher_logits=teacher_logits,
        labels=labels,
        label_term=ce(student_logits, labels, False),
        rows=torch.arange(size),
        student_representations=Representations(student, student),
        teacher_representations=Representations(teacher, teacher),
    )


def fitting(name: str, batch: Batch) -> Batch:
    """The batch, the student's encodings as wide as the teacher's for a method that needs them so."""
    if not METHODS[name].borrows_head:
        return batch
    student, teacher = batch.representations
    wide = student.encodings.repeat(1, 2)[:, : teacher.encodings.shape[1]]
    return replace(batch, student_representations=replace(student, encodings=wide))


def make(name: str, student: int = STUDENT, teacher: int = TEACHER, examples: int = 10) -> Method:
    torch.manual_seed(0)
    sizes = Sizes(
        student_encodings=student, student_hidden=student, teacher_encodings=teacher, teacher_hidden=teacher,
        examples=examples,
    )  # fmt: skip
    return METHODS[name](2.0, False, sizes)
