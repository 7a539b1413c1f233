"""Labels alone: what every method is held against."""

from torch import Tensor

from msd_core.methods.base import Batch, Method


class CE(Method):
    """The cross-entropy with the labels once more, so that the loss is `lam CE + (1 - lam) CE = CE`."""

    needs_teacher = False

    def forward(self, batch: Batch) -> Tensor:
        return batch.label_term
