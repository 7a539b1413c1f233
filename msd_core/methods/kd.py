"""Plain distillation: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531."""

from torch import Tensor

from msd_core.losses import kd
from msd_core.methods.base import Method, Seen


class KD(Method):
    """`tau^2 KL` of the student from the teacher, in nats."""

    def forward(self, seen: Seen) -> Tensor:
        return kd(seen.teacher, seen.student, self.tau, self.multilabel)
