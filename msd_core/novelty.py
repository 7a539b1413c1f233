"""Is this pair of the task's world? Distance in the teacher's encodings, with a threshold set on validation."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.covariance import LedoitWolf

from msd_core.models.bundled import FOLDER
from msd_core.models.files import read_tensors
from msd_core.storage import new_file
from msd_core.views import MODALITIES

_FORMAT = "msd-world-1"
KEPT = 0.995  # share of the validation split's encodings within the threshold


@dataclass(frozen=True)
class World:
    """What one modality of a task looks like to its teacher: mean `(D,)` and precision `(D, D)` of the training
    encodings, and the distance beyond which an encoding is called foreign."""

    mean: torch.Tensor
    precision: torch.Tensor
    threshold: float

    def distance(self, encodings: torch.Tensor) -> torch.Tensor:
        """Mahalanobis distance of encodings `(B, D)` to the training split, `(B,)`, no unit (Lee et al. 2018,
        arXiv:1807.03888, use it so)."""
        away = encodings.double() - self.mean
        return torch.einsum("bd,de,be->b", away, self.precision, away).clamp(min=0).sqrt()

    def foreign(self, encodings: torch.Tensor) -> torch.Tensor:
        """Whether encodings `(B, D)` lie farther out than nearly all of the validation split: boolean `(B,)`."""
        return self.distance(encodings) > self.threshold


def fit(train: torch.Tensor, validation: torch.Tensor) -> World:
    """The world of the training encodings `(N, D)`, its threshold from the validation split's `(M, D)`."""
    estimate = LedoitWolf().fit(train.double().numpy())
    world = World(torch.from_numpy(estimate.location_), torch.from_numpy(estimate.precision_), np.inf)
    return World(world.mean, world.precision, float(world.distance(validation).quantile(KEPT)))


def save_worlds(path: Path, worlds: dict[str, World]) -> None:
    """Write the worlds of both modalities."""
    tensors = {f"{m}.{part}": getattr(world, part).float() for m, world in worlds.items() for part in ("mean", "precision")}
    header = {"format": _FORMAT, "thresholds": {m: world.threshold for m, world in worlds.items()}}
    with new_file(path) as temporary:
        save_file(tensors, temporary, metadata={"msd": json.dumps(header)})


@lru_cache(maxsize=8)
def load_worlds(task: str) -> dict[str, World]:
    """The worlds of a task by modality, as bundled."""
    header, tensors = read_tensors(FOLDER / task / "world.safetensors", _FORMAT)
    return {
        m: World(tensors[f"{m}.mean"].double(), tensors[f"{m}.precision"].double(), header["thresholds"][m])
        for m in MODALITIES
    }
