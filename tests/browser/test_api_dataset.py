"""`/swap` and `/batch`, called politely and not."""

import zipfile

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """By name: two pictures, a table with a bad line, and an archive with one of the pictures."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("red", "blue"):
        Image.new("RGB", (64, 64), name).save(folder / f"{name}.png")
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.write(folder / "red.png", "inner/red.png")
    (folder / "table.csv").write_text("image,text\nred.png,is it red?\nlost.png,is it red?\n")
    for name in ("words.csv", "notes.png"):
        (folder / name).write_text("these are words")
    return {path.stem: handle_file(path) for path in folder.iterdir()}


def named(files: dict, argument):
    """The arguments with the files in place of their names."""
    if isinstance(argument, list):
        return [named(files, a) for a in argument]
    return files.get(argument, argument) if isinstance(argument, str) else argument


def test_swap_answers_by_image_and_text(client, files):
    texts = ["is it red?", "what color is the shape?", "is a circle present?"]
    answer = client.predict("easy-vqa", [files["red"], files["blue"]], texts, api_name="/swap")
    assert answer["texts"] == texts and set(answer["models"]) == {"teacher", "ce", "kd", "msd", "recombined"}
    probs, left = answer["models"]["teacher"]["probabilities"], answer["models"]["teacher"]["interaction"]
    for i in range(2):
        for t in range(3):
            assert sum(by_label[i][t] for by_label in probs.values()) == pytest.approx(1, abs=1e-4)
    assert sum(left["red"][0]) == pytest.approx(0, abs=1e-5)


def test_batch_answers_line_by_line(client, files):
    answer = client.predict("easy-vqa", files["table"], files["archive"], api_name="/batch")
    assert [row["row"] for row in answer["rows"]] == [2]
    assert 0 <= answer["rows"][0]["kd_image_probability"] <= 1
    assert [bad["row"] for bad in answer["bad"]] == [3] and "lost.png" in answer["bad"][0]["reason"]
    again = client.predict("easy-vqa", files["table"], files["archive"], api_name="/batch")  # as a whole class may send
    assert again["rows"] == answer["rows"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", ["red", "blue"], ["a", "b"]), "no task"),
        (("easy-vqa", ["red"], ["a", "b"]), "1 images"),
        (("easy-vqa", ["red"] * 13, ["a", "b"]), "13 images: give at most 12"),
        (("easy-vqa", ["red", "blue"], ["a"]), "1 texts"),
        (("easy-vqa", ["red", "blue"], "ab"), "must be a list"),
        (("easy-vqa", ["red", "blue"], [["a"], "b"]), "must be a string"),
        (("easy-vqa", ["red", "blue"], [" ", "b"]), "no text"),
        (("easy-vqa", ["red", "/etc/passwd"], ["a", "b"]), "not uploaded"),
        (("easy-vqa", ["red", "notes"], ["a", "b"]), "not a picture"),
        (("easy-vqa", ["red", "blue"], ["a", "b"], "A" * 32), "no such student"),
    ],
)
def test_swap_refuses_in_one_sentence(client, files, arguments, sentence):
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(*named(files, list(arguments)), api_name="/swap")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "table", "archive"), "no task"),
        (("easy-vqa", "table", None), "None of the 2 lines can be used"),
        (("easy-vqa", None, "archive"), "no table"),
        (("easy-vqa", None, None), "no table"),
        (("easy-vqa", "words", "archive"), "no lines below its header"),
        (("easy-vqa", "red", "archive"), "must be a .csv"),
        (("easy-vqa", "table", "red"), "must be a .zip"),
        (("easy-vqa", "/etc/passwd", "archive"), "not uploaded"),
        (("easy-vqa", "table", "archive", "../../x"), "no such student"),
    ],
)
def test_batch_refuses_in_one_sentence(client, files, arguments, sentence):
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(*named(files, list(arguments)), api_name="/batch")
    assert "\n" not in str(error.value)


def test_an_archive_that_is_none_is_refused(client, files, tmp_path):
    (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(AppError, match="not a ZIP"):
        client.predict("easy-vqa", files["table"], handle_file(tmp_path / "archive.zip"), api_name="/batch")
