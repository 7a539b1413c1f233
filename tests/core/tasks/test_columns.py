"""Columns are told apart by name and content, and a name that somebody gave is never doubted."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks.columns import Columns, guess_columns
from msd_core.tasks.table import Table

FILES = [f"{i}.JPG" for i in range(8)]
SENTENCES = [f"is there a red shape in picture {i}?" for i in range(8)]
WORDS = ["yes", "no"] * 4


def table(**columns: list) -> Table:
    rows = len(next(iter(columns.values()), []))
    return Table(tuple(columns), list(range(2, rows + 2)), columns)


def named(*names: str) -> Table:
    return table(**{name: [] for name in names})


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (("image", "text", "label"), Columns("image", "text", "label")),
        (("File_Name", "CAPTION", "Class"), Columns("File_Name", "CAPTION", "Class")),
        (("image_file_name", "question", "answer", "set"), Columns("image_file_name", "question", "answer", "set")),
        (("text", "file_name", "image"), Columns("image", "text")),
        (("id", "tweet", "sentiment", "lang"), Columns(None, "tweet", "sentiment", None, "id", "lang")),
        (("tweet_id", "Image Path", "fold"), Columns("Image Path", None, None, "fold", "tweet_id")),
        (("title", "text", "genres", "Locale"), Columns(None, "text", "genres", language="Locale")),
        (("path", "name", "description"), Columns("path", "name")),
    ],
)
def test_columns_are_known_by_their_names(names, columns):
    assert guess_columns(named(*names)) == columns


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        ({"a": FILES, "b": SENTENCES, "c": WORDS}, Columns("a", "b", "c")),
        ({"c": WORDS, "b": SENTENCES, "a": FILES}, Columns("a", "b", "c")),
        ({"file": FILES, "species": WORDS}, Columns("file", None, "species")),
        ({"name": FILES, "text": SENTENCES}, Columns("name", "text")),
        ({"short": ["one two"] * 8, "long": SENTENCES}, Columns(None, "long")),
        ({"text": SENTENCES, "n": [0, 1, 2, 1] * 2}, Columns(None, "text", "n")),
        ({"text": SENTENCES, "price": [0.5, 1.5] * 4}, Columns(None, "text")),
        ({"a": ["图片里有一只狗吗", *[None] * 7], "b": [7] * 8}, Columns(None, "a")),
        ({"a": [None] * 8, "text": SENTENCES}, Columns(None, "text")),
        ({"text": SENTENCES, "tags": [["a"], ["b"], ["a"], ["b"]] * 2}, Columns(None, "text", "tags")),
    ],
)
def test_where_names_do_not_tell_content_does(cells, columns):
    assert guess_columns(table(**cells)) == columns


def test_a_name_that_is_given_wins():
    cells = table(image=FILES, text=SENTENCES, label=WORDS, gender=WORDS)
    assert guess_columns(cells, label="gender") == Columns("image", "text", "gender")
    assert guess_columns(cells, text="LABEL", image=None) == Columns("image", "label", "gender")


@pytest.mark.parametrize(
    ("given_names", "words"),
    [
        ({"label": "genre"}, "no column 'genre' for the label: choose among a, b"),
        ({"image": "a", "text": "a"}, "One column cannot be two things"),
        ({"label": "x" * 5000}, "no column 'x+' for the label"),
        ({}, "no column image or text, nor one that looks like it: name .* among a, b"),
    ],
)
def test_what_a_table_does_not_have_is_one_sentence(given_names, words):
    with pytest.raises(UserError, match=words) as error:
        guess_columns(table(a=["x", "y"], b=[1, 2]), **given_names)
    assert len(str(error.value)) < 300


ROLES = tuple(asdict(Columns()))
CELLS = st.sampled_from(["a.png", "is it red or blue?", "yes", "图片里有一只狗吗", 3, 0.5, True, None, ["a"]])
NAMES = st.sampled_from([*ROLES, "file_name", "user_id", "x_file_name", "caption", "name", "genres", "x", "y", "z"])


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True), st.data())
def test_no_column_has_two_roles_and_names_that_are_given_win(names, data):
    column = st.lists(CELLS, min_size=6, max_size=6)
    cells = table(**{name: data.draw(column) for name in names})
    picked = data.draw(st.lists(st.sampled_from(names), unique=True, max_size=len(ROLES)))
    chosen = dict(zip(data.draw(st.permutations(ROLES)), picked, strict=False))
    try:
        columns = asdict(guess_columns(cells, **chosen))
    except UserError:
        assert not chosen.keys() & {"image", "text"}
        return
    used = [name for name in columns.values() if name is not None]
    assert len(set(used)) == len(used) and set(used) <= set(names)
    assert columns["image"] or columns["text"]
    assert all(columns[role] == name for role, name in chosen.items())
