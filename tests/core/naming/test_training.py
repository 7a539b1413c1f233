"""The loss against a plain computation, and what training does with it."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.losses import kl
from msd_core.naming.names import written
from msd_core.naming.training import Lesson, Settings, naming_loss, read, train, write
from tests.core.naming.conftest import decoder_of


def softmax(logits: list[float], temperature: float) -> list[float]:
    powers = [math.exp(value / temperature) for value in logits]
    return [power / sum(powers) for power in powers]


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0.5, 4), st.sampled_from([0.0, 0.1, 0.7]))
def test_the_loss_is_that_of_its_formula(seed, lam, temperature, smoothing):
    generator = torch.Generator().manual_seed(seed)
    student, teacher = torch.randn(2, 5, 4, generator=generator, dtype=torch.float64)
    pieces = torch.randint(4, (5,), generator=generator)
    nll = soft = 0.0
    for z, t, piece in zip(student.tolist(), teacher.tolist(), pieces.tolist(), strict=True):
        labels = [(1 - smoothing) * (k == piece) + smoothing / 4 for k in range(4)]
        nll -= sum(p * math.log(q) for p, q in zip(labels, softmax(z, 1), strict=True)) / 5
        pairs = zip(softmax(t, temperature), softmax(z, temperature), strict=True)
        soft += temperature**2 * sum(p * math.log(p / q) for p, q in pairs) / 5
    found = naming_loss(
        student, pieces, teacher=teacher, smoothing=smoothing, lam=lam, temperature=temperature
    )  # fmt: skip
    assert float(found) == pytest.approx(lam * nll + (1 - lam) * soft, rel=1e-9)
    assert float(naming_loss(student, pieces, smoothing=smoothing)) == pytest.approx(nll, rel=1e-9)


def test_a_teacher_of_the_same_opinion_adds_nothing():
    logits, pieces = torch.randn(6, 4), torch.randint(4, (6,))
    both, alone = naming_loss(logits, pieces, teacher=logits), naming_loss(logits, pieces)
    assert float(both) == pytest.approx(0.5 * float(alone), rel=1e-5)


def lesson_of(names, pieces) -> Lesson:
    return Lesson(names, pieces.encode(names.texts), len(pieces))


def test_targets_are_those_of_their_pieces(names, pieces):
    """Whatever the rows of a step, each piece meets what the teacher says of it."""
    ids, teacher = pieces.encode(names.texts), decoder_of(len(pieces))
    lesson = Lesson(names, ids, len(pieces), read(teacher, names, ids))
    rows = torch.tensor([4, 0, 3])
    expected = teacher(names.pictures[names.picture_of[rows]], names.language_of[rows], ids[rows])
    torch.testing.assert_close(lesson.targets[lesson.places[rows][lesson.mask[rows]]], expected)


def test_an_epoch_has_every_name_once(names, pieces, monkeypatch):
    monkeypatch.setattr("msd_core.naming.training.BATCH", 4)
    lesson = lesson_of(names, pieces)
    epochs = [torch.cat([*lesson.batches(0, epoch)]).tolist() for epoch in (0, 1, 2, 3)]
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs) and len({*map(tuple, epochs)}) > 1
    lengths = lesson.mask.sum(1)
    spans = sorted((int(lengths[rows].min()), int(lengths[rows].max())) for rows in lesson.batches(0, 0))
    assert all(high <= low for (_, high), (low, _) in pairwise(spans)), "like lengths together"


def test_a_decoder_learns_its_names_by_heart(names, pieces):
    decoder = train(lesson_of(names, pieces), Settings(16, 2e-2, 80))
    for width in (1, 3):
        assert pieces.decode(write(decoder, names, 12, width)) == [*names.texts]
    assert not decoder.training


def test_everything_follows_from_the_seed(names, pieces):
    lesson, own = lesson_of(names, pieces), Settings(8, 1e-2, 3, seed=5, noise=0.5)
    first, again, other = (train(lesson, each) for each in (own, own, replace(own, seed=6)))
    state, same, apart = (each.state_dict() for each in (first, again, other))
    assert all(torch.equal(state[name], same[name]) for name in state)
    assert any(not torch.equal(state[name], apart[name]) for name in state)


def test_training_leaves_the_random_numbers_of_others_alone(names, pieces):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    train(lesson_of(names, pieces), Settings(8, 1e-2, 1, noise=0.5))
    assert torch.equal(torch.rand(3), expected)


def test_a_student_comes_near_its_teacher(names, pieces):
    """Half of its loss is the teacher's, whose opinion it would not know otherwise."""
    ids, teacher = pieces.encode(names.texts), decoder_of(len(pieces))
    targets, own = read(teacher, names, ids), Settings(32, 1e-2, 40)

    def apart(lesson: Lesson) -> float:
        log_p, log_q = (each.log_softmax(-1) for each in (targets, read(train(lesson, own), names, ids)))
        return float(kl(log_p=log_p, log_q=log_q).mean())

    taught, alone = (apart(Lesson(names, ids, len(pieces), each)) for each in (targets, None))
    assert taught < 0.7 * alone


def test_noise_is_of_training_alone(names, pieces):
    decoder = train(lesson_of(names, pieces), Settings(8, 1e-2, 2, noise=0.5))
    first, again = (decoder.start(names.pictures, torch.tensor([0, 1, 0])) for _ in range(2))
    assert torch.equal(first, again)
    noised = [decoder.train().start(names.pictures, torch.tensor([0, 1, 0])) for _ in range(2)]
    assert not torch.equal(noised[0], noised[1])


def test_cut_off_names_have_no_end_to_learn(names, pieces):
    never = decoder_of(len(pieces))
    with torch.no_grad():
        never.output.bias[0] = -1e4
    ids = write(never, names, 6, 2)
    assert written(ids).all() and Lesson(names, ids, len(pieces)).mask.sum() == 6 * len(names)
