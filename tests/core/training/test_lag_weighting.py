"""Weights that follow the student's lag: what it is, and that it is spent as promised."""

from dataclasses import replace

import pytest
import torch

from msd_core.inputs import read_inputs
from msd_core.losses import kl
from msd_core.models.zoo import build
from msd_core.training.config import Config
from msd_core.training.lag_weighting import LagWeights, lag
from msd_core.training.prepare import Data
from msd_core.views import visible
from tests.tiny import TINY

CONFIG = Config(weighting="lag", beta=1.5)


def parts(split):
    torch.manual_seed(0)
    student = build(TINY, 5).eval()
    targets = torch.randn(40, 4, 5)
    return student, Data(split, read_inputs(student, split), split.image_of, split.text_of, split.labels, targets)


@pytest.mark.parametrize("multilabel", [False, True])
def test_it_is_the_divergence_of_averages_over_others(tiny_split, multilabel):
    student, train = parts(tiny_split)
    others = torch.tensor([3, 9, 30])
    lagging = lag(student, train, others, multilabel)
    assert lagging.shape == (40, 2) and (lagging >= 0).all()
    masks = visible(("both",), 3)[0]

    def outcomes(values):
        return torch.stack([values, 1 - values], -1) if multilabel else values[None]

    def probs(logits):
        return logits.sigmoid() if multilabel else logits.softmax(-1)

    for row in range(0, 40, 7):
        own, of = torch.full((3,), row), (tiny_split.image_of, tiny_split.text_of)
        for place, (images, texts) in enumerate(((own, others), (others, own))):
            encoded = student.encode(train.inputs.images(of[0][images]), train.inputs.texts(of[1][texts]))
            mean = probs(student.fuse(encoded, masks)).mean(0).detach()
            teacher = probs(train.teacher_logits[row, 1 + place])
            apart = kl(log_p=outcomes(teacher).log(), log_q=outcomes(mean).log())
            assert lagging[row, place].item() == pytest.approx(apart.item(), abs=1e-5)


@pytest.mark.parametrize("weighting", ["lag", "lag-population"])
def test_the_budget_is_spent_where_the_student_lags(tiny_split, weighting):
    student, train = parts(tiny_split)
    kept = LagWeights(student, train, replace(CONFIG, weighting=weighting), False)
    assert torch.equal(kept.values, torch.full((40, 2), 1.5))
    kept.update(0)
    first = kept.values
    assert first.mean().item() == pytest.approx(1.5) and (first >= 0).all() and not first.is_inference()
    assert (first.std(0) > 0.01).all() == (weighting == "lag")
    kept.update(0)
    assert torch.equal(kept.values, first), "nothing but the student, the seed and the epoch counts"
    kept.update(1)
    assert not torch.equal(kept.values, first)


def test_a_student_that_lags_on_the_text_alone_has_its_weight_there(tiny_split):
    student, train = parts(tiny_split)
    others = torch.arange(40)
    uniform = replace(train, teacher_logits=torch.zeros(40, 4, 5))
    sure = uniform.teacher_logits.clone()
    sure[:, 2, 0] = 20.0  # a teacher that is sure of the text and knows nothing of the image
    far = lag(student, replace(train, teacher_logits=sure), others, False)
    assert (far[:, 1] > lag(student, uniform, others, False)[:, 1]).all()
    assert torch.equal(far[:, 0], lag(student, uniform, others, False)[:, 0])
