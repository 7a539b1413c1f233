"""What a model loses when one modality is another example's."""

from dataclasses import replace

import pytest
import torch

from analysis.dataset import perceptual as module
from analysis.dataset.perceptual import perceptual_score
from msd_core.evaluate import logits_by_view
from msd_core.views import BOTH
from tests.analysis.dataset.heads import Sum
from tests.analysis.models import random_model, tiny_task
from tests.tiny import TINY, TINY_224

TASK = tiny_task()


@pytest.mark.parametrize(("ignored", "used"), [("image", "text"), ("text", "image")])
def test_the_score_of_an_ignored_modality_is_zero(loaded, tiny_split, ignored, used):
    loaded.model.head = Sum(ignored)
    logits = logits_by_view(loaded.model, tiny_split)[:, BOTH]
    split = replace(tiny_split, labels=logits.argmax(-1))  # it is always right
    score = perceptual_score(loaded, TASK, split, 1.0)
    assert score.score[ignored] == 0 and score.permuted[ignored] == 1 and score.deviation[ignored] == 0
    assert score.score[used] > 0


def test_a_score_is_made_once(loaded, tiny_split, monkeypatch):
    first = perceptual_score(loaded, TASK, tiny_split, 0.5)

    def never(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(module, "encode_split", never)
    assert perceptual_score(loaded, TASK, tiny_split, 0.5) == first
    half = perceptual_score(loaded, TASK, tiny_split, 1.0)
    assert half.permuted == first.permuted and half.score != first.score


def test_a_model_that_reads_other_pixels_has_a_score_of_its_own(tiny_split, home):
    split = replace(tiny_split, labels=torch.arange(40) % 5)
    one, other = (random_model(TASK, spec) for spec in (TINY, TINY_224))
    for each in (one, other):
        each.model.head = Sum()
    assert perceptual_score(one, TASK, split, 0.5) != perceptual_score(other, TASK, split, 0.5)
