"""From saliency to the weights of the modality-specific terms. Every scheme spends the same: mean weight beta."""

import torch
from torch import Tensor

FIXED = ("none", "uniform", "population", "instance")
WEIGHTINGS = (*FIXED, "learned")  # learned weights change as the student learns: see `learned.py`
TO = ("same", "other")


def weights(scheme: str, saliency: Tensor, beta: float = 1.0, to: str = "same") -> Tensor | None:
    """Weights (w_image, w_text) of N examples, `(N, 2)`, at least 0, mean over both axes `beta`; None for `none`.

    `saliency` `(N, 2)` in [0, 1]. `uniform`: beta. `population`: beta mean_i s_m / mean. `instance`: beta s_m / mean.
    `to="other"` gives each modality's term the other's saliency. Where all saliencies are 0 there is nothing to weigh
    by, and every scheme is `uniform`.
    """
    if scheme == "none":
        return None
    if scheme not in FIXED:
        raise ValueError(f"weighting is one of {FIXED}, not {scheme!r}")
    salient = saliency if to == "same" else saliency.flip(-1)
    if scheme == "uniform" or salient.mean() == 0:
        return torch.full_like(saliency, beta)
    if scheme == "population":
        salient = salient.mean(0).expand_as(saliency)
    return beta * salient / salient.mean()
