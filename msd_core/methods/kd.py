"""Plain distillation: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531."""

from torch import Tensor

from msd_core.losses import kd
from msd_core.methods.base import Batch, Method


class KD(Method):
    """`temperature^2 KL` of the student from the teacher, in nats."""

    def forward(self, batch: Batch) -> Tensor:
        return kd(
            teacher=batch.targets,
            student=batch.student_logits,
            temperature=self.temperature,
            multilabel=self.multilabel,
        )
