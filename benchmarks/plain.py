"""MSD the plain way, to measure against: teacher and student run whole on every view of every pair, every step."""

import torch
from torch import Tensor

from msd_core.losses import ce, distillation_loss, kd
from msd_core.models.two_tower import TwoTower
from msd_core.steps import TRAINED_VIEWS, Mix
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
    hard = ce(said[0], labels, mix.multilabel)
    soft = [kd(t, s, mix.tau, mix.multilabel) for t, s in zip(answers, said, strict=True)]
    return distillation_loss(hard, soft[0], torch.stack(soft[1:]), weights, mix.lam)
