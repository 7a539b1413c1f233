"""Averaging over what is hidden, against the plain loop."""

import pytest
import torch

from msd_core.evaluate import encode_split, fuse_split, references
from msd_core.inputs import read_inputs
from msd_core.losses import kl, log_probs
from msd_core.marginal import marginal, marginal_agreement
from msd_core.models.base import Encoded
from msd_core.models.two_tower import REFERENCES
from msd_core.saliency import probabilities
from msd_core.views import visible


@pytest.fixture
def encoded(tiny_model, tiny_split):
    found = encode_split(tiny_model, read_inputs(tiny_model, tiny_split))
    tiny_model.set_references(references(found, tiny_split))
    return found


@pytest.mark.parametrize("multilabel", [False, True])
def test_it_is_the_mean_prediction_over_the_references(tiny_model, encoded, multilabel):
    found = marginal(tiny_model, encoded, multilabel)
    seen = visible(("both",), 1)[0]
    with torch.no_grad():
        each = [
            probabilities(tiny_model.fuse(Encoded(encoded.image[3:4], text[None]), seen), multilabel)
            for text in tiny_model.reference_text
        ]
    assert len(each) == REFERENCES
    torch.testing.assert_close(found.image[3], torch.cat(each).mean(0))
    assert found.image.shape == (12, 5) and found.text.shape == (9, 5) and found.neither.shape == (5,)


@pytest.mark.parametrize("multilabel", [False, True])
def test_agreement_is_the_divergence_by_example(tiny_model, tiny_split, encoded, multilabel):
    averaged = marginal(tiny_model, encoded, multilabel)
    teacher = fuse_split(tiny_model, encoded, tiny_split) + 0.3
    found = marginal_agreement(teacher, averaged, tiny_split, multilabel)
    chances = averaged.text[tiny_split.text_of]
    logits = chances.logit() if multilabel else chances.log()
    expected = kl(log_probs(teacher[:, 2], multilabel), log_probs(logits, multilabel)).mean()
    assert found["text"] == pytest.approx(float(expected), abs=1e-5)
    assert set(found) == {"image", "text", "neither"} and all(value >= 0 for value in found.values())
