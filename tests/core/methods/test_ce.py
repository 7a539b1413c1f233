"""Labels alone: whatever the share of the labels, the loss is the plain cross-entropy."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.inputs import read_inputs
from msd_core.losses import ce
from msd_core.methods import METHODS
from msd_core.models.zoo import build
from msd_core.training.config import Config
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.views import BOTH, NEITHER, visible
from tests.tiny import TINY, tiny_split

ROWS = torch.arange(0, 40, 2)


@pytest.fixture(scope="module")
def split():
    return tiny_split()


@pytest.fixture(scope="module")
def student():
    torch.manual_seed(0)
    return build(TINY, 5)


def objective(student, split, lam: float, targets: torch.Tensor | None = None) -> Objective:
    config = Config(method="ce", weighting="none", lam=lam)
    data = Data(split, read_inputs(student, split), split.image_of, split.text_of, split.labels, targets)
    return Objective(student, METHODS["ce"](2.0, False), data, config, False)


def plain(student, split, mask: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of `ROWS`, pair by pair, under a mask `(B, 2)`."""
    inputs = read_inputs(student, split)
    encoded = student.encode(inputs.images(split.image_of[ROWS]), inputs.texts(split.text_of[ROWS]))
    return ce(student.fuse(encoded, mask), split.labels[ROWS], False).mean()


@given(lam=st.floats(0, 1))
def test_the_loss_is_the_cross_entropy_whatever_the_labels_share(student, split, lam):
    loss, terms = objective(student, split, lam)(ROWS)
    assert set(terms) == {"ce"}
    torch.testing.assert_close(loss, terms["ce"], atol=1e-6, rtol=0)
    torch.testing.assert_close(loss, plain(student, split, visible(("both",), len(ROWS))[0]), atol=1e-6, rtol=1e-6)


def test_at_a_half_it_is_the_cross_entropy_exactly(student, split):
    loss, terms = objective(student, split, 0.5)(ROWS)
    assert torch.equal(loss, terms["ce"])


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.5, 1.0])
def test_with_modality_dropout_it_is_that_of_what_is_left(student, split, lam):
    dropped = visible()[torch.arange(len(ROWS)) % 4, 0]
    loss, terms = objective(student, split, lam)(ROWS, dropped=dropped)
    torch.testing.assert_close(loss, plain(student, split, dropped), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(loss, terms["ce"], atol=1e-6, rtol=0)


def test_with_dropout_alone_no_view_is_fused_but_what_is_left(student, split, monkeypatch):
    masks, fuse = [], student.fuse
    monkeypatch.setattr(student, "fuse", lambda encoded, mask: masks.append(mask) or fuse(encoded, mask))
    dropped = visible()[torch.full((len(ROWS),), NEITHER), 0]
    objective(student, split, 0.5)(ROWS, dropped=dropped)
    assert len(masks) == 1 and torch.equal(masks[0], dropped)
    masks.clear()
    objective(student, split, 0.5)(ROWS)
    assert len(masks) == 1 and torch.equal(masks[0], visible()[BOTH].expand(len(ROWS), 2))


def test_with_a_weighting_the_single_views_are_fused_with_what_is_left(student, split, monkeypatch):
    """Dropout, weights and labels alone: `both` is nobody's business."""
    masks, fuse = [], student.fuse
    monkeypatch.setattr(student, "fuse", lambda encoded, mask: masks.append(mask) or fuse(encoded, mask))
    torch.manual_seed(1)
    trained = objective(student, split, 0.5, torch.randn(40, 4, 5))
    weights = torch.rand(len(ROWS), 2)
    dropped = visible()[torch.arange(len(ROWS)) % 4, 0]
    loss, terms = trained(ROWS, weights, dropped)
    single = visible(("image", "text"), len(ROWS)).flatten(0, 1)
    assert torch.equal(torch.cat(masks), torch.cat([single, dropped]))
    assert set(terms) == {"ce", "kd_image", "kd_text"}
    torch.testing.assert_close(terms["ce"], plain(student, split, dropped))
    _, without = trained(ROWS, weights)
    for name in ("kd_image", "kd_text"):
        torch.testing.assert_close(terms[name], without[name])
    assert loss > terms["ce"]


def test_it_needs_no_teacher_and_no_sizes():
    assert not METHODS["ce"].needs_teacher and not METHODS["ce"].reads_representations
    assert not list(METHODS["ce"](2.0, True).parameters())
