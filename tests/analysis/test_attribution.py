"""Attributions where the right answer is known, and the promises that hold for every model."""

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from analysis.attribution.agreement import agreement
from analysis.attribution.attribute import attribute
from analysis.attribution.explain import Settings, explain
from analysis.attribution.methods import METHODS
from analysis.attribution.question import Game, ask, find_words
from msd_core.errors import UserError
from msd_core.models.base import Classifier, Embedded, Encoded
from msd_core.models.bundled import load_bundled
from msd_core.models.zoo import Spec, build
from msd_core.pictures import letterbox
from msd_core.tasks import get_task
from msd_core.tokenizer import Tokens
from msd_core.tokenizer import spans as token_spans

TEXT = "is it red ?"


class Toy(Classifier):
    """Logits that are a known function of the sums of each quarter of the picture and of each word's embedding."""

    def __init__(self, of):
        super().__init__()
        self.of, self.encoded = of, []
        torch.manual_seed(0)
        self.weight, self.table = torch.randn(3, 64, 64), nn.Embedding(100, 5)

    def tokenize(self, texts):
        return Tokens(torch.tensor([[sum(map(ord, w)) % 100 for w in text.split()] for text in texts]), (False,))

    def spans(self, text):
        return [(text.index(word), text.index(word) + len(word)) for word in text.split()]

    def embed(self, tokens):
        return Embedded(self.table(tokens), torch.ones_like(tokens, dtype=torch.bool))

    def encode(self, images=None, text=None):
        self.encoded.append((len(images), len(text.values)))
        parts = (images * self.weight).sum(1).unflatten(1, (2, 32)).unflatten(3, (2, 32)).sum((2, 4))  # (B, 2, 2)
        return Encoded(parts.flatten(1) / 100, text.values.sum(-1))

    def fuse(self, encoded, visible):
        shown = [part * visible[:, i : i + 1] for i, part in enumerate((encoded.image, encoded.text))]
        return torch.stack([self.of(*shown), torch.zeros(len(visible))], dim=1)


def linear(image, text):
    return image.sum(1) + text.sum(1)


def tangled(image, text):
    return torch.tanh(image[:, 0] * text[:, 1]) + image[:, 2].relu() * image[:, 3] + text.sum(1).sin()


@pytest.fixture
def picture():
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def test_integrated_gradients_of_a_linear_model_are_exact(picture):
    toy = Toy(linear)
    question = ask(toy, picture, TEXT, 0, False, output="logit", baseline="black")
    found = attribute(question, effort=5)
    assert torch.allclose(found.pixels, (question.pixels[0] * toy.weight).sum(0).double() / 100, atol=1e-5)
    assert torch.allclose(found.word_values, question.values[0].sum(-1).double(), atol=1e-5)
    assert abs(found.delta) < 1e-4


@pytest.mark.parametrize("output", ["probability", "logit"])
@pytest.mark.parametrize("task", ["easy-vqa", "posters"])
def test_integrated_gradients_of_the_teacher_add_up_within_their_delta(task, output):
    asked, models = get_task(task), {"teacher": load_bundled(task, "teacher")}
    example = asked.examples("validation")[0]
    pair = asked.picture(example.image), example.text
    few, many = (explain(task, *pair, models, Settings(output=output, effort=n)) for n in (8, 512))
    question, deltas = few.questions["teacher"], []
    for found, steps in ((few, 8), (many, 512)):
        method = IntegratedGradients(question.score)
        values = method.attribute(question.inputs, question.start, n_steps=steps, internal_batch_size=8)
        captums = method.compute_convergence_delta(values, question.start, question.inputs)
        deltas.append(found.maps["teacher"].delta)
        assert deltas[-1] == pytest.approx(float(captums[0]), abs=1e-3)
    if output == "probability":
        answer = few.comparison.answers["teacher"].probabilities[0]
        assert many.maps["teacher"].value == pytest.approx(float(answer[asked.labels.index(many.label)]), abs=1e-5)
    assert abs(deltas[1]) < 0.02 * abs(many.maps["teacher"].value - many.maps["teacher"].start)
    assert abs(deltas[1]) < abs(deltas[0])


def _a_picture():
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (80, 60, 3), dtype=np.uint8))


def exact_shapley(game: Game) -> list[float]:
    """By the definition, over all coalitions of 4 patches and the words."""
    players = 4 + len(game.question.words.words)
    coalitions = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * players)
    values = game.value(coalitions[:, :4].view(-1, 1, 2, 2), coalitions[:, 4:])
    value_of = {tuple(c.nonzero().flatten().tolist()): float(v) for c, v in zip(coalitions, values, strict=True)}
    found = []
    for player in range(players):
        others = [p for p in range(players) if p != player]
        total = 0.0
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for group in combinations(others, size):
                total += weight * (value_of[tuple(sorted((*group, player)))] - value_of[group])
        found.append(total)
    return found


