"""Models that read large pictures are looked at less often, and say so."""

import pytest
import torch
from PIL import Image

from analysis.attribution.attribution import attribute
from analysis.attribution.faithfulness import FEW_ORDERS, ORDERS, measure
from analysis.attribution.methods import METHODS
from analysis.attribution.score import pair_score
from analysis.attribution.sentences import trust
from msd_core.models.zoo import build
from tests.tiny import TINY, TINY_224

PICTURE = Image.new("RGB", (100, 60), (200, 40, 40))


@pytest.fixture
def scores():
    torch.manual_seed(0)
    small, large = build(TINY, 3).eval(), build(TINY_224, 3).eval()
    return {size: pair_score(model, PICTURE, "a red one", 0, False) for size, model in ((64, small), (224, large))}


@pytest.mark.parametrize("method", [name for name, how in METHODS.items() if how.count and name != "shapley"])
def test_a_dear_score_takes_few_steps_unless_told(scores, method):
    how = METHODS[method]
    assert attribute(scores[224], method).n == how.few < how.default
    assert attribute(scores[224], method, **{how.count: 9}).n == 9
    assert scores[224].is_dear and not scores[64].is_dear


def test_a_dear_map_is_held_against_fewer_orders_and_must_beat_them_all(scores):
    found = {size: measure(score, attribute(score, n_steps=8)) for size, score in scores.items()}
    assert found[64].orders == ORDERS and found[224].orders == FEW_ORDERS
    assert all(abs(each.beaten * each.orders - round(each.beaten * each.orders)) < 1e-6 for each in found.values())
    assert str(FEW_ORDERS) in trust({"teacher": found[224]})[0]
