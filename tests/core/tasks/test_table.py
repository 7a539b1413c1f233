"""Tables of all spreadsheets are read, and what is none gets one sentence."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks.table import MOST_CHARACTERS, MOST_COLUMNS, Table, read_table


def lines_of(table: Table) -> list[tuple]:
    """What is read of each row, by its number; of a bad one the reason."""
    rows = zip(table.numbers, *(table.cells[column] for column in table.columns), strict=True)
    return sorted([*rows, *((bad.row, bad.reason) for bad in table.bad)], key=lambda line: line[0])


def rows_of(content: bytes | str) -> list[tuple]:
    return lines_of(read_table(content.encode() if isinstance(content, str) else content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"), (b" \n\n", "is empty"), (b"\xef\xbb\xbf", "is empty"),
        (b"image,text\n", "no lines"), (b"\xff\xfe\x00", "not text"), (b"image,text\na.png,\0", "not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"), (b"PK\x03\x04 xl/workbook.xml", "Excel workbook: save it as"),
        (b"image,text,text\na,b,c", "twice"), (b"image,Text,text \na,b,c", "twice"),
        (b'image,text\na.png,"hello\nb.png,x\n', "close every quote"), (b"PAR1 and no more", "damaged Parquet"),
        (b"text\n" + b"x" * (MOST_CHARACTERS + 1), r"field limit .*, line 2\): close every quote"),
        (",".join(f"c{i}" for i in range(MOST_COLUMNS + 1)).encode() + b"\nx\n", "1,001 columns: give at most 1,000"),
        ("".join(f'{{"c{i}": 1}}\n' for i in range(9)).encode() + b'{"C1": 1}', "names a column twice"),
        (("{" + ",".join(f'"c{i}": 1' for i in range(MOST_COLUMNS + 1)) + "}").encode(), "1,001 columns"),
        (b"image,text\n" + b"a.png,b\n" * 11, "at most 10"), (b'{"image": "a", "text": "b"}\n' * 11, "at most 10"),
        (b"text\n" + b"b\n" * 10_001, "has 10,001 lines: give at most 10"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(UserError, match=words):
        read_table(content, most=10)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_all_spreadsheets_are_read(encoding, delimiter):
    content = f"Image{delimiter}TEXT\r\na.png{delimiter}schön?\r\n\r\n{delimiter}\r\nb.png{delimiter}ja\r\n"
    assert rows_of(content.encode(encoding)) == [(2, "a.png", "schön?"), (5, "b.png", "ja")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_may_end_in_any_way(ending, delimiter):
    lines = [delimiter.join(cells) for cells in (("image", "text"), ("a.png", "one"), ("b.png", "two"))]
    assert rows_of(ending.join(lines)) == [(2, "a.png", "one"), (3, "b.png", "two")]
    assert rows_of(ending.join([*lines, ""]))[-1] == (3, "b.png", "two")


def test_a_quoted_cell_may_hold_commas_and_lines():
    content = 'image,text\r\na.png,"one, two\r\nthree"\r\nb.png,"say ""hi"""\r\n'
    assert rows_of(content) == [(2, "a.png", "one, two\r\nthree"), (3, "b.png", 'say "hi"')]


def test_the_line_in_which_excel_names_the_delimiter_is_understood():
    assert rows_of("sep=;\r\nimage;text\r\na.png;one, two\r\n") == [(3, "a.png", "one, two")]


def test_a_line_with_too_many_or_too_few_cells_is_bad():
    lines = rows_of("image,text\na.png,one, two\nb.png,fine\nc.png\n")
    assert lines[0] == (2, "It has 3 cells, the header 2: put quotes around cells with commas.")
    assert lines[1] == (3, "b.png", "fine") and lines[2][0] == 4 and "1 cells" in lines[2][1]


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
    assert rows_of(content) == [(2, "a.png", "hi")]


def test_empty_cells_at_the_end_that_the_header_names_are_empty():
    assert rows_of("image,text,label\na.png,hi,\nb.png,,\n") == [(2, "a.png", "hi", None), (3, "b.png", None, None)]


