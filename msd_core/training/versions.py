"""Texts that a student reads in another way each time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from msd_core.inputs import Inputs, read_inputs
from msd_core.models.base import Classifier, Features
from msd_core.tasks import Split

VERSIONS = 16  # of each text: more than a student can learn by heart


@dataclass(frozen=True)
class VariedInputs(Inputs):
    """Inputs whose texts are read in another way each time: of each, `VERSIONS` stand one after the other."""

    def texts(self, rows: Tensor) -> Tensor | Features:
        drawn = torch.randint(VERSIONS, rows.shape, device=rows.device)
        return super().texts(VERSIONS * rows + drawn)


def varied_inputs(model: Classifier, split: Split, texts: Sequence[str]) -> VariedInputs:
    """What a model reads of a split. texts: `VERSIONS` of each of its V texts, one after the other."""
    inputs = read_inputs(model, replace(split, texts=list(texts)))
    return VariedInputs(inputs.pictures, inputs.tokens, inputs.device)
