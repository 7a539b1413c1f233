"""The tower of n-grams: any text has grams, each stands for characters of it, and how a letter is composed is no
matter."""

import unicodedata

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from msd_core.models.base import Sequence
from msd_core.models.grams import GramTower, grams

BUCKETS = 512


@pytest.fixture(scope="module")
def tower():
    torch.manual_seed(0)
    return GramTower(BUCKETS, 8, 16).eval()


def parts(text: str) -> list[str]:
    return [text[start:end] for _, start, end in grams(text, BUCKETS)]


@given(text=st.text(max_size=60))
def test_every_gram_is_a_number_and_a_part_of_the_text(text):
    for number, start, end in grams(text, BUCKETS):
        assert 1 <= number <= BUCKETS and 0 <= start < end <= len(text)


@given(text=st.text(alphabet=st.characters(categories=["L", "M", "N", "Zs"]), max_size=30))
@example(text="Ć\u0316")  # two marks, which only one of the forms has in the order of their letter
def test_composed_and_decomposed_letters_are_alike(text):
    forms = {tuple(n for n, _, _ in grams(unicodedata.normalize(f, text), BUCKETS)) for f in ("NFC", "NFD")}
    assert len(forms) == 1


def test_a_word_is_itself_and_its_parts():
    assert parts("cat") == ["ca", "cat", "at", "cat", "cat", "cat"], "<ca cat at> <cat cat> <cat>"
    numbers = [number for number, _, _ in grams("cat", BUCKETS)]
    assert numbers == [number for number, _, _ in grams("CAT", BUCKETS)]
    assert set(numbers) < {number for number, _, _ in grams("a cat", BUCKETS)}
    assert "a c" not in parts("a cat"), "no gram goes over a blank"


def test_scripts_without_blanks_are_read_by_characters_and_pairs():
    assert parts("豆") == ["豆"] and parts("閉じ") == ["閉", "じ", "閉じ"]
    assert parts("豆 閉") == ["豆", "閉"], "no pair goes over a blank"
    assert parts("ガ") == ["ガ"] and parts("コーヒー")[-1] == "ヒー"
    assert {"hot", "豆", "dog"} <= set(parts("hot豆dog")) and "t豆" not in parts("hot豆dog")


def test_what_nobody_sees_is_nothing():
    plain = [number for number, _, _ in grams("red dog", BUCKETS)]
    for text in ("r\u200bed dog", "\u202ered dog\u202c", "red\tdog", "red\ndog", "\ufeffred dog"):
        assert [number for number, _, _ in grams(text, BUCKETS)] == plain, ascii(text)
    assert parts("") == parts("\u200b \n") == []


def test_signs_stand_by_themselves():
    assert parts("😀!") == ["😀", "!"]


@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_tokens_and_spans_agree_and_padding_changes_nothing(tower, texts):
    tokens = tower.tokenize(texts)
    with torch.inference_mode():
        together = tower(tower.embed(tokens.ids))
        for text, row in zip(texts, together, strict=True):
            alone = tower.tokenize([text]).ids
            assert alone.shape[1] == len(tower.spans(text))
            torch.testing.assert_close(tower(tower.embed(alone))[0], row)


def test_a_long_text_is_cut():
    tower = GramTower(BUCKETS, 8, 16, length=5)
    tokens = tower.tokenize(["cat", "a cat"])
    assert tokens.ids.shape == (2, 5) and tokens.truncated == (True, True) and len(tower.spans("a cat")) == 5
    assert tower.tokenize(["a"]).truncated == (False,)


def test_some_grams_are_left_out_only_as_it_learns_and_never_all():
    tower = GramTower(BUCKETS, 8, 16, dropout=0.9)
    ids = tower.tokenize(["a very long name of something", "豆"]).ids
    text = tower.embed(ids)
    torch.manual_seed(0)
    learning = {tuple(tower.train()(text)[0].tolist()) for _ in range(8)}
    assert len(learning) > 1
    torch.testing.assert_close(tower(text)[1], tower.eval()(text)[1])
    assert torch.equal(tower(text), tower(text))


def test_gradients_reach_the_embeddings(tower):
    text = tower.embed(tower.tokenize(["red dog"]).ids)
    values = text.values.detach().requires_grad_(True)
    tower(Sequence(values, text.mask)).sum().backward()
    assert (values.grad.abs().sum(-1) > 0).all()
