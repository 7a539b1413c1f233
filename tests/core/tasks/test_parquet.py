"""Parquet is read column by column, whatever is in it, and a damaged file is one sentence."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks import parquet as module
from msd_core.tasks.table import MOST_CHARACTERS, read_table


def parquet(columns: dict, **options) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


SMALL = parquet({"image": ["a.png", "b.png"], "text": ["one", "two"], "n": [1, 2]})


def test_plain_columns_are_read_and_the_others_named():
    read = read_table(
        parquet(
            {
                " Image ": ["a.png", "b.png", None],
                "text": pa.array([" hi ", "", "hi"], pa.large_string()),
                "label": pa.array(["yes", None, "yes"]).dictionary_encode(),
                "tags": [["a", "b"], [], None],
                "score": [0.5, float("nan"), float("inf")],
                "n": [1, None, 3],
                "ok": [True, False, None],
                "picture": [{"bytes": b"\x89PNG", "path": "a.png"}] * 3,
                "raw": [b"\0\xff"] * 3,
                "deep": [[[1]], [[2]], None],
            }
        )
    )
    assert read.numbers == [1, 2, 3] and not read.bad
    assert read.cells == {
        "Image": ["a.png", "b.png", None], "text": ["hi", None, "hi"], "label": ["yes", None, "yes"],
        "tags": [["a", "b"], [], None], "score": [0.5, None, None], "n": [1, None, 3], "ok": [True, False, None],
    }  # fmt: skip
    assert read.columns == tuple(read.cells)
    assert read.notes == ("Left out, for they hold no plain values: picture, raw, deep.",)


def test_a_row_that_cannot_be_used_is_bad():
    read = read_table(parquet({"text": ["fine", "a\0b", "x" * (MOST_CHARACTERS + 1), "fine too"]}))
    assert read.numbers == [1, 4] and [bad.row for bad in read.bad] == [2, 3]
    assert "NUL" in read.bad[0].reason and "131,073 characters" in read.bad[1].reason


def test_rows_of_many_groups_are_counted_through():
    read = read_table(parquet({"n": list(range(1000))}, row_group_size=7))
    assert read.numbers == list(range(1, 1001)) and read.cells["n"] == list(range(1000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SMALL[:-10], "damaged"), (SMALL[:40], "damaged"), (b"PAR1" * 5, "damaged"),
        (parquet({"text": ["x"] * 11}), "11 lines: give at most 10"),
        (parquet({"text": pa.array([], "str")}), "no lines"),
        (parquet({"a": ["x"], "A": ["y"]}), "names a column twice"),
        (parquet({"raw": [b"x"]}), "no column of plain values"),
        (parquet({f"c{i}": [1] for i in range(1001)}), "1,001 columns"),
        (parquet({"text": pa.array([b"\xff\xfe"]).view("str")}), "damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(content, words):
    with pytest.raises(UserError, match=words):
        read_table(content, most=10)


def test_what_is_far_too_large_unpacked_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_MOST_BYTES", 50_000)
    content = parquet({"n": [7] * 10_000})
    assert len(content) < 5_000
    with pytest.raises(UserError, match="unpacked: give a shorter one"):
        read_table(content)


@settings(max_examples=300)
@given(st.integers(4, len(SMALL) - 1), st.integers(0, 255), st.integers(4, len(SMALL) - 1), st.integers(0, 255))
def test_a_damaged_file_is_a_table_or_one_sentence(first, one, second, other):
    content = bytearray(SMALL)
    content[first], content[second] = one, other
    try:
        read_table(bytes(content), most=1000)
    except UserError as error:
        assert str(error).endswith(".")
