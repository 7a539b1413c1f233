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
    encodings = encode_split(tiny_model, read_inputs(tiny_model, tiny_split))
    tiny_model.set_references(references(encodings, tiny_split, REFERENCES))
    return encodings


@pytest.mark.parametrize("multilabel", [False, True])
def test_it_is_the_mean_prediction_over_the_references(tiny_model, encoded, multilabel):
    averages = marginal(tiny_model, encoded, multilabel)
    mask = visible(("both",), 1)[0]

    def each(pairs):
        with torch.no_grad():
            return [probabilities(tiny_model.fuse(pair, mask), multilabel) for pair in pairs]

    texts = each(Encoded(encoded.image[3:4], text[None]) for text in tiny_model.reference_text)
    images = each(Encoded(image[None], encoded.text[5:6]) for image in tiny_model.reference_image)
    drawn = zip(tiny_model.reference_image, tiny_model.reference_text, strict=True)
    neither = each(Encoded(image[None], text[None]) for image, text in drawn)
    assert len(texts) == REFERENCES
    torch.testing.assert_close(averages.image[3], torch.cat(texts).mean(0))
    torch.testing.assert_close(averages.text[5], torch.cat(images).mean(0))
    torch.testing.assert_close(averages.neither, torch.cat(neither).mean(0))
    assert averages.image.shape == (12, 5) and averages.text.shape == (9, 5) and averages.neither.shape == (5,)


def test_what_is_missing_is_averaged_over_as_what_is_hidden(tiny_model, encoded):
    whole = marginal(tiny_model, encoded, False)
    texts, images = (
        marginal(tiny_model, half, False) for half in (Encoded(None, encoded.text), Encoded(encoded.image, None))
    )
    torch.testing.assert_close(texts.text, whole.text)
    torch.testing.assert_close(images.image, whole.image)
    assert torch.equal(texts.image, whole.neither[None]) and torch.equal(images.text, whole.neither[None])


@pytest.mark.parametrize("multilabel", [False, True])
def test_agreement_is_the_divergence_by_example(tiny_model, tiny_split, encoded, multilabel):
    averaged = marginal(tiny_model, encoded, multilabel)
    teacher = fuse_split(tiny_model, encoded, tiny_split) + 0.3
    by_view = marginal_agreement(teacher=teacher, student=averaged, split=tiny_split, multilabel=multilabel)
    probs = averaged.text[tiny_split.text_of]
    logits = probs.logit() if multilabel else probs.log()
    log_p, log_q = log_probs(teacher[:, 2], multilabel), log_probs(logits, multilabel)
    assert by_view["text"] == pytest.approx(float(kl(log_p=log_p, log_q=log_q).mean()), abs=1e-5)
    assert set(by_view) == {"image", "text", "neither"} and all(value >= 0 for value in by_view.values())
