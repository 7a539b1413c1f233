"""Maps point at what decides, in every frame; and a map's largest value and mass are counted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.attribution.pair import Settings, attribute_pair
from analysis.attribution.pointing import Masks, as_read, point, pointing_game, region_of
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.models.preprocess import FITS, Preprocess
from msd_core.tasks import Task, load_task
from msd_core.tasks.pictures import read_picture
from tests.analysis.models import noise


@pytest.mark.parametrize(
    ("name", "accuracy", "inside"), [("easy-vqa", 0.5, 0.5), ("digits", 0.3, 0.3), ("sarcasm", 0.3, 0.08)]
)
def test_integrated_gradients_point_at_what_decides_far_more_often_than_chance(name, accuracy, inside):
    task = load_task(name)
    examples = task.examples("validation")[::23][:60]
    result = pointing_game(load_bundled(task, "teacher"), task, examples, n_steps=32)
    assert result["examples"] >= 30
    assert result["accuracy"] > result["random_accuracy"] + accuracy
    assert result["inside"] > result["random_inside"] + inside


def test_regions_are_where_the_maker_put_them():
    vqa, digits, sarcasm = (load_task(name) for name in ("easy-vqa", "digits", "sarcasm"))
    shape = region_of(vqa, vqa.examples("test")[0])
    assert 0.005 < shape.mean() < 0.4
    by_evidence = {e.evidence: e for e in digits.examples("test")}
    assert region_of(digits, by_evidence["text"]) is None and region_of(digits, by_evidence["both"]).any()
    by_evidence = {e.evidence: e for e in sarcasm.examples("test")[:200]}
    assert region_of(sarcasm, by_evidence["text"]) is None and region_of(sarcasm, by_evidence["image"]).any()
    posters = load_task("posters")
    assert region_of(posters, posters.examples("test")[0]) is None
    with pytest.raises(UserError, match="deciding region"):
        pointing_game(load_bundled(posters, "teacher"), posters, posters.examples("test")[:2])


def test_an_empty_region_is_none(fifth):
    example = fifth.examples("test")[0]
    assert region_of(replace(fifth, region=lambda _: np.zeros((9, 9), dtype=bool)), example) is None
    assert region_of(fifth, example) is None


def test_pointing_counts_the_largest_value_and_the_mass():
    region = torch.zeros(4, 4, dtype=torch.bool)
    region[0] = True
    values = torch.zeros(4, 4)
    values[0, 2], values[3, 3], values[3, 0] = 2.0, -4.0, 2.0
    result = point(values, Masks(region=region, picture=torch.ones(4, 4, dtype=torch.bool)))
    assert result.hit and result.inside == pytest.approx(0.25) and result.area == 0.25


def test_a_map_of_zeros_points_nowhere():
    region = torch.ones(4, 4, dtype=torch.bool)
    result = point(torch.zeros(4, 4), Masks(region=region, picture=region))
    assert not result.hit and result.inside == 0.0


@pytest.mark.parametrize("size", [64, 224])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(120, 40), (30, 77), (64, 64)])
def test_a_region_is_read_where_the_picture_lies(size, fit, shape):
    width, height = shape
    preprocess = Preprocess(size, fit)
    frame = preprocess.frame(width, height)
    masks = as_read(np.ones((height, width), dtype=bool), preprocess)
    whole, picture = masks.region, masks.picture
    inside = torch.zeros(size, size, dtype=torch.bool)
    rows = slice(max(0, int(frame.top)), int(frame.top + frame.height))
    columns = slice(max(0, int(frame.left)), int(frame.left + frame.width))
    inside[rows, columns] = True
    assert torch.equal(whole, inside) and torch.equal(picture, inside), "and no bar, grey as it is"
    left = np.zeros((height, width), dtype=bool)
    left[:, : width // 2] = True
    read = as_read(left, preprocess).region
    assert (read & ~inside).sum() == 0
    edge = int(frame.left + frame.width * (width // 2) / width)
    assert read[:, : max(0, edge - 2)].sum() == inside[:, : max(0, edge - 2)].sum() and not read[:, edge + 2 :].any()


def field_task(fifth: Task) -> Task:
    """The fifth task, where the coloured field is known to decide."""

    def region(example):
        width, height = read_picture(fifth.picture(example.image)).size
        field = np.zeros((height, width), dtype=bool)
        field[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = True
        return field

    return replace(fifth, region=region)


@pytest.mark.parametrize("method", ["integrated-gradients", "shapley"])
def test_models_of_two_sizes_play_the_same_game(fifth, two_sizes, method):
    task = field_task(fifth)
    count = {"n_steps": 4} if method == "integrated-gradients" else {"n_samples": 2}
    results = [
        pointing_game(each, task, task.examples("test")[:12], method, "black", **count) for each in two_sizes.values()
    ]
    assert [r["examples"] for r in results] == [12, 12]
    assert results[0]["area"] == pytest.approx(results[1]["area"], abs=0.02)
    for result in results:
        assert set(result) == {"area", "examples", *(f"{kind}{of}" for kind in ("", "random_", "contrast_")
                                                     for of in ("accuracy", "inside"))}  # fmt: skip
        assert result["random_inside"] == pytest.approx(result["area"], abs=0.05)


def test_the_area_is_a_share_of_the_picture_and_its_bars_are_no_chance_to_miss(fifth, two_sizes):
    task = field_task(fifth)
    shares = [region_of(task, example).mean() for example in task.examples("test")[:12]]
    result = pointing_game(two_sizes["kd"], task, task.examples("test")[:12], n_steps=1)
    assert result["area"] == pytest.approx(np.mean(shares), abs=0.02)
    assert result["random_inside"] == pytest.approx(np.mean(shares), abs=0.02)


def test_a_game_without_regions_or_examples_is_one_sentence(fifth, two_sizes):
    with pytest.raises(UserError, match="deciding region of fifth pictures is not known"):
        pointing_game(two_sizes["kd"], fifth, fifth.examples("test")[:2])
    nowhere = replace(fifth, region=lambda _: None)
    with pytest.raises(UserError, match="None of these examples"):
        pointing_game(two_sizes["kd"], nowhere, fifth.examples("test")[:2])


def test_the_largest_value_is_one_of_the_picture_where_all_speak_against(fifth, two_sizes):
    example = fifth.examples("test")[0]
    pair = attribute_pair(field_task(fifth), noise(120, 40), example.text, two_sizes, Settings(n_steps=1), example)
    for name, one in pair.maps.items():
        region = np.zeros((40, 120), dtype=bool)
        region[10:30, 30:90] = True
        inside, size = pair.scores[name].patch_index(1) >= 0, one.pixels.shape[-1]
        pixels = torch.where(inside, -1.0, 0.0)
        pixels[size // 2, size // 2] = -0.5
        own = replace(pair, region=region, maps={name: replace(one, pixels=pixels)})
        assert own.pointings[name].hit, "a bar's 0 is no value of the picture"
