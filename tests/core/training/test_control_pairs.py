"""What stands in the place of recombined pairs: other real pairs without their labels, and noise."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from msd_core.errors import UserError
from msd_core.inputs import read_inputs
from msd_core.losses import kd
from msd_core.models.base import Encoded
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.tasks import WHOLE, load_split
from msd_core.training.config import CONTROL_PAIRS, Config
from msd_core.training.control_pairs import NEAREST, Noise, RealPairs, neighbours
from msd_core.training.objective import Objective
from msd_core.training.prepare import prepare
from msd_core.training.recombination import Fusion, answer_count, recombine
from msd_core.views import visible
from tests.tiny import TINY, TINY_224

CONFIG = Config(weighting="none", recombine=3, train_size=30, pairs="real", model="student-tiny")


def setup_of(fifth, config: Config, spec=TINY):
    torch.manual_seed(0)
    student = build(TINY, 2).eval()
    return prepare(fifth, config, student, LoadedModel(build(spec, 2).eval(), spec, "fifth")), student


@pytest.mark.parametrize("pairs", ["real", "noise"])
def test_the_term_is_the_plain_way(fifth, pairs):
    config = replace(CONFIG, pairs=pairs)
    setup, student = setup_of(fifth, config)
    train, rows = setup.data["train"], torch.arange(8)
    drawn = recombine(config, rows, slice(None), 4, train.fusion, False)
    loss, terms = Objective(student, setup.method, train, config, False)(rows, recombined=drawn)
    images, texts, image_of, text_of = drawn.inputs
    masks = visible(("both",), len(image_of))[0]
    logits = student.fuse(student.encode(images[image_of], texts[text_of]), masks)
    teacher = setup.teacher.model
    answers = teacher.fuse(teacher.encode(images[image_of], texts[text_of]), masks).detach()
    torch.testing.assert_close(drawn.logits, answers, atol=1e-5, rtol=1e-4)
    term = kd(teacher=answers, student=logits, temperature=2.0, multilabel=False).mean()
    torch.testing.assert_close(terms["kd_recombined"], term, atol=1e-5, rtol=1e-4)
    assert len(image_of) == 3 * 8 and not torch.isnan(loss)


@pytest.mark.parametrize("pairs", ["real", "noise"])
def test_processes_together_have_what_one_has(fifth, pairs):
    config = replace(CONFIG, pairs=pairs)
    setup, _ = setup_of(fifth, config)
    fusion, rows = setup.data["train"].fusion, torch.arange(9)
    whole = recombine(config, rows, slice(None), 1, fusion, False).logits
    parts = [recombine(config, rows, slice(part, None, 2), 1, fusion, False).logits for part in range(2)]
    together = torch.cat(parts)
    assert together.shape == whole.shape
    torch.testing.assert_close(together.sum(0), whole.sum(0), atol=1e-4, rtol=1e-4)


def test_real_pairs_are_none_of_the_run(fifth):
    setup, _ = setup_of(fifth, CONFIG)
    whole, train = load_split(fifth, "train"), setup.data["train"].split
    control = setup.data["train"].fusion.control
    assert len(control.logits) == len(whole) - 30 == len(whole.rest(30))
    own, others, every = (
        Counter((split.pictures.hashes[i], split.texts[t]) for i, t in zip(split.image_of, split.text_of, strict=True))
        for split in (train, whole.rest(30), whole)
    )
    assert own + others == every
    with pytest.raises(UserError, match="no real pairs: the label of every example of the training split is read"):
        setup_of(fifth, replace(CONFIG, train_size=WHOLE))


def test_noise_is_dots_under_the_same_words_in_another_order(tiny_split):
    torch.manual_seed(0)
    teacher = build(TINY, 5).eval()
    tokens = read_inputs(teacher, tiny_split).tokens
    noise = Noise(teacher, tokens, tiny_split.text_of, 64)
    images, ids, image_of, text_of = noise.draw(CONFIG, torch.arange(10), slice(None), 0).inputs
    assert images.shape == (10, 3, 64, 64) and images.std() > 0.25 and len(image_of) == len(text_of) == 30
    for shuffled, text in zip(ids, tokens[tiny_split.text_of[:10]], strict=True):
        assert sorted(shuffled.tolist()) == sorted(text.tolist())
        assert torch.equal(shuffled == 0, text == 0), "what has ended stays ended"
    assert not torch.equal(ids, tokens[tiny_split.text_of[:10]])


def test_models_that_read_otherwise_take_no_noise(fifth):
    with pytest.raises(UserError, match="Noise is for models that read alike"):
        setup_of(fifth, replace(CONFIG, pairs="noise"), TINY_224)


def test_a_control_takes_the_place_of_the_pairs(tiny_split):
    teacher = build(TINY, 5).eval()
    inputs = read_inputs(teacher, tiny_split)
    real = RealPairs(inputs, tiny_split.image_of, tiny_split.text_of, torch.arange(40.0)[:, None])
    fusion = Fusion(teacher, Encoded(), tiny_split.image_of, tiny_split.text_of, control=real)
    drawn = recombine(CONFIG, torch.arange(6), slice(None), 0, fusion, False)
    assert drawn.logits[:, 0].long().tolist() == drawn.texts.tolist() and drawn.each == 3


@pytest.mark.parametrize("multilabel", [False, True])
def test_neighbours_answer_with_the_labels_of_the_nearest(tiny_split, multilabel):
    student = build(TINY, 5)
    labels = (torch.rand(40, 5) > 0.5).float() if multilabel else tiny_split.labels
    near = neighbours(read_inputs(student, tiny_split), tiny_split.image_of, tiny_split.text_of, labels, 5)
    rows = torch.arange(40)
    same = (tiny_split.image_of[:, None] == tiny_split.image_of) & (tiny_split.text_of[:, None] == tiny_split.text_of)
    logits = near.logits(rows, rows)
    shares = logits.sigmoid() if multilabel else logits.exp()
    for row in range(40):
        apart = near.pictures[tiny_split.image_of[row], tiny_split.image_of]
        apart = apart + near.texts[tiny_split.text_of[row], tiny_split.text_of]
        assert apart[same[row]].abs().max() < 1e-2, "nearest of all is the same pair"
        expected = near.labels[apart.argsort()[:NEAREST]].mean(0)
        if apart.unique().numel() == 40:
            torch.testing.assert_close(shares[row], expected.clamp(0.01, 0.99), atol=1e-4, rtol=1e-4)
    assert near.pictures.mean().item() == pytest.approx(1, abs=0.01)


def test_neighbours_need_no_teachers_answer(fifth):
    setup, _ = setup_of(fifth, replace(CONFIG, pairs="neighbours"))
    fusion = setup.data["train"].fusion
    drawn = recombine(CONFIG, torch.arange(6), slice(None), 0, replace(fusion, model=None), False)
    assert drawn.logits.shape == (18, 2) and drawn.inputs is None and drawn.each == 3
    torch.testing.assert_close(drawn.logits.exp().sum(1), torch.ones(18), atol=0.1, rtol=0.1)


def test_controls_count_the_answers_that_they_take(fifth):
    counts = {}
    for pairs in CONTROL_PAIRS:
        config = replace(CONFIG, pairs=pairs, epochs=2)
        fusion = setup_of(fifth, config)[0].data["train"].fusion
        counts[pairs] = answer_count(config, [20, 10], fusion)
    whole = len(load_split(fifth, "train"))
    assert counts == {"real": whole - 30, "noise": 2 * 30 * 3, "neighbours": 0}
    few = replace(CONFIG, questions=25)
    fusion = setup_of(fifth, few)[0].data["train"].fusion
    assert answer_count(few, [20, 10], fusion) == len(fusion.control.logits) == 25


def test_as_many_as_there_are_is_as_many_as_a_batch_has(fifth):
    for pairs in CONTROL_PAIRS:
        config = replace(CONFIG, pairs=pairs, recombine=WHOLE)
        drawn = recombine(
            config, torch.arange(6), slice(None), 0, setup_of(fifth, config)[0].data["train"].fusion, False
        )
        assert drawn.each in (5, 6) and len(drawn.logits) == 6 * drawn.each


def test_real_pairs_are_misread_as_all_others_are(fifth):
    config = replace(CONFIG, corrupt_text=1.0)
    setup, student = setup_of(fifth, config)
    control, rest = setup.data["train"].fusion.control, load_split(fifth, "train").rest(30)
    clean = read_inputs(student, rest)
    rows = torch.arange(len(rest))
    assert torch.equal(control.image_of, rest.image_of) and len(control.logits) == len(rest)
    misread, right = control.inputs.texts(control.text_of[rows]), clean.texts(rest.text_of[rows])
    width = min(misread.shape[1], right.shape[1])
    assert not (misread[:, :width] == right[:, :width]).all(1).any()
    torch.testing.assert_close(control.logits, setup_of(fifth, CONFIG)[0].data["train"].fusion.control.logits)


def test_controls_do_without_the_teachers_encodings(fifth):
    for pairs in CONTROL_PAIRS:
        fusion = setup_of(fifth, replace(CONFIG, pairs=pairs))[0].data["train"].fusion
        assert fusion.encoded.image is None and fusion.control is not None
