"""Losses as pure functions on logits. Every divergence is in nats.

A multi-label task has one two-outcome distribution a label, and its divergence is the mean over labels; a
single-label task has one C-outcome distribution. `log_probs` gives both one shape, `(..., G, K)`: G distributions of
K outcomes. Two distributions are always passed by name, so that they cannot be swapped in silence.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def log_probs(logits: Tensor, multilabel: bool, temperature: float = 1.0) -> Tensor:
    """Log-probabilities of `softmax(z / temperature)`, or of `sigmoid(z / temperature)` by label.

    logits: `(..., C)`. Returns `(..., G, K)`: (1, C) for a single-label task and (C, 2), outcomes (present, absent),
    for a multi-label one.
    """
    logits = torch.stack([logits, torch.zeros_like(logits)], dim=-1) if multilabel else logits.unsqueeze(-2)
    return F.log_softmax(logits / temperature, dim=-1)


def kl(*, log_p: Tensor, log_q: Tensor) -> Tensor:
    """`KL(p || q)`, mean over G.

    log_p, log_q: log-probabilities `(..., G, K)`. Returns `(...)` nats, at least 0 up to rounding.
    """
    return (log_p.exp() * (log_p - log_q)).sum(-1).mean(-1)


def kd(*, teacher: Tensor, student: Tensor, temperature: float, multilabel: bool) -> Tensor:
    """`temperature^2 KL(softmax(z_T / temperature) || softmax(z_S / temperature))`.

    The factor keeps the gradient's size over temperatures (Hinton, Vinyals, Dean 2015, arXiv:1503.02531).
    teacher, student: logits `(..., C)`. Returns `(...)` nats.
    """
    log_p = log_probs(teacher, multilabel, temperature)
    return temperature**2 * kl(log_p=log_p, log_q=log_probs(student, multilabel, temperature))


def ce(logits: Tensor, labels: Tensor, multilabel: bool, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy with the labels, of which a share `smoothing` is dealt out evenly over all outcomes (Szegedy et al.
    2016, arXiv:1512.00567): over the classes, or for a multi-label task over 0 and 1.

    logits: `(B, C)`. labels: class indices `(B,)`, or 0 and 1 `(B, C)` for a multi-label task. Returns `(B,)` nats,
    for a multi-label task the mean over labels.
    """
    if multilabel:
        targets = (1 - smoothing) * labels + smoothing / 2
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(-1)
    return F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)


def distillation_loss(
    *,
    label: Tensor,
    method: Tensor,
    single: Tensor | None = None,
    weights: Tensor | None = None,
    recombined: Tensor | None = None,
    gamma: float = 0.0,
    lam: float,
) -> Tensor:
    """`lam label + (1 - lam) [ method + w_image single_image + w_text single_text + gamma recombined ]`, mean over the
    batch.

    The idea is that of modality-specific distillation (Jin et al., Findings of EMNLP 2021); the formula, and the term
    on recombined pairs, are ours.

    label: `(B,)`, the label term. method: `(B,)` or a scalar, the method's term on `both`. single: `(2, B)`, `kd` on
    the image alone and on the text alone. weights: `(B, 2)`, (w_image, w_text); None goes with `single` None.
    recombined: a scalar, the mean of `kd` on recombined pairs, and `gamma` its weight. lam: 0 to 1. Returns a scalar,
    nats.
    """
    loss = lam * label + (1 - lam) * method
    if single is not None and weights is not None:
        loss = loss + (1 - lam) * (weights.T * single).sum(0)
    if recombined is not None:
        loss = loss + (1 - lam) * gamma * recombined
    return loss.mean()
