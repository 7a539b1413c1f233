"""What a viewer draws: one signed scale, colours that say the sign, and pictures in their own shape."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.attribution.pair import Settings, attribute_pair
from analysis.attribution.scene import AGAINST, FINE, outline, scene, tint
from analysis.report import pair_report
from tests.analysis.models import noise


@pytest.fixture
def two_panels(fifth, two_sizes):
    """The scene of a wide picture for models of two sizes, and what it was made from."""
    pair = attribute_pair(fifth, noise(1200, 400), "is it red?", two_sizes, Settings(n_steps=4, output="logit"))
    return scene(pair), pair


def test_a_scene_has_one_scale(vqa_pair):
    drawn = scene(vqa_pair)
    strengths = [abs(c.strength) for p in drawn.panels for c in (*itertools.chain(*p.patches), *p.words)]
    assert max(strengths) == pytest.approx(1)
    assert drawn.unit == "percentage points" and float(drawn.end) == pytest.approx(100 * vqa_pair.scale, abs=0.1)
    assert [panel.name for panel in drawn.panels] == ["Teacher", "KD"]
    assert drawn.panels[0].measures[0].name == "Mass of the map"


def test_words_know_what_stands_after_them(vqa_pair):
    cells = scene(vqa_pair).panels[0].words
    assert "".join(cell.name + cell.after for cell in cells) == vqa_pair.comparison.text


def test_a_map_of_zeros_can_be_drawn(vqa_pair):
    zero = {
        name: replace(m, pixels=m.pixels * 0, patches=m.patches * 0, word_values=m.word_values * 0)
        for name, m in vqa_pair.maps.items()
    }
    drawn = scene(replace(vqa_pair, maps=zero))
    assert drawn.end == "0.0"
    assert drawn.panels[0].patches[0][0].value == "0.0"
    assert "0 everywhere" in drawn.panels[0].reading


def test_nothing_lies_over_a_picture_that_is_hidden(fifth, two_sizes):
    pair = attribute_pair(fifth, noise(60, 40), "is it red?", two_sizes, Settings(n_steps=2, view="text"))
    drawn = scene(pair)
    assert drawn.hidden == "image" and drawn.picture is not None and pair_report(pair).html
    for panel in drawn.panels:
        assert panel.patches == [] and len(panel.words) == 3
        assert not any(np.asarray(fill)[..., 3].any() for fill in panel.fills.values())


def test_panels_of_two_sizes_lie_over_one_picture(two_panels):
    drawn, pair = two_panels
    assert drawn.picture.size == (FINE, round(FINE * 400 / 1200)), "at most so fine, in its own shape"
    assert pair.picture.size == (1200, 400), "which is left as it was"
    for panel, size in zip(drawn.panels, (224, 64), strict=True):
        assert panel.fills["patches"].size == (8, 8)
        width, height = panel.fills["pixels"].size
        assert width == size and abs(height - width / 3) <= 0.51
        assert len(panel.patches) == 8 and all(len(row) == 8 for row in panel.patches)


def test_pixels_are_drawn_by_density_so_that_even_ones_look_like_their_patch(two_panels):
    pair = two_panels[1]
    even = {}
    for name, one in pair.maps.items():
        pixels = torch.where(pair.scores[name].patch_index(1) >= 0, -1.0, 0.0)
        patches = torch.full((8, 8), one.pixels_in_picture.numel() / -64)  # what they sum to
        even[name] = replace(one, pixels=pixels * 0.5 / float(patches.abs().max()), patches=patches * 0 - 0.5)
    level = replace(pair, maps=even)
    level.__dict__["scale"] = 1.0
    for panel in scene(level).panels:
        for fill in panel.fills.values():
            assert set(np.asarray(fill)[..., 3].flatten().tolist()) == {128}, "half as strong as can be, everywhere"
            assert tuple(np.asarray(fill)[0, 0, :3]) == AGAINST


def test_the_outline_is_in_the_frame_of_the_picture(vqa_pair, two_panels):
    region = vqa_pair.region
    assert scene(vqa_pair).outline == outline(region)
    assert scene(vqa_pair).outline_size == (region.shape[1], region.shape[0]) == vqa_pair.picture.size
    assert (two_panels[0].outline, two_panels[0].outline_size) == ("", (1, 1))


def test_colour_is_the_sign_and_opacity_the_strength():
    drawn = np.asarray(tint(torch.tensor([[1.0, -0.5, 0.0]])))
    red, violet, none = drawn[0].tolist()
    assert red[0] > red[2] and violet[2] > violet[0]
    assert [red[3], violet[3], none[3]] == [255, 128, 0]


def test_an_outline_runs_around_a_region():
    region = np.zeros((4, 4), dtype=bool)
    region[1, 2] = True
    assert sorted(outline(region).split("M")[1:]) == sorted(["2 1h1", "2 2h1", "2 1v1", "3 1v1"])
