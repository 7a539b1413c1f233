"""Recombined pairs: exact against the plain way, drawn as promised, and nothing to a run that has none."""

import copy
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import kd
from msd_core.methods import METHODS
from msd_core.models.base import Encoded, Sequence
from msd_core.models.files import LoadedModel
from msd_core.models.zoo import build
from msd_core.training import recombination
from msd_core.training import teacher as teacher_module
from msd_core.training.config import CONTROL_PAIRS, PAIRS, Config
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.training.recombination import (
    Fusion,
    Recombined,
    answer_count,
    entropy,
    interaction,
    mean_of_pairs,
    questions,
    recombine,
)
from msd_core.training.teacher import fusion_of
from msd_core.views import visible
from tests.core.models.single_stream import SPEC, SingleStream
from tests.tiny import TINY

CONFIG = Config(weighting="none", recombine=3, gamma=2.0, lam=0.3)
ROWS = torch.randperm(40, generator=torch.Generator().manual_seed(0))[:12]
WAYS = [{"pairs": pairs} for pairs in PAIRS if pairs not in CONTROL_PAIRS] + [
    {"recombine": 10**9}, {"pairs": "split", "questions": 70}, {"pairs": "split", "questions": 25},
    {"shuffle": "recombined"},
]  # fmt: skip


def models(dtype=torch.float64):
    torch.manual_seed(0)
    return build(TINY, 5).to(dtype).eval(), LoadedModel(build(TINY, 5).to(dtype).eval(), TINY, "digits")


class _AsFloat(Inputs):
    """Inputs whose pictures are already numbers of the precision under test."""

    def __init__(self, inputs, dtype):
        super().__init__(inputs.images(torch.arange(len(inputs.pictures))).to(dtype), inputs.tokens)

    def images(self, rows):
        return self.pictures[rows]

    def texts(self, rows):
        return self.tokens[rows]


def encoded_by(model, split) -> Encoded:
    inputs = _AsFloat(read_inputs(model, split), next(model.parameters()).dtype)
    with torch.no_grad():
        return model.encode(inputs.pictures, inputs.tokens)


def fusion(teacher, split, config: Config) -> Fusion:
    """In double precision, in which nothing is kept; answers to questions are held against those that were."""
    live = Fusion(teacher.model, encoded_by(teacher.model, split), split.image_of, split.text_of)
    if not config.questions:
        return live
    single = LoadedModel(copy.deepcopy(teacher.model).float(), TINY, "digits")
    kept = fusion_of(single, split, config).questions
    rows, which = (kept.texts >= 0).nonzero(as_tuple=True)
    logits = kept.logits.double()
    live_logits = live.logits(rows, kept.texts[rows, which])
    torch.testing.assert_close(logits[rows, which], live_logits, atol=1e-5, rtol=1e-5)
    logits[rows, which] = live_logits
    return replace(live, questions=replace(kept, logits=logits))


def objective(student, teacher, split, config: Config, multilabel: bool = False) -> Objective:
    torch.manual_seed(1)
    labels = torch.randint(2, (40, 5)) if multilabel else split.labels
    data = Data(
        split, _AsFloat(read_inputs(student, split), torch.float64), split.image_of, split.text_of, labels,
        torch.randn(40, 4, 5, dtype=torch.float64), fusion=fusion(teacher, split, config),
    )  # fmt: skip
    return Objective(student, METHODS[config.method](config.temperature, multilabel), data, config, multilabel)


@pytest.mark.parametrize("multilabel", [False, True])
@pytest.mark.parametrize("chunk", [512, 7])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way.values())))
def test_the_term_is_the_plain_way(tiny_split, monkeypatch, tmp_path, way, chunk, multilabel):
    """Both models run whole on each pair by itself."""
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    monkeypatch.setattr(recombination, "CHUNK", chunk)
    config, (student, teacher) = replace(CONFIG, **way), models()
    trained = objective(student, teacher, tiny_split, config, multilabel)
    pairs = recombine(config, ROWS, slice(None), 5, trained.data.fusion, multilabel)
    without, _ = trained(ROWS)
    loss, terms = trained(ROWS, recombined=pairs)
    grads = torch.autograd.grad(loss, list(student.parameters()))

    inputs, teachers = trained.data.inputs, _AsFloat(read_inputs(teacher.model, tiny_split), torch.float64)
    of_pairs = []
    for place, row in zip(pairs.pictures.tolist(), pairs.texts.tolist(), strict=True):
        picture, text = tiny_split.image_of[ROWS[place]][None], tiny_split.text_of[row][None]
        logits = [
            model(each.images(picture), each.texts(text), visible(("both",)))[0]
            for model, each in ((teacher.model, teachers), (student, inputs))
        ]
        of_pairs.append(logits)
    teacher_logits, student_logits = (torch.cat(logits) for logits in zip(*of_pairs, strict=True))
    if config.shuffle == "recombined":
        teacher_logits = teacher_logits.roll(len(teacher_logits) // 2, 0)
    plain = kd(teacher=teacher_logits.detach(), student=student_logits, temperature=2.0, multilabel=multilabel)
    if config.pairs == "disagreement":
        plain = plain.view(12, -1).topk(3).values.flatten()
    term = plain.sum() / (12 * pairs.each)
    torch.testing.assert_close(terms["kd_recombined"], term, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(loss, without + 0.7 * 2 * term, atol=1e-6, rtol=1e-6)
    expected = torch.autograd.grad(trained(ROWS)[0] + 0.7 * 2 * term, list(student.parameters()))
    for one, other in zip(grads, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way.values())))
