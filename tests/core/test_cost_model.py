"""The cost model: its counts are those done by hand, and its sums grow as they must."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmarks.cost_model import Plan, cost, table
from benchmarks.counting import count, measure
from msd_core.models.zoo import ZOO, build
from msd_core.views import visible

LABELS = 5


@pytest.fixture(scope="module")
def pair():
    return measure("bundled", LABELS, tokens=12)


def test_layers_count_as_by_hand():
    line, rows = nn.Linear(6, 4), torch.rand(3, 6)
    assert count(lambda: line(rows), pairs=3) == 2 * 6 * 4
    assert count(lambda: line(rows).sum().backward(), pairs=3) == 2 * (2 * 6 * 4)  # nobody asks for that of the rows
    heads, tokens = nn.MultiheadAttention(8, 2, batch_first=True).eval(), torch.rand(1, 5, 8)
    with torch.no_grad():
        operations = count(lambda: heads(tokens, tokens, tokens), pairs=1)
    assert operations == 2 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8)


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_convolutions_in_groups_count_as_by_hand(groups):
    net, grid = nn.Conv2d(8, 8, 3, padding=1, groups=groups), torch.rand(1, 8, 6, 6, requires_grad=True)
    once = 2 * 36 * 8 * 8 // groups * 9
    assert count(lambda: net(grid), pairs=1) == once
    assert count(lambda: net(grid).sum().backward(), pairs=1) == 3 * once


def test_views_cost_a_head_each_and_no_tower(pair):
    spec = ZOO["teacher"]
    head = 2 * (3 * spec.dim * spec.hidden + spec.hidden * LABELS)
    teacher, images, ids = build(spec, LABELS), torch.rand(2, 3, 64, 64), torch.ones(2, 12, dtype=torch.long)
    with torch.no_grad():
        one = count(lambda: teacher.fuse(teacher.encode(images, ids), visible(batch=2)[0]))
    assert pair.teacher == one + 3 * head
    spec = ZOO["student"]
    head = 2 * (3 * spec.dim * spec.hidden + spec.hidden * LABELS)
    assert pair.msd == pair.kd + 2 * 3 * head, "two views more, forward and backward"
    assert pair.msd < 1.15 * pair.kd and pair.plain > 3 * pair.msd
    assert pair.targets == 4 * 4 * LABELS and pair.source == 64 * 64 * 3 + 8 * 12 and pair.features == 0


def test_costs_grow_with_pairs_and_epochs(pair):
    plan = Plan(epochs=3)
    once, twice = cost(pair, plan), cost(pair, replace(plan, pairs=2 * plan.pairs))
    rates = {name for name in once if "second" in name or "a step" in name or "times ours" in name}
    for name, value in once.items():
        assert twice[name] == pytest.approx(value if name in rates else 2 * value), name
    long = cost(pair, replace(plan, epochs=30))
    for name, value in once.items():
        grows = 10 if "training" in name and name not in rates else 1
        if name.startswith(("TB", "hours of computing")) or name in rates - {"FLOPs of the plain way, times ours"}:
            assert long[name] == pytest.approx(grows * value), name
    assert once["FLOPs"] == plan.pairs * (pair.teacher + 3 * pair.msd)
    assert long["FLOPs of the plain way, times ours"] > once["FLOPs of the plain way, times ours"] > 3


def test_one_card_sends_nothing_and_the_table_is_whole(pair):
    plan = Plan(cards=1)
    assert cost(pair, plan)["MB of gradient that a card sends a step"] == 0
    lines = table(plan, {"one": pair, "other": pair}).splitlines()
    assert all(line.count("|") == 4 for line in lines) and len(lines) == 3 + 9 + len(cost(pair, plan))
