"""Features of each modality alone: what is compared, and how it is weighted."""

from dataclasses import replace

import pytest
import torch

from msd_core.evaluate import hidden_alone
from msd_core.inputs import read_inputs
from msd_core.losses import kd
from msd_core.methods import METHODS, Representations, Sizes
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.training.config import Config
from msd_core.training.hints import Hints
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.training.teacher import modality_features, representations
from msd_core.views import visible
from tests.tiny import TINY

SIZES = Sizes(student_encodings=6, student_hidden=4, teacher_encodings=10, teacher_hidden=7, examples=9)


def features(seed: int, dim: int, hidden: int, examples: int = 9) -> Representations:
    generator = torch.Generator().manual_seed(seed)
    return Representations(
        torch.randn(examples, 2, dim, generator=generator), 5 * torch.randn(examples, 2, hidden, generator=generator)
    )


def test_who_knows_no_more_than_the_mean_loses_a_hundred():
    teacher, student = features(0, 5, 7), features(1, 3, 4)
    hints = Hints(SIZES, teacher)
    with torch.no_grad():
        for kind, values in (("encodings", teacher.encodings), ("hidden", teacher.hidden)):
            for m, projector in enumerate(getattr(hints, kind)):
                projector.weight.zero_()
                projector.bias.copy_(values[:, m].mean(0))
    torch.testing.assert_close(hints(student, teacher).mean(1), torch.full((2,), 100.0))


def test_who_has_the_teachers_features_loses_nothing():
    teacher = features(0, 5, 7)
    hints = Hints(replace(SIZES, student_encodings=10, student_hidden=7), teacher)
    with torch.no_grad():
        for projector in (*hints.encodings, *hints.hidden):
            projector.weight.copy_(torch.eye(len(projector.bias)))
            projector.bias.zero_()
    assert hints(teacher, teacher).abs().max() < 1e-9


def test_a_modality_is_held_against_its_own(tiny_split):
    teacher, student = features(0, 5, 7), features(1, 3, 4)
    hints = Hints(SIZES, teacher)
    before = hints(student, teacher)
    assert before.shape == (2, 9) and (before > 0).all()
    other = replace(student, encodings=student.encodings.clone())
    other.encodings[:, 0] += 1
    after = hints(other, teacher)
    assert torch.equal(after[1], before[1]) and not torch.allclose(after[0], before[0])


def test_the_teachers_are_those_of_the_live_teacher_on_each_modality_alone(tiny_split, tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    torch.manual_seed(0)
    teacher = LoadedModel(build(TINY, 5).eval(), TINY, "digits")
    for _ in range(2):  # made, then read
        kept = modality_features(teacher, tiny_split)
    inputs = read_inputs(teacher.model, tiny_split)
    with torch.no_grad():
        encoded = teacher.model.encode(inputs.images(tiny_split.image_of), inputs.texts(tiny_split.text_of))
        alone = [teacher.model.hidden(encoded, mask) for mask in visible(("image", "text"), 40)]
    torch.testing.assert_close(kept.hidden, torch.stack(alone, dim=1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(kept.encodings.flatten(1), representations(teacher, tiny_split).encodings)


@pytest.mark.parametrize("on", ["answers", "features", "both"])
def test_terms_are_weighted_as_answers_are(tiny_split, on):
    torch.manual_seed(0)
    student, rows = build(TINY, 5).eval(), torch.arange(12)
    own = features(2, 6, 9, 40)
    sizes = Sizes(
        student_encodings=student.encoding_dim, student_hidden=student.hidden_dim, teacher_encodings=12,
        teacher_hidden=9, examples=40,
    )  # fmt: skip
    data = Data(
        tiny_split, read_inputs(student, tiny_split), tiny_split.image_of, tiny_split.text_of, tiny_split.labels,
        torch.randn(40, 4, 5), features=None if on == "answers" else own,
    )  # fmt: skip
    config, weights = Config(weighting="uniform", on=on, lam=0.2), torch.rand(12, 2)
    hints = None if on == "answers" else Hints(sizes, own)
    trained = Objective(student, METHODS["kd"](2.0, False), data, config, False, hints=hints)
    loss, terms = trained(rows, weights)
    without, _ = trained(rows)
    encoded = student.encode(data.inputs.images(data.image_of[rows]), data.inputs.texts(data.text_of[rows]))
    expected = torch.zeros(2, 12)
    names = {"ce", "kd_both"}
    if on != "features":
        logits = torch.stack([student.fuse(encoded, mask) for mask in visible(("image", "text"), 12)])
        teacher = data.teacher_logits[rows, 1:3].transpose(0, 1)
        expected = expected + kd(teacher=teacher, student=logits, temperature=2.0, multilabel=False)
        names |= {"kd_image", "kd_text"}
    if on != "answers":
        ours = Representations(torch.stack([encoded.image, encoded.text], dim=1), hidden_alone(student, encoded))
        hint = hints(ours, own.gather(rows))
        torch.testing.assert_close(terms["hint_text"], hint[1].mean())
        expected = expected + hint
        names |= {"hint_image", "hint_text"}
    assert set(terms) == names
    torch.testing.assert_close(loss, without + 0.8 * (weights.T * expected).sum(0).mean())
