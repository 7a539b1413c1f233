"""A quick look leaves out cells of what a tower reads, and is what leaving them out one by one gives."""

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from analysis.attribution.pair import score_pair
from analysis.attribution.quick import quick_look
from analysis.attribution.scene import quick_looks
from analysis.attribution.score import pair_score
from msd_core.models.bundled import load_bundled
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build, get_spec
from tests.tiny import TINY

PICTURE = Image.radial_gradient("L").convert("RGB")


@pytest.fixture(scope="module")
def teacher():
    torch.manual_seed(0)
    return build(get_spec("minilm-effnet"), 3).eval()


def test_cells_are_left_out_of_every_stage(teacher):
    tower, images = teacher.image_tower, torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        features = tower.without_cells(images)
        grid, plain = tower.stem(tower.centre(images)), []
        for stage in tower.stages:
            grid = stage(grid)
            here = F.one_hot(torch.tensor(10), 49).view(1, 1, 7, 7).float()
            kept = F.interpolate(here, grid.shape[-2:], mode="nearest")[0, 0] == 0
            seen = grid[0][:, kept]
            plain += [seen.mean(1), seen.amax(1)]
    torch.testing.assert_close(features[11], torch.cat(plain))
    torch.testing.assert_close(features[:1], tower(images).detach())
    assert features.shape == (50, tower.features)


@pytest.mark.parametrize("text", ["a red shoe", None])
def test_a_look_is_of_the_picture_with_or_without_a_text(teacher, text):
    losses = quick_look(pair_score(teacher, PICTURE, text, 0, False))
    assert losses.shape == (7, 7) and losses.isfinite().all() and losses.abs().max() > 0


def test_quick_looks_lie_in_the_pictures_own_frame(easy_vqa):
    torch.manual_seed(0)
    spec = get_spec("minilm-effnet")
    models = {
        "teacher": LoadedModel(build(spec, len(easy_vqa.labels)).eval(), spec, easy_vqa.name),
        "kd": load_bundled(easy_vqa, "kd"),
    }
    seen = quick_looks(score_pair(easy_vqa, PICTURE.resize((1000, 250)), "what shape is this", models))
    assert seen is not None and seen.picture.size == (512, 128) and seen.label in easy_vqa.labels
    (fill,) = seen.fills.values()  # the small student is no model with a quick look
    assert fill.size == (224, 56)
    assert max(fill.getchannel("A").getextrema()) > 0
    assert quick_looks(score_pair(easy_vqa, PICTURE, "what shape is this", {"kd": models["kd"]})) is None


def test_other_models_have_no_cells(teacher):
    torch.manual_seed(0)
    assert quick_look(pair_score(build(TINY, 3).eval(), PICTURE, "a shoe", 0, False)) is None
    assert quick_look(pair_score(teacher, PICTURE, "a shoe", 0, False, view="text")) is None
