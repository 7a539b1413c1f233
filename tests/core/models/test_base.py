"""What passes between `encode` and `fuse`: vectors, sequences or nothing, gathered, repeated and put together alike."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from msd_core.models.base import Classifier, Encoded, Features, Sequence, cat
from msd_core.views import VIEWS, visible

ROWS = st.lists(st.integers(0, 3), min_size=1, max_size=9)


def sequence(batch: int = 4, length: int = 5, width: int = 3, seed: int = 0) -> Sequence:
    """Sequences of unlike lengths; what is behind their ends is no number."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(batch, length, width, generator=generator)
    mask = torch.arange(length) < torch.randint(1, length + 1, (batch, 1), generator=generator)
    return Sequence(torch.where(mask[..., None], values, 9e9), mask)


def encoded(kind: str) -> Encoded:
    """Four encodings of each modality, in a form of that kind."""
    vectors = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
    return {
        "vectors": Encoded(vectors[0], vectors[1]),
        "sequences": Encoded(sequence(seed=1), sequence(length=7, seed=2)),
        "both kinds": Encoded(vectors[0], sequence(seed=2)),
        "no image": Encoded(None, sequence(seed=2)),
        "no text": Encoded(vectors[0], None),
        "nothing": Encoded(),
    }[kind]


KINDS = ("vectors", "sequences", "both kinds", "no image", "no text", "nothing")


def parts(one: Encoded) -> list[Tensor]:
    """All tensors of an encoding."""
    tensors = []
    for part in (one.image, one.text):
        tensors += [part.values, part.mask] if isinstance(part, Sequence) else [] if part is None else [part]
    return tensors


@pytest.mark.parametrize("kind", KINDS)
@given(images=ROWS, texts=ROWS)
def test_pairs_are_gathered_from_distinct_parts(kind, images, texts):
    size = min(len(images), len(texts))
    image_of, text_of = torch.tensor(images[:size]), torch.tensor(texts[:size])
    one = encoded(kind)
    pairs = one.gather(image_of, text_of)
    for part, pair, rows in ((one.image, pairs.image, image_of), (one.text, pairs.text, text_of)):
        if isinstance(part, Sequence):
            assert torch.equal(pair.values, part.values[rows]) and torch.equal(pair.mask, part.mask[rows])
        else:
            assert (part is pair is None) or torch.equal(pair, part[rows])
    assert len(parts(pairs)) == len(parts(one))


@pytest.mark.parametrize("kind", KINDS)
@given(times=st.integers(1, 4))
def test_repeating_is_gathering_over_and_over(kind, times):
    one = encoded(kind)
    rows = torch.arange(4).repeat(times)
    assert all(torch.equal(*two) for two in zip(parts(one.repeat(times)), parts(one.gather(rows, rows)), strict=True))


@pytest.mark.parametrize("kind", KINDS)
@given(sizes=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_batches_put_together_are_the_whole(kind, sizes):
    one, batches = encoded(kind), []
    for rows in torch.arange(sum(sizes)).fmod(4).split(sizes):
        batches.append(one.gather(rows, rows))
    rows = torch.arange(sum(sizes)).fmod(4)
    assert all(
        torch.equal(*two) for two in zip(parts(cat(batches, len(rows))), parts(one.gather(rows, rows)), strict=True)
    )


def test_sequences_are_padded_to_the_longest():
    short, long = sequence(2, 3, seed=1), sequence(1, 6, seed=2)
    both = cat([Encoded(None, short), Encoded(None, long)], 3)
    assert both.image is None and both.text.values.shape == (3, 6, 3)
    assert torch.equal(both.text.values[:2, :3], short.values) and torch.equal(both.text.mask[:2, :3], short.mask)
    assert not both.text.mask[:2, 3:].any() and not both.text.values[:2, 3:].any()
    assert torch.equal(both.text.values[2:], long.values)
    torch.testing.assert_close(both.text.mean(), torch.cat([short.mean(), long.mean()]))


def test_a_mean_is_over_the_places_that_hold_something():
    one = Sequence(
        torch.tensor([[[1.0], [3.0], [50.0]], [[7.0], [7.0], [7.0]]]), torch.tensor([[1, 1, 0], [0, 0, 0]]) > 0
    )
    assert one.mean().tolist() == [[2.0], [0.0]]
    assert len(one) == 2


def test_a_device_is_that_of_either_part():
    for kind in KINDS:
        assert encoded(kind).device == torch.device("cpu")
    there = torch.empty(2, 3, device="meta")
    assert Encoded(None, there).device == Encoded(Sequence(there, there)).device == torch.device("meta")


def test_features_are_gathered_by_row():
    features = Features(torch.arange(6.0).view(3, 2))
    assert len(features) == 3 and features.gather(torch.tensor([2, 0])).values.tolist() == [[4, 5], [0, 1]]


class Sums(Classifier):
    """Of what is visible the sum of the means; it notes the sizes of its batches."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def fuse(self, encoded: Encoded, visible: Tensor) -> Tensor:
        self.batches.append(len(visible))
        total = torch.zeros(len(visible), 3)
        for i, part in enumerate((encoded.image, encoded.text)):
            vectors = part.mean() if isinstance(part, Sequence) else part
            if vectors is not None:
                total = total + (i + 1) * torch.where(visible[:, i, None], vectors, 0)
        return total


@pytest.mark.parametrize("kind", KINDS)
@given(views=st.lists(st.sampled_from(VIEWS), min_size=1, max_size=6))
def test_views_fused_together_are_views_fused_alone(kind, views):
    model, one = Sums(), encoded(kind)
    masks = visible(tuple(views), 4)
    together = model.fuse_views(one, masks)
    assert model.batches == [4] + ([4 * (len(views) - 1)] if len(views) > 1 else [])
    assert torch.equal(together, torch.stack([model.fuse(one, mask) for mask in masks]))


def test_what_a_model_need_not_have_is_absent():
    model = Classifier()
    assert model.trained_views == ("both",) and model.detector is None and model.references is None
    assert model.frozen_part("image") is None and model.frozen_part("text") is None
    model.train_nulls({"image"})
    model.set_nulls(encoded("vectors"))
    model.set_references(encoded("vectors"))
    assert not model.state_dict()
    one = encoded("both kinds")
    assert torch.equal(model.encodings(one), torch.cat([one.image, one.text.mean()], dim=1))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.tokenize(["x"]),
        lambda m: m.spans("x"),
        lambda m: m.embed(torch.ones(1, 1)),
        lambda m: m.encode(),
        lambda m: m.fuse(Encoded(), visible()[0]),
        lambda m: m.hidden(Encoded(), visible()[0]),
        lambda m: m.image_features(torch.ones(1)),
        lambda m: m.text_features(torch.ones(1)),
    ],
)
def test_what_a_model_must_have_is_missing_loudly(call):
    with pytest.raises(NotImplementedError):
        call(Classifier())
