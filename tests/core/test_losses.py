"""Losses equal the formulas of the design, in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.losses import ce, distillation_loss, kd, kl, log_probs

torch.manual_seed(0)
Z_T, Z_S = torch.randn(3, 7, 5, dtype=torch.float64), torch.randn(3, 7, 5, dtype=torch.float64)
LABELS, MANY = torch.randint(0, 5, (7,)), torch.randint(0, 2, (7, 5)).double()
WEIGHTS = torch.rand(7, 2, dtype=torch.float64)


def softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def numpy_kd(z_t: np.ndarray, z_s: np.ndarray, tau: float) -> np.ndarray:
    p, q = softmax(z_t / tau), softmax(z_s / tau)
    return tau**2 * (p * np.log(p / q)).sum(-1)


def numpy_kd_by_label(z_t: np.ndarray, z_s: np.ndarray, tau: float) -> np.ndarray:
    p, q = 1 / (1 + np.exp(-z_t / tau)), 1 / (1 + np.exp(-z_s / tau))
    return tau**2 * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean(-1)


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0, 7.0])
def test_kd_is_the_formula(tau):
    got = kd(Z_T, Z_S, tau, multilabel=False).numpy()
    np.testing.assert_allclose(got, numpy_kd(Z_T.numpy(), Z_S.numpy(), tau), atol=1e-12)


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_kd_of_many_labels_is_the_mean_over_two_outcomes(tau):
    got = kd(Z_T, Z_S, tau, multilabel=True).numpy()
    np.testing.assert_allclose(got, numpy_kd_by_label(Z_T.numpy(), Z_S.numpy(), tau), atol=1e-12)


def test_ce_is_the_formula():
    p = softmax(Z_S[0].numpy())
    np.testing.assert_allclose(ce(Z_S[0], LABELS, False).numpy(), -np.log(p[np.arange(7), LABELS]), atol=1e-12)
    q, y = 1 / (1 + np.exp(-Z_S[0].numpy())), MANY.numpy()
    expected = -(y * np.log(q) + (1 - y) * np.log(1 - q)).mean(-1)
    np.testing.assert_allclose(ce(Z_S[0], MANY, True).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_msd_is_the_formula(lam):
    soft = kd(Z_T, Z_S, 2.0, False)
    loss = distillation_loss(ce(Z_S[0], LABELS, False), soft[0], soft[1:], WEIGHTS, lam)
    k = numpy_kd(Z_T.numpy(), Z_S.numpy(), 2.0)  # (3, 7)
    hard = -np.log(softmax(Z_S[0].numpy())[np.arange(7), LABELS])
    w = WEIGHTS.numpy()
    expected = lam * hard + (1 - lam) * (k[0] + w[:, 0] * k[1] + w[:, 1] * k[2])
    assert float(loss) == pytest.approx(expected.mean(), abs=1e-12)


def test_labels_alone_keep_their_whole_weight():
    hard = ce(Z_S[0], LABELS, False)
    assert float(distillation_loss(hard, None, None, None, 0.3)) == pytest.approx(float(hard.mean()))
    alone = kd(Z_T[1:], Z_S[1:], 2.0, False)
    expected = hard + 0.7 * (WEIGHTS.T * alone).sum(0)
    assert float(distillation_loss(hard, None, alone, WEIGHTS, 0.3)) == pytest.approx(float(expected.mean()))


@pytest.mark.parametrize("multilabel", [False, True])
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 40))
def test_divergence_is_never_negative_and_zero_on_itself(seed, scale, multilabel):
    z = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(seed)) * scale
    p, q = log_probs(z[0], multilabel), log_probs(z[1], multilabel)
    assert (kl(p, q) >= -1e-5).all()
    assert kl(p, p).abs().max() == 0
    assert torch.isfinite(kd(z[0], z[1], 2.0, multilabel)).all()
