"""Target and others apart: Zhao et al. 2022, "Decoupled Knowledge Distillation", arXiv:2203.08679.

Without their code's warm-up of 20 epochs, which is longer than our runs.
"""

import torch
from torch import Tensor

from msd_core.losses import kd
from msd_core.methods.base import Batch, Method
from msd_core.tasks import Task

ALPHA, BETA = 1, 8  # those of mdistiller, its authors' code


def decouple(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Logits `(B, C)` as those of target against all others `(B, 2)`, and those of the others `(B, C - 1)`."""
    places = torch.arange(logits.shape[1] - 1, device=logits.device).expand(len(logits), -1)
    others = logits.gather(1, places + (places >= labels[:, None]))
    return torch.cat([logits.gather(1, labels[:, None]), others.logsumexp(1, keepdim=True)], dim=1), others


def dkd(*, teacher: Tensor, student: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """`temperature^2 (KL of target or not + 8 KL among the others)` of logits `(B, C)`, C above 2, `(B,)` nats."""
    parts = zip(*(decouple(logits / temperature, labels) for logits in (teacher, student)), strict=True)
    target, others = (kd(teacher=t, student=s, temperature=1.0, multilabel=False) for t, s in parts)
    return temperature**2 * (ALPHA * target + BETA * others)


class DKD(Method):
    """`kd`, but what the teacher thinks of the other labels counts the same however sure it is of the target."""

    @staticmethod
    def undefined_for(task: Task) -> str | None:
        if task.multilabel:
            return "an example may have several labels, and DKD needs the one that is right"
        if len(task.labels) < 3:
            return "beside the right one of two labels there is but one, so that its second part is always 0"
        return None

    def forward(self, batch: Batch) -> Tensor:
        teacher, student = batch.targets.detach(), batch.student_logits
        return dkd(teacher=teacher, student=student, labels=batch.labels, temperature=self.temperature)
