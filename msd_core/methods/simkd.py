"""The teacher's head for the student: Chen et al. 2022, "Knowledge Distillation with the Reused Teacher Classifier",
arXiv:2203.14001.

The student's towers end in a projector to the teacher's width, and what relates the two encodings is the teacher's own
head, which stays as it is. The paper learns to have the teacher's features alone; here labels go together with them,
and the weight is that of FitNets, so that the two differ in the head alone.
"""

from torch import Tensor
from torch.nn import functional as F

from msd_core.methods.base import Batch, Method
from msd_core.methods.fitnets import WEIGHT


class SimKD(Method):
    """`100 mean((e_S - e_T)^2)`, `(B,)`: e are a model's two encodings side by side, of one width."""

    reads_representations = True
    borrows_head = True

    def forward(self, batch: Batch) -> Tensor:
        student, teacher = batch.representations
        return WEIGHT * F.mse_loss(student.encodings, teacher.encodings.detach(), reduction="none").mean(1)