def test_a_column_has_its_name_as_written_or_its_place():
    assert read_table(b" Image ,,My Text\na.png,1,hi\n").columns == ("Image", "column 2", "My Text")
    assert read_table('{"": 1, " Größe ": 2}'.encode()).columns == ("column 1", "Größe")


def test_a_delimiter_within_a_quoted_name_is_none():
    assert read_table(b'"a, b, c, d";text\n1;2\n').columns == ("a, b, c, d", "text")


def test_a_file_is_read_by_its_path(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"image\ttext\na.png\thi\n")
    assert lines_of(read_table(tmp_path / "t.txt")) == [(2, "a.png", "hi")]
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(UserError, match="cannot be read: check the path"):
            read_table(path)


def test_json_lines_are_read_and_bad_ones_are_named():
    lines = [
        json.dumps({"image": "a.png", "text": "日本\nand more", "label": "yes"}), "", '{"image": "b.png", "text": 7}',
        '{"image": {"path": "c.png"}, "text": "", "label": [" a", "b", {}]}', "not json", "[1, 2]",
        '{"text": "last", "label": true}', "{" * 5000, '{"text": "a\\u0000b"}', '{"label": NaN}', "1" * 5000,
        json.dumps({"text": "x" * (MOST_CHARACTERS + 1)}),
    ]  # fmt: skip
    for content in ("\n".join(lines), "\r\n".join(lines), "\ufeff" + "\r".join(lines)):
        assert rows_of(content) == [
            (1, "a.png", "日本\nand more", "yes"), (3, "b.png", 7, None), (4, None, None, ["a", "b"]),
            (5, "Not a JSON object: write one per line."), (6, "Not a JSON object: write one per line."),
            (7, None, "last", True), (8, "Not a JSON object: write one per line."),
            (9, "A cell has a NUL character: take it out."), (10, None, None, None),
            (11, "Not a JSON object: write one per line."),
            (12, "A cell has 131,073 characters: keep it under 131,072."),
        ]  # fmt: skip


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands():
    half, whole = "\\ud800", "\\ud83d\\ude00"  # as JSON escapes them
    cells = [f'{{"image": "{end}.png", "text": "is {end} it?"}}' for end in (half, whole)]
    read = read_table("\n".join([*cells, f'{{"text": "hi", "{half}": "more"}}']).encode())
    assert lines_of(read) == [(1, "?.png", "is ? it?", None), (2, "😀.png", "is 😀 it?", None), (3, None, "hi", "more")]
    assert read.columns == ("image", "text", "?")


def test_lines_that_cannot_be_read_are_bad_and_the_others_go_on():
    whole, cut = "b.png,图片里有狗".encode(), "c.png,图片里有狗".encode()[:-1]
    read = read_table(b"image,text\na.png,hi\n" + whole + b"\n" + cut + b"\nd.png,hi\n")
    assert read.numbers == [2, 3, 5] and read.cells["text"] == ["hi", "图片里有狗", "hi"] and read.notes == ()
    assert [bad.row for bad in read.bad] == [4] and "save the table in UTF-8" in read.bad[0].reason
    json_lines = b'{"text": "hi"}\n{"text": "' + "图片里有狗".encode()[:-1] + b'"}\n'
    assert [bad.row for bad in read_table(json_lines).bad] == [2]
    with pytest.raises(UserError, match="names of the table's columns cannot be read"):
        read_table(cut + b"\nx,y\n")


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_anything_is_a_table_or_one_sentence(content):
    try:
        read = read_table(content, most=100)
    except UserError as error:
        assert str(error).endswith(".")
        return
    assert tuple(read.cells) == read.columns and 0 < len(read) + len(read.bad) <= 100
    assert all(len(column) == len(read) for column in read.cells.values())


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_what_a_spreadsheet_writes_is_read(rows):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["image", "text"], ["a.png", "first"], *rows])
    expected = [(n, *(c.strip() or None for c in row)) for n, row in enumerate(rows, 3) if any(c.strip() for c in row)]
    assert rows_of(buffer.getvalue())[1:] == expected
