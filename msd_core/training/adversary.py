"""Texts whose encodings do not tell which language they are in.

An adversary learns to tell it, and what it reads learns, by its gradient reversed, to keep it from that (Ganin et al.
2016, "Domain-Adversarial Training of Neural Networks", arXiv:1505.07818; languages in place of domains: Chen et al.
2018, arXiv:1606.01614).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_WIDTH = 64


class Adversary(nn.Module):
    """Tells K languages apart. dim: D, the width of what it reads."""

    def __init__(self, dim: int, languages: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(dim, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, languages))

    def forward(self, encodings: Tensor, languages: Tensor) -> Tensor:
        """How badly it tells the languages `(B,)` of encodings `(B, D)`: mean cross entropy, nats, a scalar. The
        gradient that reaches the encodings is reversed."""
        return F.cross_entropy(self.layers(_Reversed.apply(encodings)), languages)


class _Reversed(torch.autograd.Function):
    """The same values, and minus their gradient."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return -gradient
