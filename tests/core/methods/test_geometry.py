"""Lengths and directions where points coincide or are nothing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.methods.geometry import unit
from msd_core.methods.rkd import relations


def test_directions_of_nothing_are_nothing():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    unit(x).sum().backward()
    assert unit(x).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]] and x.grad[1].tolist() == [0.0, 0.0]


def test_distances_are_over_their_mean_and_angles_at_a_corner():
    distances, angles = relations(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert float(distances.sum()) == pytest.approx(6), "the mean of two different points is 1"
    assert angles[0, 1, 2] == pytest.approx(0, abs=1e-6) and angles[1, 0, 2] == pytest.approx(0.5**0.5)


@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3))
def test_a_unit_has_length_one_and_the_same_direction(seed, scale):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    torch.testing.assert_close(unit(scale * x), unit(x))
    torch.testing.assert_close(unit(x).norm(dim=1), torch.ones(5, dtype=torch.float64))
    assert ((unit(x) * x).sum(1) > 0).all()
    assert not unit(x, x.norm(dim=1, keepdim=True)).any(), "what is at most the shortest is nothing"
