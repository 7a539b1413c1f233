"""Files as people have them, damaged and odd: the rows that can be used are, and the others say why."""

import io
import json
import os
import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from msd_core.errors import UserError
from msd_core.tasks import SPLITS, load_split
from msd_core.tasks.files import Options, read_task
from msd_core.tasks.pictures import MAX_BYTES, read_picture
from tests.core.tasks.own_files import EXPECTED, PETS, ROWS, csv_of, jsonl_of, left_out, pairs, put, with_rows
from tests.core.tasks.test_pictures import PHOTO, bomb, encoded
from tests.files import archive, picture_file

NOT_A_PICTURE = "That file is not a picture: give one of PNG, JPEG, WEBP, GIF, BMP, TIFF."
DAMAGED = "That picture is damaged or cut short: save it again and retry."
TOO_LARGE = "That picture is too large: keep it under 40 megapixels and 10 MB."


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))


def read(tmp_path, content: bytes = csv_of(), files: dict[str, bytes] | None = None, **options):
    """The task of a table, and a folder of the dozen pictures with these in their places."""
    (tmp_path / "t.csv").write_bytes(content)
    return read_task(tmp_path / "t.csv", put(tmp_path / "pets", PETS | (files or {})), Options(**options))


def texts(task) -> list[str]:
    return [text for _, text, _ in sorted(pairs(task), key=lambda pair: int(pair[0].split(".")[0]))]


