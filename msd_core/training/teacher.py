"""What the teacher makes of a split, computed once and cached: its logits on all four views, and what lies before
them."""

import copy
from dataclasses import fields
from functools import cache

import numpy as np
import torch

from msd_core.cache import cached_array
from msd_core.errors import UserError
from msd_core.evaluate import by_pair, encode_split, hidden_split, logits_by_view
from msd_core.features import hash_keys
from msd_core.inputs import as_tensor, read_inputs, text_keys
from msd_core.methods import Representations
from msd_core.models.base import Classifier
from msd_core.models.files import LoadedModel
from msd_core.tasks import Split
from msd_core.training.config import Config, current_names


def targets(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> torch.Tensor:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order; memory-mapped, not to be
    written to."""

    def compute() -> np.ndarray:
        return logits_by_view(_on(device, teacher), split).numpy()

    return as_tensor(cached_array(key_of(teacher, split), compute, split.place))


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

    key = key_of(teacher, split)

    def part(name: str) -> torch.Tensor:
        return as_tensor(cached_array({**key, "part": name}, lambda: compute()[name], split.place))

    return Representations(part("encodings"), part("hidden"))


def config_of(teacher: LoadedModel) -> Config:
    """How a teacher was trained, so that one like it can be. Raises `UserError` where nothing says so, or where it
    learned from more than labels."""
    if (known := teacher.info.get("config")) is None:
        raise UserError(
            f"Nothing says how the teacher {teacher.origin} was trained, so targets cannot be cross-fitted: give the "
            "folder of a run."
        )
    current = current_names(known)
    config = Config(**{field.name: current[field.name] for field in fields(Config) if field.name in current})
    if config.needs_teacher or config.pretraining != "none":
        raise UserError("Targets can be cross-fitted for a teacher that learned from labels alone: give such a one.")
    return config


def key_of(teacher: LoadedModel, split: Split) -> dict:
    """All that a teacher's answers to a split depend on."""
    return {
        "weights": teacher.weights_hash,
        "data": split.fingerprint,
        "tokens": hash_keys(text_keys(teacher.model, split.texts)),
        "preprocess": teacher.model.preprocess.key,
        "dtype": "float32",
    }


def _on(device: torch.device | str, teacher: LoadedModel) -> Classifier:
    """The teacher on a device: a copy, since others may be asking the one on the CPU."""
    return teacher.model if torch.device(device).type == "cpu" else copy.deepcopy(teacher.model).to(device)
