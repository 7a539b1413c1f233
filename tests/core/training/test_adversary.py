"""An adversary of languages: what it reads learns the opposite of what it learns."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.models.files import load_model
from msd_core.models.zoo import ZOO, Spec, build
from msd_core.tensors import hash_state
from msd_core.training.adversary import Adversary
from msd_core.training.config import TEXTS, Config
from msd_core.training.distill import distill
from msd_core.training.events import Epoch
from msd_core.training.objective import Objective
from msd_core.training.prepare import prepare
from tests.fifth import TASK as FIFTH
from tests.tongues import TASK

SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 256, "width": 16, "hidden": 16})
CONFIG = Config(
    method="ce", weighting="none", model="gram-student", epochs=2, batch_size=20, languages="en", adversary=1.0, lr=0.01
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(ZOO, "gram-student", SMALL)


def student():
    torch.manual_seed(0)
    return build(SMALL, 2)


@given(seed=st.integers(0, 10**6), languages=st.integers(2, 5))
def test_what_it_reads_learns_the_opposite_of_what_it_learns(seed, languages):
    torch.manual_seed(seed)
    adversary, right = Adversary(6, languages), torch.randint(languages, (9,))
    encodings = torch.randn(9, 6, requires_grad=True)
    reversed_ = torch.autograd.grad(adversary(encodings, right), [encodings, *adversary.parameters()])
    loss = F.cross_entropy(adversary.layers(encodings), right)
    plain = torch.autograd.grad(loss, [encodings, *adversary.parameters()])
    torch.testing.assert_close(adversary(encodings, right), loss)
    torch.testing.assert_close(reversed_[0], -plain[0])
    torch.testing.assert_close(reversed_[1:], plain[1:])


def test_the_term_joins_the_loss_by_its_weight():
    config = replace(CONFIG, adversary=0.3)
    model = student()
    setup = prepare(TASK, config, model, None)
    assert len(setup.texts) == len({*setup.everything.texts}) and setup.texts.teacher_logits is None
    objective = Objective(model, setup.method, setup.data["train"], config, False, setup.texts, setup.adversary).eval()
    rows, drawn = torch.arange(5), torch.arange(0, 40, 2)
    plain, _ = objective(rows)
    loss, terms = objective(rows, texts=drawn)
    read = model.encode(text=setup.texts.inputs.texts(drawn)).text
    right = torch.tensor([("de", "en", "ja").index(language_of(setup, row)) for row in drawn.tolist()])
    torch.testing.assert_close(terms["adversary"], F.cross_entropy(setup.adversary.layers(read), right))
    torch.testing.assert_close(loss, plain + 0.3 * terms["adversary"])


def language_of(setup, text: int) -> str:
    """As a person would say."""
    words = setup.everything.texts[text].split()
    return "ja" if len(words) == 2 and words[0].endswith("畑") else "de" if words[1] == "Feld" else "en"


@given(seed=st.integers(0, 10**6))
def test_a_step_of_its_own_tells_better_and_one_of_what_it_reads_worse(seed):
    torch.manual_seed(seed)
    adversary, right = Adversary(6, 3), torch.randint(3, (9,))
    encodings = torch.randn(9, 6, requires_grad=True)
    before = adversary(encodings, right)
    before.backward()
    assert adversary(encodings.detach() - 1e-2 * encodings.grad, right) > before
    with torch.no_grad():
        for values in adversary.parameters():
            values -= 1e-3 * values.grad
    assert adversary(encodings, right) < before


def test_texts_with_a_teacher_are_read_once(tmp_path):
    distill(TASK, replace(CONFIG, adversary=0.0, languages=""), tmp_path / "teacher")
    teacher = load_model(tmp_path / "teacher", TASK)
    config = replace(CONFIG, texts=float(TEXTS))
    model = student()
    setup = prepare(TASK, config, model, teacher)
    objective = Objective(model, setup.method, setup.data["train"], config, False, setup.texts, setup.adversary).eval()
    rows, drawn = torch.arange(5), torch.arange(8)
    loss, terms = objective(rows, texts=drawn)
    expected = objective(rows)[0] + (1 - config.lam) * TEXTS * terms["kd_texts"] + terms["adversary"]
    torch.testing.assert_close(loss, expected)


def test_a_run_that_is_taken_up_again_is_an_unbroken_one(tmp_path):
    whole = distill(TASK, CONFIG, tmp_path / "whole")

    def stop(event):
        if isinstance(event, Epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(TASK, CONFIG, tmp_path / "broken", None, stop)
    resumed = distill(TASK, CONFIG, tmp_path / "broken")
    distill(TASK, replace(CONFIG, adversary=0.0), tmp_path / "plain")
    places = ("whole", "broken", "plain")
    hashes = [hash_state(load_model(tmp_path / each, TASK).model.state_dict()) for each in places]
    assert resumed["metrics"] == whole["metrics"] and hashes[0] == hashes[1] != hashes[2]


def test_texts_in_one_language_are_one_sentence():
    with pytest.raises(UserError, match="All texts are in one language"):
        prepare(FIFTH, replace(CONFIG, languages=""), student(), None)
