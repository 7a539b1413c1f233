"""One map: that it adds up, in which frame it lies, and what may be chosen."""

from dataclasses import replace

import pytest
import torch
from captum.attr import IntegratedGradients

from analysis.attribution.attribution import MOST, attribute
from analysis.attribution.methods import METHODS
from analysis.attribution.score import pair_score
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.models.preprocess import FITS, Frame, Preprocess
from msd_core.models.zoo import Spec, build
from msd_core.saliency import probabilities
from msd_core.tasks import load_task
from msd_core.tasks.pictures import read_picture
from msd_core.views import BOTH, visible
from tests.analysis.attribution.toy import TEXT, constant, toy_score
from tests.analysis.models import noise, random_model
from tests.tiny import TINY, TINY_224


@pytest.mark.parametrize("output", ["probability", "logit"])
@pytest.mark.parametrize("name", ["easy-vqa", "posters"])
def test_integrated_gradients_of_the_teacher_add_up_within_their_delta(name, output):
    task = load_task(name)
    model, example = load_bundled(task, "teacher").model, task.examples("validation")[0]
    score = pair_score(model, read_picture(task.picture(example.image)), example.text, 1, task.multilabel, output)
    with torch.no_grad():
        logits = model(score.pixels, model.tokenize([example.text]).ids, visible())[BOTH, 0]
    label = int(logits.argmax())
    score, deltas = replace(score, label=label), []
    for steps in (8, 512):
        result = attribute(score, n_steps=steps)
        method = IntegratedGradients(score)
        values = method.attribute(score.inputs, score.start, n_steps=steps, internal_batch_size=8)
        captums = method.compute_convergence_delta(values, score.start, score.inputs)
        deltas.append(result.delta)
        assert deltas[-1] == pytest.approx(float(captums[0]), abs=1e-3)
    outputs = probabilities(logits, task.multilabel) if output == "probability" else logits
    assert result.value == pytest.approx(float(outputs[label]), abs=1e-5)
    assert abs(deltas[1]) < 0.02 * abs(result.value - result.start)
    assert abs(deltas[1]) < abs(deltas[0])


@pytest.mark.parametrize("method", ["feature-ablation", "input-x-gradient"])
def test_a_map_of_rounding_errors_has_no_share(method):
    result = attribute(toy_score(constant, output="probability"), method)
    assert result.blank and result.share is None


@pytest.mark.parametrize("shape", [(120, 40), (30, 77), (50, 50), (599, 104)])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [64, 224])
def test_pixels_in_the_picture_have_its_shape(size, fit, shape):
    preprocess = Preprocess(size, fit)
    frame = preprocess.frame(*shape)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    result = replace(attribute(toy_score(), "input-x-gradient"), frame=frame, pixels=1.0 + rows * size + columns)
    whole = result.pixels_in_picture
    assert whole.shape == (frame.height, frame.width)
    if fit != "stretch":
        wide, high = shape
        assert abs(whole.shape[1] * high / wide - whole.shape[0]) <= 0.51 + 0.5 * high / wide
    for y, x in ((0, 0), (whole.shape[0] // 2, whole.shape[1] // 2), (whole.shape[0] - 1, whole.shape[1] - 1)):
        row, column = y + int(frame.top), x + int(frame.left)
        read = 0 <= row < size and 0 <= column < size
        assert float(whole[y, x]) == (1 + row * size + column if read else 0)
    if fit != "crop":
        assert (whole > 0).all(), "all of the picture is read"


def test_a_stretched_picture_is_read_whole():
    result = replace(attribute(toy_score(), "input-x-gradient"), frame=Frame(0, 0, 64, 64))
    assert torch.equal(result.pixels_in_picture, result.pixels)


@pytest.mark.parametrize("spec", [TINY, TINY_224], ids=["64", "224"])
@pytest.mark.parametrize("grid", [3, 8, 11])
def test_any_grid_lies_in_the_picture(fifth, spec, grid):
    score = pair_score(random_model(fifth, spec).model, noise(90, 60), TEXT, 1, False, "logit")
    result = attribute(score, "occlusion", grid=grid)
    assert result.patches.shape == (grid, grid) and result.patches.abs().min() > 0


@pytest.mark.parametrize("method", METHODS)
def test_plain_data_names_what_a_method_took(method):
    count = METHODS[method].count
    plain = attribute(toy_score(), method, grid=2, **{count: 3} if count else {}).to_dict()
    assert {key: value for key, value in plain.items() if key.startswith("n_")} == ({count: 3} if count else {})
    assert [word for word, _ in plain["words"]] == TEXT.split() and len(plain["patches"]) == 2
    assert plain["after"] == [" ", " ", " ", ""]
    assert plain["baseline"] == ("drawn from white, grey, black, blur" if method == "gradient-shap" else "white")


@pytest.mark.parametrize(
    ("method", "counts", "words"),
    [
        ("magic", {}, "no method called 'magic'"),
        ("shapley", {"n_steps": 5}, "shapley takes n_samples, not n_steps"),
        ("integrated-gradients", {"n_samples": 5}, "integrated-gradients takes n_steps, not n_samples"),
        ("occlusion", {"n_samples": 5}, "occlusion takes neither n_steps nor n_samples"),
        ("integrated-gradients", {"n_steps": 0}, "n_steps is 0: give 1 to 10,000"),
        ("kernel-shap", {"n_samples": MOST + 1}, "n_samples is 10001: give 1 to 10,000"),
    ],
)
def test_counts_that_cannot_be_get_one_sentence(method, counts, words):
    with pytest.raises(UserError, match=words):
        attribute(toy_score(), method, **counts)


@pytest.mark.parametrize("method", ["integrated-gradients", "shapley"])
def test_pretrained_towers_are_attributed_to_words_and_pixels(clip_folder, bert_folder, timm_folder, method):
    text, count = "is it the red one ?", METHODS[method].count
    specs = [
        Spec("open_clip", "open_clip", 8, 12, {"name": clip_folder}, {"name": clip_folder}, frozen=True),
        Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True),
    ]
    for spec in specs:
        score = pair_score(build(spec, 3).eval(), noise(64, 64), text, 1, False, output="logit")
        result = attribute(score, method, grid=4, **{count: 30})
        assert result.words == tuple(text.split()) and result.word_values.abs().min() > 0
        assert result.patches.abs().max() > 0 and result.delta is not None
