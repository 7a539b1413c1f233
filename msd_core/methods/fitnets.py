"""Hints: Romero et al. 2015, "FitNets: Hints for Thin Deep Nets", arXiv:1412.6550.

The paper trains on the hint first and on labels after; here both go together, as in RepDistiller and mdistiller.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.methods.base import Batch, Method, Sizes

WEIGHT = 100  # RepDistiller's and mdistiller's


class FitNets(Method):
    """`100 mean((W e_S + b - e_T)^2)`, `(B,)`: e are a model's two encodings side by side, W and b are learned."""

    reads_representations = True

    def __init__(self, temperature: float, multilabel: bool, sizes: Sizes):
        super().__init__(temperature, multilabel, sizes)
        self.regressor = nn.Linear(sizes.student_encodings, sizes.teacher_encodings)

    def forward(self, batch: Batch) -> Tensor:
        student, teacher = batch.representations
        hint = teacher.encodings.detach()
        return WEIGHT * F.mse_loss(self.regressor(student.encodings), hint, reduction="none").mean(1)
