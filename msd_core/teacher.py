"""What the teacher says, computed once and cached: its logits on all four views, and the features behind them."""

import numpy as np
import torch

from msd_core.cache import cached_array
from msd_core.evaluate import encode_split, hidden_split, logits_by_view
from msd_core.inputs import read_inputs
from msd_core.methods import Representations
from msd_core.models.files import Loaded, hash_state
from msd_core.pictures import SIZE
from msd_core.tasks import Split


def targets(teacher: Loaded, split: Split, device: torch.device | str = "cpu") -> np.ndarray:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order."""
    key = _key(teacher, split)
    return cached_array(key, lambda: _on(device, teacher, lambda: logits_by_view(teacher.model, split)))


def features(teacher: Loaded, split: Split, device: torch.device | str = "cpu") -> Representations:
    """What the teacher makes of every example on `both`, for methods that distil features: `(N, 2D)` and `(N, H)`."""

    def read() -> torch.Tensor:
        encoded = encode_split(teacher.model, read_inputs(teacher.model, split))
        pairs = encoded.take(split.image_of.to(device), split.text_of.to(device))
        last = hidden_split(teacher.model, encoded, split)
        return torch.cat([pairs.image.cpu(), pairs.text.cpu(), last], dim=1)

    kept = cached_array({**_key(teacher, split), "features": True}, lambda: _on(device, teacher, read))
    return Representations(
        *torch.from_numpy(kept.copy()).split([2 * teacher.model.dim, teacher.model.head.width], dim=1)
    )


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