def test_processes_together_have_the_pairs_of_one(tiny_split, monkeypatch, tmp_path, way):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    config, (_, teacher) = replace(CONFIG, **way), models()
    answering = fusion(teacher, tiny_split, config)
    whole = recombine(config, ROWS, slice(None), 2, answering, False)
    together = []
    for part in range(3):
        rows, own = ROWS[part::3], recombine(config, ROWS, slice(part, None, 3), 2, answering, False)
        assert own.each == whole.each
        together += zip(rows[own.pictures].tolist(), own.texts.tolist(), strict=True)
    assert sorted(together) == sorted(zip(ROWS[whole.pictures].tolist(), whole.texts.tolist(), strict=True))


@pytest.mark.parametrize("pairs", ["batch", "split"])
def test_every_step_and_seed_draws_others(tiny_split, pairs):
    config, (_, teacher) = replace(CONFIG, pairs=pairs), models()
    answering = fusion(teacher, tiny_split, config)

    def drawn(seed: int, step: int) -> tuple[int, ...]:
        return tuple(recombine(replace(config, seed=seed), ROWS, slice(None), step, answering, False).texts.tolist())

    assert drawn(0, 1) == drawn(0, 1) and len({drawn(0, 1), drawn(0, 2), drawn(1, 1), drawn(1, 2)}) == 4


@given(
    size=st.integers(1, 20), count=st.integers(1, 30), step=st.integers(0, 5), pairs=st.sampled_from(("batch", "split"))
)
def test_every_picture_comes_with_as_many_texts_and_none_twice(size, count, step, pairs):
    of = torch.arange(50)
    config = replace(CONFIG, recombine=count, pairs=pairs)
    batch = torch.randperm(50, generator=torch.Generator().manual_seed(size))[:size]
    drawn = recombine(config, batch, slice(None), step, Fusion(None, Encoded(), of, of), False)
    assert drawn.each == min(count, size - (pairs == "batch"))
    assert drawn.pictures.tolist() == [place for place in range(size) for _ in range(drawn.each)]
    if pairs == "batch":
        texts = drawn.texts.view(size, -1)
        rows = zip(batch.tolist(), texts.tolist(), strict=True)
        assert all(len({*row}) == drawn.each and own not in row for own, row in rows)
        assert {*drawn.texts.tolist()} <= {*batch.tolist()}


@given(examples=st.integers(1, 12), count=st.integers(1, 200), seed=st.integers(0, 9))
def test_questions_are_as_many_as_allowed_and_none_twice(examples, count, seed):
    texts = questions(examples, count, seed)
    pairs = [(row, text) for row, line in enumerate(texts.tolist()) for text in line if text >= 0]
    assert len(pairs) == len({*pairs}) == min(count, examples * (examples - 1))
    assert all(row != text for row, text in pairs)
    of_each = (texts >= 0).sum(1)
    assert not pairs or of_each.max() - of_each.min() <= 1
    assert torch.equal(texts, questions(examples, count, seed))


def test_what_is_chosen_by_the_teacher_has_most_of_it(tiny_split):
    _, teacher = models()
    answering = fusion(teacher, tiny_split, CONFIG)
    grid = answering.grid(ROWS)
    every = torch.cartesian_prod(torch.arange(12), torch.arange(12))
    torch.testing.assert_close(grid.flatten(0, 1), answering.logits(ROWS[every[:, 0]], ROWS[every[:, 1]]))
    for pairs, score in (("interaction", interaction), ("entropy", entropy)):
        config = replace(CONFIG, pairs=pairs)
        drawn = recombine(config, ROWS, slice(None), 0, answering, False)
        scores = score(grid, False).fill_diagonal_(-1)
        for place, row in enumerate(drawn.texts.view(12, 3).tolist()):
            of = [(text == ROWS).nonzero().item() for text in row]
            assert scores[place, of].min() >= scores[place].sort().values[-3]


@given(seed=st.integers(0, 10**6), multilabel=st.booleans())
def test_a_sum_of_a_part_of_each_modality_has_no_interaction(seed, multilabel):
    generator = torch.Generator().manual_seed(seed)
    image, text = torch.randn(6, 1, 4, generator=generator), torch.randn(1, 6, 4, generator=generator)
    assert interaction(image + text, multilabel).abs().max() < 1e-5
    shift = torch.randn(6, 6, 1, generator=generator)
    assert (interaction(image + text + shift, False).abs().max() < 1e-5) and (
        interaction(image * text, multilabel) > 0
    ).any()


