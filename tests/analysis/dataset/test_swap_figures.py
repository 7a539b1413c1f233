"""Swapped pairs as figures: the numbers in the cells, white where there is no interaction, pictures beside the rows."""

import pytest
import torch

from analysis.dataset.swap import Swap
from analysis.dataset.swap_figures import distance_figure, interaction_figure, probability_figure
from tests.analysis.dataset.conftest import LABELS
from tests.analysis.drawing import axis_titles, check_paper
from tests.analysis.models import tiny_task


@pytest.mark.parametrize("multilabel", [False, True])
@pytest.mark.parametrize("draw", [probability_figure, interaction_figure])
def test_axes_have_titles_and_pictures_stand_beside_rows(draw, multilabel):
    swapped = Swap(tiny_task(LABELS, multilabel), ("a", "b", "<b>no</b>"), {"teacher": torch.rand(4, 3, 5)})
    figure = draw(swapped, "teacher", "red", ["data:,"] * 4)
    assert all(axis_titles(figure).values()) and len(figure.layout.images) == 4
    assert [image.y for image in figure.layout.images] == [1, 2, 3, 4]
    check_paper(figure)


def test_distances_are_drawn_on_the_scale_that_is_given():
    probs = {"teacher": torch.tensor([[[1.0, 0.0]]]), "kd": torch.tensor([[[0.5, 0.5]]])}
    cells, words = distance_figure(Swap(tiny_task(("a", "b"), False), ("x",), probs), "kd", 3.0, []).data
    assert (cells.zmin, cells.zmax) == (0, 3.0) and list(words.text) == ["0.7"]


def test_interaction_is_symmetric_around_nothing():
    probs = torch.tensor([[[0.9], [0.1]], [[0.1], [0.9]]])
    swapped = Swap(tiny_task(("a",), True), ("x", "y"), {"teacher": probs})
    cells, words = interaction_figure(swapped, "teacher", "a", []).data
    assert cells.zmin == -cells.zmax
    assert list(words.text) == ["+40", "−40", "−40", "+40"]
    assert list(probability_figure(swapped, "teacher", "a", []).data[1].text) == ["90", "10", "10", "90"]
