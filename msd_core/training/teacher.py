"""What the teacher makes of a split, computed once and cached: its logits on all four views, and what lies before
them."""

import copy
from functools import cache

import numpy as np
import torch

from msd_core.cache import cached_array
from msd_core.evaluate import by_pair, encode_split, hidden_split, logits_by_view
from msd_core.inputs import as_tensor, read_inputs
from msd_core.methods import Representations
from msd_core.models.base import Classifier
from msd_core.models.files import LoadedModel
from msd_core.tasks import Split
from msd_core.tensors import hash_state


def targets(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> torch.Tensor:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order; memory-mapped, not to be
    written to."""

    def compute() -> np.ndarray:
        return logits_by_view(_on(device, teacher), split).numpy()

    return as_tensor(cached_array(_key(teacher, split), compute, split.place))


def representations(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> Representations:
    """What the teacher makes of every example on `both`, for methods that distil it: `(N, 2D)` and `(N, H)`."""

    @cache
    def compute() -> dict[str, np.ndarray]:
        model = _on(device, teacher)
        encoded = encode_split(model, read_inputs(model, split))
        return {
            "encodings": by_pair(encoded, split, model.encodings).numpy(),
            "hidden": hidden_split(model, encoded, split).numpy(),
        }

    key = _key(teacher, split)

    def part(name: str) -> torch.Tensor:
        return as_tensor(cached_array({**key, "part": name}, lambda: compute()[name], split.place))

    return Representations(part("encodings"), part("hidden"))


def _key(teacher: LoadedModel, split: Split) -> dict:
    return {
        "weights": teacher.weights_hash,
        "data": split.fingerprint,
        "tokens": hash_state({"ids": teacher.model.tokenize(split.texts).ids}),
        "preprocess": teacher.model.preprocess.key,
        "dtype": "float32",
    }


def _on(device: torch.device | str, teacher: LoadedModel) -> Classifier:
    """The teacher on a device: a copy, since others may be asking the one on the CPU."""
    return teacher.model if torch.device(device).type == "cpu" else copy.deepcopy(teacher.model).to(device)
