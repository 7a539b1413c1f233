"""How arms are called, grouped and drawn."""

from analysis.study.arms import ARMS, IN_WORDS, KD, grouped, in_words, look_of
from tests.analysis.drawing import all_differ


def test_every_arm_of_the_lesson_has_words_that_fit_a_phone():
    assert set(IN_WORDS) == set(ARMS)
    assert all(len(words) < 45 for words in IN_WORDS.values())
    assert in_words("dkd+instance/other") == "a modality's term is weighted by the other's saliency"


def test_no_two_arms_of_the_lesson_look_alike_without_colour():
    assert all_differ([(look_of(arm).symbol, look_of(arm).dash) for arm in ARMS])


def test_unknown_arms_are_the_last_among_the_others():
    assert grouped(["sp+uniform", "ce"], KD)[-1] == ("Others", ["sp+uniform"])
