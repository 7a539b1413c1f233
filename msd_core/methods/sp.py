"""Which examples are alike: Tung, Mori 2019, "Similarity-Preserving Knowledge Distillation", arXiv:1907.09682."""

from torch import Tensor

from msd_core.methods.base import Batch, Method
from msd_core.methods.geometry import unit

WEIGHT = 3000  # RepDistiller's and mdistiller's: large, for a mean over B^2 entries of rows of unit length


def similarities(x: Tensor) -> Tensor:
    """Inner products of points `(B, H)`, every row of unit length: `(B, B)`."""
    return unit(x @ x.mT)


def sp(*, teacher: Tensor, student: Tensor) -> Tensor:
    """`3000 |G_T - G_S|^2 / B^2` with G the similarities of features `(B, H_T)` and `(B, H_S)`, a scalar."""
    return WEIGHT * (similarities(teacher) - similarities(student)).square().mean()


class SP(Method):
    """Examples that are alike to the teacher should be alike to the student."""

    reads_representations = True
    relates_examples = True

    def forward(self, batch: Batch) -> Tensor:
        student, teacher = batch.representations
        return sp(teacher=teacher.hidden.detach(), student=student.hidden)
