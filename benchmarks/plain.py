"""MSD the plain way, to measure against: teacher and student run whole on every view of every pair, every step."""

import torch
from torch import Tensor

from msd_core.losses import Mix, distillation_loss
from msd_core.models.two_tower import TwoTower
from msd_core.steps import TRAINED_VIEWS
from msd_core.views import visible


def plain_loss(
    student: TwoTower, teacher: TwoTower, images: Tensor, tokens: Tensor, labels: Tensor, weights: Tensor, mix: Mix
) -> Tensor:
    """The loss of a batch of pairs: images `(B, 3, S, S)`, tokens `(B, L)`, weights `(B, 2)`."""
    said, answers = [], []
    for mask in visible(TRAINED_VIEWS, len(images)):
        said.append(student.fuse(student.encode(images, tokens), mask))
        with torch.no_grad():
            answers.append(teacher.fuse(teacher.encode(images, tokens), mask))
    return distillation_loss(torch.stack(said), labels, torch.stack(answers), weights, mix)[0]
