"""Pairs of one's own: good lines are answered, bad ones listed, and nothing in the file can do harm."""

import csv
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from analysis.dataset.batch import batch
from msd_core.comparison import compare
from msd_core.errors import UserError
from msd_core.models.bundled import bundled_models, load_bundled
from msd_core.tasks import load_task
from msd_core.views import VIEWS
from tests.analysis.models import random_model
from tests.files import archive, picture_file, table

NLVR = Path(__file__).parents[4] / "shared" / "data" / "nlvr"


@pytest.fixture(scope="module")
def models(easy_vqa):
    return {name: load_bundled(easy_vqa, name) for name in ("teacher", "kd")}


def test_five_hundred_rows_of_which_twenty_are_broken(easy_vqa, models):
    whole = {f"p/{i}.png": picture_file(i) for i in range(10)}
    pictures = archive(whole | {"broken.png": b"no picture", "cut.png": picture_file(0)[:200]})
    rows = [[f"p/{i % 10}.png", f"is there a circle? {i}"] for i in range(500)]
    ways = (["missing.png", "x"], ["broken.png", "x"], ["cut.png", "x"], ["p/1.png", "x" * 2001], [" ", " ", "x"])
    broken = range(7, 500, 25)  # twenty of them
    for k, i in enumerate(broken):
        rows[i] = list(ways[k % len(ways)])
    shares = []
    result = batch(easy_vqa, table(rows), pictures, models, lambda share, what: shares.append(share))
    assert [bad.row for bad in result.bad] == [i + 2 for i in broken]  # as a spreadsheet counts, the header being 1
    assert all(bad.reason.endswith(".") for bad in result.bad)
    assert "has no file 'missing.png'" in result.bad[0].reason and "not a picture" in result.bad[1].reason
    assert len(result.table) == 480 and list(result.table["row"]) == [i + 2 for i in range(500) if i not in broken]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_row_has_what_compare_has(easy_vqa, models, example):
    content = easy_vqa.picture(example.image)
    row = batch(easy_vqa, table([["a.png", example.text]]), archive({"a.png": content}), models).table.iloc[0]
    answer = compare(easy_vqa, content, example.text, models).answers["kd"]
    for i, view in enumerate(VIEWS):
        assert row[f"kd_{view}"] == easy_vqa.labels[int(answer.probs[i].argmax())]
        assert row[f"kd_{view}_probability"] == pytest.approx(float(answer.probs[i].max()), abs=1e-5)
    assert row["kd_saliency_image"] == pytest.approx(float(answer.necessity[0]), abs=1e-5)
    assert row["warnings"] == ""


def test_multi_label_has_a_probability_a_label():
    posters = load_task("posters")
    models, pictures = {"teacher": load_bundled(posters, "teacher")}, archive({"a.png": picture_file(0)})
    row = batch(posters, table([["a.png", "A ghost."]]), pictures, models).table.iloc[0]
    assert 0 <= row["teacher_both_horror"] <= 1
    assert (row["teacher_both_horror"] >= 0.5) == ("horror" in row["teacher_both"])
    assert "unlike" in row["warnings"]


def test_one_picture_under_many_names_is_decoded_once(easy_vqa, models, monkeypatch):
    from analysis.dataset import batch as module

    decoded, whole = [], module.read_picture
    monkeypatch.setattr(module, "read_picture", lambda content: (decoded.append(1), whole(content))[1])
    names = ("d/a.png", "a.png", "A.PNG", "./d/a.png", "d\\a.png")
    rows = [[names[i % 5], f"is it {i}?"] for i in range(20)]
    assert len(batch(easy_vqa, table(rows), archive({"d/a.png": picture_file(0)}), models).table) == 20
    assert len(decoded) == 1


def test_what_a_batch_has_no_time_for_is_listed(easy_vqa, models, monkeypatch):
    from analysis.dataset import batch as module

    clock = iter(range(1000))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    rows = [["a.png", f"is it {i}?"] for i in range(10)]
    result = batch(easy_vqa, table(rows), archive({"a.png": picture_file(0)}), models, most_seconds=4)
    assert [bad.row for bad in result.bad] == [6, 7, 8, 9, 10, 11] and "Time" in result.bad[0].reason


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\u200b=1", "＝1", "＠A1"])
def test_no_cell_is_run_as_a_formula(easy_vqa, models, cell):
    content = table([["a.png", cell, cell]], ("image", "text", "label"))
    result = batch(easy_vqa, content, archive({"a.png": picture_file(0)}), models)
    line = next(csv.DictReader(io.StringIO(result.to_csv())))
    assert line["text"] == line["label"] == f"'{cell}"
    assert float(line["kd_saliency_image"]) >= 0  # numbers stay numbers


def test_a_bomb_in_an_archive_is_not_unpacked(easy_vqa, models):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.png", b"\0" * 50_000_000)
        made.writestr("good.png", picture_file(0))
    assert len(buffer.getvalue()) < 100_000
    result = batch(easy_vqa, table([["bomb.png", "x"], ["good.png", "x"]]), buffer.getvalue(), models)
    assert [bad.row for bad in result.bad] == [2] and "too large" in result.bad[0].reason


