"""Is this pair of the task's world? Distance to its neighbours in the teacher's encodings, as validation knows it."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from msd_core.models.bundled import FOLDER
from msd_core.models.files import read_tensors
from msd_core.storage import new_file
from msd_core.views import MODALITIES

_FORMAT = "msd-world-1"
KEPT = 0.99  # share of the validation split's encodings within the threshold
REFERENCES = 2048  # training encodings kept, drawn once: more change little and weigh more
NEIGHBOUR = 5  # the one whose distance counts: the first may be a twin


@dataclass(frozen=True)
class World:
    """What one modality of a task looks like to its teacher: training encodings `(R, D)`, and the distance to the fifth
    nearest of them beyond which an encoding is called foreign (Sun et al. 2022, arXiv:2204.06507)."""

    references: Tensor
    threshold: float

    def distance(self, encodings: Tensor) -> Tensor:
        """Euclidean distance of encodings `(B, D)` to their fifth nearest reference, `(B,)`."""
        nearest = min(NEIGHBOUR, len(self.references))
        return torch.cdist(encodings.float(), self.references).kthvalue(nearest, dim=1).values

    def foreign(self, encodings: Tensor) -> Tensor:
        """Whether encodings `(B, D)` lie farther out than nearly all of the validation split: boolean `(B,)`."""
        return self.distance(encodings) > self.threshold


def fit(train: Tensor, validation: Tensor) -> World:
    """The world of the training encodings `(N, D)`, its threshold from the validation split's `(M, D)`."""
    drawn = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:REFERENCES]
    references = train[drawn].half().float()  # as they are kept
    return World(references, float(World(references, 0.0).distance(validation).quantile(KEPT)))


def save_worlds(path: Path, worlds: dict[str, World]) -> None:
    """Write the worlds of both modalities."""
    header = {"format": _FORMAT, "thresholds": {m: world.threshold for m, world in worlds.items()}}
    with new_file(path) as temporary:
        tensors = {m: world.references.half() for m, world in worlds.items()}
        temporary.write_bytes(save(tensors, metadata={"msd": json.dumps(header)}))


@lru_cache(maxsize=8)
def load_worlds(task: str) -> dict[str, World]:
    """The worlds of a task by modality, as bundled."""
    header, tensors = read_tensors(FOLDER / task / "world.safetensors", _FORMAT)
    return {m: World(tensors[m].float(), header["thresholds"][m]) for m in MODALITIES}
