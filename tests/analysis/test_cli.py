"""`python -m analysis`, as a person types it."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from threading import Thread

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from tests import terminal
from tests.terminal import interrupted, last_line

run = partial(terminal.run, "analysis", COLUMNS="120")


def quick(*words: str, **env: str):
    """The command line in this process."""
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200", **env})


def object_of(done) -> dict:
    """The JSON object that a successful command printed last."""
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def picture(tmp_path_factory, easy_vqa):
    path = tmp_path_factory.mktemp("cli") / "shape.png"
    path.write_bytes(easy_vqa.picture(easy_vqa.examples("test")[0].image))
    return path


def test_attribute_has_what_each_word_did(picture):
    pair = ("--image", str(picture), "--text", "what [red] is it?")
    done = last_line(run("attribute", "--task", "easy-vqa", *pair, "--model", "teacher", "--model", "kd", "--json"))
    assert [word for word, _ in done["maps"]["kd"]["words"]] == ["what", "[red]", "is", "it?"]
    assert set(done["faithfulness"]) == {"teacher", "kd"} and done["maps"]["kd"]["delta"] is not None


def test_attribute_takes_a_text_alone():
    words = ("attribute", "--task", "digits", "--text", "It is a two.", "--model", "teacher", "--n-steps", "4")
    done = quick(*words, "--json")
    result = object_of(done)
    assert result["maps"]["teacher"]["view"] == "text" and result["maps"]["teacher"]["n_steps"] == 4
    assert result["maps"]["teacher"]["share"] == pytest.approx({"image": 0, "text": 1}, abs=1e-4)
    assert "Note: There is no picture: the models read the text alone." in done.stderr
    assert "mass: image 0 %, text 100 %" in done.stdout


def test_attribute_takes_a_picture_alone(picture):
    words = ("attribute", "--task", "easy-vqa", "--image", str(picture), "--model", "kd", "--n-steps", "4", "--json")
    done = quick(*words)
    assert object_of(done)["maps"]["kd"]["view"] == "image" and object_of(done)["text"] is None
    assert "Note: There is no text: the models see the picture alone." in done.stderr


@pytest.mark.parametrize(("method", "option"), [("shapley", "--n-samples"), ("integrated-gradients", "--n-steps")])
def test_attribute_takes_steps_or_samples(picture, method, option):
    pair = ("--image", str(picture), "--text", "what is it?", "--model", "kd")
    result = object_of(quick("attribute", "--task", "easy-vqa", *pair, "--method", method, option, "3", "--json"))
    assert result["maps"]["kd"][option[2:].replace("-", "_")] == 3


def test_explore_prints_and_returns_the_same():
    done = quick("explore", "--task", "digits", "--model", "teacher", "--model", "msd", "--json")
    result = object_of(done)
    assert result["examples"] == 6400 and result["models"]["msd"]["gap"]["both"] > 0
    assert f"{result['models']['msd']['emap']['metric']:.4f}" in done.stdout


def test_point_compares_with_random_maps():
    settings = ("--examples", "20", "--split", "validation", "--baseline", "grey")
    result = object_of(quick("point", "--task", "easy-vqa", *settings, "--json"))
    assert result["split"] == "validation" and result["baseline"] == "grey"
    teacher = result["models"]["teacher"]
    assert teacher["examples"] == 20 and teacher["accuracy"] > teacher["random_accuracy"]


def test_batch_writes_a_table_and_names_bad_lines(tmp_path, picture):
    table, images, out = tmp_path / "pairs.csv", tmp_path / "pictures.zip", tmp_path / "answers.csv"
    table.write_text("image,text\nshape.png,=what is it?\nnone.png,what?\n")
    with zipfile.ZipFile(images, "w") as made:
        made.write(picture, "shape.png")
    done = quick(
        "batch", "--task", "easy-vqa", "--table", str(table), "--images", str(images), "--out", str(out), "--json"
    )
    assert [bad["row"] for bad in object_of(done)["bad"]] == [3] and "line 3" in done.stderr
    assert next(csv.DictReader(io.StringIO(out.read_text())))["text"] == "'=what is it?"


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_batch_takes_the_table_among_the_images(tmp_path, picture, name):
    folder, out = tmp_path / "set", tmp_path / "answers.csv"
    folder.mkdir()
    shutil.copy(picture, folder / "shape.png")
    lines = {
        "metadata.csv": "file_name,text\nshape.png,what is it?\n,is it red?\n",
        "metadata.jsonl": '{"file_name": "shape.png", "text": "what is it?"}\n{"text": "is it red?"}\n',
    }
    (folder / name).write_text(lines[name])
    done = quick("batch", "--task", "easy-vqa", "--images", str(folder), "--out", str(out), "--json")
    rows = object_of(done)["rows"]
    assert [row["image"] for row in rows] == ["shape.png", ""] and "no picture" in rows[1]["warnings"]
    assert len(list(csv.DictReader(io.StringIO(out.read_text())))) == 2 and "2 pairs answered" in done.stdout


def test_batch_needs_no_images_for_texts(tmp_path):
    table, out = tmp_path / "texts.csv", tmp_path / "answers.csv"
    table.write_bytes("text\n图片里有狗\n".encode("gb18030"))
    done = quick("batch", "--task", "digits", "--table", str(table), "--out", str(out))
    assert done.exit_code == 0 and "Note: Line 2 was read as GB18030" in done.stderr


def test_report_writes_one_file(tmp_path, picture):
    out = tmp_path / "report.html"
    done = quick(
        "report", "--task", "easy-vqa", "--image", str(picture), "--text", "what is it?", "--out", str(out), "--json"
    )
    assert object_of(done)["attribution"]["text"] == "what is it?"
    assert out.read_text().startswith("<!doctype html>")


def test_report_of_half_a_pair(tmp_path):
    out = tmp_path / "report.html"
    done = quick("report", "--task", "digits", "--text", "It is a two.", "--out", str(out))
    assert done.exit_code == 0 and "the models read the text alone" in out.read_text()


PAIR = ("attribute", "--task", "easy-vqa", "--image", "{picture}", "--text", "x")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("attribute", "--task", "easy-vqa", "--image", "no.png", "--text", "x"), "no file"),
        (("attribute", "--task", "easy-vqa"), "neither a picture nor a text"),
        (("attribute", "--task", "easy-vqa", "--text", "x", "--view", "image"), "There is no picture"),
        ((*PAIR, "--method", "magic"), "no method"),
        ((*PAIR, "--n-steps", "0"), "n_steps is 0: give 1 to 10,000"),
        ((*PAIR, "--method", "shapley", "--n-steps", "9"), "shapley takes n_samples, not n_steps: leave it out."),
        ((*PAIR, "--n-samples", "9"), "integrated-gradients takes n_steps, not n_samples: leave it out."),
        ((*PAIR, "--method", "occlusion", "--n-steps", "9"), "takes neither n_steps nor n_samples"),
        (("explore", "--task", "digits", "--output", "odds"), "no output"),
        (("point", "--task", "posters"), "is not known"),
        (("point", "--task", "digits", "--examples", "0"), "at least 1"),
        (("batch", "--task", "digits", "--table", "no.csv", "--images", "no.zip", "--out", "{out}"), "cannot be read"),
        (("batch", "--task", "digits", "--out", "{out}"), "There is no table"),
        (("batch", "--task", "digits", "--images", "{folder}", "--out", "{out}"), "There is no table"),
        (("report", "--task", "digits", "--out", "/tmp"), "is a folder"),
        (("report", "--task", "digits", "--out", "/dev/null"), "no ordinary file"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(words, sentence, picture, tmp_path):
    out = tmp_path / "answers.csv"
    done = quick(*(word.format(picture=picture, out=out, folder=tmp_path) for word in words))
    assert done.exit_code == 1 and sentence in done.stderr and isinstance(done.exception, SystemExit)
    assert done.stderr.count("Error:") == 1 and "Traceback" not in done.stderr and not out.exists()


@pytest.mark.parametrize("words", [("attribute",), ("report", "--out", "{out}")])
def test_a_pipe_for_a_picture_is_refused_at_once(words, tmp_path):
    pipe, out = tmp_path / "pipe.png", tmp_path / "report.html"
    os.mkfifo(pipe)
    Thread(target=pipe.write_bytes, args=(b"",), daemon=True).start()  # a reader gets nothing, and does not hang
    words = [word.format(out=out) for word in words]
    done = quick(*words, "--task", "easy-vqa", "--image", str(pipe), "--text", "what is it?")
    assert done.exit_code == 1 and "no ordinary file" in done.stderr and not out.exists()


@pytest.mark.parametrize("command", ["attribute", "explore", "point", "batch", "report"])
def test_help_teaches(command):
    done = quick(command, "--help")
    assert done.exit_code == 0 and "For example" in done.stdout


def test_an_unknown_task_is_refused_with_those_there_are():
    done = quick("explore", "--task", "cats")
    assert done.exit_code == 2 and all(name in done.stderr for name in ("easy-vqa", "digits", "sarcasm", "posters"))


@pytest.mark.parametrize("module", ["typer", "rich", "torch", "captum"])
def test_ctrl_c_during_imports_ends_it_quietly(module):
    done = interrupted(module, "analysis", "attribute", "--task", "digits", "--text", "It is a two.")
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr and "KeyboardInterrupt" not in done.stderr


def test_the_command_line_starts_without_what_is_heavy():
    code = "import sys, analysis.cli; print(sorted({'captum', 'plotly', 'gradio', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "[]"
