"""Modules and optimizers packed into tensors, and back: a step after is the step that would have been."""

import pytest
import torch
from torch import nn

from msd_core.training.checkpoint import pack, unpack


def state(seed: int, steps: int, width: int = 3) -> dict:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(4, width), nn.BatchNorm1d(width), nn.Linear(width, 2))
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    parts = {"student": (net, optimizer)}
    for i in range(steps):
        step(parts, i)
    return parts


def step(parts: dict, seed: int) -> None:
    net, optimizer = parts["student"]
    net(torch.randn(5, 4, generator=torch.Generator().manual_seed(seed))).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def test_training_goes_on_as_if_unbroken():
    whole, resumed = state(0, 3), state(1, 0)
    unpack(resumed, pack(whole))
    for parts in (whole, resumed):
        step(parts, 9)
    for name, value in whole["student"][0].state_dict().items():
        assert torch.equal(value, resumed["student"][0].state_dict()[name])


def test_what_is_packed_is_a_copy():
    parts = state(0, 1)
    tensors = pack(parts)
    before = {name: value.clone() for name, value in tensors.items()}
    step(parts, 2)
    assert all(torch.equal(value, before[name]) for name, value in tensors.items())
    assert any(name.startswith("student.optimizer.0.weight.") for name in tensors)


def test_before_the_first_step_there_is_nothing_of_an_optimizer():
    resumed = state(1, 0)
    unpack(resumed, pack(state(0, 0)))
    assert not resumed["student"][1].state


def test_another_module_is_refused():
    with pytest.raises(RuntimeError):
        unpack(state(0, 1, width=5), pack(state(0, 1)))