@pytest.mark.parametrize("temperature, multilabel", [(1.0, False), (1.0, True)])
def test_entropy_is_largest_where_nothing_is_known(temperature, multilabel):
    sure, unsure = torch.full((1, 1, 4), -50.0), torch.zeros(1, 1, 4)
    sure[..., 0] = 50.0
    assert entropy(sure, multilabel).item() == pytest.approx(0, abs=1e-6)
    assert entropy(unsure, multilabel).item() == pytest.approx(torch.tensor(2.0 if multilabel else 4.0).log().item())


def test_the_hardest_are_kept():
    losses = torch.tensor([0.1, 0.9, 0.5, 0.7, 0.2, 0.3])
    every = Recombined(torch.tensor([0, 0, 0, 1, 1, 1]), torch.arange(6), each=2, hardest=2)
    assert mean_of_pairs(losses.__getitem__, every, 2).item() == pytest.approx((0.9 + 0.5 + 0.7 + 0.3) / 4)
    none = Recombined(torch.arange(0), torch.arange(0), each=0)
    assert mean_of_pairs(losses.__getitem__, none, 1).item() == 0


def test_the_teachers_encodings_are_made_once_and_kept(tiny_split, monkeypatch, tmp_path):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    teacher, passes, encode = models(torch.float32)[1], [], teacher_module.encode_split
    monkeypatch.setattr(teacher_module, "encode_split", lambda *args: passes.append(args) or encode(*args))
    one, other = (fusion_of(teacher, tiny_split, CONFIG) for _ in range(2))
    assert len(passes) == 1 and torch.equal(one.encoded.image, other.encoded.image)
    live = encoded_by(teacher.model, tiny_split)
    torch.testing.assert_close(one.encoded.image, live.image, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(one.encoded.text, live.text, atol=1e-5, rtol=1e-5)
    assert not one.logits(ROWS, ROWS).requires_grad


def test_a_teacher_of_sequences_answers_too(tiny_split, monkeypatch, tmp_path):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    torch.manual_seed(0)
    teacher = LoadedModel(SingleStream(5).eval(), SPEC, "digits")
    every = fusion_of(teacher, tiny_split, CONFIG)
    assert isinstance(every.encoded.image, Sequence)
    few = fusion_of(teacher, tiny_split, replace(CONFIG, pairs="split", questions=50)).questions
    rows, which = (few.texts >= 0).nonzero(as_tuple=True)
    torch.testing.assert_close(
        few.logits[rows, which], every.logits(rows, few.texts[rows, which]), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize(
    "way", [way for way in WAYS if "questions" not in way], ids=lambda way: " ".join(map(str, way.values()))
)
def test_answers_are_counted(tiny_split, way):
    config, (student, teacher) = replace(CONFIG, epochs=2, **way), models()
    trained, counts = objective(student, teacher, tiny_split, config), []
    live = teacher.model.fuse_pairs
    teacher.model.fuse_pairs = lambda encoded, images, texts: counts.append(len(texts)) or live(encoded, images, texts)
    batches, fusion = ROWS.split(5), trained.data.fusion
    for step, rows in enumerate((*batches, *batches)):
        with torch.no_grad():
            trained(rows, recombined=recombine(config, rows, slice(None), step, fusion, False))
    expected = answer_count(config, [5, 5, 2], fusion)
    chosen = 2 * sum(len(rows) * min(3, len(rows) - 1) for rows in batches)
    if config.pairs in ("interaction", "entropy"):  # of alike pairs one is answered; those that are chosen once more
        of = tiny_split.image_of, tiny_split.text_of
        alike = [len(rows) ** 2 - math.prod(len(each[rows].unique()) for each in of) for rows in batches]
        assert sum(counts) == expected - 2 * sum(alike) + chosen
    else:
        assert sum(counts) == expected + (config.pairs == "disagreement") * chosen
    few = replace(config, pairs="split", questions=25)
    assert answer_count(few, [5, 5, 2], replace(fusion, questions=None)) == 25


@pytest.mark.parametrize("count", [25, 70, 200])
def test_few_questions_have_the_weight_of_many(tiny_split, monkeypatch, tmp_path, count):
    """A loss of 1 on every pair is 1 in the mean over an epoch, however many pairs are known."""
    monkeypatch.setenv("MSD_HOME", str(tmp_path))
    config, (_, teacher) = replace(CONFIG, pairs="split", questions=count), models()
    answering, rows = fusion(teacher, tiny_split, config), torch.arange(40)
    terms = [
        mean_of_pairs(torch.ones_like, recombine(config, part, slice(None), step, answering, False), len(part))
        for step in range(60)
        for part in rows.split(10)
    ]
    assert float(torch.stack(terms).mean()) == pytest.approx(1, abs=0.05)
