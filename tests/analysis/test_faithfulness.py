"""Faithfulness: a map that is right is told from one that is not, and maps point at what decides."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.attribution.attribute import attribute
from analysis.attribution.faithfulness import BINS, STEPS, measure
from analysis.attribution.pointing import point, pointing_game, region_of
from analysis.attribution.question import ask
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.tasks import get_task
from tests.analysis.test_attribution import TEXT, Toy, linear


@pytest.fixture(scope="module")
def additive():
    """A question whose score adds up over players, and its exact map."""
    picture = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    question = ask(Toy(linear), picture, TEXT, 0, False, output="logit")
    return question, attribute(question, "feature-ablation")


def test_the_curves_of_an_additive_score_are_sums_of_the_map(additive):
    question, found = additive
    curves = measure(question, found).map
    ordered = torch.cat([found.patches.flatten(), found.word_values]).sort(descending=True).values
    for k in range(STEPS + 1):
        first = float(ordered[: round(k / STEPS * len(ordered))].sum())
        assert curves.insertion[k] == pytest.approx(found.start + first, abs=1e-3)
        assert curves.deletion[k] == pytest.approx(found.value - first, abs=1e-3)
    firsts = [float(ordered[: round(b * len(ordered))].sum()) for b in BINS]
    assert curves.comprehensiveness == pytest.approx(np.mean(firsts), abs=1e-3)
    assert curves.sufficiency == pytest.approx(found.value - found.start - np.mean(firsts), abs=1e-3)


def test_the_right_map_beats_chance_and_its_negative_does_not(additive):
    question, found = additive
    right = measure(question, found, sensitive=True)
    wrong = measure(question, replace(found, patches=-found.patches, word_values=-found.word_values))
    assert right.beaten == 1.0 and right.beats_chance and right.map.gap > right.chance.gap > wrong.map.gap
    assert wrong.beaten == 0.0 and not wrong.beats_chance
    assert right.infidelity == pytest.approx(0, abs=1e-4)  # what it foretells of a removal is what the removal does
    assert 0 <= right.sensitivity < 0.2


def test_a_random_map_is_not_faithful(additive):
    question, found = additive
    torch.manual_seed(0)
    random = replace(found, patches=torch.randn(8, 8).double(), word_values=torch.randn(4).double())
    assert measure(question, random).infidelity > 100 * measure(question, found).infidelity


@pytest.mark.parametrize(
    ("task", "accuracy", "inside"), [("easy-vqa", 0.5, 0.5), ("digits", 0.3, 0.3), ("sarcasm", 0.3, 0.08)]
)
def test_integrated_gradients_point_at_what_decides_far_more_often_than_chance(task, accuracy, inside):
    asked = get_task(task)
    examples = asked.examples("validation")[::23][:60]
    found = pointing_game(load_bundled(task, "teacher"), asked, examples, effort=32)
    assert found["examples"] >= 30
    assert found["accuracy"] > found["random_accuracy"] + accuracy
    assert found["inside"] > found["random_inside"] + inside


def test_regions_are_where_the_maker_put_them():
    vqa, digits, sarcasm = (get_task(name) for name in ("easy-vqa", "digits", "sarcasm"))
    shape = region_of(vqa, vqa.examples("test")[0])
    assert 0.005 < shape.float().mean() < 0.4
    by_evidence = {e.evidence: e for e in digits.examples("test")}
    assert region_of(digits, by_evidence["text"]) is None and region_of(digits, by_evidence["both"]).any()
    by_evidence = {e.evidence: e for e in sarcasm.examples("test")[:200]}
    assert region_of(sarcasm, by_evidence["text"]) is None and region_of(sarcasm, by_evidence["image"]).any()
    posters = get_task("posters")
    assert region_of(posters, posters.examples("test")[0]) is None
    with pytest.raises(UserError, match="Nobody knows"):
        pointing_game(load_bundled("posters", "teacher"), posters, posters.examples("test")[:2])


def test_pointing_counts_the_largest_value_and_the_mass():
    region = torch.zeros(4, 4, dtype=torch.bool)
    region[0] = True
    values = torch.zeros(4, 4)
    values[0, 2], values[3, 3], values[3, 0] = 2.0, -4.0, 2.0
    found = point(values, region)
    assert found.hit and found.inside == pytest.approx(0.25) and found.area == 0.25
