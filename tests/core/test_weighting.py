"""Weights spend the same whatever the scheme."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.weighting import DIRECTIONS, FIXED, weights


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("scheme", FIXED[1:])
@given(seed=st.integers(0, 10**6), beta=st.floats(0.01, 10), size=st.integers(1, 50))
def test_mean_weight_is_beta(seed, beta, size, scheme, direction):
    salient = torch.rand(size, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    result = weights(scheme, salient, beta, direction)
    assert result.shape == (size, 2)
    assert (result >= 0).all()
    assert float(result.mean()) == pytest.approx(beta)


def test_each_scheme_is_its_formula():
    salient = torch.tensor([[0.8, 0.2], [0.4, 0.6]], dtype=torch.float64)
    assert weights("none", salient) is None
    assert weights("uniform", salient).tolist() == [[1, 1], [1, 1]]
    torch.testing.assert_close(weights("population", salient), torch.tensor([[1.2, 0.8], [1.2, 0.8]]).double())
    torch.testing.assert_close(weights("instance", salient), salient / 0.5)
    torch.testing.assert_close(weights("instance", salient, direction="other"), salient.flip(1) / 0.5)


def test_nothing_salient_is_uniform():
    assert weights("instance", torch.zeros(3, 2)).tolist() == [[1, 1]] * 3


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="weighting is one of"):
        weights("inverse", torch.rand(3, 2))
