"""How much of a model is additive: what is known of additive models, and EMAP by its definition."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import emap as module
from analysis.dataset.emap import emap, grid, interaction
from msd_core.errors import UserError
from msd_core.evaluate import encode_split, logits_by_view, metrics
from msd_core.inputs import read_inputs
from msd_core.models.base import Encoded
from msd_core.views import BOTH
from tests.analysis.dataset.heads import Sum
from tests.analysis.models import random_model, tiny_task
from tests.tiny import TINY, TINY_224

TASK = tiny_task()


@pytest.fixture
def both(tiny_split, loaded):
    """The model's logits with both shown."""
    return logits_by_view(loaded.model, tiny_split)[:, BOTH]


def test_the_emap_of_an_additive_model_is_the_model(loaded, tiny_split):
    loaded.model.head = Sum()
    logits = logits_by_view(loaded.model, tiny_split)[:, BOTH]
    additive = emap(loaded, TASK, tiny_split, logits, "logit")
    assert torch.allclose(additive.scores, logits, atol=1e-5)
    assert additive.explained == pytest.approx(1) and additive.interval is None and additive.pairs == 12 * 9
    assert additive.metric == metrics(TASK, logits, tiny_split.labels)["accuracy"]


@pytest.mark.parametrize("output", ["probability", "logit"])
def test_the_emap_is_its_definition_over_examples(loaded, both, tiny_split, output):
    additive = emap(loaded, TASK, tiny_split, both, output)
    encoded = encode_split(loaded.model, read_inputs(loaded.model, tiny_split))
    examples = Encoded(encoded.image[tiny_split.image_of], encoded.text[tiny_split.text_of])
    every = grid(loaded.model, examples, False, output)
    expected = every.mean(1) + every.mean(0) - every.mean((0, 1))  # (N, C), of all N x N pairs of examples
    assert torch.allclose(additive.scores, expected, atol=1e-5) and additive.explained < 1


def test_a_sampled_emap_is_near_the_exact_one_and_has_an_interval(loaded, both, tiny_split):
    exact = emap(loaded, TASK, tiny_split, both)
    rough, fine = (emap(loaded, TASK, tiny_split, both, most_pairs=n) for n in (42, 107))
    assert fine.pairs <= 107 and rough.pairs <= 42
    assert (fine.scores - exact.scores).abs().mean() < 0.5 * exact.scores.std()
    assert rough.interval[0] <= rough.interval[1] and exact.interval is None


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 2**31))
def test_an_interaction_sums_to_nothing_and_an_additive_table_has_none(rows, columns, seed):
    rng = torch.Generator().manual_seed(seed)
    left = interaction(torch.randn(rows, columns, generator=rng, dtype=torch.float64))
    assert left.sum(0).abs().max() < 1e-9 and left.sum(1).abs().max() < 1e-9
    one, other = (torch.randn(*shape, generator=rng).double() for shape in ((rows, 1), (1, columns)))
    assert interaction(one + other).abs().max() < 1e-9


def test_an_emap_is_made_once(loaded, both, tiny_split, monkeypatch):
    first = emap(loaded, TASK, tiny_split, both)

    def never(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(module, "encode_split", never)
    assert torch.equal(emap(loaded, TASK, tiny_split, both).scores, first.scores)
    with pytest.raises(AssertionError, match="encoded again"):
        emap(loaded, TASK, tiny_split, both, "logit")


def test_a_model_that_reads_other_pixels_has_an_emap_of_its_own(tiny_split, home):
    one, other = random_model(TASK, TINY), random_model(TASK, TINY_224)
    assert one.weights_hash == other.weights_hash, "the pixels alone differ"
    scores = [
        emap(each, TASK, tiny_split, logits_by_view(each.model, tiny_split)[:, BOTH]).scores for each in (one, other)
    ]
    assert not torch.equal(*scores)


def test_an_unknown_output_is_one_sentence(loaded, both, tiny_split):
    with pytest.raises(UserError, match="no output called 'odds'"):
        emap(loaded, TASK, tiny_split, both, "odds")
