"""Several models' maps of one pair: one label, one scale, one frame, whatever sizes the models read."""

import json
from dataclasses import replace

import pytest
import torch
from PIL import ImageChops

from analysis.attribution.attribution import attribute
from analysis.attribution.methods import METHODS
from analysis.attribution.pair import Settings, attribute_pair
from analysis.attribution.scene import scene
from analysis.attribution.sentences import alike, alike_table, headline, pointing_table, strongest, trust
from msd_core.errors import UserError
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.models.files import load_model
from msd_core.tasks import load_task
from msd_core.tasks.pictures import read_picture
from msd_core.views import BOTH
from tests.analysis.models import noise, random_model

OBLONG = {"wide": noise(120, 40), "tall": noise(30, 77)}


def same_picture(one, other) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.fixture(scope="module")
def models(easy_vqa):
    return {name: load_bundled(easy_vqa, name) for name in ("teacher", "kd")}


def test_models_share_one_scale_and_have_more_than_the_share_beside_them(easy_vqa, example, models):
    content = easy_vqa.picture(example.image)
    pair = attribute_pair(easy_vqa, content, example.text, models, example=example)
    plain = json.loads(json.dumps(pair.to_dict()))
    largest = max(abs(v) for m in plain["maps"].values() for row in m["patches"] for v in row)
    words = max(abs(v) for m in plain["maps"].values() for _, v in m["words"])
    assert plain["scale"] == pytest.approx(max(largest, words))
    assert set(plain["saliency"]) == set(plain["shapley"]) == set(plain["maps"]) == {"teacher", "kd"}
    assert set(plain["agreement"]) == {"kd"} and set(plain["pointing"]) == {"teacher", "kd"}
    assert pair.label == easy_vqa.labels[example.label]
    assert same_picture(pair.picture, read_picture(content))


def test_a_model_first_used_in_inference_mode_can_be_attributed():
    digits = load_task("digits")
    with torch.inference_mode():
        loaded = load_model(digits.models / "msd.safetensors", digits)
    pair = attribute_pair(digits, noise(60, 80), "It is a two.", {"msd": loaded}, Settings(n_steps=2))
    assert pair.maps["msd"].delta is not None


def test_any_label_can_be_explained():
    posters = load_task("posters")
    loaded = {"teacher": load_bundled(posters, "teacher")}
    one, other = (
        attribute_pair(posters, noise(60, 80), "A ghost.", loaded, Settings(label=label))
        for label in ("horror", "western")
    )
    assert one.label == "horror" and not torch.equal(one.maps["teacher"].pixels, other.maps["teacher"].pixels)
    with pytest.raises(UserError, match="no label called 'opera'"):
        attribute_pair(posters, noise(60, 80), "A ghost.", loaded, Settings(label="opera"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(method="magic"), "no method"), (Settings(output="odds"), "no output"),
        (Settings(view="neither"), "no view"), (Settings(baseline="pink"), "no baseline"),
        (Settings(n_steps=0), "n_steps is 0"), (Settings(n_samples=9), "takes n_steps, not n_samples"),
        (Settings(method="shapley", n_steps=9), "takes n_samples, not n_steps"),
    ],
)  # fmt: skip
def test_bad_settings_get_one_sentence(easy_vqa, models, settings, words):
    with pytest.raises(UserError, match=words):
        attribute_pair(easy_vqa, noise(60, 80), "what is it?", models, settings)


@pytest.mark.parametrize("shape", OBLONG)
@pytest.mark.parametrize("method", ["integrated-gradients", "feature-ablation", "shapley"])
def test_models_of_two_sizes_have_maps_of_one_picture(fifth, two_sizes, method, shape):
    picture, count = OBLONG[shape], METHODS[method].count
    settings = Settings(method, output="logit", **{count: 8} if count else {})
    pair = attribute_pair(fifth, picture, "is the field red?", two_sizes, settings)
    teacher, kd = pair.maps["teacher"], pair.maps["kd"]
    assert (teacher.pixels.shape, kd.pixels.shape) == ((224, 224), (64, 64))
    assert teacher.patches.shape == kd.patches.shape == (8, 8) and teacher.words == kd.words
    assert same_picture(pair.picture, picture)
    for each, size in ((teacher, 224), (kd, 64)):
        height, width = each.pixels_in_picture.shape
        assert max(height, width) == size
        assert abs(width * picture.height - height * picture.width) <= 0.51 * max(picture.size)
        assert float(each.pixels_in_picture.sum()) == pytest.approx(float(each.patches.sum()), rel=1e-4, abs=1e-6)
    assert -1 <= pair.agreements["kd"]["image"]["rank"] <= 1
    assert set(json.loads(json.dumps(pair.to_dict()))["maps"]) == {"teacher", "kd"}


