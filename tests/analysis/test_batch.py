"""Pairs of one's own: good lines are answered, bad ones listed, and nothing in the file can do harm."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.dataset.batch import batch
from analysis.dataset.rows import Bad, from_archive, from_folder, read_rows
from msd_core.compare import compare
from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled


@pytest.fixture(scope="module")
def models():
    return {name: load_bundled("easy-vqa", name) for name in ("teacher", "kd")}


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def table(rows: list[list[str]], header=("image", "text")) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode()


def test_five_hundred_rows_of_which_twenty_are_broken(models):
    whole = {f"p/{i}.png": png(i) for i in range(10)}
    pictures = archive(whole | {"broken.png": b"no picture", "cut.png": png(0)[:200]})
    rows = [[f"p/{i % 10}.png", f"is there a circle? {i}"] for i in range(500)]
    ways = (["missing.png", "x"], ["broken.png", "x"], ["cut.png", "x"], ["p/1.png", "  "], ["", "x"])
    broken = range(7, 500, 25)  # twenty of them
    for k, i in enumerate(broken):
        rows[i] = list(ways[k % len(ways)])
    seen = []
    found = batch("easy-vqa", table(rows), pictures, models, lambda share, what: seen.append(share))
    assert [bad.row for bad in found.bad] == [i + 2 for i in broken]  # as a spreadsheet counts, the header being 1
    assert all(bad.reason.endswith(".") for bad in found.bad)
    assert "has no file 'missing.png'" in found.bad[0].reason and "not a picture" in found.bad[1].reason
    assert len(found.table) == 480 and list(found.table["row"]) == [i + 2 for i in range(500) if i not in broken]
    assert seen == sorted(seen) and seen[-1] == 1.0


def test_a_row_says_what_compare_says(models, easy_vqa, example):
    buffer = io.BytesIO()
    easy_vqa.picture(example.image).save(buffer, "PNG")
    found = batch("easy-vqa", table([["a.png", example.text]]), archive({"a.png": buffer.getvalue()}), models)
    row = found.table.iloc[0]
    answer = compare("easy-vqa", buffer.getvalue(), example.text, models).answers["kd"]
    for i, view in enumerate(("both", "image", "text", "neither")):
        assert row[f"kd_{view}"] == easy_vqa.labels[int(answer.probabilities[i].argmax())]
        assert row[f"kd_{view}_probability"] == pytest.approx(float(answer.probabilities[i].max()), abs=1e-5)
    assert row["kd_saliency_image"] == pytest.approx(float(answer.necessity[0]), abs=1e-5)
    assert row["warnings"] == ""


def test_multi_label_has_a_probability_a_label():
    models = {"teacher": load_bundled("posters", "teacher")}
    row = batch("posters", table([["a.png", "A ghost."]]), archive({"a.png": png(0)}), models).table.iloc[0]
    assert 0 <= row["teacher_both_horror"] <= 1
    assert (row["teacher_both_horror"] >= 0.5) == ("horror" in row["teacher_both"])
    assert "unlike" in row["warnings"]


def test_one_picture_under_many_names_is_decoded_once(models, monkeypatch):
    from analysis.dataset import batch as module

    decoded, whole = [], module.read_picture
    monkeypatch.setattr(module, "read_picture", lambda content: (decoded.append(1), whole(content))[1])
    rows = [[f"{i}/a.png", f"is it {i}?"] for i in range(20)]
    assert len(batch("easy-vqa", table(rows), archive({"a.png": png(0)}), models).table) == 20
    assert len(decoded) == 1


def test_what_a_batch_has_no_time_for_is_listed(models, monkeypatch):
    from analysis.dataset import batch as module

    clock = iter(range(1000))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    rows = [["a.png", f"is it {i}?"] for i in range(10)]
    found = batch("easy-vqa", table(rows), archive({"a.png": png(0)}), models, most_seconds=4)
    assert [bad.row for bad in found.bad] == [6, 7, 8, 9, 10, 11] and "time" in found.bad[0].reason


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\u200b=1", "＝1", "＠A1"])
def test_no_cell_is_run_as_a_formula(models, cell):
    content = table([["a.png", cell, cell]], ("image", "text", "label"))
    found = batch("easy-vqa", content, archive({"a.png": png(0)}), models)
    line = next(csv.DictReader(io.StringIO(found.to_csv())))
    assert line["text"] == line["label"] == f"'{cell}"
    assert float(line["kd_saliency_image"]) >= 0  # numbers stay numbers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column 'image'"), (b"image\na.png\n", "no column 'text'"), (b"image,text\n", "no lines"),
        (b"\xff\xfe\x00", "not text"), (b"image,text\na.png,\0", "not text"), (b"image,text,text\na,b,c", "twice"),
        (b'image,text\na.png,"hello\nb.png,x\n', "close every quote"),
        (b"image,text\n" + b"a.png,b\n" * 11, "at most 10"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_gets_one_sentence(content, said):
    with pytest.raises(UserError, match=said):
        list(read_rows(content, most=10))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_all_spreadsheets_are_read(encoding, delimiter):
    content = f"Image{delimiter}TEXT\r\na.png{delimiter}schön?\r\n\r\n{delimiter}\r\nb.png{delimiter}ja\r\n"
    rows = list(read_rows(content.encode(encoding)))
    assert [(row.number, row.text) for row in rows] == [(2, "schön?"), (5, "ja")]


def test_the_line_in_which_excel_names_the_delimiter_is_understood():
    rows = list(read_rows(b"sep=;\r\nimage;text\r\na.png;one, two\r\n"))
    assert [(row.number, row.text) for row in rows] == [(3, "one, two")]


def test_a_line_with_too_many_cells_is_bad():
    rows = list(read_rows(b"image,text\na.png,one, two\nb.png,fine\n"))
    assert isinstance(rows[0], Bad) and rows[0].row == 2 and rows[1].text == "fine"


def test_pictures_come_from_the_archive_by_path_or_name_and_from_nowhere_else(tmp_path):
    pictures = from_archive(archive({"deep/Er.PNG": b"1", "../../escape.png": b"2"}))
    names = ("deep/Er.PNG", "er.png", ".\\deep\\Er.PNG")
    assert len({pictures.find(name) for name in names}) == 1 and pictures.read(pictures.find(names[1])) == b"1"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"3")
    (tmp_path / "secret.png").write_bytes(b"4")
    pictures = from_folder(tmp_path / "in")
    assert pictures.read(pictures.find("a.png")) == b"3"
    for name in ("../secret.png", str(tmp_path / "secret.png"), "no.png", "a\0.png", "x" * 5000):
        with pytest.raises(UserError):
            pictures.find(name)


def test_a_bomb_in_an_archive_is_not_unpacked(models):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.png", b"\0" * 50_000_000)
        made.writestr("good.png", png(0))
    assert len(buffer.getvalue()) < 100_000
    found = batch("easy-vqa", table([["bomb.png", "x"], ["good.png", "x"]]), buffer.getvalue(), models)
    assert [bad.row for bad in found.bad] == [2] and "too large" in found.bad[0].reason


def test_what_is_no_archive_gets_one_sentence(models):
    with pytest.raises(UserError, match="no ZIP"):
        batch("easy-vqa", table([["a.png", "x"]]), b"PK no", models)
    with pytest.raises(UserError, match="give a ZIP"):
        batch("easy-vqa", table([["a.png", "x"]]), None, models)
    with pytest.raises(UserError, match="None of the 1 lines can be used; the first, line 2"):
        batch("easy-vqa", table([["a.png", "x"]]), archive({"b.png": png(0)}), models)


@pytest.mark.skipif(not Path("../shared/data/nlvr").is_dir(), reason="the NLVR pictures are not on this machine")
def test_real_pairs_in_a_folder(models):
    folder = Path("../shared/data/nlvr")
    content = next(folder.glob("*.csv")).read_text().splitlines()
    found = batch("easy-vqa", "\n".join(content[:41]).encode(), folder, models)
    assert len(found.table) == 40 and not found.bad
    assert found.table["warnings"].str.contains("picture unlike").all()
