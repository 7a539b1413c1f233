"""What a run needs before its first step: splits, the teacher's answers mapped from disk, weights, and noise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build, get_spec
from msd_core.saliency import saliency
from msd_core.tasks import WHOLE, load_split, load_task
from msd_core.training import teacher as teacher_module
from msd_core.training.config import META, Config
from msd_core.training.events import Stage
from msd_core.training.prepare import Setup, check, prepare
from msd_core.weighting import weights
from tests.tiny import TINY, TINY_224
from tests.tongues import TASK as TONGUES

QUICK = Config(model="student-tiny", epochs=1, train_size=400)


def setup_of(task, **settings) -> Setup:
    """A run of the bundled teacher's, before its first step."""
    config = replace(QUICK, **settings)
    student = build(get_spec(config.model), len(task.labels))
    return prepare(task, config, student, load_bundled(task, "teacher"))


def test_weights_follow_the_teachers_saliency_and_spend_beta(digits):
    setup = setup_of(digits, beta=0.7, direction="other")
    train = setup.data["train"]
    salient = saliency(train.teacher_logits)
    torch.testing.assert_close(setup.saliency, salient)
    assert float(train.weights.mean()) == pytest.approx(0.7, rel=1e-5)
    torch.testing.assert_close(train.weights, 0.7 * salient.flip(1) / salient.mean())
    assert setup.data["test"].weights is None
    assert setup_of(digits, weighting="none").data["train"].weights is None


@pytest.mark.parametrize("weighting", ["uniform", "population", "instance"])
@pytest.mark.parametrize("kind", ["necessity", "sufficiency"])
def test_weights_are_those_of_the_scheme(digits, weighting, kind):
    setup = setup_of(digits, weighting=weighting, saliency=kind)
    expected = weights(weighting, saliency(setup.data["train"].teacher_logits, kind))
    assert torch.equal(setup.data["train"].weights, expected)


def test_splits_are_the_tasks_own(digits):
    setup = setup_of(digits)
    assert set(setup.data) == {"train", "validation", "test"}
    assert setup.data["train"].split.fingerprint == load_split(digits, "train").subset(400).fingerprint
    for name in ("validation", "test"):
        data, split = setup.data[name], load_split(digits, name)
        assert data.split.fingerprint == split.fingerprint
        assert torch.equal(data.labels, split.labels) and torch.equal(data.image_of, split.image_of)
        assert data.teacher_logits.shape == (len(split), 4, 3) and data.representations is None


def test_the_meta_split_is_held_out_and_shares_no_picture(digits):
    whole = load_split(digits, "train")
    setup = setup_of(digits, train_size=WHOLE, weighting="learned")
    train, meta = setup.data["train"].split, setup.data["meta"].split
    assert len(meta) == pytest.approx(META * len(whole), rel=0.05) and len(train) + len(meta) == len(whole)
    assert not set(train.pictures.keys) & set(meta.pictures.keys)
    plain = setup_of(digits, train_size=WHOLE, weighting="instance", hold_out=True)
    assert "meta" not in plain.data
    fingerprint = plain.data["train"].split.fingerprint
    assert fingerprint == train.fingerprint, "every arm of a study trains on the same examples"
    little = setup_of(digits, train_size=300, weighting="learned")
    assert len(little.data["meta"].split) == round(300 / 9)
    assert setup.data["train"].weights is None and setup.data["meta"].teacher_logits is not None


def test_the_teacher_reads_the_clean_text_and_the_student_trains_on_wrong_labels_only(digits):
    clean, hard = setup_of(digits), setup_of(digits, corrupt_text=0.5, label_noise=0.5)
    for name in ("train", "validation", "test"):
        assert torch.equal(clean.data[name].teacher_logits, hard.data[name].teacher_logits)
        assert clean.data[name].split.texts != hard.data[name].split.texts
        assert torch.equal(hard.data[name].labels, hard.data[name].split.labels)
        same_labels = torch.equal(clean.data[name].labels, hard.data[name].labels)
        assert same_labels == (name != "train")


def test_noise_is_of_training_alone(digits):
    clean, noisy = setup_of(digits, weighting="none"), setup_of(digits, weighting="none", text_noise=0.3)
    for name in ("train", "validation", "test"):
        assert (noisy.data[name].varied is not None) == (name == "train")
        assert torch.equal(clean.data[name].inputs.tokens, noisy.data[name].inputs.tokens)
        assert torch.equal(clean.data[name].teacher_logits, noisy.data[name].teacher_logits)


def test_texts_without_labels_are_misread_by_the_student_alone():
    torch.manual_seed(0)
    teacher = LoadedModel(build(TINY, 2).eval(), TINY, "tongues")
    config = replace(QUICK, weighting="none", texts=1.0, languages="en")
    clean, hard, other = (
        prepare(TONGUES, replace(config, **changes), build(TINY, 2), teacher).texts
        for changes in ({}, {"corrupt_text": 0.5}, {"corrupt_text": 0.5, "seed": 1})
    )
    assert torch.equal(clean.teacher_logits, hard.teacher_logits)
    ids = [texts.inputs.tokens for texts in (clean, hard, other)]
    assert all(len(each) == len(clean.teacher_logits) for each in ids), "text by text"
    same = [(ids[0][i] != 0).sum() == (ids[1][i] != 0).sum() for i in range(len(ids[0]))]
    assert not all(same) and any(same) and not torch.equal(ids[1], ids[2])


def test_every_arm_of_a_seed_meets_the_same_noise(digits):
    hard = {"hold_out": True, "label_noise": 0.4, "corrupt_text": 0.3, "seed": 3}
    plain, learned = (setup_of(digits, **hard, weighting=w).data for w in ("instance", "learned"))
    assert {name: data.split.fingerprint for name, data in plain.items()} == {
        name: data.split.fingerprint for name, data in learned.items() if name != "meta"
    }


