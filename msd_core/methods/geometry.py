"""Lengths and directions, with gradients that stay finite where points coincide."""

import torch
from torch import Tensor

NEAR = 1e-4  # of the usual size: float32 knows no direction of a difference below this


def unit(x: Tensor, shortest: Tensor | float = 0.0) -> Tensor:
    """`x / |x|` along the last axis; zeros, and no gradient, where that length is at most `shortest`.

    The direction of next to nothing says nothing, and its gradient grows without bound.
    """
    length = x.norm(dim=-1, keepdim=True)
    return x / length.masked_fill(length <= shortest, torch.inf)
