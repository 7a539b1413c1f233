"""From saliency to the weights of the modality-specific terms. Every scheme spends the same: mean weight beta."""

import torch
from torch import Tensor

FIXED = ("none", "uniform", "population", "instance")
LAGGING = {"lag": "instance", "lag-population": "population"}  # by the student's lag: see `training/lag_weighting.py`
WEIGHTINGS = (
    *FIXED,
    "learned",
    *LAGGING,
)  # these change as the student learns; `learned`: `training/meta_weighting.py`
DIRECTIONS = ("own", "other")


def weights(scheme: str, saliency: Tensor, beta: float = 1.0, direction: str = "own") -> Tensor | None:
    """Weights of the modality-specific terms of N examples; None for `none`.

    `uniform`: beta. `population`: beta mean_i s_m / mean. `instance`: beta s_m / mean. Where all saliencies are 0 there
    is nothing to weigh by, and every scheme is `uniform`.

    scheme: one of `FIXED`, else `ValueError`. saliency: `(N, 2)`, 0 to 1. direction: whether a modality's term is
    weighted by its own saliency or by the other's. Returns (w_image, w_text), `(N, 2)`, at least 0, mean over both axes
    `beta`.
    """
    if scheme == "none":
        return None
    if scheme not in FIXED:
        raise ValueError(f"weighting is one of {FIXED}, not {scheme!r}")
    salient = saliency if direction == "own" else saliency.flip(-1)
    if scheme == "uniform" or salient.mean() == 0:
        return torch.full_like(saliency, beta)
    if scheme == "population":
        salient = salient.mean(0).expand_as(saliency)
    return beta * salient / salient.mean()
