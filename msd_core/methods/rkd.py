"""Relations between examples: Park, Kim, Lu, Cho 2019, "Relational Knowledge Distillation", arXiv:1904.05068."""

import torch
from torch import Tensor
from torch.nn import functional as F

from msd_core.methods.base import Batch, Method
from msd_core.methods.geometry import NEAR

DISTANCE, ANGLE = 25, 50  # RepDistiller's and mdistiller's: they bring it to the size of a cross-entropy


def relations(x: Tensor) -> tuple[Tensor, Tensor]:
    """Of points `(B, H)`: distances over their mean `(B, B)`, and the cosine of the angle at i between j and k,
    `(B, B, B)`; 0 where one of them is where i is. Memory grows with B^3."""
    distances = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")  # the other mode is inexact near 0
    mean = distances.sum() / max(1, len(x) * (len(x) - 1))
    distances = distances / mean.masked_fill(mean == 0, 1)
    squares, inverse = distances.square(), 1 / distances.masked_fill(distances <= NEAR, torch.inf)
    angles = (squares[:, :, None] + squares[:, None] - squares) / 2 * inverse[:, :, None] * inverse[:, None]
    return distances, angles  # by the law of cosines: far cheaper than products of differences


def rkd(*, teacher: Tensor, student: Tensor) -> Tensor:
    """`25 huber(distances) + 50 huber(angles)` of features `(B, H_T)` and `(B, H_S)`, a scalar.

    Huber's loss (threshold 1) is the mean over all pairs and all triples, those of a point with itself included.
    """
    (distances, angles), (target_distances, target_angles) = relations(student), relations(teacher)
    return DISTANCE * F.smooth_l1_loss(distances, target_distances) + ANGLE * F.smooth_l1_loss(angles, target_angles)


class RKD(Method):
    """How far apart the examples of a batch lie, and at which angles, as the teacher has it."""

    reads_representations = True
    relates_examples = True

    def forward(self, batch: Batch) -> Tensor:
        student, teacher = batch.representations
        return rkd(teacher=teacher.hidden.detach(), student=student.hidden)
