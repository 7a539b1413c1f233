"""Faithfulness: a map that is right is told from one that is not."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.attribution.attribution import attribute
from analysis.attribution.faithfulness import BINS, STEPS, measure
from analysis.attribution.score import pair_score
from tests.analysis.attribution.toy import TEXT, toy_score
from tests.analysis.models import noise


@pytest.fixture(scope="module")
def additive():
    """A score that adds up over players, and its exact map."""
    score = toy_score()
    return score, attribute(score, "feature-ablation")


def test_the_curves_of_an_additive_score_are_sums_of_the_map(additive):
    score, exact = additive
    curves = measure(score, exact).map
    ordered = torch.cat([exact.patches.flatten(), exact.word_values]).sort(descending=True).values
    for k in range(STEPS + 1):
        first = float(ordered[: round(k / STEPS * len(ordered))].sum())
        assert curves.insertion[k] == pytest.approx(exact.start + first, abs=1e-3)
        assert curves.deletion[k] == pytest.approx(exact.value - first, abs=1e-3)
    firsts = [float(ordered[: round(b * len(ordered))].sum()) for b in BINS]
    assert curves.comprehensiveness == pytest.approx(np.mean(firsts), abs=1e-3)
    assert curves.sufficiency == pytest.approx(exact.value - exact.start - np.mean(firsts), abs=1e-3)


def test_the_right_map_beats_chance_and_its_negative_does_not(additive):
    score, exact = additive
    right = measure(score, exact, sensitive=True)
    wrong = measure(score, replace(exact, patches=-exact.patches, word_values=-exact.word_values))
    assert right.beaten == 1.0 and right.beats_chance and right.map.gap > right.chance.gap > wrong.map.gap
    assert wrong.beaten == 0.0 and not wrong.beats_chance
    assert right.infidelity == pytest.approx(0, abs=1e-4)  # what it foretells of a removal is what the removal does
    assert 0 <= right.sensitivity < 0.2


def test_a_random_map_is_not_faithful(additive):
    score, exact = additive
    torch.manual_seed(0)
    random = replace(exact, patches=torch.randn(8, 8).double(), word_values=torch.randn(4).double())
    assert measure(score, random).infidelity > 100 * measure(score, exact).infidelity


def test_a_map_that_is_the_same_everywhere_beats_nobody(additive):
    score, exact = additive
    level = replace(exact, patches=torch.ones(8, 8).double(), word_values=torch.ones(4).double())
    assert measure(score, level).beaten == 0.0


@pytest.mark.parametrize(("missing", "players"), [({"picture": None}, 4), ({"text": None}, 64)])
def test_players_are_of_what_is_there_alone(missing, players, monkeypatch):
    from analysis.attribution.score import Game

    score, lines = toy_score(**missing), []
    exact, plain = attribute(score, "feature-ablation"), Game.value_in_line
    monkeypatch.setattr(Game, "value_in_line", lambda game, line: (lines.append(line), plain(game, line))[1])
    measured = measure(score, exact, sensitive=True)
    assert lines and {line.shape[1] for line in lines} == {players}
    assert measured.map.deletion[0] == pytest.approx(exact.value, abs=1e-4)
    assert measured.map.deletion[-1] == pytest.approx(exact.start, abs=1e-4)
    assert measured.infidelity == pytest.approx(0, abs=1e-4) and 0 <= measured.sensitivity < 0.2


def test_random_orders_of_two_words_are_half_of_them_the_maps_own():
    """With 64 patches of nobody among them, random orders would hardly ever come upon a word so soon."""
    score = toy_score(text="is red", picture=None)
    measured = measure(score, attribute(score, "feature-ablation"))
    assert measured.beaten < 0.8 and not measured.beats_chance


@pytest.mark.parametrize("method", ["integrated-gradients", "shapley", "occlusion"])
def test_sensitivity_makes_the_map_again_by_the_same_settings(fifth, two_sizes, method, monkeypatch):
    from analysis.attribution import faithfulness

    score = pair_score(two_sizes["kd"].model, noise(40, 30), TEXT, 1, False, "logit")
    count = {"integrated-gradients": {"n_steps": 3}, "shapley": {"n_samples": 2}}.get(method, {})
    one, calls = attribute(score, method, grid=2, **count), []
    monkeypatch.setattr(faithfulness, "attribute", lambda s, **o: (calls.append(o), attribute(s, **o))[1])
    measured = measure(score, one, sensitive=True)
    assert measured.sensitivity >= 0 and measure(score, one).sensitivity is None
    assert calls and all(options == {"method": method, "grid": 2, **count} for options in calls)


@pytest.mark.parametrize(("name", "shape"), [("teacher", (120, 40)), ("kd", (30, 77))])
def test_a_model_of_either_size_takes_the_whole_pair_away(two_sizes, name, shape):
    score = pair_score(two_sizes[name].model, noise(*shape), TEXT, 1, False, "logit")
    one = attribute(score, "feature-ablation")
    curves = measure(score, one).map
    assert curves.deletion[0] == pytest.approx(one.value, abs=1e-5) == pytest.approx(curves.insertion[-1], abs=1e-5)
    assert curves.deletion[-1] == pytest.approx(one.start, abs=1e-5) == pytest.approx(curves.insertion[0], abs=1e-5)
