"""digits: statements are labelled by perfect reading, and all of the digits are used."""

import pytest

from msd_core.tasks import SPLITS, load_task
from msd_core.tasks.digits import LABELS, Statement, keys, statements
from msd_core.tasks.pictures import read_picture


def test_all_of_the_digits_are_used():
    assert len({key for split in SPLITS for key in keys(split)}) == 1_797
    with pytest.raises(KeyError):
        keys("holdout")


def test_a_statement_is_labelled_by_perfect_reading():
    for key in keys("validation")[:50]:
        for statement in statements(key):
            for digit in range(10):
                label = LABELS[statement.label(digit)]
                expected = {None: "undetermined", True: "entailed", False: "contradicted"}
                truth = None if statement.true_of is None else digit in statement.true_of
                assert label == expected[truth]
            alone = len({statement.label(digit) for digit in range(10)}) == 1
            assert statement.evidence == ("text" if alone else "both")


def test_what_no_digit_decides_is_open():
    assert LABELS[Statement("x", None).label(3)] == "undetermined"


def test_pictures_are_for_people():
    task = load_task("digits")
    assert read_picture(task.picture(task.examples("test")[0].image)).size == (256, 256)
