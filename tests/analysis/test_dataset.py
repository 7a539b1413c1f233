"""The dataset seen whole: what is known of additive models, of ignored modalities, of perfect calibration."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from analysis.dataset import additive, perceptual
from analysis.dataset.additive import emap, grid, interaction
from analysis.dataset.calibration import reliability
from analysis.dataset.perceptual import perceptual_score
from analysis.dataset.survey import survey
from analysis.dataset.swap import swap
from msd_core.compare import compare
from msd_core.errors import UserError
from msd_core.evaluate import encode_split, logits_by_view, metrics
from msd_core.inputs import read_inputs
from msd_core.models.bundled import load_bundled
from msd_core.models.files import Loaded
from msd_core.tasks import Task, get_task, load_split
from msd_core.views import MODALITIES
from tests.conftest import TINY


class Sum(nn.Module):
    """A head that adds what each modality says; `deaf` to one of them where asked."""

    def __init__(self, deaf: str = ""):
        super().__init__()
        torch.manual_seed(1)
        self.image, self.text, self.deaf = nn.Linear(8, 5), nn.Linear(8, 5), deaf

    def forward(self, image, text):
        heard = [part(torch.sin(300 * x)) for part, x in ((self.image, image), (self.text, text))]  # random towers say
        return sum(h for h, name in zip(heard, MODALITIES, strict=True) if name != self.deaf)  # much the same of all


@pytest.fixture
def task() -> Task:
    return Task("tiny", "Tiny", "Which?", ("a", "b", "c", "d", "e"), None, None)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path))


def loaded(model) -> Loaded:
    return Loaded(model.eval(), TINY, "tiny", {})


def test_the_emap_of_an_additive_model_is_the_model(tiny_model, tiny_split, task, home):
    tiny_model.head = Sum()
    logits = logits_by_view(tiny_model, tiny_split)[:, 0]
    found = emap(loaded(tiny_model), task, tiny_split, logits, "logit")
    assert torch.allclose(found.scores, logits, atol=1e-5)
    assert found.explained == pytest.approx(1) and found.interval is None and found.pairs == 12 * 9
    assert found.emap == metrics(task, logits, tiny_split.labels)["accuracy"]


@pytest.mark.parametrize("output", ["probability", "logit"])
def test_the_emap_is_its_definition_over_examples(tiny_model, tiny_split, task, home, output):
    logits = logits_by_view(tiny_model, tiny_split)[:, 0]
    found = emap(loaded(tiny_model), task, tiny_split, logits, output)
    encoded = encode_split(tiny_model, read_inputs(tiny_model, tiny_split))
    every = grid(tiny_model, encoded.image[tiny_split.image_of], encoded.text[tiny_split.text_of], False, output)
    expected = every.mean(1) + every.mean(0) - every.mean((0, 1))  # (N, C), of all N x N pairs of examples
    assert torch.allclose(found.scores, expected, atol=1e-5) and found.explained < 1


def test_a_sampled_emap_is_near_the_exact_one_and_has_an_interval(tiny_model, tiny_split, task, home):
    logits = logits_by_view(tiny_model, tiny_split)[:, 0]
    exact = emap(loaded(tiny_model), task, tiny_split, logits)
    rough, fine = (emap(loaded(tiny_model), task, tiny_split, logits, most_pairs=n) for n in (42, 107))
    assert fine.pairs <= 107 and rough.pairs <= 42
    assert (fine.scores - exact.scores).abs().mean() < 0.5 * exact.scores.std()
    assert rough.interval[0] <= rough.interval[1] and exact.interval is None


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 2**31))
def test_an_interaction_sums_to_nothing_and_an_additive_table_has_none(rows, columns, seed):
    rng = torch.Generator().manual_seed(seed)
    left = interaction(torch.randn(rows, columns, generator=rng, dtype=torch.float64))
    assert left.sum(0).abs().max() < 1e-9 and left.sum(1).abs().max() < 1e-9
    one, other = (torch.randn(*shape, generator=rng).double() for shape in ((rows, 1), (1, columns)))
    assert interaction(one + other).abs().max() < 1e-9


@pytest.mark.parametrize(("deaf", "heard"), [("image", "text"), ("text", "image")])
def test_the_perceptual_score_of_an_ignored_modality_is_zero(tiny_model, tiny_split, task, home, deaf, heard):
    tiny_model.head = Sum(deaf)
    split = tiny_split.rows(torch.arange(40))
    logits = logits_by_view(tiny_model, split)[:, 0]
    split = type(split)(**{**vars(split), "labels": logits.argmax(-1)})  # it is always right
    found = perceptual_score(loaded(tiny_model), task, split, 1.0)
    assert found.score[deaf] == 0 and found.permuted[deaf] == 1 and found.deviation[deaf] == 0
    assert found.score[heard] > 0


def test_reliability_of_known_answers():
    confidence = np.array([0.9] * 10 + [0.6] * 10)
    honest = reliability(confidence, np.array([1] * 9 + [0] + [1] * 6 + [0] * 4, dtype=bool))
    assert honest.error == pytest.approx(0) and honest.count == [10, 10]
    boaster = reliability(confidence, np.array([1] * 5 + [0] * 5 + [1] * 6 + [0] * 4, dtype=bool))
    assert boaster.error == pytest.approx(0.2)
    assert boaster.accuracy == pytest.approx([0.6, 0.5]) and boaster.confidence == pytest.approx([0.6, 0.9])


@pytest.mark.parametrize("name", ["digits", "posters"])
def test_a_survey_tells_what_its_parts_tell(name):
    asked = get_task(name)
    split = load_split(asked, "validation", 40)
    models = {model: load_bundled(name, model) for model in ("teacher", "msd")}
    seen = []
    found = survey(name, models, split=split, report=lambda share, what: seen.append(share))
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1
    assert len(found.table) == len(split) and found.students == ["msd"]
    first = found.table.iloc[0]
    picture = asked.picture(int(split.keys[split.image_of[0]]))
    answer = compare(name, picture, first["text"], models).answers["teacher"]
    assert [first["saliency_image"], first["saliency_text"]] == pytest.approx(answer.necessity.tolist(), abs=1e-4)
    gap = found.gap_by_label("msd")
    assert gap.shape == (len(asked.labels), 4) and (gap[~gap.isnan()] >= 0).all()
    assert found.training.shape[1] == 2 and len(found.training) > 100
    assert found.models["teacher"].metrics["both"] == metrics(
        asked, logits_by_view(models["teacher"].model, split)[:, 0], split.labels
    )
    shares = found.scores("msd")
    assert shares.shape == (len(split), 4) and ((shares[~shares.isnan()] >= 0) & (shares[~shares.isnan()] <= 1)).all()


def test_what_takes_long_is_done_once(tiny_model, tiny_split, task, home, monkeypatch):
    logits = logits_by_view(tiny_model, tiny_split)[:, 0]
    asked = loaded(tiny_model), task, tiny_split
    first = emap(*asked, logits), perceptual_score(*asked, 0.5)

    def never(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(additive, "encode_split", never)
    monkeypatch.setattr(perceptual, "encode_split", never)
    again = emap(*asked, logits), perceptual_score(*asked, 0.5)
    assert torch.equal(first[0].scores, again[0].scores) and first[1] == again[1]


def test_a_swap_says_what_compare_says_of_each_pair(easy_vqa):
    models = {name: load_bundled("easy-vqa", name) for name in ("teacher", "kd")}
    pictures = [easy_vqa.picture(key) for key in (4000, 4001, 4002)]
    texts = ["what color is the shape?", "is there a circle?"]
    found = swap("easy-vqa", pictures, texts, models)
    assert found.probabilities["kd"].shape == (3, 2, 13)
    answer = compare("easy-vqa", pictures[2], texts[1], models).answers["kd"]
    assert torch.allclose(found.probabilities["kd"][2, 1], answer.probabilities[0], atol=1e-5)
    left = found.interaction("teacher", found.likeliest())
    assert left.sum(0).abs().max() < 1e-5 and left.sum(1).abs().max() < 1e-5
    assert found.answers("kd")[2][1] == easy_vqa.labels[int(answer.probabilities[0].argmax())]
    assert set(found.to_dict()["models"]["kd"]["interaction"]) == set(easy_vqa.labels)


def test_a_swap_encodes_each_image_and_text_once(easy_vqa, monkeypatch):
    teacher, seen = load_bundled("easy-vqa", "teacher"), []
    whole = teacher.model.encode
    monkeypatch.setattr(teacher.model, "encode", lambda i=None, t=None: (seen.append((len(i), len(t))), whole(i, t))[1])
    swap(
        "easy-vqa",
        [easy_vqa.picture(key) for key in range(4000, 4012)],
        [f"is it {i}?" for i in range(12)],
        {"t": teacher},
    )
    assert seen == [(12, 12)]


@pytest.mark.parametrize(("images", "texts", "said"), [(1, 2, "1 images"), (2, 13, "13 texts"), (13, 2, "13 images")])
def test_a_swap_of_too_few_or_many_gets_one_sentence(easy_vqa, images, texts, said):
    with pytest.raises(UserError, match=said):
        swap("easy-vqa", [easy_vqa.picture(4000)] * images, ["x"] * texts, {})


def test_a_swap_of_a_multi_label_task_names_all_labels_found():
    teacher, posters = load_bundled("posters", "teacher"), get_task("posters")
    pictures = [posters.picture(200_000), posters.picture(200_001)]
    found = swap("posters", pictures, ["A ghost.", "A rocket."], {"t": teacher})
    for row, cells in zip(found.probabilities["t"], found.answers("t"), strict=True):
        for chances, said in zip(row, cells, strict=True):
            names = [label for label, chance in zip(posters.labels, chances, strict=True) if chance >= 0.5]
            assert said == (", ".join(names) or "none")
