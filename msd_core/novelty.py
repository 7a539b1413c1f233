"""Is this pair of the task's world? How much of it the directions that the task's own pairs vary in cannot express."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from msd_core.inputs import Inputs
from msd_core.models.bundled import FOLDER
from msd_core.models.files import read_tensors
from msd_core.models.two_tower import TwoTower
from msd_core.storage import new_file
from msd_core.views import MODALITIES

_FORMAT = "msd-world-2"
KEPT = 0.99  # share of the validation split within the threshold
_DIRECTIONS = {"image": 160, "text": 96}  # of 512 and 128: those that the training split varies in


def looks(teacher: TwoTower, inputs: Inputs) -> dict[str, Tensor]:
    """What is judged, of every picture and text of a split, by modality: `(U, 512)` and `(V, 128)`.

    Of a picture what the teacher's first layer says of its horizontal bands, since deeper ones were trained to forget
    what the task does not ask for; of a text its encoding.
    """
    with torch.inference_mode():
        bands = [teacher.image_tower.bands(inputs.images(rows)) for rows in inputs.image_rows()]
        texts = [teacher.encode(text=inputs.texts(rows)).text for rows in inputs.text_rows()]
    return {"image": torch.cat(bands), "text": torch.cat(texts)}


@dataclass(frozen=True)
class World:
    """What one modality of a task looks like to its teacher: the mean `(F,)` of the training split, the directions
    `(F, K)` that it varies in most, and the distance from there beyond which something is called foreign (the residual
    of Wang et al. 2022, arXiv:2203.10807)."""

    mean: Tensor
    directions: Tensor
    threshold: float

    def distance(self, looks: Tensor) -> Tensor:
        """Euclidean distance of `(B, F)` to the subspace of the training split, `(B,)`."""
        away = looks.float() - self.mean
        return (away - away @ self.directions @ self.directions.T).norm(dim=1)

    def foreign(self, looks: Tensor) -> Tensor:
        """Whether `(B, F)` lie farther out than nearly all of the validation split: boolean `(B,)`."""
        return self.distance(looks) > self.threshold


def fit(train: Tensor, validation: Tensor, directions: int) -> World:
    """The world of the training split `(N, F)`, its threshold from the validation split `(M, F)`."""
    basis = torch.linalg.svd(torch.cov(train.double().T)).U[:, :directions].half().float()  # as it is kept
    world = World(train.mean(0), basis, 0.0)
    return replace(world, threshold=float(world.distance(validation).quantile(KEPT, interpolation="higher")))


def fit_worlds(teacher: TwoTower, train: Inputs, validation: Inputs) -> dict[str, World]:
    """The worlds of both modalities."""
    seen, held_out = looks(teacher, train), looks(teacher, validation)
    return {m: fit(seen[m], held_out[m], _DIRECTIONS[m]) for m in MODALITIES}


def save_worlds(path: Path, worlds: dict[str, World]) -> None:
    """Write the worlds of both modalities."""
    header = {"format": _FORMAT, "thresholds": {m: world.threshold for m, world in worlds.items()}}
    tensors = {f"{m}.mean": world.mean for m, world in worlds.items()}
    tensors |= {f"{m}.directions": world.directions.half().contiguous() for m, world in worlds.items()}
    with new_file(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"msd": json.dumps(header)}))


@lru_cache(maxsize=8)
def load_worlds(task: str) -> dict[str, World]:
    """The worlds of a task by modality, as bundled."""
    header, tensors = read_tensors(FOLDER / task / "world.safetensors", _FORMAT)
    return {
        m: World(tensors[f"{m}.mean"], tensors[f"{m}.directions"].float(), header["thresholds"][m]) for m in MODALITIES
    }
