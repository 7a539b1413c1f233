"""The training loop: every step changes the student, and the null of an untrained view is the mean encoding."""

import itertools
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import Diverged, UserError
from msd_core.evaluate import encode_split, mean_encoding, references
from msd_core.methods import METHODS
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.tasks import Task
from msd_core.tensors import hash_state
from msd_core.training import trainer as trainer_module
from msd_core.training.config import Config
from msd_core.training.events import Epoch, Step
from msd_core.training.prepare import prepare
from msd_core.training.processes import new_accelerator
from msd_core.training.runs import Run
from msd_core.training.sampler import schedule
from msd_core.training.trainer import Meter, Trainer
from msd_core.views import VIEWS
from tests.tiny import TINY

CONFIG = Config(epochs=2, train_size=60, batch_size=20)


@pytest.fixture
def trainer_of(fifth: Task, tmp_path):
    """A trainer on the smallest task, with a random teacher."""
    torch.manual_seed(0)
    teacher = LoadedModel(build(TINY, 2).eval(), TINY, "fifth")

    def make(folder: str = "run", on_event=lambda event: None, **settings) -> Trainer:
        config = replace(CONFIG, **settings)
        torch.manual_seed(config.seed)
        student = build(TINY, 2)
        setup = prepare(fifth, config, student, teacher if config.needs_teacher else None)
        run = Run(tmp_path / folder)
        run.folder.mkdir(exist_ok=True)
        return Trainer(student, setup, run, new_accelerator(), on_event)

    return make


def test_the_learning_rate_warms_up_and_ends_at_nothing():
    lrs = [schedule(i / 100) for i in range(101)]
    assert lrs[1] < lrs[3] < lrs[5] and lrs[5] > 0.97 and lrs[100] < 1e-9
    assert all(a >= b for a, b in itertools.pairwise(lrs[6:]))


@given(steps=st.integers(1, 100_000), share=st.floats(0, 1))
def test_no_step_of_a_run_has_a_rate_of_nothing(steps, share):
    for step in {0, steps - 1, int(share * (steps - 1))}:
        assert 0 < schedule((step + 1) / (steps + 1)) <= 1


@pytest.mark.parametrize("settings", [{}, {"epochs": 1, "train_size": 20}, {"epochs": 1, "train_size": 40}])
def test_every_step_changes_the_student(trainer_of, monkeypatch, settings):
    trainer = trainer_of(**settings)
    states, lrs, step = [hash_state(trainer.student.state_dict())], [], trainer.step

    def watched(*arguments):
        step(*arguments)
        states.append(hash_state(trainer.student.state_dict()))
        lrs.append(trainer.optimizer.param_groups[0]["lr"])

    monkeypatch.setattr(trainer, "step", watched)
    trainer.fit()
    assert len(states) == trainer.steps + 1 == len(set(states))
    assert all(0 < lr <= trainer.config.lr for lr in lrs)


def test_epochs_are_recorded_as_they_are_reported(trainer_of):
    events = []
    trainer = trainer_of(on_event=events.append)
    trainer.fit()
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [(event.epoch, event.epochs) for event in epochs] == [(1, 2), (2, 2)]
    for event, record in zip(epochs, trainer.history, strict=True):
        assert record == {"epoch": event.epoch, "terms": event.terms, "weights": event.weights,
                          "metrics": event.metrics, "agreement": event.agreement}  # fmt: skip
        assert set(event.terms) == {"loss", "ce", "kd_both", "kd_image", "kd_text"}
        assert sum(event.weights.values()) == pytest.approx(2) and set(event.metrics) == set(VIEWS)
    assert [event.steps for event in events if isinstance(event, Step)][:1] == [6]


def test_parts_that_a_run_lacks_are_left_out(trainer_of):
    trainer = trainer_of(method="ce", weighting="none")
    trainer.fit()
    assert all(set(record) == {"epoch", "terms", "metrics"} for record in trainer.history)
    assert all(set(record["terms"]) == {"loss", "ce"} for record in trainer.history)
    assert trainer.weights() is None


@pytest.mark.parametrize("epochs", [1, 40, 41, 85])
def test_many_short_epochs_are_not_spent_on_validation(trainer_of, monkeypatch, epochs):
    trainer = trainer_of(epochs=epochs, train_size=20)
    recorded = []
    monkeypatch.setattr(trainer, "epoch", lambda epoch: None)
    monkeypatch.setattr(trainer, "record", recorded.append)
    trainer.fit()
    assert recorded[-1] == epochs - 1 and len(recorded) <= 40 and len(recorded) >= min(epochs, 20)


def test_a_student_that_never_saw_a_hidden_view_gets_the_mean_encoding(trainer_of):
    trainer = trainer_of(weighting="none")
    trainer.fit()
    student, train = trainer.student, trainer.train
    assert not student.null_image.requires_grad and student.trained_views == ("both",)
    mean = mean_encoding(encode_split(student, train.inputs), train.split)
    torch.testing.assert_close(student.null_image.data, mean.image)
    torch.testing.assert_close(student.null_text.data, mean.text)


@pytest.mark.parametrize("settings", [{}, {"weighting": "none", "modality_dropout": 0.5}])
def test_a_student_that_sees_hidden_views_learns_their_nulls(trainer_of, settings):
    trainer = trainer_of(**settings)
    trainer.fit()
    student = trainer.student
    assert student.null_image.requires_grad and student.null_image.abs().sum() > 0
    mean = mean_encoding(encode_split(student, trainer.train.inputs), trainer.train.split)
    assert not torch.allclose(student.null_image.data, mean.image, atol=1e-3)


