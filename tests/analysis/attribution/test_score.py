"""Patches of a picture in its own frame, words of a text, and the score of who of them is present."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from analysis.attribution.methods import METHODS
from analysis.attribution.score import (
    BASELINES,
    Game,
    background,
    find_words,
    pair_score,
    patch_index,
    spread_patches,
    sum_patches,
)
from msd_core.errors import UserError
from msd_core.models.base import Sequence
from msd_core.models.bundled import load_bundled
from msd_core.models.preprocess import FITS, Frame, Preprocess
from msd_core.models.tokenizer import spans as token_spans
from msd_core.views import visible
from msd_core.writing import word_spans
from tests.analysis.attribution.toy import TEXT, Toy, linear, toy_score
from tests.analysis.models import noise, random_model

SHAPES = {"wide": (120, 40), "tall": (30, 77), "square": (50, 50), "strip": (599, 104)}  # width, height
GRIDS = st.integers(1, 16)
SIDES = st.integers(1, 300)
PREPROCESSES = st.builds(
    Preprocess, st.sampled_from([8, 33, 64, 224]), st.sampled_from(FITS), crop_share=st.sampled_from([1.0, 0.875])
)


def by_hand(frame: Frame, size: int, grid: int) -> list[list[int]]:
    """The patch of each pixel, one by one and in whole numbers."""

    def cell(place: float, length: float) -> int | None:
        return int((2 * place + 1) * grid // (2 * length)) if 0 <= place < length else None

    rows = [cell(y - frame.top, frame.height) for y in range(size)]
    columns = [cell(x - frame.left, frame.width) for x in range(size)]
    return [[-1 if r is None or c is None else r * grid + c for c in columns] for r in rows]


@pytest.mark.parametrize("grid", [1, 3, 8])
@pytest.mark.parametrize("size", [64, 224])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_pixel_of_the_picture_is_of_one_patch_and_none_of_a_bar_is(shape, fit, size, grid):
    frame = Preprocess(size, fit).frame(*SHAPES[shape])
    index = patch_index(frame, size, grid)
    assert index.shape == (size, size) and index.dtype == torch.int64
    assert index.tolist() == by_hand(frame, size, grid)
    read = [min(size, start + length) - max(0, start) for start, length in
            ((frame.left, frame.width), (frame.top, frame.height))]  # fmt: skip
    assert int((index >= 0).sum()) == read[0] * read[1]
    if fit != "crop":
        assert sorted(set(index[index >= 0].tolist())) == list(range(grid**2))


@pytest.mark.parametrize("fit", FITS)
def test_a_square_at_64_has_the_blocks_of_8_pixels(fit):
    blocks = torch.arange(64).view(8, 8).repeat_interleave(8, 0).repeat_interleave(8, 1)
    assert torch.equal(patch_index(Preprocess(64, fit).frame(200, 200), 64, 8), blocks)


def test_a_strip_has_bars_above_and_below_and_all_patches_in_its_eleven_rows():
    index = patch_index(Preprocess(64).frame(599, 104), 64, 8)
    inside = (index >= 0).all(1)
    assert inside.nonzero().flatten().tolist() == list(range(26, 37)) and (index[~inside] == -1).all()
    assert torch.bincount(index[inside].flatten()).min() >= 8


def test_a_crop_keeps_the_numbers_of_the_patches_in_its_middle():
    index = patch_index(Preprocess(64, "crop").frame(128, 64), 64, 8)
    assert index.min() >= 0 and sorted(set((index % 8).flatten().tolist())) == [2, 3, 4, 5]
    assert sorted(set((index // 8).flatten().tolist())) == list(range(8))


@pytest.mark.parametrize("shape", SHAPES)
def test_models_of_two_sizes_have_the_same_patches(shape):
    for size in (64, 224):
        frame = Preprocess(size).frame(*SHAPES[shape])
        index = patch_index(frame, size, 8)
        rows, columns = torch.meshgrid(torch.arange(size) + 0.5, torch.arange(size) + 0.5, indexing="ij")
        for patch in range(64):
            mine = index == patch
            across = float((columns[mine].mean() - frame.left) / frame.width)
            down = float((rows[mine].mean() - frame.top) / frame.height)
            assert across == pytest.approx((patch % 8 + 0.5) / 8, abs=0.51 / frame.width)
            assert down == pytest.approx((patch // 8 + 0.5) / 8, abs=0.51 / frame.height)


@given(PREPROCESSES, SIDES, SIDES, GRIDS, st.integers(0, 2**31))
def test_what_is_spread_over_pixels_sums_to_the_patches_again(preprocess, width, height, grid, seed):
    index = patch_index(preprocess.frame(width, height), preprocess.size, grid)
    patches = torch.randn(grid, grid, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    pixels = spread_patches(patches, index)
    has_pixel = torch.isin(torch.arange(grid**2), index).view(grid, grid)
    assert torch.allclose(sum_patches(pixels, index, grid), patches * has_pixel)
    assert (pixels[index < 0] == 0).all()
    for patch in range(0, grid**2, 7):
        assert len(pixels[index == patch].unique()) <= 1, "shared out evenly"


@given(PREPROCESSES, SIDES, SIDES, GRIDS)
def test_sums_of_patches_leave_out_bars_alone(preprocess, width, height, grid):
    index = patch_index(preprocess.frame(width, height), preprocess.size, grid)
    sums = sum_patches(torch.ones(index.shape, dtype=torch.float64), index, grid)
    assert float(sums.sum()) == int((index >= 0).sum())
    assert sums.flatten().tolist() == [int((index == patch).sum()) for patch in range(grid**2)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", METHODS)
def test_no_method_owes_anything_to_bars(fifth, method, shape):
    model, few = random_model(fifth).model, 8 if METHODS[method].count else 1
    score = pair_score(model, noise(*SHAPES[shape]), TEXT, 1, False, "logit", baseline="black")
    bars = score.patch_index(1) < 0
    assert bool(bars.any()) == (shape != "square")
    pixels, words = METHODS[method].compute(score, 4, few).values()
    assert words.shape == (4,) and pixels[~bars].abs().sum() > 0
    if method not in ("gradient-shap", "input-x-gradient"):  # which move or weigh grey too: `attribute` leaves that out
        assert (pixels[bars] == 0).all()


@pytest.mark.parametrize("baseline", BASELINES)
def test_where_nothing_is_present_the_bars_stay_as_they_are(fifth, baseline):
    score = pair_score(random_model(fifth).model, noise(120, 40), TEXT, 1, False, baseline=baseline)
    bars = score.patch_index(1) < 0
    start, values = score.start
    assert torch.equal(start[..., bars], score.pixels[..., bars])
    assert torch.equal(start[..., ~bars], background(score.pixels, baseline)[..., ~bars])
    assert score.words.of_any.any() and (values[:, score.words.of_any] == 0).all()


def test_a_blur_is_as_wide_beside_the_picture_at_every_size():
    for size in (64, 224):
        half = torch.zeros(1, 3, size, size)
        half[..., size // 2 :] = 1
        edge = background(half, "blur")[0, 0, size // 2]
        assert int(((edge > 0) & (edge < 1)).sum()) / size == pytest.approx(15 / 64, abs=0.03)


@given(st.integers(0, 2**31), st.sampled_from(["both", "image", "text"]), st.sampled_from([*SHAPES.values()]))
def test_the_game_scores_coalitions_as_the_whole_model_does(easy_vqa, seed, view, shape):
    text, rng = "what color is the shape?", torch.Generator().manual_seed(seed)
    model = load_bundled(easy_vqa, "msd").model
    score = pair_score(model, noise(*shape, seed=seed), text, 2, False, "logit")
    patches, words = torch.rand(5, 1, 8, 8, generator=rng).round(), torch.rand(5, 5, generator=rng).round()
    index = score.patch_index(8)
    present = (patches.flatten(1)[:, index.clamp(min=0)] > 0.5) | (index < 0)
    pixels = torch.where(present[:, None], score.pixels, score.start[0])
    kept = (words[:, None].bool() | ~score.words.of).all(-1)
    values = torch.where(kept[..., None], score.values, score.start[1])
    encoded = model.encode(pixels, Sequence(values, score.mask.expand(5, -1)))
    with torch.no_grad():
        whole = model.fuse(encoded, visible((view,), 5)[0])[:, 2]
    seen = pair_score(model, noise(*shape, seed=seed), text, 2, False, "logit", view)
    players = {"both": (patches, words), "image": (patches,), "text": (words,)}[view]
    assert seen.view == view and torch.allclose(Game(seen).value(*players), whole, atol=1e-5)
    in_line = torch.cat([part.flatten(1) for part in players], dim=1)
    assert torch.equal(Game(seen).value_in_line(in_line), Game(seen).value(*players))


@pytest.mark.parametrize(
    ("missing", "seen", "players"),
    [
        ({"picture": None}, "text", [(1, 4)]),
        ({"text": None}, "image", [(1, 1, 8, 8)]),
        ({}, "both", [(1, 1, 8, 8), (1, 4)]),
    ],
)
def test_what_is_missing_is_no_input_and_has_no_players(missing, seen, players):
    score = toy_score(**missing)
    assert score.view == seen and [tuple(p.shape) for p in Game(score).players] == players
    assert len(score.inputs) == len(score.start) == len(players)
    score.model.encoded.clear()
    ends = Game(score).value(*(torch.cat([p, 0 * p]) for p in Game(score).players))
    encoded = [sum(each) for each in zip(*score.model.encoded, strict=True)]
    assert encoded == [2 if m in score.seen else 0 for m in ("image", "text")]
    assert torch.allclose(ends, torch.cat([score(*score.inputs), score(*score.start)]))


def test_a_change_in_one_modality_does_not_encode_the_other_again():
    toy = Toy(linear)
    game = Game(pair_score(toy, noise(64, 64), TEXT, 0, False), 2)
    toy.encoded.clear()
    game.value(torch.eye(4).view(4, 1, 2, 2), torch.ones(4, 4))
    game.value(torch.ones(3, 1, 2, 2), torch.eye(4)[:3])
    assert toy.encoded == [(4, 0), (0, 1), (1, 0), (0, 3)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"output": "odds"}, "no output"), ({"view": "neither"}, "no view"), ({"baseline": "pink"}, "no baseline")],
)
def test_unknown_settings_get_one_sentence(settings, words):
    with pytest.raises(UserError, match=words):
        toy_score(**settings)


def test_words_beyond_what_a_model_reads_are_left_out():
    text = "word " * 200
    assert 20 < len(find_words(text, token_spans(text)).words) <= 48


@pytest.mark.parametrize("text", ["what color is it?", "Überaus schön 日本 🙂 ok", "مرحبا بالعالم", "a" * 200 + " b"])
def test_pieces_are_summed_to_words(text):
    words = find_words(text, token_spans(text))
    values = torch.rand(len(words.of), dtype=torch.float64)
    found = [text[start:end] for start, end in word_spans(text)]
    assert words.words == tuple(found)[: len(words.words)] and words.of.shape[1] == len(words.words)
    assert float(words.sum(values).sum()) == pytest.approx(float(values[words.of_any].sum()))
    for i in range(len(words.words)):
        assert float(words.sum(values)[i]) == pytest.approx(float((values / words.of.sum(1))[words.of[:, i]].sum()))


@pytest.mark.parametrize("text", ["what  color is it?", "ما هو\tلون الشكل ؟", "don't 🙂 (really)"])
def test_each_piece_of_words_between_blanks_is_of_one(text):
    words = find_words(text, token_spans(text))
    assert words.words == tuple(text.split()) and all(each.isspace() for each in words.after[:-1])
    assert words.of.sum(1).max() == 1 and words.of.any(0).all()


def test_words_that_have_a_token_in_common_share_its_value():
    words = find_words("赤い 城", [(0, 0), (0, 1), (0, 2), (1, 4), (2, 3)])
    assert words.words == ("赤", "い", "城") and words.after == ("", " ", "")
    assert words.of.int().tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert words.sum(torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0])).tolist() == [4.0, 6.0, 4.0]


def test_a_token_is_present_when_all_of_its_words_are():
    words = find_words("赤い 城", [(0, 0), (0, 1), (0, 2), (1, 4)])
    present = torch.tensor([[1, 1, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0]]).bool()
    assert words.tokens(present).int().tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 0], [1, 0, 0, 0]]


SIGNS = st.sampled_from("red 赤い城コーไทยน้ำقطة !。「」\u0301\u200d👍🏽🇯🇵\n\u3000")


@given(st.data(), st.text(SIGNS, min_size=1, max_size=30))
def test_words_and_what_stands_after_them_are_the_text_and_have_all_of_its_tokens_values(data, text):
    places = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted).map(tuple)
    spans = [(0, 0), *data.draw(st.lists(places, max_size=12))]
    words = find_words(text, spans)
    read = "".join(word + after for word, after in zip(words.words, words.after, strict=True))
    assert text.lstrip().startswith(read) and words.of.shape == (len(spans), len(words.words))
    whole = [text[start:end] for start, end in word_spans(text)]
    assert list(words.words) == whole[: len(words.words)] and len(words.words) >= min(1, len(whole))
    values = torch.arange(1.0, len(spans) + 1, dtype=torch.float64)
    one_each = words.sum(torch.eye(len(spans), dtype=torch.float64)).sum(1)
    assert torch.allclose(one_each, words.of_any.double()), "a token's shares sum to 1, or to 0 where it is of no word"
    assert float(words.sum(values).sum()) == pytest.approx(float(values[words.of_any].sum()))
    assert words.of_any.tolist() == [bool(text[start:end].strip()) for start, end in spans]


def test_few_pictures_are_encoded_at_a_time():
    toy = Toy(linear)
    game = Game(pair_score(toy, noise(64, 64), TEXT, 0, False), 8)
    toy.encoded.clear()
    present = (torch.rand(200, 1, 8, 8, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    values = game.value(present, torch.ones(200, 4))
    assert max(pictures for pictures, _ in toy.encoded) == 64 and sum(pictures for pictures, _ in toy.encoded) == 200
    assert torch.allclose(values[:3], game.value(present[:3], torch.ones(3, 4)))
