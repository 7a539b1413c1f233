"""Scores of names, and the names of the nearest picture."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.naming.scores import by_language, chrf, exact, nearest

TEXT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_equal_texts_have_the_top_score(texts):
    assert chrf(texts, texts) == pytest.approx(1) and exact(texts, texts) == 1


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_scores_are_shares(pairs):
    answers, texts = zip(*pairs, strict=True)
    assert 0 <= exact(answers, texts) <= 1 and 0 <= chrf(answers, texts) <= 1 + 1e-9


def test_chrf_is_that_of_its_formula():
    """Of "abc" and "abd": 2 of 3 characters, 1 of 2 pairs and 0 of 1 triple are shared, either way round."""
    assert chrf(["abc"], ["abd"]) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert chrf(["abcd"], ["ab"]) == pytest.approx(5 * (2 / 4 + 1 / 3) / 2 / (4 * (2 / 4 + 1 / 3) / 2 + 1))
    assert chrf(["xyz"], ["abd"]) == chrf([""], ["abd"]) == 0


def test_languages_count_alike(names):
    right = [*names.texts]
    scores = by_language(names, right)
    assert {scores[f"{name}{code}"] for name in ("chrf", "exact") for code in ("", "_en", "_ja")} == {1.0}
    wrong = ["", "", "", *right[3:]]
    scores = by_language(names, wrong)
    assert (scores["exact_en"], scores["exact_ja"], scores["exact"]) == (0, 1, 0.5)
    few = replace(
        names, picture_of=names.picture_of[2:], language_of=names.language_of[2:], texts=names.texts[2:]
    )  # fmt: skip
    assert by_language(few, ["", *right[3:]])["exact"] == 0.5, "however many names each has"


def test_the_nearest_picture_lends_its_names(names):
    pictures = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    known, asked = replace(names, pictures=pictures), replace(names, pictures=5 * pictures[[2, 0, 1]] + 0.1)
    assert nearest(known, asked) == [names.texts[i] for i in (2, 0, 1, 5, 3, 4)]


def test_a_picture_without_a_name_in_a_language_lends_none(names):
    kept = [0, 1, 3, 4, 5]  # the third has no English name
    known = replace(
        names, pictures=torch.eye(3), picture_of=names.picture_of[kept], language_of=names.language_of[kept],
        texts=tuple(names.texts[i] for i in kept),
    )  # fmt: skip
    asked = replace(names, pictures=torch.tensor([[0, 0.1, 1.0]] * 3))
    assert nearest(known, asked) == [names.texts[1]] * 3 + [names.texts[5]] * 3
