"""The Perceptual Score: what a model loses when one modality is taken from another example.

Gat, Schwartz, Schwing 2021, arXiv:2110.14375. For each of `PERMUTATIONS` the images (or texts) of a split are dealt out
anew among its examples; the score of a modality is the mean loss in the task's metric, divided by the metric of the
intact pairs: 0 where the modality is not perceived at all, and the higher the more rests on it.
"""

from dataclasses import dataclass

import numpy as np
import torch

from msd_core.cache import cached_array
from msd_core.evaluate import encode_split, main_metric, metrics
from msd_core.inputs import read_inputs
from msd_core.models.files import LoadedModel
from msd_core.tasks import Split, Task
from msd_core.views import MODALITIES, visible

PERMUTATIONS = 5
_AT_ONCE = 8192  # pairs


@dataclass(frozen=True)
class Perceptual:
    """By modality: `permuted`, the metric with that modality permuted, mean over permutations, 0 to 1; `score`, the
    loss over the intact metric; `deviation`, the standard deviation of the score over permutations."""

    permuted: dict[str, float]
    score: dict[str, float]
    deviation: dict[str, float]


def perceptual_score(loaded: LoadedModel, task: Task, split: Split, intact: float) -> Perceptual:
    """The scores of both modalities over a split, on which the model's metric is `intact`; cached."""
    key = {
        "kind": "perceptual-1", "weights": loaded.weights_hash, "data": split.fingerprint,
        "preprocess": loaded.model.preprocess.key, "permutations": PERMUTATIONS,
    }  # fmt: skip
    values = cached_array(key, lambda: _permuted(loaded, task, split), split.place)  # (2, PERMUTATIONS)
    scores = (intact - values) / max(intact, 1e-12)
    means = values.mean(1), scores.mean(1), scores.std(1)
    return Perceptual(*(dict(zip(MODALITIES, part.tolist(), strict=True)) for part in means))


@torch.inference_mode()
def _permuted(loaded: LoadedModel, task: Task, split: Split) -> np.ndarray:
    encoded = encode_split(loaded.model, read_inputs(loaded.model, split))
    generator, scores = torch.Generator().manual_seed(0), np.empty((len(MODALITIES), PERMUTATIONS))
    for j in range(PERMUTATIONS):
        order = torch.randperm(len(split), generator=generator)
        for i, modality in enumerate(MODALITIES):
            image_of = split.image_of[order] if modality == "image" else split.image_of
            text_of = split.text_of[order] if modality == "text" else split.text_of
            logits = [
                loaded.model.fuse(encoded.gather(image_of[rows], text_of[rows]), visible(("both",), len(rows))[0])
                for rows in torch.arange(len(split)).split(_AT_ONCE)
            ]
            scores[i, j] = metrics(task, torch.cat(logits), split.labels)[main_metric(task)]
    return scores
