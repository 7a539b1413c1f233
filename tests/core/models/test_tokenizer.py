"""The tokenizer that ships: any text has tokens, and each token knows its characters."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.models import tokenizer


@pytest.mark.parametrize("text", ["", " ", "naïve 日本語 🙂 مرحبا", "\u0000\ud7ff", "x" * 100_000, "ÅÅ", "\n\t"])
def test_any_text_has_tokens(text):
    tokens = tokenizer.tokenize([text, "plain words"])
    assert tokens.ids.shape[0] == 2 and tokens.ids.shape[1] <= tokenizer.LENGTH
    assert int(tokens.ids.max()) < tokenizer.VOCABULARY
    assert tokens.truncated == (len(text) > 10_000, False)


def test_bytes_keep_what_words_do_not_know():
    for text in ("日本語", "🙂", "مرحبا"):
        encoding = tokenizer.load().encode(text)
        assert tokenizer.load().decode(encoding.ids).strip() == text


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=80))
def test_every_token_has_a_span_of_the_text(text):
    spans, ids = tokenizer.spans(text), tokenizer.tokenize([text]).ids[0]
    assert len(spans) == len(ids)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(texts=st.lists(st.text("abc xyz", max_size=60), min_size=1, max_size=4))
def test_tokens_do_not_depend_on_company(texts):
    together = tokenizer.tokenize(texts)
    for i, text in enumerate(texts):
        ids = tokenizer.tokenize([text]).ids[0]
        assert torch.equal(together.ids[i, : len(ids)], ids) and not together.ids[i, len(ids) :].any()


def test_case_is_no_matter():
    assert torch.equal(tokenizer.tokenize(["Is it RED?"]).ids, tokenizer.tokenize(["is it red?"]).ids)


def test_a_text_may_name_the_padding():
    assert (tokenizer.tokenize(["is it <pad> red"]).ids != 0).all()


CUT = tokenizer.word_pieces(["[PAD]", "[UNK]", "red", "bird", "##s", "a"])


@given(text=st.one_of(st.text("abdeirs [PADUNK]é", max_size=40), st.text(max_size=40)))
def test_every_piece_of_a_cut_vocabulary_has_a_span(text):
    text = text.encode("utf-8", "ignore").decode()
    spans, ids = tokenizer.spans(text, CUT), tokenizer.tokenize([text], CUT).ids[0]
    assert len(spans) == len(ids) and int(ids.max()) < 6
    assert all(0 <= start <= end <= len(text) for start, end in spans)


def test_a_cut_vocabulary_spells_with_the_pieces_that_it_has():
    assert tokenizer.tokenize(["A red birds house"], CUT).ids.tolist() == [[5, 2, 3, 4, 1]]
