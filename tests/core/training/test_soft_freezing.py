"""Layers that are frozen softly: the slope of a gate is exact, a gate scales the updates of its layer alone, and a run
repeats and resumes."""

from dataclasses import replace

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.func import functional_call

from msd_core.errors import UserError
from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import ce
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.zoo import ZOO, Spec, build
from msd_core.storage import read_json
from msd_core.tasks import load_split
from msd_core.tensors import hash_state
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.events import Epoch
from msd_core.training.meta_weighting import EVERY, LookAhead
from msd_core.training.prepare import Data, prepare
from msd_core.training.soft_freezing import SoftFreezing, tower_layers
from msd_core.training.trainer import parameter_groups
from msd_core.views import visible
from tests.fifth import TASK as FIFTH
from tests.tiny import TINY
from tests.tongues import TASK

GRAMS = {"buckets": 256, "width": 16, "hidden": 16, "dropout": 0.0}
SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, GRAMS)
LAYERS = ["embedding", "layers.0", "layers.1"]
CONFIG = Config(
    method="ce", weighting="none", epochs=3, batch_size=20, pretraining="itself", pretraining_epochs=1,
    freeze_text="softly",
)  # fmt: skip


class _Doubled(Inputs):
    """Inputs whose pictures are of double precision."""

    def __init__(self, inputs):
        super().__init__(inputs.pictures, inputs.tokens)

    def images(self, rows):
        return super().images(rows).double()


@pytest.fixture
def bench():
    """A student in double precision, and training data in three languages, which are the meta data too."""
    torch.manual_seed(0)
    student, split = build(SMALL, 2).double(), load_split(TASK, "train")
    inputs = _Doubled(read_inputs(student, split))
    return student, Data(split, inputs, split.image_of, split.text_of, split.labels)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(ZOO, "small", SMALL)
    torch.manual_seed(5)
    return LoadedModel(build(SMALL, 2).eval(), SMALL, "tongues")


def freezing(student, data: Data, **settings) -> SoftFreezing:
    look = LookAhead(student, replace(CONFIG, **settings), False)
    return SoftFreezing(look, tower_layers(student), data, data)


def loss_after_the_step(student, data: Data, gates: dict[str, float], lr: float, rows, meta_rows) -> float:
    """What the look-ahead is about, the plain way: a step of a copy of the student, and its loss."""

    def loss(parameters, rows):
        inputs = data.inputs.images(data.image_of[rows]), data.inputs.texts(data.text_of[rows])
        logits = functional_call(student, parameters, (*inputs, visible(("both",), len(rows))))[0]
        return ce(logits, data.labels[rows], False).mean()

    parameters = dict(student.named_parameters())
    gradients = torch.autograd.grad(loss(parameters, rows), list(parameters.values()))
    share = {name: gates[layer] for layer, names in tower_layers(student).items() for name in names}
    stepped = {
        name: value.detach() - lr * share.get(name, 1.0) * gradient
        for (name, value), gradient in zip(parameters.items(), gradients, strict=True)
    }
    return float(loss(stepped, meta_rows))


def test_the_slopes_are_finite_differences(bench):
    student, data = bench
    rows, meta_rows, lr, small = torch.arange(0, 24), torch.arange(30, 50), 0.5, 1e-4
    soft = freezing(student, data)
    soft.net.double().free.data = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    gates = soft.gates()
    expected = []
    for layer in LAYERS:
        losses = [
            loss_after_the_step(student, data, gates | {layer: gates[layer] + way}, lr, rows, meta_rows)
            for way in (small, -small)
        ]
        expected.append((losses[0] - losses[1]) / (2 * small))
    slopes = soft.slopes(lr, rows=rows, meta_rows=meta_rows)
    torch.testing.assert_close(slopes, torch.tensor(expected, dtype=torch.float64), rtol=1e-5, atol=1e-10)
    assert (slopes.abs() > 1e-6).all(), "so small that rounding would hide a mistake"


def test_a_gate_closes_on_what_harms_another_language_and_opens_on_what_helps(bench):
    """With the labels of meta examples turned round, each step on the others' labels is a step the wrong way."""
    student, data = bench
    wrong = replace(data, labels=1 - data.labels)
    helped, harmed = freezing(student, data), freezing(student, data)
    harmed.meta = wrong
    for look in range(12):
        helped.update(look * EVERY, 0.05)
        harmed.update(look * EVERY, 0.05)
    assert helped.gates()["embedding"] > 0.6 and harmed.gates()["embedding"] < 0.4


