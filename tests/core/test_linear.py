"""Linear models find what a line divides, whatever the scale, the labels that are missing and the script."""

import pytest
import torch

from msd_core.linear import linear_model, word_features, words_model

GENERATOR = torch.Generator().manual_seed(0)


def blobs(count: int, labels: int, width: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Features around a centre a label."""
    centres = 4 * torch.randn(labels, width, generator=torch.Generator().manual_seed(1))
    of = torch.arange(count) % labels
    return centres[of] + torch.randn(count, width, generator=GENERATOR), of


@pytest.mark.parametrize("labels", [2, 3, 7])
def test_blobs_are_told_apart(labels):
    features, of = blobs(210, labels)
    model = linear_model(features[:140], of[:140], labels)
    logits = model.logits(features[140:])
    assert logits.shape == (70, labels)
    assert (logits.argmax(-1) == of[140:]).float().mean() > 0.95


def test_probabilities_are_right_on_average():
    features, of = blobs(300, 3)
    probs = linear_model(features, of, 3).logits(features).softmax(-1)
    assert torch.allclose(probs.mean(0), torch.full((3,), 1 / 3), atol=0.02)


def test_neither_scale_nor_shift_of_a_feature_matters():
    features, of = blobs(90, 3)
    other = features * torch.logspace(-3, 3, 8) + torch.arange(8.0)
    logits, same = (linear_model(values, of, 3).logits(values) for values in (features, other))
    assert torch.allclose(logits, same, atol=0.05)


def test_a_constant_feature_counts_for_nothing():
    features, of = blobs(60, 2)
    padded = torch.cat([features, torch.full((60, 1), 5.0)], 1)
    model = linear_model(padded, of, 2)
    assert model.weight[-1].abs().max() == 0
    moved = padded + torch.tensor([0.0] * 8 + [1000.0])
    assert torch.allclose(model.logits(moved), model.logits(padded), atol=1e-3)


def test_a_label_without_rows_is_never_answered_and_stays_finite():
    features, of = blobs(60, 2)
    logits = linear_model(features, of * 2, 4).logits(features)
    assert logits.isfinite().all() and set(logits.argmax(-1).tolist()) == {0, 2}


def test_one_label_alone_is_always_answered():
    features, _ = blobs(10, 2)
    logits = linear_model(features, torch.full((10,), 2), 3).logits(features)
    assert (logits.argmax(-1) == 2).all() and logits.isfinite().all()


def test_labels_that_do_not_exclude_each_other_are_fitted_each_by_itself():
    features = torch.randn(200, 5, generator=GENERATOR)
    labels = (features[:, :3] > 0).float()
    labels[:, 2] = 1  # nothing to learn
    logits = linear_model(features, labels, 3).logits(features)
    assert ((logits > 0).float() == labels).float().mean(0).min() > 0.95


def test_many_features_are_reduced_and_still_serve():
    features, of = blobs(600, 3)
    wide = torch.cat([features, torch.randn(600, 700, generator=GENERATOR)], 1)
    logits = linear_model(wide[:550], of[:550], 3).logits(wide[550:])
    assert (logits.argmax(-1) == of[550:]).float().mean() > 0.8


def test_a_kind_of_few_features_is_not_drowned_by_one_of_many():
    signal, of = blobs(120, 2, width=2)
    wide = torch.cat([signal, torch.randn(120, 400, generator=GENERATOR)], 1)
    plain, fair = (
        (linear_model(wide[:60], of[:60], 2, parts).logits(wide[60:]).argmax(-1) == of[60:]).float().mean()
        for parts in ((), (2, 400))
    )
    assert fair > plain


def test_words_of_any_script_tell_labels():
    texts = ["红色的衣服", "蓝色的衣服", "लाल कमीज", "नीली कमीज", "قميص أحمر", "قميص أزرق"] * 5
    labels = torch.tensor([0, 1] * 15)
    model = words_model(texts, labels, 2)
    assert (model.logits(texts).argmax(-1) == labels).all()
    assert model.logits(["一件红色", "नीली"]).argmax(-1).tolist() == [0, 1]


@pytest.mark.parametrize("texts", [["", "", "", ""], ["?", "!", ".", "…"]])
def test_texts_without_words_give_what_is_commonest(texts):
    assert words_model(texts, torch.tensor([1, 1, 0, 1]), 2).logits([*texts, "new"]).argmax(-1).tolist() == [1] * 5
    assert word_features(texts)(texts).isfinite().all()


def test_word_features_place_like_texts_together():
    features = word_features(["red shirt", "red shirt", "blue sock", "blue sock"])(["red shirt", "shirt red", "sock"])
    near, far = ((features[0] - features[i]).norm() for i in (1, 2))
    assert near < far