def test_a_fifth_of_the_texts_in_another_encoding(tmp_path):
    rows = with_rows({"text": "图片里有狗"}, {"text": "红色的圆在左边吗"}, {"text": "Grüner Baum 图片"})
    lines = csv_of(rows).splitlines(keepends=True)
    content = b"".join(line.decode().encode("gb18030") if i in (1, 2) else line for i, line in enumerate(lines))
    task = read(tmp_path, content)
    assert texts(task) == [row["text"] for row in rows] and not left_out(task)
    assert "2 lines, line 2 first, were read as GB18030" in task.files.notes[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-8"])
def test_semicolons_and_lines_as_excel_writes_them(tmp_path, encoding):
    rows = with_rows({"text": "Grüner Baum, hoch"}, {"text": "💫"})
    lines = ["image;text;label", *(f"{r['image']};{r['text']};{r['label']}" for r in rows), ""]
    assert texts(read(tmp_path, "\r\n".join(lines).encode(encoding))) == [row["text"] for row in rows]


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(PHOTO, "JPEG", exif=exif)


ODD = {
    "small": (encoded(PHOTO.resize((48, 48))), (48, 48)), "strip": (encoded(PHOTO.resize((599, 104))), (599, 104)),
    "palette": (encoded(PHOTO.quantize(8)), (60, 40)), "clear": (encoded(PHOTO.convert("RGBA")), (60, 40)),
    "deep": (encoded(Image.fromarray(np.full((40, 60), 32768, np.uint16))), (60, 40)),
    "print": (encoded(PHOTO.convert("CMYK"), "JPEG"), (60, 40)), "turned": (turned(), (40, 60)),
    "pixel": (encoded(Image.new("1", (1, 1))), (1, 1)), "animated": (encoded(PHOTO, "GIF", save_all=True), (60, 40)),
}  # fmt: skip


def test_odd_pictures_are_kept_as_they_are(tmp_path):
    files = {f"{i}.png": content for i, (content, _) in enumerate(ODD.values())}
    task = read(tmp_path, files=files)
    assert not left_out(task) and pairs(task) == EXPECTED
    for i, (content, size) in enumerate(ODD.values()):
        assert task.picture(f"{i}.png") == content and read_picture(content).size == size
    assert sum(len(load_split(task, split)) for split in SPLITS) == 12


def box(*brands: bytes) -> bytes:
    """The first box of a file of the family of MP4, and some more."""
    body = brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return (len(body) + 8).to_bytes(4) + b"ftyp" + body + b"\0\0\0\x20meta" + b"\0" * 50


BAD = {
    b"": "That file is empty: give a picture.", b"not a picture": NOT_A_PICTURE, encoded(PHOTO)[:200]: DAMAGED,
    encoded(PHOTO, "JPEG")[:400]: DAMAGED, bomb(30_000, 30_000): TOO_LARGE, b"\0" * (MAX_BYTES + 1): TOO_LARGE,
    box(b"heic", b"mif1"): "That picture is in the format HEIC, which is not read: save it as JPEG or PNG and retry.",
    box(b"mif1", b"mif1", b"avif"): "That picture is in the format AVIF, which is not read: save it as JPEG or PNG and "
    "retry.",
    box(b"isom", b"mp42"): NOT_A_PICTURE,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
def test_a_picture_that_cannot_be_read_says_why_and_the_others_go_on(tmp_path, kind):
    files = {f"{i}.png": content for i, content in enumerate(BAD)}
    images = put(tmp_path / "pets", PETS | files) if kind == "folder" else tmp_path / "pets.zip"
    if kind == "ZIP":
        images.write_bytes(archive(PETS | files))
    (tmp_path / "t.csv").write_bytes(csv_of())
    task = read_task(tmp_path / "t.csv", images)
    assert left_out(task) == dict(enumerate(BAD.values(), start=2))
    assert task.files.rows == len(pairs(task)) == 12 - len(BAD)
    assert task.files.notes == (f"{len(BAD)} pictures belong to no row that is used.",)


@pytest.mark.parametrize(
    ("brands", "name"),
    [
        ((b"heix",), "HEIC"), ((b"msf1", b"hevc"), "HEIC"), ((b"mif1",), "HEIC"), ((b"avif", b"mif1"), "AVIF"),
        ((b"avis",), "AVIF"), ((b"mif1", b"heic", b"avif"), "AVIF"),
    ],
)  # fmt: skip
def test_formats_that_are_not_read_are_refused_by_name(tmp_path, brands, name):
    (tmp_path / "photo.jpg").write_bytes(box(*brands))
    for source in (box(*brands), tmp_path / "photo.jpg"):
        with pytest.raises(UserError, match=f"in the format {name}, which is not read: save it as JPEG or PNG"):
            read_picture(source)


def test_folders_of_photographs_of_a_telephone_say_so(tmp_path):
    files = {f"{label}/{i}.heic": box(b"heic") for i in range(3) for label in ("cat", "dog")}
    with pytest.raises(UserError, match=r"None of the 6 rows can be used; the first, row 1: .* format HEIC"):
        read_task(put(tmp_path / "in", files))


def test_a_file_that_would_unpack_to_more_than_a_picture_is_not_unpacked(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in (PETS | {"0.png": b"\0" * (50 * 2**20)}).items():
            made.writestr(name, content)
    (tmp_path / "bomb.zip").write_bytes(buffer.getvalue())
    (tmp_path / "t.csv").write_bytes(csv_of())
    opened = []
    whole = zipfile.ZipFile.open
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, info: opened.append(info.filename) or whole(self, info))
    assert left_out(read_task(tmp_path / "t.csv", tmp_path / "bomb.zip")) == {2: TOO_LARGE}
    assert sorted(opened) == sorted(set(PETS) - {"0.png"})


def test_a_file_that_lies_about_its_size_is_damaged(tmp_path):
    content = bytearray(archive(PETS))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")  # the size unpacked, of the first
    (tmp_path / "pets.zip").write_bytes(content)
    (tmp_path / "t.csv").write_bytes(csv_of())
    reasons = left_out(read_task(tmp_path / "t.csv", tmp_path / "pets.zip"))
    assert reasons == {2: "'0.png' cannot be read from the archive: it is damaged or locked."}


def test_rows_without_a_file_and_files_without_a_row(tmp_path):
    rows = with_rows({"image": ""}, {"image": "null"}, {"image": "none.png"}, {"image": "near/4.png"})
    task = read(tmp_path, csv_of(rows))
    assert left_out(task) == {
        2: "It names no picture.", 3: "It names no picture.", 4: "The folder has no file 'none.png'.",
        5: "The folder has no file 'near/4.png'; it has '4.png'.",
    }  # fmt: skip
    assert task.files.rows == 8 and task.files.notes == ("4 pictures belong to no row that is used.",)


def test_names_that_differ_in_case_or_in_how_letters_are_composed(tmp_path):
    composed, parts = (unicodedata.normalize(form, "Grüner_Baum.jpg") for form in ("NFC", "NFD"))
    files = {parts: PETS["0.png"], "💫.png": PETS["1.png"], "Photo.PNG": PETS["2.png"]}
    names = (composed, "💫.png", "photo.png", "Photo.png")
    task = read(tmp_path, csv_of(with_rows(*({"image": name} for name in names))), files)
    assert [image for image, _, _ in pairs(task) if not image[0].isdigit()] == sorted([*files, "Photo.PNG"])
    assert task.picture(parts) == PETS["0.png"] and not left_out(task)


def test_files_whose_names_differ_only_in_how_letters_are_composed_are_two(tmp_path):
    composed, parts = (unicodedata.normalize(form, "Grün.png") for form in ("NFC", "NFD"))
    rows = with_rows({"image": composed}, {"image": parts})
    task = read(tmp_path, csv_of(rows), {composed: picture_file(50), parts: picture_file(51)})
    assert {(composed, ROWS[0]["text"], "cat"), (parts, ROWS[1]["text"], "dog")} <= set(pairs(task))
    assert task.picture(parts) == picture_file(51)


def test_a_name_that_is_not_in_utf_8_is_left_out(tmp_path):
    folder = put(tmp_path / "in", {f"{r['label']}/{r['image']}": PETS[r["image"]] for r in ROWS})
    for place in (b"cat/\xff.png", b"\xfe/1.png", b"\xff.png"):
        path = os.fsencode(folder) + b"/" + place
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(path, "wb") as file:
                file.write(PETS["0.png"])
        except OSError:
            pytest.skip("this disk has no such names")
    task = read_task(folder)
    assert len(pairs(task)) == 12 and task.labels == ("cat", "dog") and len(left_out(task)) == 3
    assert list(left_out(task).values()).count("The name of its picture is not in UTF-8: rename the file.") == 2
    json.dumps(list(left_out(task).values()), ensure_ascii=False).encode()


def test_one_picture_or_text_under_two_labels_and_rows_twice_are_kept_together(tmp_path):
    rows = [*ROWS, ROWS[0] | {"label": "dog", "text": "other"}, ROWS[1] | {"label": "cat", "image": "2.png"}, ROWS[3]]
    task = read(tmp_path, csv_of(rows), {"5.png": PETS["4.png"]})
    assert not left_out(task) and len(pairs(task)) == 15
    split_of = {row: split for split in SPLITS for row in ((e.image, e.text) for e in task.examples(split))}
    assert split_of["0.png", ROWS[0]["text"]] == split_of["0.png", "other"]
    assert (
        split_of["1.png", ROWS[1]["text"]] == split_of["2.png", ROWS[1]["text"]] == split_of["2.png", ROWS[2]["text"]]
    )
    assert split_of["4.png", ROWS[4]["text"]] == split_of["5.png", ROWS[5]["text"]], "one content, two names"


def test_texts_that_would_tie_too_much_are_not_kept_together_and_a_note_says_so(tmp_path):
    task = read(tmp_path, csv_of(with_rows(*({"text": "same"} for _ in range(7)))))
    assert task.files.notes == ("So many rows share a text that splits keep only rows of one picture together.",)


def test_a_picture_that_the_table_has_in_two_splits_is_noted(tmp_path):
    rows = [row | {"split": ("train", "val", "test")[i % 3]} for i, row in enumerate(ROWS)]
    task = read(tmp_path, csv_of([*rows, rows[0] | {"split": "test"}]))
    assert task.files.notes == (
        "The table has 1 of the pictures in more than one split, so scores may be too good.",
    )  # fmt: skip
    assert {e.image for e in task.examples("train")} & {e.image for e in task.examples("test")} == {"0.png"}


def test_rows_without_a_split_train(tmp_path):
    rows = [row | {"split": ("", "val", "test")[i % 3]} for i, row in enumerate(ROWS)]
    assert len(read(tmp_path, csv_of(rows)).examples("train")) == 4


@pytest.mark.parametrize("write", [csv_of, jsonl_of])
def test_labels_of_floats_are_whole_numbers(tmp_path, write):
    task = read(tmp_path, write(with_rows(*({"label": float(i % 2)} for i in range(12)))))
    assert task.labels == ("0", "1")


def test_labels_of_fractions_are_none(tmp_path):
    rows = [row | {"image": f"{i % 12}.png", "label": i / 7} for i, row in enumerate(ROWS * 3)]
    for write in (csv_of, jsonl_of):
        with pytest.raises(UserError, match=r"The column label holds \d+ different fractions"):
            read(tmp_path, write(rows))


def test_odd_cells_say_why(tmp_path):
    rows = with_rows(
        {"text": ""}, {"label": "  "}, {"text": "x" * 100_000}, {"label": "cats, or dogs"}, {"text": "a\0b"},
        {"text": "\ud800 half"}, {"label": None}, {"text": ["a", "list"]}, {"label": "x" * 1000},
    )  # fmt: skip
    task = read(tmp_path, jsonl_of(rows))
    assert left_out(task) == {
        1: "It has no text.", 2: "It has no label.", 5: "A cell has a NUL character: take it out.",
        7: "It has no label.", 8: "It has no text.", 9: "Its label has 1,000 characters: keep it under 201.",
    }  # fmt: skip
    by_image = {image: (text, label) for image, text, label in pairs(task)}
    assert by_image["2.png"][0] == "x" * 2000 and by_image["3.png"][1] == "cats, or dogs"
    assert by_image["5.png"][0] == "? half" and task.files.rows + len(task.files.left_out) == 12
    for split in SPLITS:
        load_split(task, split)


def test_a_task_of_too_many_labels_a_row_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("msd_core.tasks.files.MAX_MARKS", 23)
    with pytest.raises(UserError, match="12 rows of 2 labels are too many: give fewer"):
        read(tmp_path, multilabel=True)
