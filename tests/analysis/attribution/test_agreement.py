"""Two maps of one pair, of models of one size or of two."""

from dataclasses import replace

import pytest
import torch

from analysis.attribution.agreement import agreement
from analysis.attribution.attribution import attribute
from analysis.attribution.score import pair_score
from tests.analysis.attribution.toy import toy_score
from tests.analysis.models import noise


@pytest.fixture(scope="module")
def one():
    return attribute(toy_score())


def test_a_map_agrees_with_itself_and_not_with_its_negative(one):
    same = agreement(teacher=one, student=one)
    assert same["image"] == {"rank": pytest.approx(1), "overlap": 1.0, "chance": 6 / 64}
    assert same["text"]["overlap"] == 1
    negative = replace(one, patches=-one.patches, word_values=-one.word_values)
    opposite = agreement(teacher=one, student=negative)
    assert opposite["image"]["rank"] == pytest.approx(-1) and opposite["text"]["rank"] == pytest.approx(-1)


def test_two_words_have_no_rank(one):
    few = replace(one, words=("a", "b"), word_values=torch.tensor([1.0, 2.0]))
    assert agreement(teacher=few, student=few)["text"]["rank"] is None


def test_a_half_that_is_0_everywhere_has_neither_rank_nor_overlap(one):
    hidden = replace(one, word_values=torch.zeros_like(one.word_values))
    assert agreement(teacher=one, student=hidden)["text"] == {"rank": None, "overlap": None, "chance": 1 / 4}


def test_maps_agree_on_no_half_that_they_do_not_have():
    words, picture = attribute(toy_score(picture=None)), attribute(toy_score(text=None))
    assert set(agreement(teacher=words, student=words)) == {"text"}
    assert set(agreement(teacher=picture, student=picture)) == {"image"}


def test_maps_of_models_of_two_sizes_are_compared_patch_by_patch(two_sizes):
    maps = [
        attribute(pair_score(each.model, noise(120, 40), "is it red?", 1, False, "logit"), "feature-ablation")
        for each in two_sizes.values()
    ]
    assert [m.pixels.shape[0] for m in maps] == [224, 64]
    alike = agreement(teacher=maps[0], student=maps[1])
    assert alike["image"]["chance"] == 6 / 64 and -1 <= alike["image"]["rank"] <= 1
    same = replace(maps[1], patches=maps[0].patches)
    assert agreement(teacher=maps[0], student=same)["image"]["rank"] == pytest.approx(1)
