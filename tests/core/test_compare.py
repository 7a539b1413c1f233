"""One pair under the four views, and the warning where it is not of the task's world."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from msd_core.compare import MAX_CHARACTERS, compare
from msd_core.errors import UserError
from msd_core.evaluate import logits_by_view
from msd_core.inputs import Inputs, read_inputs
from msd_core.models.bundled import BUNDLED, load_bundled
from msd_core.novelty import load_worlds, looks
from msd_core.pictures import letterbox, read_picture
from msd_core.tasks import TASKS, get_task, load_split
from msd_core.views import MODALITIES, VIEWS

NLVR = Path(__file__).parents[3] / "shared" / "data" / "nlvr" / "images"


@pytest.mark.parametrize("name", TASKS)
def test_an_answer_has_every_model_view_and_label(name):
    task = get_task(name)
    example = task.examples("test")[0]
    found = compare(name, task.picture(example.image), example.text).to_dict()
    assert set(found["predictions"]) == set(BUNDLED)
    for model, views in found["predictions"].items():
        assert set(views) == set(VIEWS)
        for view, chances in views.items():
            assert set(chances) == set(task.labels)
            if not task.multilabel:
                assert sum(chances.values()) == pytest.approx(1, abs=1e-5), view
        for label, parts in found["shapley"][model].items():
            total = views["both"][label] - views["neither"][label]
            assert parts["image"] + parts["text"] == pytest.approx(total, abs=1e-5)
        assert set(found["saliency"][model]) == set(MODALITIES)
        assert found["marginal"][model]["both"] == pytest.approx(views["both"])


def test_compare_says_what_evaluation_says():
    task, split = get_task("digits"), load_split(get_task("digits"), "test")
    teacher = load_bundled("digits", "teacher").model
    logits = logits_by_view(teacher, split.rows(torch.arange(5)))
    for i in range(5):
        answer = compare("digits", task.picture(int(split.keys[split.image_of[i]])), split.texts[split.text_of[i]])
        torch.testing.assert_close(answer.answers["teacher"].logits, logits[i], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("text", ["", "   \n", "x" * (MAX_CHARACTERS + 1), "word " * 20_000])
def test_a_text_that_is_none_is_one_sentence(text):
    with pytest.raises(UserError):
        compare("digits", get_task("digits").picture(0), text)


def test_a_text_that_is_cut_is_told():
    found = compare("digits", get_task("digits").picture(0), "the digit is a seven " * 20)
    assert any("cut off" in warning for warning in found.warnings)


@pytest.mark.parametrize("text", ["\ud800 half a pair", "مرحبا بالعالم", "\u0000", "🙂" * 30])
def test_any_text_is_answered(text):
    assert torch.isfinite(compare("digits", get_task("digits").picture(0), text).answers["msd"].logits).all()


def test_an_unknown_task_is_one_sentence():
    with pytest.raises(UserError, match="There is no task called 'cats'"):
        compare("cats", Image.new("RGB", (8, 8)), "x")


@pytest.mark.parametrize("name", TASKS)
def test_a_tasks_own_pairs_are_at_home(name):
    teacher, worlds = load_bundled(name, "teacher").model, load_worlds(name)
    judged = looks(teacher, read_inputs(teacher, load_split(get_task(name), "test")))
    for modality in MODALITIES:
        assert float(worlds[modality].foreign(judged[modality]).float().mean()) <= 0.02


@pytest.mark.parametrize("name", TASKS)
def test_noise_is_foreign(name):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    example = get_task(name).examples("test")[0]
    assert any("picture is unlike" in w for w in compare(name, noise, example.text).warnings)


@pytest.mark.skipif(not NLVR.is_dir(), reason="the NLVR pictures are not on this machine")
@pytest.mark.parametrize("name", ["easy-vqa", "sarcasm"])
def test_pictures_of_another_corpus_are_foreign(name):
    pixels = np.stack([letterbox(read_picture(path)) for path in sorted(NLVR.glob("*.png"))[::20]])
    teacher = load_bundled(name, "teacher").model
    judged = looks(teacher, Inputs(torch.from_numpy(pixels), torch.ones(1, 1, dtype=torch.long)))["image"]
    assert float(load_worlds(name)["image"].foreign(judged).float().mean()) >= 0.95
