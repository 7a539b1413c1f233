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


def numpy_kd(z_t: np.ndarray, z_s: np.ndarray, temperature: float) -> np.ndarray:
    p, q = softmax(z_t / temperature), softmax(z_s / temperature)
    return temperature**2 * (p * np.log(p / q)).sum(-1)


def numpy_kd_by_label(z_t: np.ndarray, z_s: np.ndarray, temperature: float) -> np.ndarray:
    p, q = 1 / (1 + np.exp(-z_t / temperature)), 1 / (1 + np.exp(-z_s / temperature))
    return temperature**2 * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean(-1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 7.0])
def test_kd_is_the_formula(temperature):
    loss = kd(teacher=Z_T, student=Z_S, temperature=temperature, multilabel=False).numpy()
    np.testing.assert_allclose(loss, numpy_kd(Z_T.numpy(), Z_S.numpy(), temperature), atol=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_kd_of_many_labels_is_the_mean_over_two_outcomes(temperature):
    loss = kd(teacher=Z_T, student=Z_S, temperature=temperature, multilabel=True).numpy()
    np.testing.assert_allclose(loss, numpy_kd_by_label(Z_T.numpy(), Z_S.numpy(), temperature), atol=1e-12)


def test_two_distributions_cannot_be_swapped_in_silence():
    log_p, log_q = log_probs(Z_T, False), log_probs(Z_S, False)
    for call in (lambda: kl(log_p, log_q), lambda: kd(Z_T, Z_S, 2.0, False)):
        with pytest.raises(TypeError):
            call()
    assert not torch.allclose(kl(log_p=log_p, log_q=log_q), kl(log_p=log_q, log_q=log_p))


def test_ce_is_the_formula():
    p = softmax(Z_S[0].numpy())
    np.testing.assert_allclose(ce(Z_S[0], LABELS, False).numpy(), -np.log(p[np.arange(7), LABELS]), atol=1e-12)
    q, y = 1 / (1 + np.exp(-Z_S[0].numpy())), MANY.numpy()
    expected = -(y * np.log(q) + (1 - y) * np.log(1 - q)).mean(-1)
    np.testing.assert_allclose(ce(Z_S[0], MANY, True).numpy(), expected, atol=1e-12)


@given(smoothing=st.floats(0, 0.99), seed=st.integers(0, 100))
def test_smoothed_labels_are_the_formula(smoothing, seed):
    z = torch.randn(7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    wanted = (1 - smoothing) * np.eye(5)[LABELS] + smoothing / 5
    np.testing.assert_allclose(
        ce(z, LABELS, False, smoothing).numpy(), -(wanted * np.log(softmax(z.numpy()))).sum(-1), atol=1e-10
    )
    q, y = 1 / (1 + np.exp(-z.numpy())), (1 - smoothing) * MANY.numpy() + smoothing * 0.5
    by_label = -(y * np.log(q) + (1 - y) * np.log(1 - q)).mean(-1)
    np.testing.assert_allclose(ce(z, MANY, True, smoothing).numpy(), by_label, atol=1e-10)


@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_msd_is_the_formula(lam):
    soft, label = kd(teacher=Z_T, student=Z_S, temperature=2.0, multilabel=False), ce(Z_S[0], LABELS, False)
    loss = distillation_loss(label=label, method=soft[0], single=soft[1:], weights=WEIGHTS, lam=lam)
    k = numpy_kd(Z_T.numpy(), Z_S.numpy(), 2.0)  # (3, 7)
    hard = -np.log(softmax(Z_S[0].numpy())[np.arange(7), LABELS])
    w = WEIGHTS.numpy()
    expected = lam * hard + (1 - lam) * (k[0] + w[:, 0] * k[1] + w[:, 1] * k[2])
    assert float(loss) == pytest.approx(expected.mean(), abs=1e-12)


def test_labels_alone_keep_their_whole_weight():
    label = ce(Z_S[0], LABELS, False)
    assert float(distillation_loss(label=label, method=label, lam=0.3)) == pytest.approx(float(label.mean()))
    single = kd(teacher=Z_T[1:], student=Z_S[1:], temperature=2.0, multilabel=False)
    loss = distillation_loss(label=label, method=label, single=single, weights=WEIGHTS, lam=0.3)
    expected = label + 0.7 * (WEIGHTS.T * single).sum(0)
    assert float(loss) == pytest.approx(float(expected.mean()))


@pytest.mark.parametrize("multilabel", [False, True])
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 40))
def test_divergence_is_never_negative_and_zero_on_itself(seed, scale, multilabel):
    z = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(seed)) * scale
    p, q = log_probs(z[0], multilabel), log_probs(z[1], multilabel)
    assert (kl(log_p=p, log_q=q) >= -1e-5).all()
    assert kl(log_p=p, log_q=p).abs().max() == 0
    assert torch.isfinite(kd(teacher=z[0], student=z[1], temperature=2.0, multilabel=multilabel)).all()
