"""Correlation in place of equality: Huang et al. 2022, "Knowledge Distillation from A Stronger Teacher" (DIST),
arXiv:2205.10536."""

from torch import Tensor

from msd_core.methods.base import Batch, Method
from msd_core.methods.geometry import NEAR, unit
from msd_core.tasks import Task

BETA, GAMMA = 2, 2  # its authors' code on CIFAR-100: 1 and 1 at a weight of 2


def correlation(x: Tensor, y: Tensor) -> Tensor:
    """Pearson's, along the last axis, -1 to 1; 0 where one of the two does not vary."""
    return (_varying(x) * _varying(y)).sum(-1)


def _varying(x: Tensor) -> Tensor:
    return unit(x - x.mean(-1, keepdim=True), NEAR * x.norm(dim=-1, keepdim=True))


def dist(*, teacher: Tensor, student: Tensor, temperature: float) -> Tensor:
    """`temperature^2 (2 (1 - mean r over examples) + 2 (1 - mean r over labels))` of logits `(B, C)`, C above 2, a
    scalar.

    r is the correlation of the softened probabilities: of one example over labels, or of one label over the batch.
    """
    p, q = (teacher / temperature).softmax(1), (student / temperature).softmax(1)
    between = 1 - correlation(q, p).mean()
    within = 1 - correlation(q.T, p.T).mean()
    return temperature**2 * (BETA * between + GAMMA * within)


class DIST(Method):
    """The teacher's order and spacing of labels, and of examples, up to shift and scale."""

    relates_examples = True

    @staticmethod
    def undefined_for(task: Task) -> str | None:
        if task.multilabel:
            return "its labels do not compete, and DIST correlates probabilities that add up to 1"
        if len(task.labels) < 3:
            return "two probabilities that add up to 1 always correlate by 1 or by -1"
        return None

    def forward(self, batch: Batch) -> Tensor:
        return dist(teacher=batch.targets.detach(), student=batch.student_logits, temperature=self.temperature)