@pytest.mark.parametrize(
    "settings, learned", [({"texts": 1.0}, "image"), ({"view": "text"}, "image"), ({"view": "image"}, "text")]
)
def test_what_no_trained_view_hides_gets_the_mean_encoding(trainer_of, settings, learned):
    trainer = trainer_of(weighting="none", **settings)
    trainer.fit()
    student = trainer.student
    mean = mean_encoding(encode_split(student, trainer.train.inputs), trainer.train.split)
    other = "text" if learned == "image" else "image"
    nulls = {"image": student.null_image, "text": student.null_text}
    assert nulls[learned].requires_grad and nulls[learned].abs().sum() > 0
    assert not nulls[other].requires_grad
    torch.testing.assert_close(nulls[other].data, getattr(mean, other))


def test_references_are_those_of_the_trained_student(trainer_of):
    trainer = trainer_of()
    trainer.fit()
    kept = references(encode_split(trainer.student, trainer.train.inputs), trainer.train.split, 64)
    torch.testing.assert_close(trainer.student.references.image, kept.image)
    torch.testing.assert_close(trainer.student.references.text, kept.text)


def test_a_run_without_recombined_pairs_is_untouched_by_what_is_about_them(trainer_of):
    plain, other, some = trainer_of("plain"), trainer_of("other", gamma=50.0), trainer_of("some", recombine=1)
    for trainer in (plain, other, some):
        trainer.fit()
    assert hash_state(plain.student.state_dict()) == hash_state(other.student.state_dict())
    assert hash_state(plain.student.state_dict()) != hash_state(some.student.state_dict())
    assert "kd_recombined" not in plain.history[0]["terms"] and some.history[0]["terms"]["kd_recombined"] > 0


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("dkd", "dist")])  # of two labels
@pytest.mark.parametrize("weighting", ["none", "instance"])
def test_recombined_pairs_go_with_every_method(trainer_of, method, weighting):
    trainer = trainer_of(method=method, weighting=weighting, recombine=3, epochs=1)
    trainer.fit()
    assert trainer.history[-1]["terms"]["kd_recombined"] > 0


def test_training_lowers_the_loss(trainer_of):
    trainer = trainer_of(epochs=6, lr=1e-2)
    trainer.fit()
    losses = [record["terms"]["loss"] for record in trainer.history]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    "settings",
    [{}, {"weighting": "learned"}, {"method": "crd", "weighting": "none"},
     {"on": "both"}, {"method": "simkd", "on": "features"},
     {"weighting": "lag"}, {"weighting": "lag-population", "recombine": 2},
     {"recombine": 4}, {"recombine": 4, "weighting": "learned", "pairs": "split"},
     {"recombine": 4, "pairs": "disagreement"}, {"recombine": 4, "pairs": "split", "questions": 90},
     {"recombine": 2, "pairs": "real", "train_size": 40}, {"recombine": 2, "pairs": "noise"},
     {"recombine": 2, "pairs": "neighbours"}],
)  # fmt: skip
def test_a_stopped_trainer_goes_on_as_an_unbroken_one(trainer_of, settings):
    whole = trainer_of("whole", **settings)
    whole.fit()

    def stop(event):
        if isinstance(event, Epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer_of("stopped", on_event=stop, **settings).fit()
    resumed = trainer_of("stopped", **settings)
    assert len(resumed.history) == 1 and resumed.seconds_before > 0
    resumed.fit()
    assert hash_state(resumed.student.state_dict()) == hash_state(whole.student.state_dict())
    assert resumed.history == whole.history


@pytest.mark.parametrize("weighting", ["lag", "lag-population", "learned"])
def test_a_trainer_that_stopped_after_its_last_epoch_has_the_weights_of_an_unbroken_one(trainer_of, weighting):
    whole = trainer_of("run", weighting=weighting)
    whole.fit()
    resumed = trainer_of("run", weighting=weighting)
    assert len(resumed.history) == resumed.config.epochs
    resumed.fit()
    torch.testing.assert_close(resumed.weights(), whole.weights())
    assert float(whole.weights().std()) > 0


def test_a_run_that_diverges_names_its_learning_rate(trainer_of, monkeypatch):
    monkeypatch.setattr(trainer_module, "schedule", lambda progress: math.nan if progress > 0.5 else 1.0)
    trainer = trainer_of()
    with pytest.raises(Diverged, match=r"by epoch 2 at a learning rate of 0\.002: give a smaller one"):
        trainer.fit()
    assert [record["epoch"] for record in trainer.history] == [1]


def test_a_checkpoint_of_another_model_is_one_sentence(trainer_of):
    trainer_of(method="crd", weighting="none").fit()
    with pytest.raises(UserError, match="of another task or model: delete the folder"):
        trainer_of(method="kd", weighting="none")


@given(
    batches=st.lists(st.tuples(st.integers(1, 9), st.floats(0, 10), st.floats(0, 2)), min_size=1, max_size=6),
    again=st.booleans(),
)
def test_means_are_over_examples(batches, again):
    meter = Meter(new_accelerator(), lambda event: None, 10)
    for _ in range(1 + again):  # it starts over after each epoch
        for step, (size, loss, weight) in enumerate(batches):
            meter.add(step, size, {"loss": torch.tensor(loss)}, torch.tensor([[weight, 2 - weight]] * size))
        means = meter.epoch_means()
    total = sum(size for size, _, _ in batches)
    assert means["terms"]["loss"] == pytest.approx(sum(n * loss for n, loss, _ in batches) / total, abs=1e-4)
    assert means["weights"]["image"] == pytest.approx(sum(n * w for n, _, w in batches) / total, abs=1e-4)
    assert means["weights"]["image"] + means["weights"]["text"] == pytest.approx(2, abs=1e-4)
