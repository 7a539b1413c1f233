"""Texts without labels of people's own: what is read of a table, and nothing of what is tested."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks import load_split
from msd_core.tasks.rows import MAX_TEXT
from msd_core.tasks.unlabelled import Text, read_texts, with_texts
from tests.tongues import TASK, drawn

ROWS = [("000", "de", "rote Wiese"), ("001", "ja", "青"), ("001", "en", "blue")]


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def table(request, tmp_path):
    """The same rows in each kind of table."""
    path = tmp_path / f"texts.{request.param}"
    rows = [dict(zip(("image", "language", "text"), row, strict=True)) for row in ROWS]
    if request.param == "csv":
        path.write_text("\n".join(["image,Language,text", *map(",".join, ROWS)]), encoding="utf-8")
    elif request.param == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_a_table_of_any_kind_is_read(table):
    assert read_texts(table) == [Text(text, image, language) for image, language, text in ROWS]


def test_the_text_alone_is_enough_and_rows_without_one_are_left_out(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("TEXT,other\n red ,1\n,2\nnan,3\n" + "x" * 3000 + ",4\n")
    assert read_texts(path) == [Text("red", None, ""), Text("x" * MAX_TEXT, None, "")]


def test_of_a_table_with_pictures_each_text_has_one(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("image,text\n000,red\n,blue\n")
    assert read_texts(path) == [Text("red", "000", "")]


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "The table is empty"),
        ("name\nred\n", "has no column text: name the column"),
        ("text,image\n,000\n", "has no text that can be used"),
        ("image,text\n,red\n", "has no text that can be used"),
        ("text\n" + "red\n" * 11, "has 11 lines: give at most 10"),
    ],
)
def test_a_table_that_is_none_is_one_sentence(tmp_path, content, message):
    (tmp_path / "texts.csv").write_text(content)
    with pytest.raises(UserError, match=message) as error:
        read_texts(tmp_path / "texts.csv", 10)
    assert "\n" not in str(error.value)


def test_no_table_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be read: check the path"):
        read_texts(tmp_path / "texts.csv")


KEYS = st.integers(0, 120).map("{:03d}".format)
TEXTS = st.builds(Text, st.text("abc", min_size=1, max_size=3), KEYS, st.sampled_from(["", "de", "xx"]))


@given(texts=st.lists(TEXTS, max_size=20), draw=st.integers(0, 3))
def test_nothing_about_a_picture_of_another_split_is_read(texts, draw):
    task = drawn(draw)
    split, _ = load_split(task, "train").hold_out(0.1)
    tested = {each.image for name in ("validation", "test") for each in task.examples(name)}
    allowed = [each for each in texts if each.image in split.pictures.keys]
    if not allowed:
        with pytest.raises(UserError, match="None of the texts"):
            with_texts(split, texts)
        return
    more = with_texts(split, texts)
    read = [
        (more.texts[text], more.pictures.keys[image], str(language))
        for text, image, language in zip(more.text_of, more.image_of, more.language, strict=True)
    ]
    assert read[len(split) :] == [(each.text, each.image, each.language) for each in allowed]
    assert not {key for _, key, _ in read} & tested
    assert more.texts[: len(split.texts)] == split.texts and len(set(more.texts)) == len(more.texts)
    for name in ("image_of", "text_of", "labels"):
        assert torch.equal(getattr(more, name)[: len(split)], getattr(split, name))
    assert more.fingerprint != split.fingerprint


def test_texts_about_no_picture_stand_beside_the_first():
    split = load_split(TASK, "train")
    more = with_texts(split, [Text("grün", None, ""), Text("red field 0", None, "en")])
    assert more.image_of[-2:].tolist() == [0, 0] and more.texts == [*split.texts, "grün"]
    assert more.gather(torch.tensor([len(split)])).texts == ["grün"]
