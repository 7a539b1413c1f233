"""The two-tower classifier keeps the contract: encode once, fuse any view, and never a trace of what is hidden."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.inputs import read_inputs
from msd_core.models.base import Classifier, Encoded, Sequence
from msd_core.models.two_tower import REFERENCES
from msd_core.models.zoo import build
from msd_core.views import BOTH, IMAGE, NEITHER, TEXT, VIEWS, visible
from tests.tiny import TINY


def model():
    torch.manual_seed(0)
    return build(TINY, 5).eval()


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), value=st.sampled_from([0.0, 1e30, float("nan"), float("inf")]))
def test_a_view_does_not_depend_on_what_it_hides(seed, value):
    net, generator = model(), torch.Generator().manual_seed(seed)
    images, others = torch.rand(2, 3, 3, 64, 64, generator=generator)
    tokens, words = torch.randint(0, 2000, (2, 3, 6), generator=generator)
    masks = visible(batch=3)
    one = net(images, tokens, masks)
    assert torch.equal(one[IMAGE], net(images, words, masks)[IMAGE])
    assert torch.equal(one[TEXT], net(others, tokens, masks)[TEXT])
    assert torch.equal(one[NEITHER], net(others, words, masks)[NEITHER])
    assert not torch.equal(one[BOTH], net(others, tokens, masks)[BOTH])
    encoded = net.encode(images, tokens)
    broken = Encoded(torch.full_like(encoded.image, value), encoded.text)
    assert torch.equal(net.fuse(broken, masks[TEXT]), net.fuse(encoded, masks[TEXT]))


def test_a_batch_may_mix_views_and_lack_a_modality():
    net = model()
    images, tokens = torch.rand(4, 3, 64, 64), torch.randint(1, 2000, (4, 6))
    encoded = net.encode(images, tokens)
    mixed = visible()[:, 0]  # row i under view i
    apart = torch.stack([net.fuse(encoded, mask)[i] for i, mask in enumerate(visible(batch=4))])
    torch.testing.assert_close(net.fuse(encoded, mixed), apart)
    masks = visible(batch=4)
    for half, view in ((net.encode(text=tokens), TEXT), (net.encode(images), IMAGE)):
        for mask, expected in ((masks[BOTH], masks[view]), (masks[view], masks[view])):
            torch.testing.assert_close(net.fuse(half, mask), net.fuse(encoded, expected))
    torch.testing.assert_close(net.fuse(Encoded(), masks[BOTH]), net.fuse(encoded, masks[NEITHER]))


def test_embeddings_are_a_way_in():
    net, tokens = model(), torch.tensor([[5, 6, 7, 0, 0]])
    embedded = net.embed(tokens)
    values = embedded.values.detach().requires_grad_()
    again = net.encode(text=Sequence(values, embedded.mask)).text
    torch.testing.assert_close(again, net.encode(text=tokens).text)
    again.square().sum().backward()
    assert values.grad[0, :3].abs().sum() > 0
    assert values.grad[0, 3:].abs().sum() == 0, "padding must not be read"


def test_padding_changes_nothing():
    net = model()
    short, long = torch.tensor([[5, 6, 7]]), torch.tensor([[5, 6, 7, 0, 0, 0, 0]])
    torch.testing.assert_close(net.encode(text=short).text, net.encode(text=long).text)


def test_hidden_features_are_one_layer_below_the_logits():
    net = model()
    encoded, masks = net.encode(torch.rand(2, 3, 64, 64), torch.ones(2, 4, dtype=torch.long)), visible(batch=2)
    for mask in masks:
        hidden = net.hidden(encoded, mask)
        assert hidden.shape == (2, TINY.hidden)
        torch.testing.assert_close(net.head.layers[-1](hidden), net.fuse(encoded, mask))
    assert net.encodings(encoded).shape == (2, 2 * TINY.dim)


def test_nulls_are_learned_or_set():
    net = model()
    net.set_nulls(Encoded(torch.full((8,), 0.5), torch.full((8,), -0.25)))
    assert net.null_image.tolist() == [0.5] * 8 and net.null_text.tolist() == [-0.25] * 8
    net.set_nulls(Encoded(None, torch.full((8,), 2.0)))
    assert net.null_image.tolist() == [0.5] * 8 and net.null_text.tolist() == [2.0] * 8, "one stays as it is"
    for learned in ((), ("image",), ("text",), ("image", "text")):
        net.train_nulls(learned)
        assert net.null_image.requires_grad is ("image" in learned)
        assert net.null_text.requires_grad is ("text" in learned)


def test_references_go_with_the_weights():
    net, other = model(), build(TINY, 5)
    net.set_references(Encoded(torch.rand(64, 8), torch.rand(64, 8)))
    other.load_state_dict(net.state_dict())
    assert torch.equal(other.references.image, net.references.image) and other.references.text.shape == (64, 8)


def test_a_model_is_built_for_its_pictures():
    net = build(TINY, 5)
    assert net.preprocess is net.image_tower.preprocess and net.preprocess.size == 64
    for size in (32, 96):
        assert build(replace(TINY, image_options={"widths": [4, 6], "size": size}), 5).preprocess.size == size


def test_only_a_tower_that_does_not_learn_is_frozen():
    net = model()
    assert net.frozen_part("image") is None and net.frozen_part("text") is None
    net.text_tower.requires_grad_(False)
    assert net.frozen_part("image") is None and net.frozen_part("text") is net.text_tower
    with pytest.raises(KeyError):
        net.frozen_part("sound")


@pytest.mark.parametrize("seen, unseen", [("text", "image"), ("image", "text")])
def test_a_student_of_one_modality_never_sees_the_other(tiny_model, tiny_split, seen, unseen):
    inputs = read_inputs(tiny_model, tiny_split)
    images, texts = inputs.images(torch.arange(9)), inputs.texts(torch.arange(9))
    both = tiny_model(images, texts, visible(batch=9))
    assert tiny_model.num_references == REFERENCES and tiny_model.references is not None
    tiny_model.trained_views = (seen,)
    encoded = tiny_model.encode(images, texts)
    assert getattr(encoded, unseen) is None and getattr(encoded, seen) is not None
    alone = tiny_model(images, texts, visible(batch=9))
    views = dict(zip(VIEWS, alone, strict=True))
    torch.testing.assert_close(views["both"], views[seen])
    torch.testing.assert_close(views[unseen], views["neither"])
    torch.testing.assert_close(views[seen], dict(zip(VIEWS, both, strict=True))[seen])
    assert tiny_model.num_references == 0 and tiny_model.references is None, "nothing to average over"


@settings(max_examples=25)
@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=20))
def test_pairs_are_fused_as_one_by_one(pairs):
    net = model().double()
    encoded = net.encode(torch.rand(5, 3, 64, 64, dtype=torch.double), torch.randint(1, 2000, (3, 6)))
    image_of, text_of = torch.tensor(pairs, dtype=torch.long).view(-1, 2).unbind(1)
    gathered = encoded.gather(image_of, text_of)
    alone = net.fuse(gathered, visible(("both",), len(pairs))[0])
    torch.testing.assert_close(net.fuse_pairs(encoded, image_of, text_of), alone, atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(Classifier.fuse_pairs(net, encoded, image_of, text_of), alone)
