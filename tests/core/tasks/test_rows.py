"""Cells become rows, or a reason why not, and the other rows go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks.columns import Columns
from msd_core.tasks.rows import (
    MAX_LABEL,
    MAX_LABELS,
    MAX_TEXT,
    Row,
    label_names,
    read_rows,
    with_rare_labels,
    without_words,
)
from msd_core.tasks.table import BadRow, Cell, Table

COLUMNS = Columns("image", "text", "label", "split", language="language")


def table(**cells: list[Cell]) -> Table:
    """A table of these columns, and a plain value in each row of the others."""
    count = len(next(iter(cells.values())))
    plain: dict[str, list[Cell]] = {
        "image": [f"{i}.png" for i in range(count)], "text": ["hi"] * count, "label": ["yes"] * count,
        "split": [None] * count, "language": [None] * count,
    }  # fmt: skip
    return Table(tuple(plain | cells), list(range(2, count + 2)), plain | cells)


def read(multilabel: bool | None = None, by: tuple[str, ...] = ("label",), blank: tuple[str, ...] = (), **cells: list):
    return read_rows(table(**cells), COLUMNS, [*by], multilabel, [*blank])


def labels(cells: list[Cell], multilabel: bool | None = None) -> dict[int, tuple[str, ...] | str]:
    """The labels of each row, or why it has none."""
    good, bad, _ = read(multilabel, label=cells)
    return {row.number: row.labels for row in good} | {row.row: row.reason for row in bad}


def test_a_row_has_what_its_cells_say():
    good, bad, multilabel = read(text=["Grün e\u0301 "], label=["dog"], split=["train"], language=["de"])
    assert good == [Row(2, "0.png", "Grün é", ("dog",), "train", "de")] and not bad and not multilabel


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"image": [None]}, "It names no picture."), ({"image": ["null"]}, "It names no picture."),
        ({"image": ["NaN"]}, "It names no picture."), ({"image": [["a.png"]]}, "It names no picture."),
        ({"text": [None]}, "It has no text."), ({"text": ["  "]}, "It has no text."),
        ({"text": ["nan"]}, "It has no text."), ({"label": [None]}, "It has no label."),
        ({"label": [" "]}, "It has no label."), ({"label": ["None"]}, "It has no label."),
        ({"label": ["x" * (MAX_LABEL + 1)]}, "Its label has 201 characters: keep it under 201."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_says_why_and_the_others_go_on(cells, reason):
    good, bad, _ = read(**{name: ["one", *values, "two"] for name, values in cells.items()})
    assert [row.number for row in good] == [2, 4] and bad == [BadRow(3, reason)]


def test_rows_that_the_table_left_out_stay_left_out():
    whole = table(label=["yes", None])
    whole.bad.append(BadRow(9, "It was bad before."))
    assert [bad.row for bad in read_rows(whole, COLUMNS, ["label"], None, [])[1]] == [3, 9]


def test_words_that_people_write_are_no_missing_values():
    assert labels(["none", "na", "nothing"]) == {2: ("none",), 3: ("na",), 4: ("nothing",)}


def test_a_text_is_kept_to_what_a_model_reads():
    assert read(text=["word " * 20_000])[0][0].text == ("word " * 400)[:MAX_TEXT]


def test_a_table_without_texts_has_empty_ones():
    good, bad, _ = read_rows(table(label=["yes"]), Columns("image", None, "label"), ["label"], None, [])
    assert good[0].text == "" and not bad


def test_a_name_is_kept_as_its_letters_are_composed():
    names = ["Gru\u0308n.png", "Gr\u00fcn.png"]
    assert [row.image for row in read(image=names)[0]] == names


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([0.0, 1.0], ["0", "1"]), (["0.0", "1.0"], ["0", "1"]), (["1.", "-2.00"], ["1", "-2"]), ([3, 10], ["3", "10"]),
        ([True, False], ["True", "False"]), ([0.5, "1.25"], ["0.5", "1.25"]), (["v1.0", "1.0.0"], ["v1.0", "1.0.0"]),
        (["cats, dogs", " a  b\nc "], ["cats, dogs", "a b c"]),
    ],
)  # fmt: skip
def test_labels_are_what_people_mean(cells, expected):
    assert list(labels(cells).values()) == [(label,) for label in expected]


def test_several_columns_make_one_label():
    good, bad, multilabel = read(by=("label", "size"), size=["big", None, "a|b"])
    assert [row.labels for row in good] == [("yes, big",), ("yes, a|b",)] and not multilabel
    assert bad == [BadRow(3, "It has no label.")]
    with pytest.raises(UserError, match="name one column"):
        read(True, by=("label", "size"), size=["big"])


def test_lists_and_bars_are_several_labels():
    assert labels([["a", " b", "a", None], [], "b", None]) == {2: ("a", "b"), 3: (), 4: ("b",), 5: "It has no label."}
    assert labels(["a | b", "c", "|", "nan"]) == {2: ("a", "b"), 3: ("c",), 4: (), 5: "It has no label."}
    assert labels([[1.0, 2.5], [True]]) == {2: ("1", "2.5"), 3: ("True",)}


def test_whether_there_are_several_can_be_said():
    assert labels(["a|b", "c"], False) == {2: ("a|b",), 3: ("c",)}
    assert labels(["a", 1], True) == {2: ("a",), 3: ("1",)}
    expected = {2: ("a",), 3: "It has 2 labels, where one is expected.", 4: "It has no label."}
    assert labels([["a"], ["a", "b"], []], False) == expected


@given(st.lists(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), min_size=1), st.data())
def test_every_row_is_good_or_bad(cells, data):
    texts = data.draw(st.lists(st.none() | st.text(max_size=5), min_size=len(cells), max_size=len(cells)))
    try:
        good, bad, _ = read(text=texts, label=cells)
    except UserError as error:
        assert "different fractions" in str(error)
        return
    assert sorted([*(row.number for row in good), *(row.row for row in bad)]) == list(range(2, len(cells) + 2))
    assert all(row.text and all(row.labels) for row in good)


@pytest.mark.parametrize("kind", [float, str])
def test_fractions_are_no_labels(kind):
    for count in (20, 21):
        cells = [kind(i + 0.5) for i in range(count)]
        if count == 21:
            with pytest.raises(UserError, match="label holds 21 different fractions, which are no labels"):
                labels(cells)
        else:
            assert len(labels(cells)) == count


def test_what_is_no_number_is_no_fraction():
    assert set(labels(["nan", "inf", "-inf", "NaN"] * 30).values()) == {("inf",), ("-inf",), "It has no label."}


@pytest.mark.parametrize(
    ("text", "cells", "left"),
    [
        ("A red dog, redder than Red.", ["red"], "A dog, redder than ."), ("A dog", [None, "", "nan", 7], "A dog"),
        ("Film noir of 1941", ["Noir", 1941.0], "Film of"), ("sci-fi, drama", [["Drama", "Sci-Fi"]], "- ,"),
        ("STRASSE here", ["straße"], "here"), ("a.b (c) [d]", ["(c) [d] .*"], "a.b ( ) [ ]"), ("dog", ["dog"], ""),
        ("Gr\u00fcn ist es", ["gru\u0308n"], "ist es"),
    ],
)  # fmt: skip
def test_words_are_taken_out_whatever_their_case(text, cells, left):
    assert without_words(text, cells) == left


def test_the_words_of_other_columns_are_taken_out_of_a_row():
    good, _, _ = read(blank=("label", "maker"), text=["A Yes from Acme", "yes man"], maker=["acme", None])
    assert [row.text for row in good] == ["A from", "man"]


def rows(*labels: tuple[str, ...]) -> list[Row]:
    return [Row(number, "a.png", "hi", each, None, None) for number, each in enumerate(labels, start=2)]


def test_a_label_of_too_few_rows_is_rare():
    rare = with_rare_labels(rows(("a",), ("a",), ("b",)), 2)
    assert rare == {4: "Its label 'b' has 1 of the 2 rows that a label must have."}


def test_of_several_labels_each_is_counted():
    rare = with_rare_labels(rows(("a", "b"), ("a",), ("b",), ("a", "c"), ()), 2)
    assert {*rare} == {5} and "'c' has 1 of the 2" in rare[5]


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "9", "2.5"], ["2.5", "9", "10"]), (["b", "a", "B"], ["a", "B", "b"]),
        (["10", "9", "x"], ["10", "9", "x"]), (["inf", "1", "nan"], ["1", "inf", "nan"]), (["1", "01"], ["01", "1"]),
    ],
)  # fmt: skip
def test_labels_are_in_the_order_that_people_expect(names, ordered):
    for row_order in (names, names[::-1]):
        assert label_names(rows(*((name,) for name in row_order))) == tuple(ordered)


def test_labels_may_be_ten_thousand_and_must_be_two():
    many = [(f"{i}",) for i in range(MAX_LABELS + 1)]
    assert len(label_names(rows(*many[:-1]))) == 10_000
    for labels, words in (
        (many, "There are 10,001 labels: give at most 10,000"), ([("a",)] * 3, "The only label is 'a'"),
        ([()] * 3, "No row has a label"), ([("a",), ()], "The only label is 'a'"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=words):
            label_names(rows(*labels))
