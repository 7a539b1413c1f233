"""EfficientNet-Lite0 from an installed package: its names, what it sees, and stages that learn."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import timm
import torch

from msd_core.errors import UserError
from msd_core.models import efficientnet
from msd_core.models.efficientnet import EfficientNetImage
from msd_core.models.preprocess import as_pixels
from msd_core.models.weights import LOCAL, locate
from msd_core.tasks.pictures import read_picture

NAME = "timm/tf_efficientnet_lite0.in1k"
FILE = "efficientnet-lite0-57934424.pth"


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


PHOTOGRAPHS = {
    folder_of("gradio") / "media_assets/images/cheetah.jpg": "cheetah",
    folder_of("gradio") / "media_assets/images/cheetah1.jpg": "cheetah",
    folder_of("gradio") / "media_assets/images/lion.jpg": "lion",
    folder_of("sklearn") / "datasets/images/china.jpg": "bell cote",
}


def pixels(path: Path, tower: EfficientNetImage) -> torch.Tensor:
    return as_pixels(tower.preprocess(read_picture(path)).copy()[None])


def test_it_names_photographs_of_installed_packages():
    model, tower, names = efficientnet._efficientnet(NAME).eval(), EfficientNetImage(NAME), timm.data.ImageNetInfo()
    for path, name in PHOTOGRAPHS.items():
        with torch.no_grad():
            label = int(model(tower.centre(pixels(path, tower))).argmax())
        assert names.index_to_description(label).startswith(name), path.name


def test_every_weight_finds_its_place_in_timms_model():
    folder = Path(locate(NAME).removeprefix(LOCAL))
    state = torch.load(folder / FILE, weights_only=True)
    model = timm.create_model("tf_efficientnet_lite0")
    named = efficientnet._timm_names(state, [len(stage) for stage in model.blocks])
    assert len(state) == len(named) == 296
    assert named.keys() == model.state_dict().keys()


def test_a_damaged_file_is_one_sentence(tmp_path):
    (tmp_path / FILE).write_bytes(b"no weights")
    with pytest.raises(UserError, match="could not be loaded") as error:
        EfficientNetImage(f"{LOCAL}{tmp_path}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("learning", [1, 2])
def test_a_tower_that_learns_its_end_sees_what_a_frozen_one_sees(learning):
    frozen, split = EfficientNetImage(NAME).eval(), EfficientNetImage(NAME).requires_grad_(False).eval()
    split.unfreeze(learning)
    images = torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(split(images), frozen(images))
        torch.testing.assert_close(split.rest(split.front(images)), frozen(images))
    learned = {name.split(".")[0] for name, p in split.named_parameters() if p.requires_grad}
    assert learned == {"tail"} and len(split.tail) == learning
    assert all("tail" not in name for name in split.frozen_part.state_dict())


def test_batchnorm_never_learns_from_a_batch():
    tower = EfficientNetImage(NAME)
    before = {name: value.clone() for name, value in tower.named_buffers()}
    tower.train()(torch.rand(2, 3, 224, 224))
    assert all(torch.equal(value, before[name]) for name, value in tower.named_buffers())


def test_the_first_stages_alone_are_those_of_the_whole():
    cut, whole = EfficientNetImage(NAME, stages=3).eval(), EfficientNetImage(NAME).eval()
    images = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        assert cut.features == cut(images).shape[1] == 160
        torch.testing.assert_close(cut(images), whole(images)[:, :160])
