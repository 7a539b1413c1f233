"""How much a prediction rests on each modality: divergences between views, and exact Shapley values.

Everything is computed from logits on the four views, `(..., 4, C)` in the order of `views.VIEWS`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from msd_core.losses import kl, log_probs
from msd_core.views import BOTH, MODALITIES, VIEWS, WITHOUT

SALIENCIES = ("necessity", "sufficiency")


def js(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Jensen-Shannon divergence, mean over G; symmetric.

    log_p, log_q: log-probabilities `(..., G, K)`. Returns `(...)` bits, 0 to 1.
    """
    middle = torch.logaddexp(log_p, log_q) - math.log(2)
    return ((kl(log_p=log_p, log_q=middle) + kl(log_p=log_q, log_q=middle)) / (2 * math.log(2))).clamp(0, 1)


def total_variation(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Half the summed absolute difference in probability, mean over G; symmetric.

    log_p, log_q: log-probabilities `(..., G, K)`. Returns `(...)`, 0 to 1.
    """
    return (log_p.exp() - log_q.exp()).abs().sum(-1).mean(-1) / 2


def _by_modality(log_p: Tensor, kind: str, distance: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """One number a modality, `(..., 2)` (image, text), of log-probabilities by view `(..., 4, G, K)`."""
    full = log_p[..., BOTH, :, :]
    if kind == "necessity":  # what hiding m changes
        return torch.stack([distance(full, log_p[..., VIEWS.index(WITHOUT[m]), :, :]) for m in MODALITIES], dim=-1)
    if kind == "sufficiency":  # what m alone keeps
        return torch.stack([1 - distance(full, log_p[..., VIEWS.index(m), :, :]) for m in MODALITIES], dim=-1)
    raise ValueError(f"saliency is one of {SALIENCIES}, not {kind!r}")


def saliency(logits: Tensor, kind: str = "necessity", multilabel: bool = False) -> Tensor:
    """Saliency of each modality; for a multi-label task the mean over labels.

    `necessity` of m is D(both, both without m), `sufficiency` is 1 - D(both, m alone), with D the Jensen-Shannon
    divergence in bits. With two modalities these are the same two numbers: n_image = 1 - sufficiency_text.

    logits: `(..., 4, C)`. kind: one of `SALIENCIES`, else `ValueError`. Returns `(..., 2)` (image, text), 0 to 1.
    """
    return _by_modality(log_probs(logits, multilabel), kind, js)


def saliency_by_label(logits: Tensor, kind: str = "necessity") -> Tensor:
    """The same for every label of a multi-label task by itself: logits `(..., 4, C)` to `(..., C, 2)`."""
    return _by_modality(log_probs(logits, multilabel=True).transpose(-3, -2).unsqueeze(-2), kind, js)


def total_variation_necessity(logits: Tensor, multilabel: bool = False) -> Tensor:
    """Necessity by total variation instead of Jensen-Shannon: logits `(..., 4, C)` to `(..., 2)`, 0 to 1."""
    return _by_modality(log_probs(logits, multilabel), "necessity", total_variation)


def probabilities(logits: Tensor, multilabel: bool = False) -> Tensor:
    """Probability of each label, `(..., C)`: they sum to 1 for a single-label task, are independent otherwise."""
    return logits.sigmoid() if multilabel else logits.softmax(-1)


def shapley(values: Tensor) -> Tensor:
    """Exact Shapley values of the game of two players, image and text.

    phi_image + phi_text = v(both) - v(neither). A coarser game than MM-SHAP's (Parcalabescu, Frank 2023,
    arXiv:2212.08158), whose players are patches and words.

    values: `(..., 4)`, any number by view, here a label's probability. Returns `(..., 3)`: phi_image, phi_text and the
    interaction, in the unit of the values.
    """
    both, image, text, neither = values.unbind(-1)
    return torch.stack(
        [
            ((image - neither) + (both - text)) / 2,
            ((text - neither) + (both - image)) / 2,
            both - image - text + neither,
        ],
        dim=-1,
    )
