"""Every image with every text: each encoded once, each answer that of the pair."""

import json

import pytest
import torch

from analysis.dataset.swap import swap
from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.tasks import load_task
from msd_core.views import BOTH
from tests.analysis.models import noise, random_model


def pictures_of(task, count: int) -> list[bytes]:
    """The first distinct pictures of a test split."""
    keys = dict.fromkeys(example.image for example in task.examples("test"))
    return [task.picture(key) for key in [*keys][:count]]


def test_a_swap_has_what_compare_has_of_each_pair(easy_vqa):
    models = {name: load_bundled(easy_vqa, name) for name in ("teacher", "kd")}
    pictures, texts = pictures_of(easy_vqa, 3), ["what color is the shape?", "is there a circle?"]
    result = swap(easy_vqa, pictures, texts, models)
    assert result.probabilities["kd"].shape == (3, 2, 13)
    answer = compare(easy_vqa, pictures[2], texts[1], models).answers["kd"]
    assert torch.allclose(result.probabilities["kd"][2, 1], answer.probs[BOTH], atol=1e-5)
    left = result.interaction("teacher", result.likeliest())
    assert left.sum(0).abs().max() < 1e-5 and left.sum(1).abs().max() < 1e-5
    assert result.answers("kd")[2][1] == easy_vqa.labels[int(answer.probs[BOTH].argmax())]
    assert set(result.to_dict()["models"]["kd"]["interaction"]) == set(easy_vqa.labels)
    teacher, student = (result.probabilities[name] for name in ("teacher", "kd"))
    apart = (teacher * (teacher.log() - student.log())).sum(-1)
    torch.testing.assert_close(result.distance("kd"), apart, atol=1e-4, rtol=1e-3)
    assert result.distance("teacher").abs().max() == 0


def test_a_swap_encodes_each_image_and_text_once(easy_vqa, monkeypatch):
    teacher, calls = load_bundled(easy_vqa, "teacher"), []
    whole = teacher.model.encode
    monkeypatch.setattr(
        teacher.model, "encode", lambda i=None, t=None: (calls.append((len(i), len(t))), whole(i, t))[1]
    )
    swap(easy_vqa, pictures_of(easy_vqa, 12), [f"is it {i}?" for i in range(12)], {"t": teacher})
    assert calls == [(12, 12)]


@pytest.mark.parametrize(("images", "texts", "words"), [(1, 2, "1 images"), (2, 13, "13 texts"), (13, 2, "13 images")])
def test_a_swap_of_too_few_or_many_gets_one_sentence(fifth, images, texts, words):
    with pytest.raises(UserError, match=words):
        swap(fifth, [noise(9, 9)] * images, ["x"] * texts, {"t": random_model(fifth)})


def test_a_swap_needs_a_model_and_texts(fifth, two_sizes):
    with pytest.raises(UserError, match="no model of fifth to ask: train a teacher first"):
        swap(fifth, [noise(9, 9)] * 2, ["x", "y"], bundled_models(fifth))
    with pytest.raises(UserError, match="There is no text"):
        swap(fifth, [noise(9, 9)] * 2, ["x", "  "], two_sizes)


def test_a_swap_of_a_multi_label_task_names_all_labels_that_are_present():
    posters = load_task("posters")
    teacher = load_bundled(posters, "teacher")
    result = swap(posters, pictures_of(posters, 2), ["A ghost.", "A rocket."], {"t": teacher})
    for row, cells in zip(result.probabilities["t"], result.answers("t"), strict=True):
        for probs, answer in zip(row, cells, strict=True):
            names = [label for label, prob in zip(posters.labels, probs, strict=True) if prob >= 0.5]
            assert answer == (", ".join(names) or "none")


def test_models_of_two_sizes_swap_the_same_pictures(fifth, two_sizes):
    pictures, texts = pictures_of(fifth, 3), ["is the field red?", "is the field blue?"]
    result = swap(fifth, pictures, texts, two_sizes)
    for name in two_sizes:
        for i, content in enumerate(pictures):
            for t, text in enumerate(texts):
                answer = compare(fifth, content, text, two_sizes).answers[name]
                assert torch.allclose(result.probabilities[name][i, t], answer.probs[BOTH], atol=1e-5)
    plain = json.loads(json.dumps(result.to_dict()))
    assert plain["texts"] == texts and set(plain["models"]) == {"teacher", "kd"}