def test_shuffled_controls_keep_the_budget_and_break_the_pairing(digits):
    plain, weighted, targeted = (setup_of(digits, shuffle=s).data for s in ("nothing", "weights", "targets"))
    assert not torch.equal(plain["train"].weights, weighted["train"].weights)
    torch.testing.assert_close(plain["train"].weights.sort(0).values, weighted["train"].weights.sort(0).values)
    assert torch.equal(plain["train"].weights, targeted["train"].weights)
    both, single = (plain["train"].teacher_logits[:, s] for s in (slice(0, 1), slice(1, 4)))
    assert torch.equal(both, targeted["train"].teacher_logits[:, :1])
    assert not torch.equal(single, targeted["train"].teacher_logits[:, 1:])
    torch.testing.assert_close(single.sum(0), targeted["train"].teacher_logits[:, 1:].sum(0), rtol=1e-4, atol=1e-2)
    assert torch.equal(plain["test"].teacher_logits, targeted["test"].teacher_logits), "only what it trains on"


def test_targets_stay_mapped_from_disk(digits, monkeypatch):
    mapped, cached_array = [], teacher_module.cached_array

    def watched(key, make, *place):
        array = cached_array(key, make, *place)
        mapped.append(array)
        return array

    monkeypatch.setattr(teacher_module, "cached_array", watched)
    data = setup_of(digits, method="crd").data
    tensors = [data[name].teacher_logits for name in ("train", "validation", "test")]
    tensors += [data["train"].representations.encodings, data["train"].representations.hidden]
    assert len(mapped) == len(tensors) and all(isinstance(array, np.memmap) for array in mapped)
    for array, tensor in zip(mapped, tensors, strict=True):
        assert np.shares_memory(array, tensor.numpy()), "no copy"


def test_a_run_without_a_teacher_has_nothing_of_one(fifth):
    config = replace(QUICK, method="ce", weighting="none", train_size=50)
    setup = prepare(fifth, config, build(TINY, 2), None)
    assert setup.teacher is None and setup.saliency is None
    for data in setup.data.values():
        assert data.teacher_logits is None and data.weights is None and data.representations is None


def test_student_and_teacher_may_read_pictures_of_unlike_sizes(fifth):
    torch.manual_seed(0)
    teacher = LoadedModel(build(TINY_224, 2).eval(), TINY_224, "fifth")
    setup = prepare(fifth, replace(QUICK, method="fitnets"), build(TINY, 2), teacher)
    train = setup.data["train"]
    assert train.inputs.images(torch.tensor([0])).shape == (1, 3, 64, 64)
    assert train.teacher_logits.shape == (120, 4, 2) and train.representations.encodings.shape == (120, 16)
    assert setup.method.regressor.weight.shape == (16, 16)


def test_layers_of_a_method_follow_from_the_seed_and_leave_the_generator_alone(digits):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    student = build(get_spec("student-tiny"), 3)
    methods = []
    for seed in (0, 0, 1):
        torch.random.set_rng_state(before)
        config = replace(QUICK, method="crd", seed=seed)
        methods.append(prepare(digits, config, student, load_bundled(digits, "teacher")).method.state_dict())
        assert torch.equal(torch.random.get_rng_state(), before)
    names = [name for name in methods[0] if name.startswith("embed")]
    assert all(torch.equal(methods[0][name], methods[1][name]) for name in methods[0])
    assert not any(torch.equal(methods[0][name], methods[2][name]) for name in names)


def test_a_teacher_whose_answers_are_no_numbers_is_one_sentence(fifth):
    broken = build(TINY, 2).eval()
    with torch.no_grad():
        broken.head.layers[-1].bias.fill_(float("nan"))
    with pytest.raises(UserError, match="numbers that are not finite"):
        prepare(fifth, QUICK, build(TINY, 2), LoadedModel(broken, TINY, "fifth"))


def test_stages_are_events(fifth, tiny_model):
    events = []
    teacher = LoadedModel(build(TINY, 2).eval(), TINY, "fifth")
    prepare(fifth, QUICK, build(TINY, 2), teacher, on_event=events.append)
    assert len(events) == 2 and all(isinstance(event, Stage) for event in events)


@pytest.mark.parametrize(
    "settings, processes, message",
    [
        ({}, 1, "kd with weighting instance needs a teacher"),
        ({"method": "ce", "weighting": "uniform"}, 1, "ce with weighting uniform needs a teacher"),
        ({"method": "rkd"}, 2, "rkd relates the examples of a batch"),
        ({"batch_size": 3}, 4, "too small for 4 processes"),
        ({"train_size": 1}, 2, "too small for 2 processes"),
        ({"view": "text", "weighting": "none"}, 2, "text alone has parts that never learn: run it in one process"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(fifth, settings, processes, message):
    teacher = None if "needs a teacher" in message else LoadedModel(build(TINY, 2).eval(), TINY, "fifth")
    with pytest.raises(UserError, match=message):
        check(fifth, replace(QUICK, **settings), teacher, processes)


def test_a_method_that_is_undefined_for_a_task_is_one_sentence():
    sarcasm = load_task("sarcasm")
    with pytest.raises(UserError, match="dkd is not applicable to sarcasm: beside"):
        check(sarcasm, replace(QUICK, method="dkd"), load_bundled(sarcasm, "teacher"))


def test_a_teacher_of_another_task_is_one_sentence(fifth, digits):
    with pytest.raises(UserError, match="made for the task 'digits': give one of 'fifth'"):
        prepare(fifth, QUICK, build(TINY, 2), load_bundled(digits, "teacher"))
