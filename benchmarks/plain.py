"""MSD the plain way, to measure against: teacher and student run whole on every view of every pair, every step."""

import torch
from torch import Tensor

from msd_core.losses import ce, distillation_loss, kd
from msd_core.models.base import Classifier
from msd_core.training.config import Config
from msd_core.views import visible

TRAINED_VIEWS = ("both", "image", "text")


def plain_loss(
    *,
    student: Classifier,
    teacher: Classifier,
    images: Tensor,
    tokens: Tensor,
    labels: Tensor,
    weights: Tensor,
    config: Config,
) -> Tensor:
    """The loss of B pairs of a task with one label a pair.

    images: `(B, 3, S, S)`, as both models read them. tokens: `(B, L)`. labels: `(B,)`. weights: `(B, 2)`. Returns a
    scalar, nats.
    """
    student_logits, losses = [], []
    for mask in visible(TRAINED_VIEWS, len(images)):
        logits = student.fuse(student.encode(images, tokens), mask)
        with torch.no_grad():
            targets = teacher.fuse(teacher.encode(images, tokens), mask)
        student_logits.append(logits)
        losses.append(kd(teacher=targets, student=logits, temperature=config.temperature, multilabel=False))
    label = ce(student_logits[0], labels, multilabel=False)
    return distillation_loss(
        label=label, method=losses[0], single=torch.stack(losses[1:]), weights=weights, lam=config.lam
    )
