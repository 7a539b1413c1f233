"""The plain sentences, from numbers alone."""

import pytest

from analysis.pair.sentences import KINDS, describe, rests_on

LABELS = ("yes", "no", "red")
YES, OTHER, LEVEL = [0.98, 0.01, 0.01], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3]
TABLES = {  # both, image, text, neither
    "both": [YES, OTHER, [0.1, 0.1, 0.8], LEVEL],
    "image": [YES, YES, OTHER, LEVEL],
    "text": [YES, OTHER, YES, LEVEL],
    "either": [YES, YES, YES, LEVEL],
    "nothing": [YES, YES, YES, [0.9, 0.05, 0.05]],
    "unsure": [[0.4, 0.3, 0.3], YES, YES, LEVEL],
}


def lines_of(**tables):
    return describe(LABELS, tables, multilabel=False)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised(kind):
    (line,) = lines_of(teacher=TABLES[kind])
    assert line.kind == kind
    assert line.answer == "yes"


def test_the_sentence_of_the_issue():
    (line,) = lines_of(teacher=TABLES["both"])
    assert line.text.startswith("The teacher needs both: hiding the image flips its answer to “red”")


def test_a_student_that_differs_has_a_sentence_of_its_own():
    _, kd = lines_of(teacher=TABLES["both"], kd=TABLES["text"])
    assert kd.text.startswith("The KD student answers from the text alone")
    assert kd.agrees


def test_a_student_that_agrees_does_so_in_words():
    assert lines_of(teacher=TABLES["image"], msd=TABLES["image"])[1].text == (
        "The MSD student agrees, and answers from the image alone too."
    )


def test_another_answer_is_no_agreement():
    other = [[0.01, 0.98, 0.01], OTHER, OTHER, LEVEL]
    line = lines_of(teacher=TABLES["both"], kd=other)[1]
    assert not line.agrees
    assert "gives a different answer" in line.text


ALONE = {  # what hiding the only half there is does
    "flips": ([YES, OTHER], "hiding the {half} flips its answer to “no”"),
    "drops": ([YES, [0.4, 0.3, 0.3]], "hiding the {half} drops it from 98 % to 40 %"),
    "leaves": ([YES, YES], "hiding the {half} leaves “yes” at 98 %"),
}


@pytest.mark.parametrize("change", ALONE)
@pytest.mark.parametrize(("half", "other", "sense"), [("text", "image", "to read:"), ("image", "text", "to see:")])
def test_what_is_not_there_is_not_hidden(half, other, sense, change):
    (whole, nothing), words = ALONE[change]
    table = [whole, *((whole, nothing) if half == "image" else (nothing, whole)), nothing]
    otherwise = [[0.01, 0.98, 0.01] if row == whole else nothing for row in table]
    first, second, third = describe(
        LABELS, {"teacher": table, "kd": table, "msd": otherwise}, False, None, there=(half,)
    )
    assert words.format(half=half) in first.text and (change != "leaves" or f"nothing {sense}" in first.text)
    assert first.kind == ("nothing" if change == "leaves" else half) and "agrees, and" in second.text
    for line in (first, second, third):
        assert other not in line.text and "both" not in line.text and "to see or read" not in line.text


@pytest.mark.parametrize(("half", "sense"), [("text", "to read"), ("image", "to see")])
def test_labels_without_a_half_speak_of_the_other_alone(half, sense):
    whole, nothing = [0.9, 0.9, 0.1], [0.1, 0.9, 0.8]
    table = [whole, *((whole, nothing) if half == "image" else (nothing, whole)), nothing]
    (line,) = describe(LABELS, {"teacher": table}, True, None, there=(half,))
    assert line.text == (
        f"The teacher finds yes and no: yes comes from the {half} alone; no is its answer even with nothing {sense}; "
        f"hiding the {half} would add red."
    )


@pytest.mark.parametrize(("truth", "right"), [(0, True), (1, False), (None, None)])
def test_right_and_wrong(truth, right):
    assert describe(LABELS, {"teacher": TABLES["both"]}, False, truth)[0].right is right


def test_with_two_labels_a_coin_does_not_stand_for_an_answer():
    assert rests_on([0.99, 0.52, 0.55, 0.5], [True] * 4) == "both"


def test_a_multi_label_answer_is_told_apart_by_label():
    table = [[0.9, 0.8, 0.1], [0.2, 0.8, 0.7], [0.2, 0.1, 0.1], [0.1, 0.1, 0.2]]
    (line,) = describe(LABELS, {"teacher": table}, True, (1, 1, 0))
    assert line.text == (
        "The teacher finds yes and no: yes needs both (hiding either loses it); no comes from the image alone; "
        "hiding the text would add red."
    )
    assert line.right is True


def test_multi_label_students_are_held_against_the_teacher():
    table = [[0.9, 0.1, 0.1]] * 4
    none = [[0.1, 0.1, 0.1]] * 4
    lines = describe(LABELS, {"teacher": table, "kd": table, "msd": none}, True)
    assert [line.agrees for line in lines] == [True, True, False]
    assert lines[2].answer == "none of the labels"
