"""The four views as masks."""

import torch

from msd_core.views import BOTH, IMAGE, MODALITIES, NEITHER, SINGLE, TEXT, VIEWS, WITHOUT, visible


def test_a_view_shows_what_its_name_promises():
    assert visible()[:, 0].tolist() == [[True, True], [True, False], [False, True], [False, False]]
    assert [VIEWS[i] for i in (BOTH, IMAGE, TEXT, NEITHER)] == ["both", "image", "text", "neither"]
    assert VIEWS[SINGLE] == MODALITIES and visible(VIEWS[SINGLE])[:, 0].tolist() == [[True, False], [False, True]]


def test_without_a_modality_the_other_is_left():
    for modality, view in WITHOUT.items():
        left = visible((view,))[0, 0].tolist()
        assert left == [modality != each for each in MODALITIES]


def test_a_batch_has_a_row_an_example_and_no_view_is_none():
    assert visible(("text",), 5).shape == (1, 5, 2) and visible((), 5).shape == (0, 5, 2)
    assert visible(batch=3).dtype == torch.bool