def test_what_is_no_archive_or_no_table_gets_one_sentence(easy_vqa, models):
    with pytest.raises(UserError, match="not a ZIP"):
        batch(easy_vqa, table([["a.png", "x"]]), b"PK no", models)
    with pytest.raises(UserError, match="give a ZIP"):
        batch(easy_vqa, table([["a.png", "x"]]), None, models)
    with pytest.raises(UserError, match="None of the 1 lines can be used; the first, line 2"):
        batch(easy_vqa, table([["a.png", "x"]]), archive({"b.png": picture_file(0)}), models)
    for images in (None, archive({"b.png": picture_file(0)})):
        with pytest.raises(UserError, match=r"There is no table: give a CSV, or put a metadata\.csv among the images"):
            batch(easy_vqa, None, images, models)


def test_without_models_there_is_one_sentence(fifth):
    with pytest.raises(UserError, match="no model of fifth to ask: train a teacher first"):
        batch(fifth, table([["", "x"]]), None, bundled_models(fifth))


@pytest.mark.parametrize("name", ["easy-vqa", "posters"])
def test_a_row_without_a_half_is_the_view_without_it_and_warns(name):
    task = load_task(name)
    models = {model: load_bundled(task, model) for model in ("teacher", "kd")}
    content, text = picture_file(3), "what is it?"
    rows = [["a.png", text], ["a.png", ""], ["", text], ["b.png", "  "], ["", ""]]
    pictures = archive({"a.png": content, "b.png": picture_file(4)})
    result = batch(task, table([[*row, "x"] for row in rows], ("image", "text", "label")), pictures, models)
    assert [(bad.row, bad.reason) for bad in result.bad] == [(6, "It has neither an image nor a text.")]
    for line, pair in enumerate([(content, text), (content, None), (None, text), (picture_file(4), None)]):
        row = result.table.iloc[line]
        for model, answer in compare(task, *pair, models).answers.items():
            for i, view in enumerate(VIEWS):
                if task.multilabel:
                    probs = [row[f"{model}_{view}_{label}"] for label in task.labels]
                    assert probs == pytest.approx(answer.probs[i].tolist(), abs=1e-5)
                else:
                    assert row[f"{model}_{view}_probability"] == pytest.approx(float(answer.probs[i].max()), abs=1e-5)
            saliency = [row[f"{model}_saliency_{modality}"] for modality in ("image", "text")]
            assert saliency == pytest.approx(answer.necessity.tolist(), abs=1e-4)
    alone = result.table.iloc[1], result.table.iloc[2]
    for row, view, missing in ((alone[0], "image", "text"), (alone[1], "text", "picture")):
        assert row["teacher_both"] == row[f"teacher_{view}"] and f"no {missing}: the" in row["warnings"]
        assert f"{missing} unlike" not in row["warnings"]
    assert list(result.table["image"]) == ["a.png", "a.png", "", "b.png"]
    assert list(result.table["text"]) == [text, "", text, ""] and "no " not in result.table.iloc[0]["warnings"]


@pytest.mark.parametrize("content", [b"text\nis it red?\nis it blue?\n", b'{"text": "is it red?"}\n{"text": "blue?"}'])
def test_a_table_of_texts_needs_no_archive(easy_vqa, models, content):
    result = batch(easy_vqa, content, None, models)
    assert len(result.table) == 2 and result.bad == []
    assert all("no picture: the text alone" in words for words in result.table["warnings"])


def test_a_table_of_images_needs_no_text(easy_vqa, models):
    result = batch(easy_vqa, b"image\na.png\n", archive({"a.png": picture_file(0)}), models)
    assert "no text: the picture alone" in result.table["warnings"][0]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"id,text,image,label,split\n7,hi,a.png,yes,test\n", ("a.png", "hi", "yes")),
        (b"Class;Question;File_Name\nyes;hi;a.png\n", ("a.png", "hi", "yes")),
        (b"one,other\na.png,what is it?\n", ("a.png", "what is it?", None)),
        (b'{"image": "a.png", "text": 7, "label": true}\n', ("a.png", "7", "True")),
        (b'{"image": ["a.png"], "text": "a list is no name"}\n', ("", "a list is no name", None)),
    ],
)
def test_columns_may_have_other_names(fifth, content, row):
    result = batch(fifth, content, archive({"a.png": picture_file(0)}), {"teacher": random_model(fifth)})
    (line,) = result.to_dict()["rows"]
    assert (line["image"], line["text"], line.get("label")) == row


def test_a_table_without_images_and_texts_is_one_sentence(fifth):
    with pytest.raises(UserError, match=r"no column image or text, nor one that looks like it: name .* among a, b"):
        batch(fifth, b"a,b\n1,2\n", None, {"teacher": random_model(fifth)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.csv", b"file_name,text\n1.png,is it red?\n"),
        ("metadata.jsonl", b'{"file_name": "1.png", "text": "is it red?"}\n'),
        ("train/metadata.csv", b"file_name,text\n1.png,is it red?\n"),
    ],
)
@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_a_table_may_lie_among_the_images(fifth, two_sizes, tmp_path, kind, name, content):
    files = {name: content, "train/1.png": picture_file(0)}
    for path, each in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(each)
    result = batch(fifth, None, archive(files) if kind == "archive" else tmp_path, two_sizes)
    assert result.table[["image", "text"]].values.tolist() == [["1.png", "is it red?"]] and not result.bad


