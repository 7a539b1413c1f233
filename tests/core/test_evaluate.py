"""Metrics and agreement by view; each picture and text is encoded once, and pairs only gathered."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, roc_auc_score

from msd_core import evaluate
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    fuse_split,
    hidden_split,
    logits_by_view,
    main_metric,
    mean_encoding,
    metrics,
    metrics_by_view,
    references,
)
from msd_core.inputs import read_inputs
from msd_core.models.base import Encoded
from msd_core.tasks import load_task
from msd_core.views import VIEWS, visible


def encode(model, split) -> Encoded:
    return encode_split(model, read_inputs(model, split))


def test_distinct_pictures_are_encoded_once_and_pairs_gathered(tiny_model, tiny_split, monkeypatch):
    inputs = read_inputs(tiny_model, tiny_split)
    images = inputs.images(tiny_split.image_of)
    tokens = tiny_model.tokenize([tiny_split.texts[i] for i in tiny_split.text_of]).ids
    with torch.no_grad():
        plain = tiny_model(images, tokens, visible(batch=len(tiny_split))).transpose(0, 1)
    sizes, encoder = [], tiny_model.encode

    def counted(images=None, text=None):
        sizes.append((0 if images is None else len(images), 0 if text is None else len(text)))
        return encoder(images, text)

    monkeypatch.setattr(tiny_model, "encode", counted)
    torch.testing.assert_close(logits_by_view(tiny_model, tiny_split), plain, atol=1e-5, rtol=1e-5)
    assert np.sum(sizes, axis=0).tolist() == [12, 9]


def test_pairs_are_fused_in_pieces_of_any_size(tiny_model, tiny_split, monkeypatch):
    encoded = encode(tiny_model, tiny_split)
    whole, hidden = fuse_split(tiny_model, encoded, tiny_split), hidden_split(tiny_model, encoded, tiny_split)
    monkeypatch.setattr(evaluate, "_PAIRS", 7)
    torch.testing.assert_close(fuse_split(tiny_model, encoded, tiny_split), whole)
    torch.testing.assert_close(hidden_split(tiny_model, encoded, tiny_split), hidden)
    assert whole.shape == (40, 4, 5) and whole.dtype == torch.float32


def test_the_null_of_an_untrained_view_is_the_mean_over_examples(tiny_model, tiny_split):
    encoded = encode(tiny_model, tiny_split)
    mean = mean_encoding(encoded, tiny_split)
    torch.testing.assert_close(mean.image, encoded.image[tiny_split.image_of].mean(0))
    torch.testing.assert_close(mean.text, encoded.text[tiny_split.text_of].mean(0))
    assert mean_encoding(Encoded(None, encoded.text), tiny_split).image is None


def test_references_are_encodings_of_examples_by_one_draw(tiny_model, tiny_split):
    encoded = encode(tiny_model, tiny_split)
    kept, again = references(encoded, tiny_split, 64), references(encoded, tiny_split, 64)
    assert kept.image.shape == kept.text.shape == (64, 8)
    assert torch.equal(kept.image, again.image) and torch.equal(kept.text, again.text)
    for values, part in ((kept.image, encoded.image), (kept.text, encoded.text)):
        assert (values[:, None] == part[None]).all(-1).any(1).all()
        assert len(values.unique(dim=0)) > 3


def test_metrics_by_task():
    labels = torch.tensor([0, 1, 1, 0])
    assert metrics(load_task("sarcasm"), torch.tensor([[2.0, 1], [0, 3], [1, 0], [5, 0]]), labels) == {
        "accuracy": 0.75, "auroc": 0.875,
    }  # fmt: skip
    posters = load_task("posters")
    perfect = torch.randint(0, 2, (20, 8)).float()
    assert metrics(posters, perfect * 2 - 1, perfect) == {"macro_f1": 1.0, "micro_f1": 1.0}
    assert [main_metric(load_task(name)) for name in ("sarcasm", "posters")] == ["accuracy", "macro_f1"]


def test_metrics_are_those_of_scikit_learn(fifth):
    torch.manual_seed(0)
    logits, labels = torch.randn(60, 2), torch.randint(0, 2, (60,))
    scores = metrics(fifth, logits, labels)
    assert scores["auroc"] == pytest.approx(roc_auc_score(labels, logits[:, 1] - logits[:, 0]))
    assert "auroc" not in metrics(fifth, logits, torch.zeros(60, dtype=torch.long)), "one class alone has none"
    posters, many = load_task("posters"), torch.randint(0, 2, (60, 8)).float()
    scores = metrics(posters, torch.randn(60, 8, generator=torch.Generator().manual_seed(1)), many)
    answers = torch.randn(60, 8, generator=torch.Generator().manual_seed(1)) > 0
    for kind in ("macro", "micro"):
        assert scores[f"{kind}_f1"] == pytest.approx(f1_score(many.int(), answers, average=kind))


def test_metrics_by_view_are_of_each_view_alone(easy_vqa):
    labels = torch.randint(0, 13, (50,))
    logits = torch.randn(50, 4, 13)
    logits[:, 2] = 9.0 * torch.nn.functional.one_hot(labels, 13)
    by_view = metrics_by_view(easy_vqa, logits, labels)
    assert list(by_view) == list(VIEWS) and by_view["text"] == {"accuracy": 1.0}
    assert by_view["image"] == metrics(easy_vqa, logits[:, 1], labels) != {"accuracy": 1.0}


def test_agreement_is_divergence_and_the_share_of_equal_answers():
    task = load_task("sarcasm")
    teacher = torch.tensor([[[0.0, math.log(3)]] * 4, [[1.0, 0.0]] * 4])
    student = teacher.clone()
    student[0, 1] = torch.tensor([math.log(3), 0.0])
    by_view = agreement_by_view(task, teacher=teacher, student=student)
    expected = (0.25 * math.log(0.25 / 0.75) + 0.75 * math.log(0.75 / 0.25)) / 2
    assert by_view["image"] == {"kl": pytest.approx(expected), "top": 0.5}
    assert by_view["both"] == {"kl": pytest.approx(0, abs=1e-7), "top": 1.0}
    with pytest.raises(TypeError):
        agreement_by_view(task, teacher, student)


def test_agreement_of_many_labels_is_over_labels():
    task = load_task("posters")
    teacher = torch.ones(3, 4, 8)
    student = teacher.clone()
    student[:, 0, :2] = -1
    by_view = agreement_by_view(task, teacher=teacher, student=student)
    assert by_view["both"]["top"] == 0.75 and by_view["text"]["top"] == 1
    sigmoid = 1 / (1 + math.exp(-1))
    expected = 0.25 * (sigmoid - (1 - sigmoid))  # log p - log q is 1 where the label is present, -1 where not
    assert by_view["both"]["kl"] == pytest.approx(expected, rel=1e-5)


def test_a_subset_is_answered_as_in_the_whole(tiny_model, tiny_split):
    whole = logits_by_view(tiny_model, tiny_split)
    rows = torch.tensor([5, 2, 39])
    part = replace(tiny_split.gather(rows))
    torch.testing.assert_close(logits_by_view(tiny_model, part), whole[rows])
