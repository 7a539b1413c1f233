"""Saliency and Shapley values: bounds, identities, and examples whose answer is known."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.saliency import probabilities, saliency, saliency_by_label, shapley, total_variation_necessity


def logits(seed: int, scale: float = 3.0, classes: int = 4) -> torch.Tensor:
    return torch.randn(6, 4, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def by_view(both, image, text, neither) -> torch.Tensor:
    return torch.tensor([both, image, text, neither], dtype=torch.float64).log()[None]


def test_a_confident_answer_that_falls_back_to_chance_moves_as_much_as_the_design_has_it():
    for classes, bits in ((2, 0.31), (13, 0.80)):
        sure = [1.0] + [1e-12] * (classes - 1)
        chance = [1 / classes] * classes
        assert float(saliency(by_view(sure, chance, sure, chance))[0, 1]) == pytest.approx(bits, abs=0.005)


def test_necessity_is_jensen_shannon_in_bits():
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    m = (p + q) / 2
    expected = sum(float((a * (a / m).log()).sum()) for a in (p, q)) / 2 / math.log(2)
    necessity = saliency(by_view(p.tolist(), p.tolist(), q.tolist(), q.tolist()))[0]
    assert necessity.tolist() == pytest.approx(
        [expected, 0.0], abs=1e-6
    )  # without the image only the text view is left


@pytest.mark.parametrize("multilabel", [False, True])
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 60))
def test_bounds_and_the_two_numbers_of_two_modalities(seed, scale, multilabel):
    z = logits(seed, scale)
    necessity, sufficiency = (saliency(z, kind, multilabel) for kind in ("necessity", "sufficiency"))
    for values in (necessity, sufficiency, total_variation_necessity(z, multilabel)):
        assert values.shape == (6, 2)
        assert ((values >= -1e-9) & (values <= 1 + 1e-9)).all()
    torch.testing.assert_close(necessity[:, 0], 1 - sufficiency[:, 1])
    torch.testing.assert_close(necessity[:, 1], 1 - sufficiency[:, 0])


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="saliency is one of"):
        saliency(logits(0), "relevance")


def test_saliency_of_many_labels_is_the_mean_over_labels():
    z = logits(3)
    torch.testing.assert_close(saliency_by_label(z).mean(1), saliency(z, multilabel=True))


@given(seed=st.integers(0, 10**6))
def test_shapley_values_add_up(seed):
    v = probabilities(logits(seed)).transpose(1, 2)  # (6, C, 4)
    image, text, _ = shapley(v).unbind(-1)
    torch.testing.assert_close(image + text, v[..., 0] - v[..., 3])


def test_shapley_interaction_is_zero_for_a_sum_and_all_of_an_and():
    total = torch.tensor([0.7, 0.5, 0.3, 0.1])  # 0.1 + 0.4 [image] + 0.2 [text]
    torch.testing.assert_close(shapley(total), torch.tensor([0.4, 0.2, 0.0]))
    needs_both = torch.tensor([1.0, 0.0, 0.0, 0.0])
    torch.testing.assert_close(shapley(needs_both), torch.tensor([0.5, 0.5, 1.0]))
