"""How models, shares and lists are written."""

import pytest

from analysis.words import listed, percent, short_name, subject


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.004, "under 1 %"), (0.01, "1 %"), (0.5, "50 %"), (0.99, "99 %"), (0.996, "over 99 %"),
     (1.0, "100 %")],
)  # fmt: skip
def test_what_is_not_certain_is_never_rounded_to_it(share, words):
    assert percent(share) == words


def test_names_in_legends_and_in_sentences():
    assert short_name("Your student 1 (kd + instance)") == "Your student 1" and short_name("kd") == "KD"
    assert subject("teacher") == "The teacher" and subject("mine") == "mine"


@pytest.mark.parametrize(
    ("words", "sentence"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_people_write_them(words, sentence):
    assert listed(words) == sentence
