"""What the teacher says, computed once and cached: its logits on all four views, and the features behind them."""

import numpy as np
import torch
from torch import Tensor

from msd_core.cache import cached_array
from msd_core.evaluate import encode_split, hidden_split, logits_by_view
from msd_core.inputs import read_inputs
from msd_core.models.base import Encoded
from msd_core.models.files import Loaded, hash_state
from msd_core.pictures import SIZE
from msd_core.tasks import Split


def targets(teacher: Loaded, split: Split, device: torch.device | str = "cpu") -> np.ndarray:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order."""
    key = _key(teacher, split)
    return cached_array(key, lambda: _on(device, teacher, lambda: logits_by_view(teacher.model, split)))


def features(teacher: Loaded, split: Split, device: torch.device | str = "cpu") -> tuple[Encoded, Tensor]:
    """The teacher's encodings of each distinct picture `(U, D)` and text `(V, D)`, and its last features on `both`
    `(N, H)`: what feature-based methods distil."""

    def encode(modality: str) -> Tensor:
        return getattr(encode_split(teacher.model, read_inputs(teacher.model, split)), modality)

    def hidden() -> Tensor:
        return hidden_split(teacher.model, encode_split(teacher.model, read_inputs(teacher.model, split)), split)

    key = _key(teacher, split)
    image, text, last = (
        torch.from_numpy(cached_array({**key, "features": name}, lambda make=make: _on(device, teacher, make)).copy())
        for name, make in (("image", lambda: encode("image")), ("text", lambda: encode("text")), ("hidden", hidden))
    )
    return Encoded(image, text), last


def _key(teacher: Loaded, split: Split) -> dict:
    return {
        "weights": teacher.weights_hash,
        "data": split.fingerprint,
        "tokens": hash_state({"ids": teacher.model.tokenize(split.texts).ids}),
        "preprocessing": f"letterbox-{SIZE}",
        "dtype": "float32",
    }


def _on(device: torch.device | str, teacher: Loaded, make) -> np.ndarray:
    """What `make` returns with the teacher on this device."""
    try:
        teacher.model.to(device)
        return make().float().cpu().numpy()
    finally:
        teacher.model.to("cpu")