def test_models_of_two_sizes_can_be_trusted_or_not(fifth, two_sizes):
    pair = attribute_pair(fifth, OBLONG["wide"], "is the field red?", two_sizes, Settings("feature-ablation"))
    faithfulness = pair.faithfulness(sensitive=True)
    assert set(faithfulness) == {"teacher", "kd"} and trust(faithfulness)
    for name, each in faithfulness.items():
        curves, one = each.map, pair.maps[name]
        assert curves.deletion[0] == pytest.approx(one.value, abs=1e-5) == curves.insertion[-1]
        assert curves.insertion[0] == pytest.approx(one.start, abs=1e-5) == curves.deletion[-1]
        assert each.sensitivity >= 0 and each.infidelity >= 0


@pytest.mark.parametrize("shape", OBLONG)
def test_the_same_place_means_the_same_patch_at_both_sizes(fifth, two_sizes, shape):
    picture = OBLONG[shape].copy()
    width, height = picture.size
    picture.paste((0, 0, 0), (0, 0, width, height))
    box = (5 * width // 8 + 1, 2 * height // 8 + 1, 6 * width // 8 - 1, 3 * height // 8 - 1)  # row 2, column 5
    picture.paste((255, 0, 0), box)
    settings = Settings("feature-ablation", label="yes", output="logit", baseline="black")
    for name, each in attribute_pair(fifth, picture, "is it?", two_sizes, settings).maps.items():
        values = each.patches.abs()
        assert values.argmax() == 2 * 8 + 5, name
        assert (values > 1e-6).sum() <= 9, "but for blurred edges nothing else changes when it turns black"


def test_a_single_model_has_no_agreement(fifth):
    loaded = {"teacher": random_model(fifth)}
    pair = attribute_pair(fifth, OBLONG["wide"], "is it red?", loaded, Settings(n_steps=2))
    assert pair.agreements == {} and pair.pointings == {} and alike(pair) == [] and pair.scale > 0
    assert scene(pair).panels[0].name == "Teacher" and scene(pair).outline == ""


def test_what_decides_is_pointed_at_where_it_is_known(fifth, two_sizes):
    example = fifth.examples("test")[0]
    content = fifth.picture(example.image)
    pair = attribute_pair(fifth, content, example.text, two_sizes, Settings(n_steps=2), example)
    assert pair.region is None and pair.pointings == {} and pair.to_dict()["pointing"] == {}

    def field(_):
        width, height = read_picture(content).size
        region = torch.zeros(height, width, dtype=torch.bool).numpy()
        region[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = True
        return region

    known = replace(fifth, region=field)
    pair = attribute_pair(known, content, example.text, two_sizes, Settings(n_steps=2), example)
    assert set(pair.pointings) == {"teacher", "kd"}
    areas = [p.area for p in pair.pointings.values()]
    assert areas[0] == pytest.approx(areas[1], abs=0.05)


def test_without_models_there_is_one_sentence(fifth):
    assert bundled_models(fifth) == {}
    with pytest.raises(UserError, match="no model of fifth to ask: train a teacher first"):
        attribute_pair(fifth, OBLONG["wide"], "is it red?", bundled_models(fifth))


HALVES = {
    "text": (None, "It is a two.", "There is no picture: the models read the text alone."),
    "image": (OBLONG["wide"], None, "There is no text: the models see the picture alone."),
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("method", METHODS)
def test_a_pair_without_a_half_has_maps_of_the_other(half, method):
    digits, (picture, text, warning) = load_task("digits"), HALVES[half]
    loaded = {name: load_bundled(digits, name) for name in ("teacher", "msd")}
    count = METHODS[method].count
    pair = attribute_pair(digits, picture, text, loaded, Settings(method, **{count: 16} if count else {}))
    assert warning in pair.comparison.warnings
    missing = "image" if half == "text" else "text"
    assert not any(
        f"This {'picture' if missing == 'image' else 'text'} is unlike" in w for w in pair.comparison.warnings
    )
    for name, each in pair.maps.items():
        assert each.view == half and each.share == {half: 1.0, missing: 0.0}
        assert each.value == pytest.approx(
            float(pair.comparison.answers[name].probs[BOTH, digits.labels.index(pair.label)]), abs=1e-5
        )
    plain = json.loads(json.dumps(pair.to_dict()))
    for each in plain["maps"].values():
        assert [word for word, _ in each["words"]] == (text or "").split()
        assert [len(row) for row in each["patches"]] == ([8] * 8 if half == "image" else [])
    assert set(plain["agreement"]["msd"]) == {half} and plain["scale"] > 0
    assert plain["text"] == text and plain["warnings"][0] == warning
    assert plain["saliency"]["teacher"][missing] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("half", HALVES)
def test_what_is_missing_is_read_out_in_no_sentence(half):
    digits, (picture, text, _) = load_task("digits"), HALVES[half]
    loaded = {name: load_bundled(digits, name) for name in ("teacher", "msd")}
    pair = attribute_pair(digits, picture, text, loaded, Settings(n_steps=16))
    other = {"text": "patch", "image": "word"}[half]
    assert headline(pair).startswith(f"From the {half} alone, the teacher gives “{pair.label}”")
    assert other not in strongest(pair) and len(alike_table(pair)[2]) == 2
    drawn = scene(pair)
    assert drawn.hidden == {"text": "image", "image": "text"}[half] and drawn.text == text
    for panel in drawn.panels:
        assert bool(panel.patches) == bool(panel.fills) == (half == "image") and bool(panel.words) == (half == "text")
        there, missing = (1, 0) if half == "text" else (0, 1)
        assert {m.values[missing] for m in panel.measures} == {"–"} and panel.measures[0].values[there] == "100 %"
        assert f"({half} alone)" in panel.total and "(pair)" not in panel.total
    assert set(pair.faithfulness()) == {"teacher", "msd"}


def test_a_text_alone_of_an_example_points_nowhere(easy_vqa, example, models):
    content, settings = easy_vqa.picture(example.image), Settings(n_steps=2)
    missing = attribute_pair(easy_vqa, None, example.text, models, settings, example)
    assert missing.region is None and scene(missing).outline == ""
    hidden = attribute_pair(easy_vqa, content, example.text, models, replace(settings, view="text"), example)
    for pair in (missing, hidden):
        assert pair.pointings == {} and pair.to_dict()["pointing"] == {} and pointing_table(pair) is None


@pytest.mark.parametrize(("half", "view", "missing"), [("text", "image", "picture"), ("image", "text", "text")])
def test_a_view_of_a_missing_half_is_refused_in_a_sentence(fifth, two_sizes, half, view, missing):
    picture, text, _ = HALVES[half]
    with pytest.raises(UserError, match=f"There is no {missing}, so there are no maps of it alone"):
        attribute_pair(fifth, picture, text, two_sizes, Settings(view=view))
    same, plain = (attribute_pair(fifth, picture, text, two_sizes, Settings(view=v, n_steps=2)) for v in (half, "both"))
    assert torch.equal(same.maps["kd"].pixels, plain.maps["kd"].pixels) and same.first.view == plain.first.view == half


@pytest.mark.parametrize("half", HALVES)
def test_an_unknown_view_is_called_so_without_a_half_too(fifth, two_sizes, half):
    with pytest.raises(UserError, match="no view called 'magic'"):
        attribute_pair(fifth, *HALVES[half][:2], two_sizes, Settings(view="magic"))


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_pair_without_both_halves_is_none(fifth, two_sizes, text):
    with pytest.raises(UserError, match="neither a picture nor a text"):
        attribute_pair(fifth, None, text, two_sizes)


def test_a_blank_text_is_a_missing_one(fifth, two_sizes):
    pair = attribute_pair(fifth, OBLONG["tall"], "  ", two_sizes, Settings(n_steps=2))
    assert pair.comparison.text is None and pair.first.view == "image"


def test_maps_are_those_of_the_models_alone(fifth, two_sizes):
    pair = attribute_pair(fifth, OBLONG["tall"], "is it red?", two_sizes, Settings(n_steps=4))
    for name, score in pair.scores.items():
        assert torch.equal(attribute(score, n_steps=4).patches, pair.maps[name].patches)
        assert score.model is two_sizes[name].model
