"""The loss of a step: exact against the plain way, and each term untouched by what is not its own."""

from dataclasses import replace

import pytest
import torch

from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import ce, distillation_loss, kd
from msd_core.methods import METHODS
from msd_core.models.zoo import build
from msd_core.training.config import Config
from msd_core.training.corruption import noisy_inputs
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.training.texts import Texts
from msd_core.views import visible
from tests.tiny import TINY

CONFIG = Config(method="kd", lam=0.5, temperature=2.0)


def data(model, split, weights=None) -> Data:
    torch.manual_seed(1)
    targets = torch.randn(len(split), 4, 5)
    return Data(split, read_inputs(model, split), split.image_of, split.text_of, split.labels, targets, weights)


def objective(student, trained: Data, **settings) -> Objective:
    config = replace(CONFIG, **settings)
    return Objective(student, METHODS[config.method](config.temperature, False), trained, config, False)


def step(split, weights):
    torch.manual_seed(0)
    student = build(TINY, 5)
    optimizer = torch.optim.AdamW(student.parameters())
    for rows in torch.arange(40).split(10):
        loss, _ = objective(student, data(student, split))(rows, None if weights is None else weights[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return float(loss.detach()), student.state_dict()


def test_no_weighting_and_weights_of_zero_are_the_same_step(tiny_split):
    loss, state = step(tiny_split, None)
    other, again = step(tiny_split, torch.zeros(40, 2))
    assert loss == other
    assert all(torch.equal(value, again[name]) for name, value in state.items())


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("lam", [0.5, 0.2])
def test_encoding_once_is_the_plain_way(tiny_split, dtype, tolerance, lam):
    """The towers once a distinct picture and the views fused together, against every view of every pair run alone."""
    torch.manual_seed(0)
    student = build(TINY, 5).to(dtype)
    weights = torch.rand(40, 2, dtype=dtype)
    rows = torch.randperm(40)[:24]
    trained = data(student, tiny_split, weights)
    pictures, tokens = trained.inputs.images(torch.arange(12)).to(dtype), trained.inputs.tokens
    trained = replace(trained, inputs=_AsFloat(pictures, tokens), teacher_logits=trained.teacher_logits.to(dtype))
    loss, terms = objective(student, trained, lam=lam)(rows, weights[rows])
    grads = torch.autograd.grad(loss, list(student.parameters()))
    masks = visible(("both", "image", "text"), 24)
    images, tokens = pictures[tiny_split.image_of[rows]], tokens[tiny_split.text_of[rows]]
    alone = torch.stack([student.fuse(student.encode(images, tokens), mask) for mask in masks])
    label = ce(alone[0], tiny_split.labels[rows], False)
    teacher = trained.teacher_logits[rows, :3].transpose(0, 1)
    soft = kd(teacher=teacher, student=alone, temperature=2.0, multilabel=False)
    plain = distillation_loss(label=label, method=soft[0], single=soft[1:], weights=weights[rows], lam=lam)
    named = {"ce": label, "kd_both": soft[0], "kd_image": soft[1], "kd_text": soft[2]}
    assert {k: float(v.detach()) for k, v in terms.items()} == pytest.approx(
        {k: float(v.detach().mean()) for k, v in named.items()}
    )
    torch.testing.assert_close(loss, plain, atol=tolerance, rtol=tolerance)
    for one, other in zip(grads, torch.autograd.grad(plain, list(student.parameters())), strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


class _AsFloat(Inputs):
    """Inputs whose pictures are already numbers of the precision under test."""

    def __init__(self, pictures, tokens):
        super().__init__(pictures, tokens)

    def images(self, rows):
        return self.pictures[rows]

    def texts(self, rows):
        return self.tokens[rows]


def test_every_distinct_picture_and_text_is_encoded_once(tiny_split, monkeypatch):
    torch.manual_seed(0)
    student, rows = build(TINY, 5), torch.arange(20)
    sizes, encode = [], student.encode

    def counted(images, text):
        sizes.append((len(images), len(text)))
        return encode(images, text)

    trained = objective(student, data(student, tiny_split))
    monkeypatch.setattr(student, "encode", counted)
    trained(rows, torch.ones(20, 2))
    assert sizes == [(len(tiny_split.image_of[rows].unique()), len(tiny_split.text_of[rows].unique()))]


def test_dropout_on_labels_touches_the_label_term_alone(tiny_split):
    torch.manual_seed(0)
    student, rows = build(TINY, 5), torch.arange(10)
    trained, nothing = data(student, tiny_split), torch.zeros(10, 2, dtype=torch.bool)
    weights = torch.ones(10, 2)
    whole, hidden = (objective(student, trained)(rows, weights, dropped)[1] for dropped in (None, nothing))
    for name in ("kd_both", "kd_image", "kd_text"):
        torch.testing.assert_close(whole[name], hidden[name])
    assert not torch.allclose(whole["ce"], hidden["ce"])
    images, texts = trained.inputs.images(trained.image_of[rows]), trained.inputs.texts(trained.text_of[rows])
    logits = student.fuse(student.encode(images, texts), nothing)
    torch.testing.assert_close(hidden["ce"], ce(logits, trained.labels[rows], False).mean())


@pytest.mark.parametrize("method", ["kd", "dkd", "ce"])
def test_terms_have_names(tiny_split, method):
    torch.manual_seed(0)
    student = build(TINY, 5)
    trained = objective(student, data(student, tiny_split), method=method)
    names = {"ce"} if method == "ce" else {"ce", f"{method}_both"}
    assert set(trained(torch.arange(8))[1]) == names
    assert set(trained(torch.arange(8), torch.ones(8, 2))[1]) == names | {"kd_image", "kd_text"}


def texts_of(model, split) -> Texts:
    torch.manual_seed(2)
    return Texts(read_inputs(model, split), torch.zeros(len(split.texts)), torch.randn(len(split.texts), 5))


def test_texts_without_labels_add_the_plain_term(tiny_split):
    torch.manual_seed(0)
    student, rows, drawn = build(TINY, 5), torch.arange(10), torch.tensor([0, 3, 3, 8])
    trained, texts = data(student, tiny_split), texts_of(student, tiny_split)
    config = replace(CONFIG, texts=3.0, lam=0.2)
    method = METHODS[config.method](config.temperature, False)
    with_them = Objective(student, method, trained, config, False, texts)
    loss, terms = with_them(rows, texts=drawn)
    plain, others = with_them(rows)
    ids = student.tokenize([tiny_split.texts[i] for i in drawn]).ids
    alone = student.fuse(student.encode(text=ids), visible(("text",), 4)[0])
    term = kd(teacher=texts.teacher_logits[drawn], student=alone, temperature=2.0, multilabel=False).mean()
    torch.testing.assert_close(terms["kd_texts"], term)
    torch.testing.assert_close(loss, plain + 0.8 * 3 * term)
    assert set(terms) == {*others, "kd_texts"}


@pytest.mark.parametrize("method, term", [("ce", "ce"), ("kd", "kd_text")])
def test_a_student_of_the_text_is_trained_on_its_view_alone(tiny_split, method, term):
    torch.manual_seed(0)
    student, rows = build(TINY, 5), torch.arange(10)
    student.trained_views = ("text",)
    trained = data(student, tiny_split)
    loss, terms = objective(student, trained, method=method, weighting="none", view="text")(rows)
    assert term in terms and not {"kd_both", "kd_image"} & set(terms)
    loss.backward()
    learned = {name.split(".")[0] for name, p in student.named_parameters() if p.grad is not None and p.grad.any()}
    assert "text_tower" in learned and not {"image_tower", "project_image"} & learned
    ids = student.tokenize([tiny_split.texts[i] for i in tiny_split.text_of[rows]]).ids
    alone = student.fuse(student.encode(text=ids), visible(("text",), 10)[0])
    label = ce(alone, tiny_split.labels[rows], False)
    soft = kd(teacher=trained.teacher_logits[rows, 2], student=alone, temperature=2.0, multilabel=False)
    torch.testing.assert_close(loss, 0.5 * label.mean() + 0.5 * (soft if method == "kd" else label).mean())


def test_the_label_term_alone_is_smoothed(tiny_split):
    torch.manual_seed(0)
    student = build(TINY, 5).eval()
    trained, rows = data(student, tiny_split), torch.arange(20)
    (_, plain), (_, smoothed) = (
        objective(student, trained, label_smoothing=smoothing)(rows) for smoothing in (0.0, 0.3)
    )
    assert torch.equal(plain["kd_both"], smoothed["kd_both"])
    encoded = student.encode(
        trained.inputs.images(tiny_split.image_of[rows]), trained.inputs.texts(tiny_split.text_of[rows])
    )
    logits = student.fuse(encoded, visible(("both",), 20)[0])
    torch.testing.assert_close(smoothed["ce"], ce(logits, tiny_split.labels[rows], False, 0.3).mean())


def test_noise_is_what_is_trained_on(tiny_split):
    torch.manual_seed(0)
    student = build(TINY, 5).eval()
    trained, rows = data(student, tiny_split), torch.arange(20)
    noisy = replace(trained, varied=noisy_inputs(student, tiny_split, 0.9, 0))
    losses = {float(objective(student, noisy)(rows)[0].detach()) for _ in range(3)}
    assert len(losses) == 3 and float(objective(student, trained)(rows)[0].detach()) not in losses
    none = replace(trained, varied=noisy_inputs(student, tiny_split, 0.0, 0))
    torch.testing.assert_close(objective(student, none)(rows)[0], objective(student, trained)(rows)[0])
