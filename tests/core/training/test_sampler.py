"""Which examples a step sees: every one once an epoch, from seed and epoch alone, dealt out fairly."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.training.sampler import TOGETHER, BatchSampler, EpochOrder, drawn_texts, dropped_modalities
from msd_core.views import VIEWS, visible


def test_every_example_is_seen_once_an_epoch_in_an_order_of_its_own(tiny_split):
    order = EpochOrder(tiny_split.image_of, seed=3)
    first = list(order)
    order.epoch = 1
    second = list(order)
    assert sorted(first) == sorted(second) == list(range(40)) and first != second
    order.epoch = 0
    assert list(order) == first != list(EpochOrder(tiny_split.image_of, seed=4))
    pictures = tiny_split.image_of[torch.tensor(first)]
    assert (pictures[1:] == pictures[:-1]).float().mean() > 0.4, "examples of one picture come together"


@given(image_of=st.lists(st.integers(0, 9), min_size=1, max_size=80), seed=st.integers(0, 99), epoch=st.integers(0, 9))
def test_examples_of_a_picture_come_in_short_runs(image_of, seed, epoch):
    order = EpochOrder(torch.tensor(image_of), seed)
    order.epoch = epoch
    rows = list(order)
    assert sorted(rows) == list(range(len(image_of))) and len(order) == len(rows)
    expected = sum(-(-image_of.count(picture) // TOGETHER) for picture in set(image_of))
    assert len([*itertools.groupby(image_of[row] for row in rows)]) <= expected


@pytest.mark.parametrize("examples, batch_size", [(40, 10), (37, 10), (41, 10), (7, 64), (2, 1)])
@pytest.mark.parametrize("processes", [1, 2])
def test_every_process_takes_its_share_of_the_same_batches(examples, batch_size, processes):
    order = EpochOrder(torch.arange(examples) // 3, seed=1)
    batches = BatchSampler(order, batch_size, processes)
    alone, dealt = list(BatchSampler(order, batch_size)), list(batches)
    assert sorted(row for share in dealt for row in share) == list(range(examples))
    assert all(dealt), "no process is left without work"
    assert len(dealt) == len(batches) == processes * len(batches.sizes)
    together = [sorted(itertools.chain(*dealt[i : i + processes])) for i in range(0, len(dealt), processes)]
    assert [len(rows) for rows in together] == batches.sizes
    if len(together) == len(alone):
        assert together == [sorted(rows) for rows in alone]


@given(examples=st.integers(4, 60), batch_size=st.integers(4, 30), processes=st.integers(1, 4))
def test_shares_of_a_batch_differ_by_one_at_most(examples, batch_size, processes):
    batches = BatchSampler(EpochOrder(torch.arange(examples), seed=0), batch_size, processes)
    dealt = [len(share) for share in batches]
    assert sum(dealt) == examples
    for i in range(0, len(dealt), processes):
        assert 0 <= max(dealt[i : i + processes]) - min(dealt[i : i + processes]) <= 1


def test_hidden_views_come_as_often_as_wanted():
    dropped = dropped_modalities(0.3, 30_000, seed=0, epoch=0)
    share = {view: float((dropped == visible((view,))[0, 0]).all(1).float().mean()) for view in VIEWS}
    assert share == pytest.approx({"both": 0.7, "image": 0.1, "text": 0.1, "neither": 0.1}, abs=0.01)
    assert dropped_modalities(0, 10, 0, 0) is None


def test_what_is_dropped_follows_from_seed_and_epoch():
    draws = [dropped_modalities(0.5, 200, seed, epoch) for seed, epoch in ((3, 1), (3, 1), (3, 2), (4, 1))]
    assert torch.equal(draws[0], draws[1])
    assert not any(torch.equal(draws[0], other) for other in draws[2:])
    assert (dropped_modalities(1, 300, 0, 0).sum(1) < 2).all(), "always something"


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_texts_without_labels_are_those_of_one_process(processes):
    shares = [drawn_texts(100, 64 // processes, 3, 17, process) for process in range(processes)]
    assert torch.equal(torch.cat(shares), drawn_texts(100, 64, 3, 17, 0))
    assert not torch.equal(drawn_texts(100, 64, 3, 18, 0), drawn_texts(100, 64, 3, 17, 0))