def test_a_table_among_the_images_names_those_of_its_own_folder(fifth, two_sizes):
    files = {f"{split}/{i}.png": picture_file(i) for split in ("train", "test") for i in (1, 2)}
    files |= {
        f"{split}/metadata.csv": b"file_name,text\n1.png,is it red?\n2.png,is it red?\n" for split in ("train", "test")
    }
    assert len(batch(fifth, None, archive(files), two_sizes).table) == 2, "as a hub's imagefolder has them"


def test_models_of_two_sizes_read_the_same_pictures(fifth, two_sizes):
    examples = fifth.examples("test")[:6:2]
    files = {f"{e.image}.png": fifth.picture(e.image) for e in examples}
    result = batch(fifth, table([[f"{e.image}.png", e.text] for e in examples]), archive(files), two_sizes)
    for line, e in enumerate(examples):
        answers = compare(fifth, fifth.picture(e.image), e.text, two_sizes).answers
        for model, answer in answers.items():
            row = result.table.iloc[line]
            assert row[f"{model}_both_probability"] == pytest.approx(float(answer.probs[0].max()), abs=1e-5)
            assert row[f"{model}_saliency_text"] == pytest.approx(float(answer.necessity[1]), abs=1e-4)
    assert (result.table["warnings"] == "").all(), "no detector, so nothing is out of distribution"


def is_plain(value) -> bool:
    if isinstance(value, dict):
        return all(type(k) is str and is_plain(v) for k, v in value.items())
    return all(map(is_plain, value)) if type(value) is list else type(value) in (str, int, float, bool, type(None))


@pytest.mark.parametrize("name", ["easy-vqa", "posters"])
def test_a_batch_is_plain_data(name):
    task = load_task(name)
    content = table([["a.png", "x", "yes"], ["", "y", ""], ["none.png", "z", ""]], ("image", "text", "label"))
    plain = batch(task, content, archive({"a.png": picture_file(0)}), bundled_models(task)).to_dict()
    assert is_plain(plain) and json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert [row["row"] for row in plain["rows"]] == [2, 3] and [row["label"] for row in plain["rows"]] == ["yes", None]
    assert [bad["row"] for bad in plain["bad"]] == [4] and plain["notes"] == []


def test_a_label_that_few_rows_have_is_empty_in_the_others(fifth):
    rows = [["", f"is it {i}?", "yes" if i == 70 else ""] for i in range(75)]  # more than are answered at once
    result = batch(fifth, table(rows, ("image", "text", "label")), None, {"teacher": random_model(fifth)})
    plain = result.to_dict()["rows"]
    assert [row["row"] for row in plain if row["label"]] == [72] and {row["label"] for row in plain} == {"yes", None}
    assert json.dumps(plain, allow_nan=False)
    lines = list(csv.DictReader(io.StringIO(result.to_csv())))
    assert [line["label"] for line in lines] == ["yes" if i == 70 else "" for i in range(75)]


def test_a_doubtful_encoding_is_noted(fifth):
    content, models = "text\n图片里有狗\n".encode("gb18030"), {"teacher": random_model(fifth)}
    result = batch(fifth, content, None, models)
    assert len(result.notes) == 1 and "GB18030" in result.to_dict()["notes"][0]
    assert list(result.table["text"]) == ["图片里有狗"]
    assert batch(fifth, "text\n图片里有狗\n".encode(), None, models).notes == ()


def test_no_link_leads_a_batch_out_of_its_folder(fifth, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.png").write_bytes(picture_file(0))
    (tmp_path / "in" / "a.png").write_bytes(picture_file(1))
    os.symlink(tmp_path / "secret.png", tmp_path / "in" / "b.png")
    rows = table([["a.png", "x"], ["b.png", "x"], ["../secret.png", "x"]])
    result = batch(fifth, rows, tmp_path / "in", {"teacher": random_model(fifth)})
    assert [bad.row for bad in result.bad] == [3, 4] and list(result.table["image"]) == ["a.png"]


def test_a_cut_text_is_noted_beside_its_row_alone(fifth):
    rows = table([["", "short"], ["", "word " * 100]])
    result = batch(fifth, rows, None, {"teacher": random_model(fifth)})
    assert ["text cut" in words for words in result.table["warnings"]] == [False, True]


@pytest.mark.skipif(not NLVR.is_dir(), reason="the NLVR pictures are not on this machine")
def test_real_pairs_in_a_folder(easy_vqa, models):
    content = (NLVR / "dev.csv").read_text().splitlines()
    result = batch(easy_vqa, "\n".join(content[:41]).encode(), NLVR, models)
    assert len(result.table) == 40 and not result.bad
    assert result.table["warnings"].str.contains("picture unlike").all()
