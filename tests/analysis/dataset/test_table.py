"""Tables of all spreadsheets are read, and what is none gets one sentence."""

import codecs
import json

import pytest

from analysis.dataset.table import BadRow, Row, read_table
from msd_core.comparison import MAX_CHARACTERS
from msd_core.errors import UserError


def rows_of(content: bytes | str) -> list[tuple]:
    """What is read of each row; of a bad one its number and reason."""
    lines = read_table(content.encode() if isinstance(content, str) else content).rows
    return [(r.row, r.reason) if isinstance(r, BadRow) else (r.number, r.image, r.text, r.label) for r in lines]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column image or text"), (b"picture,caption\na,b\n", "no column image or text"),
        (b"image,text\n", "no lines"), (b"\xff\xfe\x00", "not text"), (b"image,text\na.png,\0", "not text"),
        ("image,text\na.png,hi\n".encode("utf-16-le"), "not text"),
        (b"image,text,text\na,b,c", "twice"), (b'image,text\na.png,"hello\nb.png,x\n', "close every quote"),
        (b"image,text\n" + b"a.png,b\n" * 11, "at most 10"), (b'{"image": "a", "text": "b"}\n' * 11, "at most 10"),
        (b"text\n" + b"b\n" * 10_001, "has 10,001 lines: give at most 10"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(UserError, match=words):
        read_table(content, most=10)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_all_spreadsheets_are_read(encoding, delimiter):
    content = f"Image{delimiter}TEXT\r\na.png{delimiter}schön?\r\n\r\n{delimiter}\r\nb.png{delimiter}ja\r\n"
    assert rows_of(content.encode(encoding)) == [(2, "a.png", "schön?", None), (5, "b.png", "ja", None)]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_of_either_order_is_read(mark):
    order = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    read = read_table(mark + "image;text\r\na.png;日本\r\n".encode(order))
    assert read.rows == [Row(2, "a.png", "日本", None)] and read.note is None


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_may_end_in_any_way(ending, delimiter):
    lines = [delimiter.join(cells) for cells in (("image", "text"), ("a.png", "one"), ("b.png", "two"))]
    assert rows_of(ending.join(lines)) == [(2, "a.png", "one", None), (3, "b.png", "two", None)]
    assert rows_of(ending.join([*lines, ""]))[-1] == (3, "b.png", "two", None)


def test_a_quoted_cell_may_hold_commas_and_lines():
    content = 'image,text\r\na.png,"one, two\r\nthree"\r\nb.png,"say ""hi"""\r\n'
    assert rows_of(content) == [(2, "a.png", "one, two\r\nthree", None), (3, "b.png", 'say "hi"', None)]


def test_the_line_in_which_excel_names_the_delimiter_is_understood():
    assert rows_of("sep=;\r\nimage;text\r\na.png;one, two\r\n") == [(3, "a.png", "one, two", None)]


def test_a_line_with_too_many_or_too_few_cells_is_bad():
    lines = rows_of("image,text\na.png,one, two\nb.png,fine\nc.png\n")
    assert lines[0] == (2, "It has 3 cells, the header 2: put quotes around cells with commas.")
    assert lines[1] == (3, "b.png", "fine", None) and lines[2][0] == 4 and "1 cells" in lines[2][1]


@pytest.mark.parametrize(
    "content",
    [
        "image,text,,\na.png,hi,,\n",
        "image,text\na.png,hi,,\n",
        "image,text,\na.png,hi\n",
        "image,text,,\na.png,hi, ,\n",
    ],
)
def test_empty_cells_at_the_end_do_no_harm(content):
    assert rows_of(content) == [(2, "a.png", "hi", None)]


def test_empty_cells_at_the_end_that_the_header_names_are_empty():
    assert rows_of("image,text,label\na.png,hi,\nb.png,,\n") == [(2, "a.png", "hi", None), (3, "b.png", None, None)]


@pytest.mark.parametrize(
    ("content", "image"),
    [
        ("file_name,text\na.png,hi\n", "a.png"), ("FILE_NAME,text\na.png,hi\n", "a.png"),
        ("file_name,image,text\nb.png,a.png,hi\n", "a.png"), ("file_name,image,text\nb.png,,hi\n", "b.png"),
        ('{"file_name": "a.png", "text": "hi"}\n', "a.png"),
    ],
)  # fmt: skip
def test_a_file_name_is_an_image(content, image):
    (row,) = rows_of(content)
    assert row[1:] == (image, "hi", None)


def test_other_columns_are_left_alone():
    assert rows_of("id,text,image,label,split\n7,hi,a.png,yes,test\n") == [(2, "a.png", "hi", "yes")]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("image,text\na.png,\n", (2, "a.png", None, None)), ("image,text\n,hi\n", (2, None, "hi", None)),
        ("image\na.png\n", (2, "a.png", None, None)), ("text\nhi\n", (2, None, "hi", None)),
        ("image,text\na.png,  \n", (2, "a.png", None, None)),
        ("image,text,label\n,,yes\n", (2, "It has neither an image nor a text.")),
        ('{"image": null, "text": "hi"}', (1, None, "hi", None)),
        ('{"image": "", "text": " "}', (1, "It has neither an image nor a text.")),
        ('{"label": "yes"}', (1, "It has neither an image nor a text.")),
    ],
)  # fmt: skip
def test_one_half_may_be_missing_and_not_both(content, row):
    assert rows_of(content) == [row]


def test_a_text_that_is_far_too_long_is_bad():
    (number, reason) = rows_of(f"image,text\na.png,{'x' * (MAX_CHARACTERS + 1)}\n")[0]
    assert number == 2 and "2,001 characters" in reason


def test_json_lines_are_read_and_bad_ones_are_named():
    lines = [
        json.dumps({"image": "a.png", "text": "日本\nand more", "label": "yes"}), "", '{"image": "b.png", "text": 7}',
        '{"image": ["c.png"], "text": "a list is no name"}', "not json", "[1, 2]", '{"text": "last", "label": true}',
        "{" * 5000,
    ]  # fmt: skip
    for content in ("\n".join(lines), "\r\n".join(lines), "\ufeff" + "\r".join(lines)):
        assert rows_of(content) == [
            (1, "a.png", "日本\nand more", "yes"), (3, "b.png", "7", None), (4, None, "a list is no name", None),
            (5, "Not a JSON object: write one per line."), (6, "Not a JSON object: write one per line."),
            (7, None, "last", "True"), (8, "Not a JSON object: write one per line."),
        ]  # fmt: skip


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands():
    half, whole = "\\ud800", "\\ud83d\\ude00"  # as JSON escapes them
    cells = [f'{{"image": "{end}.png", "text": "is {end} it?", "label": "{end}"}}' for end in (half, whole)]
    lines = rows_of("\n".join([*cells, f'{{"text": "hi", "{half}": "another column"}}']))
    assert lines == [(1, "?.png", "is ? it?", "?"), (2, "😀.png", "is 😀 it?", "😀"), (3, None, "hi", None)]


def test_a_table_in_another_encoding_gets_a_note():
    content = "image,text\na.png,图片里有狗\n".encode("gb18030")
    read = read_table(content)
    assert "Windows-1252" in read.note and "UTF-8" in read.note
    assert read.rows[0].image == "a.png" and read.rows[0].text != "图片里有狗"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_in_unicode_gets_no_note(encoding):
    assert read_table("image,text\na.png,图片里有狗\n".encode(encoding)).note is None
