"""From a folder of pictures and a table to a compared student, on the command line and in Python."""

import json
from functools import partial

import pytest
from typer.testing import CliRunner

import msd_core as msd
from analysis.cli import app as analysis_app
from msd_core.cli import app
from msd_core.errors import UserError
from msd_core.study.results import gather
from msd_core.training.events import Epoch, RunDone
from tests.core.tasks.own_files import ROWS, csv_of, put
from tests.pools import InThisProcess
from tests.terminal import last_line, typed

run = partial(typed, app)


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Twelve pictures, and a table of them."""
    folder = put(tmp_path_factory.mktemp("pets"))
    (folder / "pets.csv").write_bytes(csv_of())
    return folder


@pytest.fixture(scope="module")
def taught(pets):
    """The folder of a teacher, and what `msd teach` printed last."""
    out = pets.parent / "teacher"
    done = run("teach", "--data", str(pets / "pets.csv"), "--epochs", "3", "--out", str(out), "--json")
    return out, last_line(done), done


@pytest.fixture(scope="module")
def distilled(pets, taught):
    """The folder of its student, and what `msd distill` printed last."""
    out = pets.parent / "student"
    words = ["--teacher", str(taught[0]), "--model", "photo-student", "--epochs", "2", "--out", str(out), "--json"]
    return out, last_line(run("distill", *words))


def test_a_teacher_is_shown_beside_what_it_has_to_beat(taught):
    _, result, done = taught
    assert {*result["linear"]} == {"both", "image", "text"}
    assert result["cross_validated"]["rows"] == 12 and 0 <= result["cross_validated"]["student"]["both"] <= 1
    assert result["cost"]["student"]["macs"] > 4e8 and result["cost"]["student"]["milliseconds"] > 0
    assert result["data"]["rows"] == {"train": 9, "validation": 1, "test": 2}
    assert "only 12 rows" in " ".join(done.stderr.split()) and "linear model" in done.stdout


def test_a_student_is_distilled_without_naming_the_data_again(taught, distilled):
    _, result = distilled
    assert result["task"] == "pets" and result["teacher"]["both"] == taught[1]["student"]["both"]
    assert result["cost"]["student"]["macs"] * 10 < result["cost"]["teacher"]["macs"]
    assert result["cross_validated"]["teacher"] == taught[1]["cross_validated"]["student"]
    assert result["linear"] is None


def test_both_are_asked_about_a_pair_without_the_data(pets, taught, distilled):
    words = ["--teacher", str(taught[0]), "--student", str(distilled[0])]
    answers = last_line(run("compare", *words, "--image", str(pets / "0.png"), "--text", "a pet", "--json"))
    assert list(answers["predictions"]) == [str(taught[0]), str(distilled[0])]
    assert {*answers["predictions"][str(taught[0])]["both"]} == {"cat", "dog"}


def teach_again(folder, out):
    """What training on the table in a folder gives, into a folder that holds a run."""
    task = msd.read_task(folder / "pets.csv")
    return msd.train_teacher(task, out, epochs=3)


def test_a_folder_gives_its_result_again_wherever_the_files_are(tmp_path, pets, taught):
    out, result, _ = taught
    (put(tmp_path) / "pets.csv").write_bytes(csv_of())
    for folder in (pets, tmp_path):
        assert teach_again(folder, out)["student"] == result["student"]


def test_another_table_under_the_same_name_is_noticed(tmp_path, taught):
    rows = [row | {"label": ("dog", "cat")[i % 2]} for i, row in enumerate(ROWS)]
    (put(tmp_path) / "pets.csv").write_bytes(csv_of(rows))
    with pytest.raises(UserError, match="holds a run with another data"):
        teach_again(tmp_path, taught[0])
    task = msd.read_task(tmp_path / "pets.csv")
    with pytest.raises(UserError, match="trained on other rows"):
        msd.distill(task, msd.student_config(task), tmp_path / "run", msd.load_teacher(task, str(taught[0])))


def test_a_teacher_whose_training_was_killed_goes_on(pets, tmp_path):
    task, settings = msd.read_task(pets / "pets.csv"), {"model": "photo-student", "epochs": 4}
    whole = msd.train_teacher(task, tmp_path / "whole", **settings)

    def kill(event):
        if isinstance(event, Epoch) and event.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        msd.train_teacher(task, tmp_path / "killed", kill, **settings)
    epochs = []
    again = msd.train_teacher(task, tmp_path / "killed", epochs.append, **settings)
    assert [event.epoch for event in epochs if isinstance(event, Epoch)] == [3, 4]
    assert again["student"] == whole["student"] and again["cross_validated"] == whole["cross_validated"]


def test_a_model_of_other_rows_says_so_where_it_is_looked_at(tmp_path, distilled):
    rows = [row | {"text": f"pet of another day {i}"} for i, row in enumerate(ROWS)]
    (put(tmp_path) / "pets.csv").write_bytes(csv_of(rows))
    words = ["explore", "--data", str(tmp_path / "pets.csv"), "--model", str(distilled[0]), "--json"]
    done = CliRunner().invoke(analysis_app, words)
    assert done.exit_code == 0 and "was trained on other rows than these" in " ".join(done.stderr.split())
    assert {*json.loads(done.stdout.splitlines()[-1])["models"]} == {str(distilled[0])}


def test_a_teacher_is_trained_in_python(pets, tmp_path):
    task = msd.read_task(pets / "pets.csv")
    result = msd.train_teacher(task, tmp_path / "teacher", model="photo-student", epochs=1)
    assert result["task"] == "pets" and result["linear"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "none.csv"], "There is no none.csv: check the path."),
        (["--data", "{pets}/pets.csv", "--column", "shape=x"], "give role=name"),
        (["--data", "{pets}/pets.csv", "--column", "label=breed"], "The table has no column 'breed'"),
        (["--data", "{pets}/pets.csv", "--least", "9"], "None of the 12 rows can be used"),
    ],
)
def test_a_mistake_is_one_sentence(words, said, pets):
    done = CliRunner().invoke(app, ["teach", *(word.format(pets=pets) for word in words)])
    assert done.exit_code == 1 and said in " ".join(done.stderr.split()) and "Traceback" not in done.stderr


def test_there_must_be_something_to_ask():
    done = CliRunner().invoke(app, ["compare", "--text", "a pet"])
    assert done.exit_code == 1 and "There is no model to ask" in " ".join(done.stderr.split())


def test_a_study_of_own_rows_goes_on(pets, tmp_path, monkeypatch):
    monkeypatch.setattr("msd_core.study.runner.worker_pool", InThisProcess)
    task = msd.read_task(pets / "pets.csv")
    msd.train_teacher(task, tmp_path / "teachers" / "0", model="photo-student", epochs=1, hold_out=True)
    plan = msd.Plan(task.name, ("kd",), train_size=8, epochs=1, seeds=2, teachers=1, model="photo-student")
    msd.run_study(task, plan, tmp_path)
    table = gather(task, tmp_path)
    assert len(table) == 2 and table["test_both"].between(0, 1).all()
    stages = []
    msd.run_study(task, plan, tmp_path, stages.append)
    assert not any(isinstance(event, RunDone) for event in stages), "nothing is done twice"
