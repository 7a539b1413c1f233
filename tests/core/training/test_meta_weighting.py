"""Learned weighting: the gradient of looking ahead is exact, the budget is kept, and a run repeats and resumes."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.func import functional_call

from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import ce
from msd_core.methods import METHODS
from msd_core.models.bundled import load_bundled
from msd_core.models.zoo import build
from msd_core.saliency import saliency
from msd_core.storage import read_json
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.events import Epoch
from msd_core.training.meta_weighting import LookAhead, MetaWeights, WeightNet, traits_of
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.views import visible
from tests.tiny import TINY

CONFIG = Config(weighting="learned")
QUICK = replace(CONFIG, model="student-tiny", epochs=2, train_size=300, batch_size=50)


class _Plain(Inputs):
    """Inputs in memory, of one precision."""

    def images(self, rows):
        return self.pictures[rows]


@pytest.fixture
def bench(tiny_split):
    """A student in double precision with its training data, used as meta data too."""
    torch.manual_seed(0)
    student = build(TINY, 5).double()
    inputs = read_inputs(student, tiny_split)
    plain = _Plain(inputs.images(torch.arange(12)).double(), inputs.tokens)
    targets = torch.randn(len(tiny_split), 4, 5, dtype=torch.float64)
    data = Data(tiny_split, plain, tiny_split.image_of, tiny_split.text_of, tiny_split.labels, targets)
    return student, data


def objective(student, data: Data, config: Config = CONFIG) -> Objective:
    return Objective(student, METHODS[config.method](config.temperature, False), data, config, False)


@pytest.mark.parametrize("lam, temperature", [(0.5, 2.0), (0.2, 4.0)])
def test_the_slopes_are_those_of_differentiating_through_the_step(bench, lam, temperature):
    student, data = bench
    config = replace(CONFIG, lam=lam, temperature=temperature)
    rows, held_out, lr = torch.arange(12), torch.arange(20, 40), 0.05
    weights = torch.rand(12, 2, dtype=torch.float64, requires_grad=True)
    parameters = dict(student.named_parameters())
    loss, _ = objective(student, data, config)(rows, weights)
    gradients = dict(
        zip(parameters, torch.autograd.grad(loss, list(parameters.values()), create_graph=True), strict=True)
    )
    ahead = {name: value - lr * gradients[name] for name, value in parameters.items()}
    inputs = (data.inputs.images(data.image_of[held_out]), data.inputs.texts(data.text_of[held_out]))
    logits = functional_call(student, ahead, (*inputs, visible(("both",), 20)))[0]
    (expected,) = torch.autograd.grad(ce(logits, data.labels[held_out], False).mean(), weights)
    look = LookAhead(student, config, False)
    slopes = look.slopes(
        {n: g.detach() for n, g in gradients.items()}, lr, train=data, rows=rows, meta=data, meta_rows=held_out
    )
    torch.testing.assert_close(slopes, expected, atol=1e-12, rtol=1e-8)


def test_looking_ahead_leaves_the_student_as_it_was(bench):
    student, data = bench
    meta = MetaWeights(LookAhead(student, replace(CONFIG, batch_size=10), False), data, data)
    before = {name: value.clone() for name, value in student.state_dict().items()}
    rows = torch.arange(12)
    objective(student, data)(rows, meta.weights(rows).detach())[0].backward()
    gradients = [p.grad.clone() for p in student.parameters()]
    meta.update(0, rows, 0.01)
    assert all(torch.equal(value, before[name]) for name, value in student.state_dict().items())
    assert all(torch.equal(p.grad, kept) for p, kept in zip(student.parameters(), gradients, strict=True))


def test_weights_start_uniform_and_always_spend_beta():
    torch.manual_seed(0)
    traits = traits_of(torch.randn(50, 4, 5) * 3, multilabel=False)
    net = WeightNet(traits)
    torch.testing.assert_close(net(traits, 0.7), torch.full((50, 2), 0.7))
    torch.nn.init.normal_(net.layers[-1].weight, std=2.0)
    weights = net(traits[:8], 0.7).detach()
    assert (weights >= 0).all() and float(weights.mean()) == pytest.approx(0.7, rel=1e-5)
    assert float(weights.std()) > 0.05


@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 40), multilabel=st.booleans())
def test_traits_are_saliencies_and_entropies(seed, scale, multilabel):
    logits = scale * torch.randn(6, 4, 5, generator=torch.Generator().manual_seed(seed))
    traits = traits_of(logits, multilabel)
    torch.testing.assert_close(traits[:, :2], saliency(logits, "necessity", multilabel))
    distribution = torch.distributions.Bernoulli(logits=logits) if multilabel else torch.distributions.Categorical(
        logits=logits
    )  # fmt: skip
    entropy = distribution.entropy()
    torch.testing.assert_close(traits[:, 2:], entropy.mean(-1) if multilabel else entropy, atol=1e-4, rtol=1e-3)


def test_a_modality_whose_targets_are_noise_loses_weight(bench):
    """The image's targets name the labels, the text's are nonsense: what helps the meta split comes to count more."""
    torch.manual_seed(0)
    student, data = bench
    student.float()
    targets = torch.zeros(40, 4, 5)
    targets[:, :2] = 6 * torch.nn.functional.one_hot(data.labels, 5).float()[:, None]
    targets[:, 2] = 6 * torch.nn.functional.one_hot((data.labels + 1) % 5, 5).float()
    plain = replace(data, inputs=_Plain(data.inputs.pictures.float(), data.inputs.tokens), teacher_logits=targets)
    meta = MetaWeights(LookAhead(student, replace(CONFIG, batch_size=40), False), plain, plain)
    trained = objective(student, plain)
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)
    rows = torch.arange(40)
    for step in range(80):
        trained(rows, meta.weights(rows).detach())[0].backward()
        meta.update(step, rows, 2e-3)
        optimizer.step()
        optimizer.zero_grad()
    image, text = meta.all_weights().mean(0).tolist()
    assert image > text + 0.1


def test_meta_examples_follow_from_seed_and_step(bench):
    student, data = bench
    one, other, third = (
        MetaWeights(LookAhead(student, replace(CONFIG, seed=seed, batch_size=8), False), data, data)
        for seed in (1, 1, 2)
    )
    assert torch.equal(one._meta_rows(5), other._meta_rows(5))
    assert not torch.equal(one._meta_rows(5), one._meta_rows(6))
    assert not torch.equal(one._meta_rows(5), third._meta_rows(5))
    assert len(one._meta_rows(0).unique()) == 8


def test_a_gradient_is_averaged_before_the_step(bench):
    student, data = bench
    rows, averaged = torch.arange(12), []
    meta = MetaWeights(LookAhead(student, CONFIG, False), data, data)
    objective(student, data)(rows, meta.weights(rows).detach())[0].backward()
    before = {name: value.clone() for name, value in meta.net.state_dict().items()}
    meta.update(0, rows, 0.01, lambda gradient: averaged.append(gradient.shape) or torch.zeros_like(gradient))
    assert averaged == [p.shape for p in meta.net.parameters()]
    assert all(torch.equal(value, before[name]) for name, value in meta.net.state_dict().items())


def test_a_learned_run_repeats_resumes_and_keeps_its_weights(tmp_path):
    digits = load_task("digits")
    teacher = load_bundled(digits, "teacher")
    whole = distill(digits, QUICK, tmp_path / "whole", teacher)
    assert sum(whole["realised_weights"].values()) / 2 == pytest.approx(1.0, rel=1e-5)

    def stop(event):
        if isinstance(event, Epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(digits, QUICK, tmp_path / "again", teacher, stop)
    resumed = distill(digits, QUICK, tmp_path / "again", teacher)
    assert resumed["metrics"] == whole["metrics"] and resumed["realised_weights"] == whole["realised_weights"]
    kept = load_file(tmp_path / "whole" / "weights.safetensors")
    assert kept["weights"].shape == kept["saliency"].shape == (300, 2)
    assert float(kept["weights"].mean()) == pytest.approx(1.0, rel=1e-5)
    history = read_json(tmp_path / "whole" / "metrics.json")["history"]
    assert all(set(epoch["weights"]) == {"image", "text"} for epoch in history)
