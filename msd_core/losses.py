"""Losses as pure functions on logits. Every divergence is in nats.

A multi-label task has one two-outcome distribution a label, and its divergence is the mean over labels; a
single-label task has one C-outcome distribution. `log_probs` gives both one shape, `(..., G, K)`: G distributions of
K outcomes.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Mix:
    """How the terms add up: temperature `tau`, `lam` the labels' share, `labels_only` for the method `ce`."""

    tau: float = 2.0
    lam: float = 0.5
    labels_only: bool = False
    multilabel: bool = False


def distillation_loss(
    student: Tensor,
    labels: Tensor,
    teacher: Tensor | None,
    weights: Tensor | None,
    mix: Mix,
    shown: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of a batch, a scalar in nats, and its terms by name, unweighted batch means.

    `kd`:  lam CE(y, z_S(both)) + (1 - lam) [ kd(both) + w_image kd(image) + w_text kd(text) ]
    `ce`:  CE(y, z_S(both)) + (1 - lam) [ w_image kd(image) + w_text kd(text) ]

    `student` `(V, B, C)` and `teacher` `(V, B, C)` or None hold the views both, image, text in this order (or only
    both, where `weights` is None); `weights` `(B, 2)` is (w_image, w_text). `shown` `(B, C)`, where given, are the
    student's logits for the label term in place of those on `both` (modality dropout on labels). The idea is that of
    modality-specific distillation (Jin et al., Findings of EMNLP 2021); the formula is ours.
    """
    hard = ce(student[0] if shown is None else shown, labels, mix.multilabel)
    terms, loss = {"ce": hard.mean()}, hard
    if not mix.labels_only:
        soft = kd(teacher[0], student[0], mix.tau, mix.multilabel)
        terms["kd_both"] = soft.mean()
        loss = mix.lam * hard + (1 - mix.lam) * soft
    if weights is not None:
        alone = kd(teacher[1:], student[1:], mix.tau, mix.multilabel)  # (2, B)
        terms["kd_image"], terms["kd_text"] = alone.mean(1)
        loss = loss + (1 - mix.lam) * (weights.T * alone).sum(0)
    return loss.mean(), terms
