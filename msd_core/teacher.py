"""The teacher's targets: its logits on all four views, computed once and cached."""

import numpy as np
import torch

from msd_core.cache import cached_array
from msd_core.evaluate import logits_by_view
from msd_core.models.files import Loaded, hash_state
from msd_core.pictures import SIZE
from msd_core.tasks import Split


def targets(teacher: Loaded, split: Split, device: torch.device | str = "cpu") -> np.ndarray:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order."""
    key = {
        "weights": teacher.weights_hash,
        "data": split.fingerprint,
        "tokens": hash_state({"ids": teacher.model.tokenize(split.texts).ids}),
        "preprocessing": f"letterbox-{SIZE}",
        "dtype": "float32",
    }
    return cached_array(key, lambda: _answer(teacher, split, device))


def _answer(teacher: Loaded, split: Split, device: torch.device | str) -> np.ndarray:
    try:
        return logits_by_view(teacher.model.to(device), split).numpy()
    finally:
        teacher.model.to("cpu")