def test_each_language_is_held_out_in_turn(bench, monkeypatch):
    student, data = bench
    soft, seen = freezing(student, data, batch_size=12), []

    def watched(lr, *, rows, meta_rows):
        seen.append(({*data.split.language[rows]}, {*data.split.language[meta_rows]}))
        return torch.zeros(len(LAYERS))

    monkeypatch.setattr(soft, "slopes", watched)
    for look in range(4):
        soft.update(look * EVERY, 0.1)
    assert [held_out for _, held_out in seen] == [{"de"}, {"en"}, {"ja"}, {"de"}]
    assert all(learned == {"de", "en", "ja"} - held_out for learned, held_out in seen)


def test_examples_follow_from_seed_and_step(bench):
    student, data = bench
    one, same, other = (freezing(student, data, seed=seed, batch_size=12) for seed in (1, 1, 2))
    drawn = [soft._drawn(data, 5, "en", False) for soft in (one, same, other)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], one._drawn(data, 10, "en", False)) and len(drawn[0].unique()) == 12


def test_looking_ahead_leaves_the_student_as_it_was(bench):
    student, data = bench
    before = hash_state(student.state_dict())
    freezing(student, data).update(0, 0.1)
    assert hash_state(student.state_dict()) == before and all(p.grad is None for p in student.parameters())


def test_slopes_are_averaged_before_the_step(bench):
    student, data = bench
    soft, averaged = freezing(student, data), []
    soft.update(0, 0.1, lambda slopes: averaged.append(slopes.shape) or torch.zeros_like(slopes))
    assert averaged == [(3,)] and set(soft.gates().values()) == {0.5}


@given(gate=st.floats(0, 1), seed=st.integers(0, 100))
@example(gate=0.0, seed=0)
def test_a_gate_scales_the_updates_of_its_layer_alone(gate, seed):
    torch.manual_seed(seed)
    student = build(SMALL, 2)
    layers = tower_layers(student)
    assert list(layers) == LAYERS
    start = {name: value.clone() for name, value in student.state_dict().items()}
    gradients = [torch.randn_like(p) for p in student.parameters()]

    def stepped(gates) -> dict[str, torch.Tensor]:
        student.load_state_dict(start)
        optimizer = torch.optim.AdamW(parameter_groups(student, student, layers), lr=0.01, fused=True)
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * gates.get(group["layer"], 1.0)
        for parameter, gradient in zip(student.parameters(), gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()
        return {name: value.clone() for name, value in student.state_dict().items()}

    whole, gated = stepped({}), stepped({"layers.1": gate})
    for name in start:
        if name not in layers["layers.1"]:
            assert torch.equal(gated[name], whole[name]), name
        else:
            way = (gated[name] - start[name], gate * (whole[name] - start[name]))
            torch.testing.assert_close(*way, atol=1e-6, rtol=1e-4)
            assert gate > 0 or torch.equal(gated[name], start[name])


@pytest.mark.parametrize("how", ["none", "half", "softly", "all"])
def test_a_run_moves_its_tower_as_far_as_it_may(small, tmp_path, how):
    config = replace(CONFIG, model="small", freeze_text=how, hold_out=True)
    towers = []
    for epochs in (1, 3):
        distill(TASK, replace(config, epochs=epochs), tmp_path / str(epochs), None)
        towers.append(load_model(tmp_path / str(epochs), TASK).model.text_tower.state_dict())
    assert all(torch.equal(towers[0][name], towers[1][name]) for name in towers[0]) == (how == "all")


def test_a_run_repeats_resumes_and_keeps_its_gates(small, tmp_path):
    config = replace(CONFIG, model="small", method="kd", languages="en,de")
    whole = distill(TASK, config, tmp_path / "whole", small)
    assert list(whole["gates"]) == LAYERS and set(whole["gates"].values()) != {0.5}

    def stop(event):
        if isinstance(event, Epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(TASK, config, tmp_path / "again", small, stop)
    resumed = distill(TASK, config, tmp_path / "again", small)
    assert resumed["gates"] == whole["gates"] and resumed["metrics"] == whole["metrics"]
    hashes = {hash_state(load_model(tmp_path / each, TASK).model.state_dict()) for each in ("whole", "again")}
    history = read_json(tmp_path / "whole" / "metrics.json")["history"]
    assert len(hashes) == 1 and [list(epoch["gates"]) for epoch in history] == [LAYERS] * 3
    assert history[-1]["gates"] == whole["gates"] != history[0]["gates"]


def test_gates_that_are_not_learned_are_not_on_record(small, tmp_path):
    assert distill(TASK, replace(CONFIG, model="small", freeze_text="half"), tmp_path / "run", None)["gates"] is None


def test_one_language_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="holding out one language in turn: learn from two or more"):
        replace(CONFIG, languages="en")
    with pytest.raises(UserError, match="holding out one language in turn: learn from two or more"):
        prepare(FIFTH, replace(CONFIG, method="ce"), build(TINY, 2), None)


def test_a_tower_that_does_not_learn_is_one_sentence():
    with pytest.raises(UserError, match="Only a text tower that learns"):
        tower_layers(build(replace(SMALL, frozen=True), 2))