@pytest.mark.parametrize(("method", "effort"), [("shapley", 3000), ("kernel-shap", 3000)])
def test_sampled_shapley_values_converge_to_the_exact_ones_of_six_players(picture, method, effort):
    question = ask(Toy(tangled), picture, "is red", 0, False, output="logit")
    exact = exact_shapley(Game(question, 2))
    found = attribute(question, method, grid=2, effort=effort)
    values = [*found.patches.flatten().tolist(), *found.word_values.tolist()]
    assert len(exact) == 6 and max(map(abs, exact)) > 0.2
    assert values == pytest.approx(exact, abs=0.05 * max(map(abs, exact)))
    assert abs(found.delta) < 1e-3


@pytest.mark.parametrize("method", ["feature-ablation", "occlusion"])
def test_ablation_of_an_additive_score_is_what_each_player_adds(picture, method):
    question = ask(Toy(linear), picture, TEXT, 0, False, output="logit")
    game = Game(question, 4)
    found = attribute(question, method, grid=4)
    for player in range(4):
        words = torch.ones(1, 4)
        words[0, player] = 0
        lost = game.value(*game.players) - game.value(game.players[0], words)
        assert float(found.word_values[player]) == pytest.approx(float(lost), abs=1e-4)
    if method == "feature-ablation":
        assert float(found.patches.sum() + found.word_values.sum()) == pytest.approx(
            found.value - found.start, abs=1e-3
        )


@given(st.integers(0, 2**31), st.sampled_from(["both", "image", "text"]))
def test_the_game_scores_coalitions_as_the_whole_model_does(seed, view):
    loaded = load_bundled("easy-vqa", "msd")
    rng = torch.Generator().manual_seed(seed)
    picture = torch.randint(0, 256, (64, 64, 3), generator=rng).byte()
    question = ask(loaded.model, picture, "what color is the shape?", 2, False, "logit", view)
    patches, words = torch.rand(5, 1, 8, 8, generator=rng).round(), torch.rand(5, 5, generator=rng).round()
    mask = patches.repeat_interleave(8, 2).repeat_interleave(8, 3) > 0.5
    pixels = torch.where(mask, question.pixels, question.start[0])
    kept = words[:, question.words.of.clamp(min=0)].bool() | (question.words.of < 0)
    values = torch.where(kept[..., None], question.values, question.start[1])
    with torch.no_grad():
        whole = question.score(pixels, values)
    assert torch.allclose(Game(question).value(patches, words), whole, atol=1e-5)


@pytest.mark.parametrize("method", ["integrated-gradients", "gradient-shap"])
def test_gradient_methods_take_few_rows_at_once_whatever_the_steps(picture, method):
    toy = Toy(linear)
    question = ask(toy, picture, TEXT, 0, False)
    toy.encoded.clear()
    attribute(question, method, effort=200)
    assert max(rows for rows, _ in toy.encoded) <= 8 and sum(rows for rows, _ in toy.encoded) >= 200


def test_what_changes_in_one_modality_does_not_encode_the_other_again(picture):
    toy = Toy(linear)
    game = Game(ask(toy, picture, TEXT, 0, False), 2)
    toy.encoded.clear()
    game.value(torch.eye(4).view(4, 1, 2, 2), torch.ones(4, 4))
    game.value(torch.ones(3, 1, 2, 2), torch.eye(4)[:3])
    assert toy.encoded == [(4, 1), (1, 3)]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_the_promises(method):
    pair, settings = (_a_picture(), "What a lovely day."), Settings(method, output="logit", effort=8)
    models = {"kd": load_bundled("sarcasm", "kd")}
    load_bundled("sarcasm", "teacher")  # building a model draws from torch's generator
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    found = [explain("sarcasm", *pair, models, settings).maps["kd"] for _ in range(2)]
    assert torch.equal(found[0].pixels, found[1].pixels) and torch.equal(found[0].word_values, found[1].word_values)
    assert torch.equal(before[0], torch.get_rng_state()) and (before[1] == np.random.get_state()[1]).all()
    one = found[0]
    assert one.words == ("What", "a", "lovely", "day.") and one.pixels.shape == (64, 64) and one.patches.shape == (8, 8)
    assert float(one.patches.sum()) == pytest.approx(float(one.pixels.sum()), rel=1e-4, abs=1e-5)
    assert sum(one.share.values()) == pytest.approx(1.0)
    assert (one.delta is None) == (method in ("input-x-gradient", "feature-ablation", "occlusion"))


@pytest.mark.parametrize("method", METHODS)
def test_a_hidden_modality_gets_nothing(method):
    settings = Settings(method, view="image", output="logit")
    models = {"msd": load_bundled("easy-vqa", "msd")}
    found = explain("easy-vqa", _a_picture(), "what is it?", models, settings).maps["msd"]
    regression = method == "kernel-shap"  # whose errors fall on all players
    assert found.share == pytest.approx({"image": 1.0, "text": 0.0}, abs=0.05 if regression else 1e-5)


