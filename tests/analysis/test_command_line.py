"""`python -m analysis`, as a person types it."""

import csv
import io
import zipfile
from functools import partial

import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from msd_core.tasks import get_task
from tests import terminal
from tests.terminal import last_line

run = partial(terminal.run, "analysis", COLUMNS="120")


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "shape.png"
    get_task("easy-vqa").picture(4000).save(path)
    return path


def test_attribute_says_what_each_word_did(picture):
    pair = ("--image", str(picture), "--text", "what [red] is it?")
    found = last_line(run("attribute", "--task", "easy-vqa", *pair, "--model", "teacher", "--model", "kd", "--json"))
    assert [word for word, _ in found["maps"]["kd"]["words"]] == ["what", "[red]", "is", "it?"]
    assert set(found["faithfulness"]) == {"teacher", "kd"} and found["maps"]["kd"]["delta"] is not None


def test_explore_prints_and_returns_the_same(picture):
    done = run("explore", "--task", "digits", "--model", "teacher", "--model", "msd", "--json")
    found = last_line(done)
    assert found["examples"] == 6400 and found["models"]["msd"]["gap"]["both"] > 0
    assert f"{found['models']['msd']['emap']['metric']:.4f}" in done.stdout


def test_point_compares_with_random_maps():
    asked = ("--examples", "20", "--split", "validation", "--baseline", "grey")
    found = last_line(run("point", "--task", "easy-vqa", *asked, "--json"))
    assert found["split"] == "validation" and found["baseline"] == "grey"
    teacher = found["models"]["teacher"]
    assert teacher["examples"] == 20 and teacher["accuracy"] > teacher["random_accuracy"]


def test_batch_writes_a_table_and_names_bad_lines(tmp_path, picture):
    table, images, out = tmp_path / "pairs.csv", tmp_path / "pictures.zip", tmp_path / "answers.csv"
    table.write_text("image,text\nshape.png,=what is it?\nnone.png,what?\n")
    with zipfile.ZipFile(images, "w") as made:
        made.write(picture, "shape.png")
    given = ("--table", str(table), "--images", str(images), "--out", str(out))
    done = run("batch", "--task", "easy-vqa", *given, "--json")
    found = last_line(done)
    assert [bad["row"] for bad in found["bad"]] == [3] and "line 3" in done.stderr
    assert next(csv.DictReader(io.StringIO(out.read_text())))["text"] == "'=what is it?"


def test_report_writes_one_file(tmp_path, picture):
    out = tmp_path / "report.html"
    done = run("report", "--task", "easy-vqa", "--image", str(picture), "--text", "what is it?", "--out", str(out))
    assert done.returncode == 0 and out.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("attribute", "--task", "easy-vqa", "--image", "no.png", "--text", "x"), "no file"),
        (("attribute", "--task", "easy-vqa", "--image", "{picture}", "--text", "x", "--method", "magic"), "no method"),
        (("attribute", "--task", "easy-vqa", "--image", "{picture}", "--text", "x", "--effort", "0"), "out of range"),
        (("explore", "--task", "digits", "--output", "odds"), "no output"),
        (("point", "--task", "posters"), "Nobody knows"),
        (("point", "--task", "digits", "--examples", "0"), "at least 1"),
        (("report", "--task", "digits", "--text", "x", "--out", "/tmp/r.html"), "two halves"),
        (("batch", "--task", "digits", "--table", "no.csv", "--images", "no.zip", "--out", "a.csv"), "cannot be read"),
        (("report", "--task", "digits", "--out", "/tmp"), "is a folder"),
        (("report", "--task", "digits", "--out", "/dev/null"), "no ordinary file"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(words, said, picture):
    done = CliRunner().invoke(app, [word.format(picture=picture) for word in words], env={"COLUMNS": "200"})
    assert done.exit_code == 1 and said in done.stderr and isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("command", ["attribute", "explore", "point", "batch", "report"])
def test_help_teaches(command):
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0 and "For example" in done.stdout
