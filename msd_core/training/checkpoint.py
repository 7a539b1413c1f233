"""Modules and their optimizers as one flat set of named tensors, and back."""

from collections.abc import Collection

import torch
from torch import Tensor, nn

State = dict[str, tuple[nn.Module, torch.optim.Optimizer]]
Names = Collection[str]


def pack(state: State, frozen: Names = ()) -> dict[str, Tensor]:
    """Every weight and every number an optimizer keeps of it, on the CPU. frozen: names of weights that never change,
    which are left out."""
    tensors: dict[str, Tensor] = {}
    for part, (module, optimizer) in state.items():
        tensors |= {f"{part}.model.{name}": value for name, value in module.state_dict().items() if name not in frozen}
        for name, parameter in module.named_parameters():
            kept = optimizer.state.get(parameter, {})
            tensors |= {f"{part}.optimizer.{name}.{key}": value for key, value in kept.items()}
    return {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}


def unpack(state: State, tensors: dict[str, Tensor], frozen: Names = ()) -> None:
    """Put packed tensors back in place; `RuntimeError` or `KeyError` where they are of another shape or module."""
    for part, (module, optimizer) in state.items():
        missing, unexpected = module.load_state_dict(_below(f"{part}.model.", tensors), strict=False)
        if unexpected or not set(missing) <= set(frozen):
            raise KeyError(part)
        for name, parameter in module.named_parameters():
            kept = _below(f"{part}.optimizer.{name}.", tensors)
            if kept:
                optimizer.state[parameter] = {key: value.to(parameter.device) for key, value in kept.items()}


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
