"""A single-stream classifier goes wherever a two-tower one goes: nothing outside `models/` needs towers or nulls."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.evaluate import (
    agreement_by_view,
    encode_split,
    hidden_split,
    logits_by_view,
    mean_encoding,
    metrics_by_view,
    references,
    split_features,
)
from msd_core.inputs import read_inputs
from msd_core.marginal import marginal
from msd_core.models.base import Encoded, Sequence
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.ood import fit_detector
from msd_core.tasks import load_split
from msd_core.training import distill as distill_module
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.events import Epoch
from msd_core.training.prepare import prepare
from msd_core.training.processes import new_accelerator
from msd_core.training.runs import Run
from msd_core.training.teacher import representations, targets
from msd_core.training.trainer import Trainer
from msd_core.views import BOTH, IMAGE, NEITHER, TEXT, VIEWS, visible
from tests.core.models.single_stream import SPEC, SingleStream
from tests.tiny import TINY

QUICK = Config(model="student-tiny", epochs=2, train_size=60, batch_size=20, lr=1e-2)


def model(classes: int = 5) -> SingleStream:
    torch.manual_seed(0)
    return SingleStream(classes).eval()


@pytest.fixture(autouse=True)
def only_single_streams(monkeypatch):
    """What a run builds is of this kind, whatever its config names."""
    monkeypatch.setattr(distill_module, "build", lambda spec, classes, share: SingleStream(classes))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), value=st.sampled_from([0.0, 1e30, float("nan"), float("inf")]))
def test_a_view_does_not_depend_on_what_it_hides(seed, value):
    net, generator = model(), torch.Generator().manual_seed(seed)
    images, others = torch.rand(2, 3, 3, 32, 32, generator=generator)
    tokens, words = torch.randint(0, 2000, (2, 3, 6), generator=generator)
    masks = visible(batch=3)
    one = net(images, tokens, masks)
    assert torch.equal(one[IMAGE], net(images, words, masks)[IMAGE])
    assert torch.equal(one[TEXT], net(others, tokens, masks)[TEXT])
    assert torch.equal(one[NEITHER], net(others, words, masks)[NEITHER])
    assert not torch.equal(one[BOTH], net(others, tokens, masks)[BOTH])
    encoded = net.encode(images, tokens)
    broken = Encoded(Sequence(torch.full_like(encoded.image.values, value), encoded.image.mask), encoded.text)
    assert torch.equal(net.fuse(broken, masks[TEXT]), net.fuse(encoded, masks[TEXT]))


def test_what_is_missing_is_hidden():
    net, masks = model(), visible(batch=2)
    images, tokens = torch.rand(2, 3, 32, 32), torch.randint(1, 2000, (2, 6))
    whole = net.fuse_views(net.encode(images, tokens), masks)
    for half, view in ((net.encode(images), IMAGE), (net.encode(text=tokens), TEXT), (Encoded(), NEITHER)):
        torch.testing.assert_close(net.fuse_views(half, masks)[BOTH], whole[view])
        torch.testing.assert_close(net.fuse_views(half, masks)[view], whole[view])


def test_a_split_is_answered_as_pair_by_pair(tiny_split):
    net = model()
    inputs = read_inputs(net, tiny_split)
    encoded = encode_split(net, inputs)
    assert isinstance(encoded.image, Sequence) and isinstance(encoded.text, Sequence)
    logits = logits_by_view(net, tiny_split)
    with torch.no_grad():
        for i in range(0, 40, 7):
            pair = inputs.images(tiny_split.image_of[i : i + 1]), inputs.texts(tiny_split.text_of[i : i + 1])
            torch.testing.assert_close(net(*pair, visible())[:, 0], logits[i], atol=1e-5, rtol=1e-4)
    assert hidden_split(net, encoded, tiny_split).shape == (40, net.hidden_dim)
    assert net.encodings(encoded.gather(tiny_split.image_of, tiny_split.text_of)).shape == (40, net.encoding_dim)


def test_it_has_no_references_and_no_nulls(tiny_split):
    net = model()
    encoded = encode_split(net, read_inputs(net, tiny_split))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert len(references(encoded, tiny_split, 3).image) == 3 and not net.num_references and not net.has_nulls
    net.set_nulls(mean_encoding(encoded, tiny_split))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert marginal(net, encoded, False) is None


def test_a_mean_encoding_is_over_examples_of_means_over_places(tiny_split):
    net = model()
    encoded = encode_split(net, read_inputs(net, tiny_split))
    mean = mean_encoding(encoded, tiny_split)
    torch.testing.assert_close(mean.image, encoded.image.mean()[tiny_split.image_of].mean(0))
    torch.testing.assert_close(mean.text, encoded.text.mean()[tiny_split.text_of].mean(0))


def test_as_a_teacher_its_answers_are_kept(tiny_split, monkeypatch, tmp_path):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    teacher = LoadedModel(model(), SPEC, "digits")
    torch.testing.assert_close(targets(teacher, tiny_split), logits_by_view(teacher.model, tiny_split))
    kept = representations(teacher, tiny_split)
    encoded = encode_split(teacher.model, read_inputs(teacher.model, tiny_split))
    assert kept.encodings.shape == (40, 16) and kept.hidden.shape == (40, 8)
    pairs = encoded.gather(tiny_split.image_of, tiny_split.text_of)
    torch.testing.assert_close(kept.encodings, teacher.model.encodings(pairs))


def test_metrics_and_agreement_are_by_view(fifth):
    test = load_split(fifth, "test")
    logits = logits_by_view(model(2), test)
    assert set(metrics_by_view(fifth, logits, test.labels)) == set(VIEWS)
    same = agreement_by_view(fifth, teacher=logits, student=logits)
    assert all(values == {"kl": 0, "top": 1} for values in same.values())


def test_a_pair_is_answered_beside_a_model_of_two_towers(fifth, tiny_split):
    net = model(2)
    features = split_features(net, read_inputs(net, tiny_split))
    net.detector = fit_detector(train=features, validation=features)
    models = {"one": LoadedModel(net, SPEC, "fifth"), "two": LoadedModel(build(TINY, 2).eval(), TINY, "fifth")}
    example = fifth.examples("test")[0]
    answers = compare(fifth, fifth.picture(example.image), example.text, models).answers
    assert answers["one"].logits.shape == (4, 2) and answers["one"].marginal is None
    assert answers["two"].marginal is not None
    alone = compare(fifth, None, example.text, models).answers["one"]
    torch.testing.assert_close(alone.logits[BOTH], answers["one"].logits[TEXT])
    torch.testing.assert_close(alone.logits[IMAGE], answers["one"].logits[NEITHER])


@pytest.mark.parametrize("weighting", ["none", "instance", "learned"])
@pytest.mark.parametrize("method", ["kd", "fitnets"])
def test_it_learns_from_one_of_its_kind(fifth, tmp_path, method, weighting):
    teacher = LoadedModel(model(2), SPEC, "fifth", origin="a teacher")
    config = replace(QUICK, method=method, weighting=weighting)
    result = distill(fifth, config, tmp_path / "run", teacher)
    assert set(result["student"]) == set(VIEWS) and result["marginal_kl"] is None
    assert result["parameters"]["student"] == result["parameters"]["teacher"]
    assert distill(fifth, config, tmp_path / "run", teacher) == result


def test_it_has_no_head_to_borrow(fifth, tmp_path):
    teacher = LoadedModel(model(2), SPEC, "fifth", origin="a teacher")
    with pytest.raises(UserError, match="Only models of two towers have a head"):
        distill(fifth, replace(QUICK, method="simkd"), tmp_path / "run", teacher)


def test_it_learns_from_labels_alone_and_knows_what_is_out_of_distribution(fifth, tmp_path):
    config = replace(QUICK, method="ce", weighting="none", modality_dropout=0.3)
    events = []
    distill(fifth, config, tmp_path / "run", on_event=events.append)
    losses = [event.terms["loss"] for event in events if isinstance(event, Epoch)]
    assert losses[-1] < losses[0]
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {"model.safetensors", "model.ood.safetensors"}


def test_a_trainer_made_by_hand_lowers_the_loss(fifth, tmp_path):
    student, events = model(2), []
    setup = prepare(fifth, replace(QUICK, epochs=4), student, LoadedModel(model(2), SPEC, "fifth"))
    trainer = Trainer(student, setup, Run(tmp_path), new_accelerator(), events.append)
    trainer.fit()
    losses = [event.terms["loss"] for event in events if isinstance(event, Epoch)]
    assert len(trainer.history) == 4 and losses[-1] < losses[0]
