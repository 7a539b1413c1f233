"""Learned weighting: the gradient of looking ahead is exact, the budget is kept, and a run repeats and resumes."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch.func import functional_call

from msd_core.config import Config
from msd_core.distill import distill
from msd_core.inputs import as_pixels
from msd_core.learned import Learner, LookAhead, WeightNet, known_of
from msd_core.losses import ce
from msd_core.methods.kd import KD
from msd_core.models.zoo import build
from msd_core.setup import prepare
from msd_core.steps import Data, Mix, Objective
from msd_core.tasks import get_task, load_split
from msd_core.views import visible
from tests.conftest import TINY

QUICK = {"task": "digits", "student": "student-tiny", "epochs": 2, "train_size": 300, "batch": 50}


class _Doubled:
    """Inputs in double precision."""

    def __init__(self, pictures, words):
        self.pictures, self.words = pictures, words

    def images(self, rows):
        return as_pixels(self.pictures[rows]).double()

    def texts(self, rows):
        return self.words[rows]


@pytest.fixture
def bench(tiny_split):
    """A student in double precision with its training data, used as meta data too."""
    torch.manual_seed(0)
    student = build(TINY, 5).double()
    inputs = _Doubled(torch.from_numpy(tiny_split.images), student.tokenize(tiny_split.texts).ids)
    targets = torch.randn(len(tiny_split), 4, 5, dtype=torch.float64)
    return student, Data(inputs, tiny_split.image_of, tiny_split.text_of, tiny_split.labels, targets)


def test_the_slopes_are_those_of_differentiating_through_the_step(bench):
    student, data = bench
    rows, held, rate = torch.arange(12), torch.arange(20, 40), 0.05
    weights = torch.rand(12, 2, dtype=torch.float64, requires_grad=True)
    parameters = dict(student.named_parameters())
    loss, _ = Objective(student, data, Mix(), KD(2.0, False))(rows, weights)
    gradients = dict(
        zip(parameters, torch.autograd.grad(loss, list(parameters.values()), create_graph=True), strict=True)
    )
    ahead = {name: value - rate * gradients[name] for name, value in parameters.items()}
    inputs = (data.inputs.images(data.image_of[held]), data.inputs.texts(data.text_of[held]), visible(("both",), 20))
    after = ce(functional_call(student, ahead, inputs)[0], data.labels[held], False).mean()
    (expected,) = torch.autograd.grad(after, weights)
    found = LookAhead(student, Mix()).slopes(
        {n: g.detach() for n, g in gradients.items()}, rate, data, rows, data, held
    )
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-8)


def test_looking_ahead_leaves_the_student_as_it_was(bench):
    student, data = bench
    learner = Learner(LookAhead(student, Mix()), data, data, beta=1.0, batch=10, seed=0)
    before = {name: value.clone() for name, value in student.state_dict().items()}
    rows = torch.arange(12)
    Objective(student, data, Mix(), KD(2.0, False))(rows, learner.weights(rows).detach())[0].backward()
    gradients = [p.grad.clone() for p in student.parameters()]
    learner.update(0, rows, 0.01)
    assert all(torch.equal(value, before[name]) for name, value in student.state_dict().items())
    assert all(torch.equal(p.grad, kept) for p, kept in zip(student.parameters(), gradients, strict=True))


def test_weights_start_uniform_and_always_spend_beta():
    torch.manual_seed(0)
    known = known_of(torch.randn(50, 4, 5) * 3, multilabel=False)
    net = WeightNet(known)
    torch.testing.assert_close(net(known, 0.7), torch.full((50, 2), 0.7))
    torch.nn.init.normal_(net.layers[-1].weight, std=2.0)
    weights = net(known[:8], 0.7).detach()
    assert (weights >= 0).all() and float(weights.mean()) == pytest.approx(0.7, rel=1e-5)
    assert float(weights.std()) > 0.05


def test_a_modality_whose_targets_are_noise_loses_weight(bench):
    """The image's targets say the labels, the text's say nonsense: what helps the meta split comes to count more."""
    torch.manual_seed(0)
    student, data = bench
    student.float()
    words = data.inputs.words
    targets = torch.zeros(40, 4, 5)
    targets[:, :2] = 6 * torch.nn.functional.one_hot(data.labels, 5).float()[:, None]
    targets[:, 2] = 6 * torch.nn.functional.one_hot((data.labels + 1) % 5, 5).float()
    plain = _Doubled(data.inputs.pictures, words)
    plain.images = lambda rows: as_pixels(data.inputs.pictures[rows])
    feed = Data(plain, data.image_of, data.text_of, data.labels, targets)
    learner = Learner(LookAhead(student, Mix()), feed, feed, beta=1.0, batch=40, seed=0)
    objective = Objective(student, feed, Mix(), KD(2.0, False))
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)
    rows = torch.arange(40)
    for step in range(80):
        objective(rows, learner.weights(rows).detach())[0].backward()
        learner.update(step, rows, 2e-3)
        optimizer.step()
        optimizer.zero_grad()
    image, text = learner.all_weights().mean(0).tolist()
    assert image > text + 0.1


def test_a_learned_run_repeats_resumes_and_keeps_its_weights(tmp_path):
    config = Config(**QUICK, weighting="learned")
    whole = distill(config, tmp_path / "whole")
    assert sum(whole["realised_weights"].values()) / 2 == pytest.approx(1.0, rel=1e-5)

    def stop(event):
        if event["kind"] == "epoch":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(config, tmp_path / "again", stop)
    resumed = distill(config, tmp_path / "again")
    assert resumed["metrics"] == whole["metrics"] and resumed["realised_weights"] == whole["realised_weights"]
    kept = load_file(tmp_path / "whole" / "weights.safetensors")
    assert kept["weights"].shape == kept["saliency"].shape == (300, 2)
    assert float(kept["weights"].mean()) == pytest.approx(1.0, rel=1e-5)
    history = json.loads((tmp_path / "whole" / "metrics.json").read_text())["history"]
    assert all(set(epoch["weights"]) == {"image", "text"} for epoch in history)


def test_the_meta_split_is_withheld_and_shares_no_picture():
    task = get_task("digits")
    whole = load_split(task, "train")
    setup = prepare(Config(**{**QUICK, "train_size": 10**6}, weighting="learned"))
    train, meta = setup.splits["train"], setup.splits["meta"]
    assert len(meta) == pytest.approx(0.1 * len(whole), rel=0.05) and len(train) + len(meta) == len(whole)
    assert not set(train.keys) & set(meta.keys)
    plain = prepare(Config(**{**QUICK, "train_size": 10**6}, weighting="instance", withhold=True))
    assert plain.splits["train"].fingerprint == train.fingerprint, "every arm of a study trains on the same examples"
    little = prepare(Config(**QUICK, weighting="learned"))
    assert len(little.splits["meta"]) == round(300 / 9)
