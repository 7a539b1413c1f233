"""One pair under the four views, whole or half, for models of any size; and what the reader is warned of."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from msd_core.comparison import MAX_CHARACTERS, check_pair, check_text, compare
from msd_core.errors import UserError
from msd_core.evaluate import logits_by_view
from msd_core.models import preprocess
from msd_core.models.bundled import bundled_models, bundled_names
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.tasks import TASKS, load_split, load_task
from msd_core.tensors import hash_state
from msd_core.views import BOTH, IMAGE, MODALITIES, NEITHER, TEXT, VIEWS
from tests.tiny import TINY, TINY_224


@pytest.fixture(scope="module")
def digits():
    return load_task("digits")


@pytest.fixture(scope="module")
def models(digits):
    return bundled_models(digits)


@pytest.fixture(scope="module")
def pair(digits):
    example = digits.examples("test")[0]
    return digits.picture(example.image), example.text


@pytest.mark.parametrize("name", TASKS)
def test_an_answer_has_every_model_view_and_label(name):
    task = load_task(name)
    example = task.examples("test")[0]
    answers = compare(task, task.picture(example.image), example.text, bundled_models(task)).to_dict()
    assert json.loads(json.dumps(answers)) == answers
    assert tuple(answers["predictions"]) == bundled_names(task) and answers["warnings"] == []
    for model, views in answers["predictions"].items():
        assert set(views) == set(VIEWS)
        for view, probs in views.items():
            assert set(probs) == set(task.labels)
            if not task.multilabel:
                assert sum(probs.values()) == pytest.approx(1, abs=1e-5), view
        for label, parts in answers["shapley"][model].items():
            total = views["both"][label] - views["neither"][label]
            assert parts["image"] + parts["text"] == pytest.approx(total, abs=1e-5)
        for measure in ("saliency", "sufficiency", "total_variation"):
            assert set(answers[measure][model]) == set(MODALITIES)
        assert answers["marginal"][model]["both"] == pytest.approx(views["both"])


def test_answers_are_those_of_evaluation(digits, models):
    split = load_split(digits, "test").gather(torch.arange(5))
    logits = logits_by_view(models["teacher"].model, split)
    for i in range(5):
        picture, text = split.pictures.read(int(split.image_of[i])), split.texts[split.text_of[i]]
        answer = compare(digits, picture, text, models).answers["teacher"]
        torch.testing.assert_close(answer.logits, logits[i], atol=1e-4, rtol=1e-4)


def test_a_picture_may_come_in_any_form(digits, models, pair, tmp_path):
    content, text = pair
    (tmp_path / "x.png").write_bytes(content)
    forms = (content, tmp_path / "x.png", str(tmp_path / "x.png"), Image.open(tmp_path / "x.png"))
    logits = [compare(digits, form, text, models).answers["msd"].logits for form in forms]
    assert all(torch.equal(each, logits[0]) for each in logits)


@pytest.mark.parametrize("name", TASKS)
def test_half_a_pair_is_answered_as_the_view_without_the_rest(name):
    task = load_task(name)
    models, example = bundled_models(task), load_task(name).examples("test")[0]
    picture = task.picture(example.image)
    whole = compare(task, picture, example.text, models)
    for image, text, left, hidden in ((None, example.text, TEXT, "picture"), (picture, None, IMAGE, "text")):
        half = compare(task, image, text, models)
        assert half.text == text and half.warnings[0].startswith(f"There is no {hidden}: the models ")
        assert len(half.warnings) == 1
        for model, answer in half.answers.items():
            full = whole.answers[model]
            for view in (BOTH, left):
                torch.testing.assert_close(answer.logits[view], full.logits[left], atol=1e-5, rtol=1e-5)
                torch.testing.assert_close(answer.marginal[view], full.marginal[left], atol=1e-5, rtol=1e-5)
            for view in (NEITHER, TEXT if left == IMAGE else IMAGE):
                torch.testing.assert_close(answer.logits[view], full.logits[NEITHER], atol=1e-5, rtol=1e-5)
                torch.testing.assert_close(answer.marginal[view], full.marginal[NEITHER], atol=1e-5, rtol=1e-5)
            absent = 0 if image is None else 1
            assert float(answer.necessity[absent]) == pytest.approx(0, abs=1e-6)
            assert float(answer.shapley[:, absent].abs().max()) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("text", [None, "", "   \n"])
def test_a_pair_of_nothing_is_refused(digits, models, text):
    with pytest.raises(UserError, match="neither a picture nor a text: give at least one"):
        compare(digits, None, text, models)


def test_blanks_are_no_text(digits, models, pair):
    assert compare(digits, pair[0], "  \n", models).text is None
    assert check_pair(None, "  a red one\n")[1] == "a red one"


@pytest.mark.parametrize("text", ["", "   \n", "x" * (MAX_CHARACTERS + 1), "word " * 20_000])
def test_a_text_that_is_none_is_one_sentence(text):
    with pytest.raises(UserError) as error:
        check_text(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_a_text_that_is_too_long_is_refused(digits, models, pair):
    with pytest.raises(UserError, match=r"2,001 characters: keep it under 2,000\."):
        compare(digits, pair[0], "x" * (MAX_CHARACTERS + 1), models)


def test_a_text_that_is_truncated_is_mentioned(digits, models, pair):
    warnings = compare(digits, pair[0], "the digit is a seven " * 20, models).warnings
    assert sum("its end was cut off" in warning for warning in warnings) == 1


@settings(max_examples=30)
@given(text=st.text(max_size=60))
def test_any_text_is_answered_or_refused_in_one_sentence(digits, models, text):
    try:
        answer = compare(digits, None, text, models).answers["msd"]
    except UserError as error:
        assert not text.strip() and "\n" not in str(error)
        return
    assert torch.isfinite(answer.logits).all()


@pytest.mark.parametrize("text", ["\ud800 half a pair", "مرحبا بالعالم", "\u0000", "🙂" * 30])
def test_texts_of_all_kinds_are_answered(digits, models, pair, text):
    assert torch.isfinite(compare(digits, pair[0], text, models).answers["msd"].logits).all()


def test_models_of_two_sizes_answer_one_pair(fifth, monkeypatch):
    torch.manual_seed(0)
    specs = {"teacher": TINY_224, "student": TINY, "twin": TINY}
    models = {name: LoadedModel(build(spec, 2).eval(), spec, "fifth") for name, spec in specs.items()}
    made, call = [], preprocess.Preprocess.__call__
    monkeypatch.setattr(
        preprocess.Preprocess, "__call__", lambda self, picture: made.append(self.size) or call(self, picture)
    )
    example = fifth.examples("test")[3]
    comparison = compare(fifth, fifth.picture(example.image), example.text, models)
    assert sorted(made) == [64, 224], "models of one size share their pixels"
    assert comparison.warnings == (), "without a detector nobody knows"
    split = load_split(fifth, "test").gather(torch.tensor([3]))
    for name, loaded in models.items():
        expected = logits_by_view(loaded.model, split)[0]
        torch.testing.assert_close(comparison.answers[name].logits, expected, atol=1e-5, rtol=1e-5)
    alone = compare(fifth, None, example.text, models).answers["teacher"]
    torch.testing.assert_close(alone.logits[BOTH], comparison.answers["teacher"].logits[TEXT])


def test_the_first_model_with_a_detector_judges(digits, models, pair):
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    for order in (("teacher", "msd"), ("msd", "teacher")):
        comparison = compare(digits, noise, pair[1], {name: models[name] for name in order})
        assert [warning.startswith("This picture is unlike any in digits") for warning in comparison.warnings] == [True]
        assert comparison.is_ood
    alone = compare(digits, noise, pair[1], {"msd": models["msd"]})
    assert alone.warnings == () and not alone.is_ood
    assert not compare(digits, *pair, models).is_ood and not compare(digits, pair[0], None, models).is_ood
    strange = compare(digits, None, "buy cheap watches now http://example.com", models).warnings
    assert any(warning.startswith("This text is unlike any in digits") for warning in strange)


def test_without_a_model_there_is_nobody_to_answer(fifth):
    with pytest.raises(UserError, match="no model of fifth to ask: train a teacher first"):
        compare(fifth, None, "x", {})
    with pytest.raises(UserError, match="no model of fifth to ask"):
        compare(fifth, None, "x", bundled_models(fifth))


def test_comparing_leaves_the_models_as_they_are(digits, models, pair):
    hashes = {name: hash_state(loaded.model.state_dict()) for name, loaded in models.items()}
    compare(digits, *pair, models)
    assert {name: hash_state(loaded.model.state_dict()) for name, loaded in models.items()} == hashes
    assert not any(loaded.model.training for loaded in models.values())
