"""Methods on scores where the right answer is known, and the promises that hold for every one of them."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch

from analysis.attribution.attribution import attribute
from analysis.attribution.methods import METHODS
from analysis.attribution.score import Game, pair_score
from msd_core.models.bundled import load_bundled
from msd_core.models.zoo import Spec
from msd_core.tasks import load_task
from tests.analysis.attribution.toy import PICTURE, TEXT, Toy, linear, tangled, toy_score
from tests.analysis.models import noise, random_model
from tests.tiny import TINY, TINY_224

GRAMS = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 64, "width": 4, "hidden": 8})

FEW = {name: {method.count: 8} if method.count else {} for name, method in METHODS.items()}


def exact_shapley(game: Game) -> list[float]:
    """By the definition, over all coalitions of 4 patches and the words."""
    players = 4 + len(game.score.words.words)
    coalitions = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * players)
    scores = game.value(coalitions[:, :4].view(-1, 1, 2, 2), coalitions[:, 4:])
    value_of = {tuple(c.nonzero().flatten().tolist()): float(v) for c, v in zip(coalitions, scores, strict=True)}
    values = []
    for player in range(players):
        others = [p for p in range(players) if p != player]
        total = 0.0
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for group in combinations(others, size):
                total += weight * (value_of[tuple(sorted((*group, player)))] - value_of[group])
        values.append(total)
    return values


def test_integrated_gradients_of_a_linear_model_are_exact():
    score = toy_score(baseline="black")
    result = attribute(score, n_steps=5)
    assert torch.allclose(result.pixels, (score.pixels[0] * score.model.weight).sum(0).double() / 100, atol=1e-5)
    assert torch.allclose(result.word_values, score.values[0].sum(-1).double(), atol=1e-5)
    assert abs(result.delta) < 1e-4


@pytest.mark.parametrize("shape", [(120, 40), (30, 77), (599, 104)])
@pytest.mark.parametrize("spec", [TINY, TINY_224], ids=["64", "224"])
def test_integrated_gradients_of_an_oblong_picture_converge(fifth, spec, shape):
    score = pair_score(random_model(fifth, spec).model, noise(*shape), TEXT, 1, False, "logit")
    for steps, missed in ((128, 0.01), (1024, 0.001)):
        result = attribute(score, n_steps=steps)
        mass = float(result.patches.abs().sum() + result.word_values.abs().sum())
        assert abs(result.delta) < missed * mass
        total = float(result.patches.sum() + result.word_values.sum())
        assert total - (result.value - result.start) == pytest.approx(result.delta, abs=1e-5), "bars take nothing"


@pytest.mark.parametrize("method", ["shapley", "kernel-shap"])
def test_sampled_shapley_values_converge_to_the_exact_ones_of_six_players(method):
    score = toy_score(tangled, "is red")
    exact = exact_shapley(Game(score, 2))
    result = attribute(score, method, grid=2, n_samples=3000)
    values = [*result.patches.flatten().tolist(), *result.word_values.tolist()]
    assert len(exact) == 6 and max(map(abs, exact)) > 0.2
    assert values == pytest.approx(exact, abs=0.05 * max(map(abs, exact)))
    assert abs(result.delta) < 1e-3


@pytest.mark.parametrize("method", ["feature-ablation", "occlusion"])
def test_ablation_of_an_additive_score_is_what_each_player_adds(method):
    score = toy_score()
    game = Game(score, 4)
    result = attribute(score, method, grid=4)
    for player in range(4):
        words = torch.ones(1, 4)
        words[0, player] = 0
        lost = game.value(*game.players) - game.value(game.players[0], words)
        assert float(result.word_values[player]) == pytest.approx(float(lost), abs=1e-4)
    if method == "feature-ablation":
        total = float(result.patches.sum() + result.word_values.sum())
        assert total == pytest.approx(result.value - result.start, abs=1e-3)


@pytest.mark.parametrize("shape", [(120, 40), (30, 77), (64, 64)])
def test_feature_ablation_is_what_a_loop_over_patches_and_words_finds(fifth, shape):
    score = pair_score(random_model(fifth).model, noise(*shape), TEXT, 1, False, "logit")
    result = attribute(score, "feature-ablation", grid=4)
    with torch.no_grad():
        whole = float(score(*score.inputs))
        index = score.patch_index(4)
        for patch in range(16):
            pixels = score.pixels.clone()
            pixels[..., index == patch] = 1.0  # white
            assert float(result.patches.flatten()[patch]) == pytest.approx(
                whole - float(score(pixels, score.values)), abs=1e-5
            )
        for word in range(4):
            values = score.values.clone()
            values[:, score.words.of[:, word]] = 0.0
            lost = whole - float(score(score.pixels, values))
            assert float(result.word_values[word]) == pytest.approx(lost, abs=1e-5)
    assert result.patches.abs().min() > 0


def test_occlusion_gives_a_patch_the_mean_of_its_windows(fifth):
    score = pair_score(random_model(fifth).model, noise(120, 40), TEXT, 1, False, "logit")
    game, result = Game(score, 3), attribute(score, "occlusion", grid=3)
    whole, lost = float(game.value(*game.players)), {}
    for row in range(2):
        for column in range(2):
            present = torch.ones(1, 1, 3, 3)
            present[..., row : row + 2, column : column + 2] = 0
            lost[row, column] = whole - float(game.value(present, game.players[1]))
    for row in range(3):
        for column in range(3):
            mine = [v for (r, c), v in lost.items() if r <= row <= r + 1 and c <= column <= c + 1]
            assert float(result.patches[row, column]) == pytest.approx(np.mean(mine), abs=1e-5)


@pytest.mark.parametrize("method", ["integrated-gradients", "gradient-shap"])
def test_gradient_methods_take_few_rows_at_once_however_many_there_are(method):
    toy = Toy(linear)
    score = pair_score(toy, PICTURE, TEXT, 0, False)
    toy.encoded.clear()
    attribute(score, method, **{METHODS[method].count: 200})
    assert max(rows for rows, _ in toy.encoded) <= 8 and sum(rows for rows, _ in toy.encoded) >= 200


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_the_promises(method):
    sarcasm = load_task("sarcasm")
    model = load_bundled(sarcasm, "kd").model
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    score = pair_score(model, noise(60, 80, seed=3), "What a lovely day.", 0, sarcasm.multilabel, "logit")
    one, again = (attribute(score, method, **FEW[method]) for _ in range(2))
    assert torch.equal(one.pixels, again.pixels) and torch.equal(one.word_values, again.word_values)
    assert torch.equal(before[0], torch.get_rng_state()) and (before[1] == np.random.get_state()[1]).all()
    assert one.words == ("What", "a", "lovely", "day.") and one.pixels.shape == (64, 64) and one.patches.shape == (8, 8)
    assert float(one.patches.sum()) == pytest.approx(float(one.pixels.sum()), rel=1e-4, abs=1e-5)
    assert sum(one.share.values()) == pytest.approx(1.0)
    assert (one.delta is None) == (method in ("input-x-gradient", "feature-ablation", "occlusion"))


@pytest.mark.parametrize("method", METHODS)
def test_words_that_share_a_token_share_what_it_adds(method):
    """Of a score that adds up over tokens, the first of which is of two words: by gradients each has half of it, and it
    is gone without either of them."""
    score = toy_score(text="赤い 城")
    both, last = score.values[0].sum(-1).tolist()
    result = attribute(score, method, grid=2, **FEW[method])
    values = result.word_values.tolist()
    assert result.words == ("赤", "い", "城") and result.after == ("", " ", "")
    if METHODS[method].adds_up:
        near = 0.5 if method == "gradient-shap" else 1e-3
        assert sum(values) == pytest.approx(both + last, abs=near) and abs(both + last) > 1
    if method in ("integrated-gradients", "input-x-gradient"):
        assert values == pytest.approx([both / 2, both / 2, last], abs=1e-4)
    if method in ("feature-ablation", "occlusion"):
        assert values == pytest.approx([both, both, last], abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_words_that_share_tokens_keep_the_promises(fifth, method):
    """Grams of two characters are of two words here."""
    score = pair_score(random_model(fifth, GRAMS).model, noise(60, 80), "赤い城 red!", 1, False, "logit")
    one, again = (attribute(score, method, grid=2, **FEW[method]) for _ in range(2))
    assert one.words == ("赤", "い", "城", "red!") and one.after == ("", "", " ", "")
    assert score.words.of.sum(1).max() == 2 and one.word_values.abs().min() > 0
    assert torch.equal(one.word_values, again.word_values)
    if method in ("shapley", "kernel-shap"):
        total = float(one.patches.sum() + one.word_values.sum())
        assert total == pytest.approx(one.value - one.start, abs=1e-4)


@pytest.mark.parametrize("shape", [(120, 40), (30, 77)])
@pytest.mark.parametrize("method", METHODS)
def test_the_bars_of_a_map_are_empty(fifth, method, shape):
    score = pair_score(random_model(fifth).model, noise(*shape), TEXT, 1, False, "logit")
    result = attribute(score, method, **FEW[method])
    bars = score.patch_index(1) < 0
    assert bars.any() and (result.pixels[bars] == 0).all() and result.pixels[~bars].abs().sum() > 0
    assert float(result.patches.sum()) == pytest.approx(float(result.pixels.sum()), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_hidden_modality_gets_nothing(easy_vqa, method):
    model = load_bundled(easy_vqa, "msd").model
    score = pair_score(model, noise(60, 80, seed=3), "what is it?", 0, False, "logit", "image")
    result = attribute(score, method, **FEW[method])
    assert result.share == {"image": 1.0, "text": 0.0} and result.words == () and len(result.word_values) == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_map_without_a_half_is_that_of_the_other_in_a_pair_where_it_adds_nothing(method):
    """Of a score that adds up over players, the other half's players change nobody's value."""
    draws = method in ("gradient-shap", "kernel-shap", "shapley")  # other numbers of players, other draws
    counts = {"n_samples": 600} if draws else FEW[method]
    whole = attribute(toy_score(), method, grid=2, **counts)
    words, picture = (
        attribute(toy_score(**missing), method, grid=2, **counts) for missing in ({"picture": None}, {"text": None})
    )
    assert words.patches.shape == words.pixels.shape == (0, 0) and words.words == whole.words
    assert picture.word_values.shape == (0,) and picture.words == () and picture.patches.shape == (2, 2)
    near = 0.05 * whole.largest if draws else 1e-4
    assert torch.allclose(words.word_values, whole.word_values, atol=near)
    assert torch.allclose(picture.patches, whole.patches, atol=near)


@pytest.mark.parametrize("method", METHODS)
def test_a_word_alone_has_all_of_the_score(method):
    result = attribute(toy_score(text="red", picture=None), method, **FEW[method])
    assert result.word_values.shape == (1,) and result.share == {"image": 0.0, "text": 1.0}
    if METHODS[method].adds_up:
        noisy = method == "gradient-shap"
        assert float(result.word_values.sum()) == pytest.approx(result.value - result.start, abs=0.5 if noisy else 1e-4)
