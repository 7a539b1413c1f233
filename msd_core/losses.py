"""Losses as pure functions on logits. Every divergence is in nats.

A multi-label task has one two-outcome distribution a label, and its divergence is the mean over labels; a
single-label task has one C-outcome distribution. `log_probs` gives both one shape, `(..., G, K)`: G distributions of
K outcomes.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def log_probs(logits: Tensor, multilabel: bool, tau: float = 1.0) -> Tensor:
    """Log-probabilities of `softmax(z / tau)`, or of `sigmoid(z / tau)` by label: `(..., C)` to `(..., G, K)`.

    (G, K) is (1, C) for a single-label task and (C, 2) for a multi-label one, outcomes (present, absent).
    """
    logits = torch.stack([logits, torch.zeros_like(logits)], dim=-1) if multilabel else logits.unsqueeze(-2)
    return F.log_softmax(logits / tau, dim=-1)


def kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """`KL(p || q)` in nats of log-probabilities `(..., G, K)`, mean over G: `(...)`. At least 0."""
    return (log_p.exp() * (log_p - log_q)).sum(-1).mean(-1)


def kd(teacher: Tensor, student: Tensor, tau: float, multilabel: bool) -> Tensor:
    """`tau^2 KL(softmax(z_T / tau) || softmax(z_S / tau))` of logits `(..., C)`: `(...)`, nats.

    The tau^2 keeps the gradient's size over temperatures (Hinton, Vinyals, Dean 2015, arXiv:1503.02531).
    """
    return tau**2 * kl(log_probs(teacher, multilabel, tau), log_probs(student, multilabel, tau))


def ce(logits: Tensor, labels: Tensor, multilabel: bool) -> Tensor:
    """Cross-entropy with the labels, `(B,)` nats: labels `(B,)` class indices, or `(B, C)` of 0 and 1, mean over C."""
    if multilabel:
        return F.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(-1)
    return F.cross_entropy(logits, labels, reduction="none")


def distillation_loss(
    hard: Tensor, soft: Tensor | None, alone: Tensor | None, weights: Tensor | None, lam: float
) -> Tensor:
    """The loss of a batch, a scalar in nats.

    `lam hard + (1 - lam) [ soft + w_image alone_image + w_text alone_text ]`, and where there is no `soft` (labels
    alone) `hard + (1 - lam) [ w_image alone_image + w_text alone_text ]`.

    `hard` `(B,)` is the label term, `soft` `(B,)` or a scalar the method's term on `both`, `alone` `(2, B)` `kd` on the
    image alone and on the text alone, `weights` `(B, 2)` is (w_image, w_text); the last two go together or are None.
    The idea is that of modality-specific distillation (Jin et al., Findings of EMNLP 2021); the formula is ours.
    """
    loss = hard if soft is None else lam * hard + (1 - lam) * soft
    if weights is not None:
        loss = loss + (1 - lam) * (weights.T * alone).sum(0)
    return loss.mean()