def test_a_model_first_asked_for_its_answer_can_be_attributed():
    load_bundled.cache_clear()
    with torch.inference_mode():
        load_bundled("digits", "msd")
    models = {"msd": load_bundled("digits", "msd")}
    assert explain("digits", _a_picture(), "It is a two.", models, Settings(effort=2)).maps["msd"].delta is not None


def test_any_label_can_be_asked_about():
    loaded = {"teacher": load_bundled("posters", "teacher")}
    one, other = (
        explain("posters", _a_picture(), "A ghost.", loaded, Settings(label=label)) for label in ("horror", "western")
    )
    assert one.label == "horror" and not torch.equal(one.maps["teacher"].pixels, other.maps["teacher"].pixels)
    with pytest.raises(UserError, match="no label called 'opera'"):
        explain("posters", _a_picture(), "A ghost.", loaded, Settings(label="opera"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(method="magic"), "no method"), (Settings(output="odds"), "no output"),
        (Settings(view="neither"), "no view"), (Settings(baseline="pink"), "no baseline"),
        (Settings(effort=0), "out of range"), (Settings(grid=7, method="occlusion"), "grid"),
    ],
)  # fmt: skip
def test_bad_settings_get_one_sentence(settings, said):
    with pytest.raises(UserError, match=said):
        explain("easy-vqa", _a_picture(), "what is it?", {"msd": load_bundled("easy-vqa", "msd")}, settings)


def test_words_beyond_what_a_model_reads_are_left_out():
    text = "word " * 200
    assert 20 < len(find_words(text, token_spans(text)).words) <= 48


@pytest.mark.parametrize("method", ["feature-ablation", "input-x-gradient"])
def test_a_map_of_rounding_errors_has_no_share(picture, method):
    found = attribute(
        ask(Toy(lambda image, text: 60 + 0 * (image.sum(1) + text.sum(1))), picture, TEXT, 0, False), method
    )
    assert found.blank and found.share is None


@pytest.mark.parametrize("text", ["what color is it?", "Überaus schön 日本 🙂 ok", "مرحبا بالعالم", "a" * 200 + " b"])
def test_pieces_are_summed_to_words(text):
    words = find_words(text, token_spans(text))
    values = torch.rand(len(words.of))
    assert words.words == tuple(text.split())[: len(words.words)] and len(words.words) >= int(words.of.max()) + 1
    assert float(words.sum(values).sum()) == pytest.approx(float(values[words.of >= 0].sum()), rel=1e-5)
    for i in range(len(words.words)):
        assert float(words.sum(values)[i]) == pytest.approx(float(values[words.of == i].sum()), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("method", ["integrated-gradients", "shapley"])
def test_pretrained_towers_are_attributed_to_words_and_pixels(clip_folder, bert_folder, timm_folder, method):
    picture, text = torch.randint(0, 256, (64, 64, 3)).byte(), "is it the red one ?"
    specs = [
        Spec("open_clip", "open_clip", 8, 12, {"name": clip_folder}, {"name": clip_folder}, frozen=True),
        Spec("timm", "transformers", 8, 12, {"name": timm_folder}, {"name": bert_folder}, frozen=True),
    ]
    for spec in specs:
        question = ask(build(spec, 3).eval(), picture, text, 1, False, output="logit")
        found = attribute(question, method, grid=4, effort=30)
        assert found.words == tuple(text.split()) and found.word_values.abs().min() > 0
        assert found.patches.abs().max() > 0 and found.delta is not None


def test_agreement_of_a_map_with_itself_and_its_negative(picture):
    found = attribute(ask(Toy(linear), picture, TEXT, 0, False))
    same = agreement(found, found)
    assert (
        same["image"] == {"rank": pytest.approx(1), "overlap": 1.0, "chance": 6 / 64} and same["text"]["overlap"] == 1
    )

    opposite = agreement(found, replace(found, patches=-found.patches, word_values=-found.word_values))
    assert opposite["image"]["rank"] == pytest.approx(-1) and opposite["text"]["rank"] == pytest.approx(-1)
    few = replace(found, words=("a", "b"), word_values=torch.tensor([1.0, 2.0]))
    assert agreement(few, few)["text"]["rank"] is None


def test_models_share_one_scale_and_tell_what_lies_beside_the_share(easy_vqa, example):
    models = {name: load_bundled("easy-vqa", name) for name in ("teacher", "kd")}
    found = explain("easy-vqa", easy_vqa.picture(example.image), example.text, models, example=example)
    plain = found.to_dict()
    largest = max(abs(v) for m in plain["maps"].values() for row in m["patches"] for v in row)
    words = max(abs(v) for m in plain["maps"].values() for _, v in m["words"])
    assert plain["scale"] == pytest.approx(max(largest, words))
    assert set(plain["saliency"]) == set(plain["shapley"]) == set(plain["maps"]) == {"teacher", "kd"}
    assert set(plain["agreement"]) == {"kd"} and set(plain["pointing"]) == {"teacher", "kd"}
    assert found.label == easy_vqa.labels[example.label]
    assert found.picture.equal(torch.from_numpy(letterbox(easy_vqa.picture(example.image)).copy()))
