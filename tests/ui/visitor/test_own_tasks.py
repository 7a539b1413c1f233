"""Visitors' own tasks: theirs alone, whole after a change, moved out of the folder that anybody can read."""

import json
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from msd_core.errors import UserError
from msd_core.tasks import load_split
from msd_core.tasks.files import Options
from tests.files import archive, table
from tests.ui.visitor.own_data import given_room, looked_room, student_of, taught_room
from ui import limits
from ui.visitor.checks import check_config, check_task
from ui.visitor.own_tasks import forget_students, own_choices, task_in
from ui.visitor.own_uploads import (
    ARCHIVES,
    TABLES,
    Pair,
    guess,
    options_of,
    read_pairs,
    settle_pairs,
    take,
    take_pictures,
    title,
    title_of,
)
from ui.visitor.rooms import OWN, new_room
from ui.work.models import has_teacher, models_for, students_to_train, teacher_for


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))


def upload(name: str, content: bytes) -> dict[str, str]:
    path = Path(get_upload_folder()) / "hash" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"path": str(path), "orig_name": name}


def test_a_task_is_there_once_its_data_were_looked_at():
    token, _ = given_room()
    with pytest.raises(UserError, match="look at them first"):
        check_task(OWN + token)
    token, _ = looked_room()
    task = check_task(OWN + token)
    assert task is check_task(OWN + token) and task.labels == ("cat", "dog") and task.title == "Pets"
    assert task.name.startswith("Pets-") and token not in task.name and not has_teacher(task)
    assert token not in repr(task) and token not in task.files.record


@pytest.mark.parametrize("name", ["own:", "own:../../etc", "own:" + "A" * 32, "own:" + "A" * 33, "own:\0"])
def test_a_name_of_nobodys_task_says_so_and_no_more(name):
    with pytest.raises(UserError, match="There is no such task") as error:
        check_task(name)
    assert name.removeprefix(OWN) not in str(error.value) or name == OWN


def test_all_that_is_made_of_the_data_lies_in_the_room(tmp_path):
    token, room = looked_room()
    before = {path for path in tmp_path.rglob("*") if room.folder not in path.parents}
    assert len(load_split(check_task(OWN + token), "train"))
    assert {path for path in tmp_path.rglob("*") if room.folder not in path.parents} == before
    assert (room.folder / "tasks").is_dir()


def test_a_browser_has_its_own_tasks_to_choose():
    tokens = [looked_room()[0], looked_room()[0], given_room()[0]]
    assert own_choices(tokens) == [("Pets", OWN + tokens[0]), ("Pets (2)", OWN + tokens[1])]
    assert own_choices(["A" * 32]) == own_choices(None) == []


def test_a_teacher_that_was_trained_is_the_tasks_own():
    token, room = taught_room()
    task = check_task(OWN + token)
    assert has_teacher(task) and list(models_for(task, {})) == ["teacher"]
    teacher = teacher_for(task)  # of the run, whose folds are beside it
    assert teacher is not None and teacher.origin == str(room.teacher_run.folder)
    assert teacher.weights_hash == models_for(task, {})["teacher"].weights_hash
    assert students_to_train(task)[0] == "cut-student" and "cut-student" not in students_to_train(check_task("digits"))
    config = check_config(task, "kd", "instance", "cut-student", 8000, 100, 0)
    assert (
        config.batch_size
        == task.recipe.batch_size
        < check_config(check_task("digits"), "kd", "none", "student", 100, 1, 0).batch_size
    )


def test_students_of_a_task_go_with_it():
    _, room = taught_room()
    _, other = looked_room("Cars", rows=10)
    mine, others = student_of(room), student_of(other)
    assert forget_students(room, [mine, others, "x"]) == [others]
    assert forget_students(room, [mine]) == [mine]  # gone already


def test_an_upload_leaves_the_folder_that_everybody_can_read():
    _, room = new_room()
    given = upload("My pets.csv", table([["a.png", "x", "y"]], ("image", "text", "label")))
    assert title_of(given) == "My pets" and take(room, given, "table", TABLES, 100) == "table.csv"
    assert not Path(given["path"]).exists() and (room.uploads / "table.csv").is_file()
    with pytest.raises(UserError, match="not uploaded"):
        take(room, given, "table", TABLES, 100)
    with pytest.raises(UserError, match="must be a file that ends in one of"):
        take(room, upload("pets.rar", b"x"), "pictures", ARCHIVES, 100)
    with pytest.raises(UserError, match="too large"):
        take(room, upload("pets.zip", bytes(101)), "pictures", ARCHIVES, 100)
    with pytest.raises(UserError, match="not uploaded"):
        take(room, {"path": "/etc/passwd"}, "table", TABLES, 100)


def test_pictures_that_are_none_are_refused_by_name():
    _, room = given_room()
    picture = next(room.uploads.glob("*.png")).read_bytes()
    names, refused = take_pictures(room, [upload("a.png", picture), upload("b.png", b"no picture")])
    assert len(names) == 1 and len(refused) == 1 and refused[0].startswith("b: ")
    assert not any(Path(get_upload_folder()).rglob("*.png"))


def test_pairs_are_few_enough_and_of_two_labels():
    _, room = given_room()
    name = next(room.uploads.glob("*.png")).name
    few = [Pair(name, "x", "a")] * (limits.OWN_PAIRS[0] - 1)
    with pytest.raises(UserError, match="7 pairs with a text and a label: give 8 to 200"):
        settle_pairs(room, [*few, Pair(name, "", "b"), Pair(name, "x", " ")], "x")
    with pytest.raises(UserError, match="same label"):
        settle_pairs(room, few * 2, "x")


def test_other_pairs_let_go_what_was_made_of_the_first():
    _, room = taught_room()
    pairs = [Pair(path.name, f"thing {i}", "ab"[i % 2]) for i, path in enumerate(sorted(room.uploads.glob("*.png")))]
    settle_pairs(room, pairs, "Things")
    assert room.look() is None and room.result() is None and not (room.folder / "data").exists()
    settle_pairs(room, pairs, "Things")
    assert room.reading().task().title == "Things"


@pytest.mark.parametrize(
    "typed",
    [
        "{}", "[1]", "x", "[" * 100_000, json.dumps([{"picture": "../../x.png"}]), json.dumps([{"picture": None}]),
        json.dumps([{"picture": "0" * 20 + ".png"}]), json.dumps([{}] * 201), 7, '[{"picture": ["a"]}]',
    ],
)  # fmt: skip
def test_what_the_page_would_not_send_is_no_pair(typed):
    _, room = new_room()
    with pytest.raises(UserError):
        read_pairs(room, typed)


def test_typed_texts_may_be_anything():
    _, room = given_room()
    odd = [
        {"picture": path.name, "text": f"{i} a\0b \ud800 שלום", "label": ("d", 'x"<b>')[i % 2]}
        for i, path in enumerate(sorted(room.uploads.glob("*.png")))
    ]
    settle_pairs(room, read_pairs(room, json.dumps(odd)), "\ud800<script>\n")
    assert set(room.reading().task().labels) == {"d", 'x"<b>'}


def test_columns_are_guessed_and_chosen():
    _, room = new_room()
    rows = [[f"{i}.png", "some words here", "ab"[i % 2], "n"] for i in range(4)]
    take(room, upload("t.csv", table(rows, ("file", "text", "label", "brand"))), "table", TABLES, 10_000)
    columns, guessed = guess(room, "table.csv", None)
    assert columns == ("file", "text", "label", "brand") and guessed.label == "label"
    options = options_of(columns, {"image": "file", "label": "brand", "text": ""}, ["label"], 2)
    assert options == Options(image="file", label="brand", blank="label", least=2)
    for wrong in ({"label": "nowhere"}, {"label": 7}):
        with pytest.raises(UserError):
            options_of(columns, wrong, [], 1)
    with pytest.raises(UserError, match="out of range"):
        options_of(columns, {}, [], 0)


def test_a_zip_of_folders_has_no_columns():
    _, room = new_room()
    take(room, upload("p.zip", archive({"cat/a.png": b"x", "dog/b.png": b"y"})), "pictures", ARCHIVES, 10_000)
    assert guess(room, None, "pictures.zip") is None and guess(room, None, None) is None


def test_a_title_is_one_short_line():
    assert title("  a\n\tb \u202e c ") == "a b c" and title(None) == title(" ") == "Your pairs"
    assert len(title("x" * 10_000)) == limits.OWN_TITLE


def test_what_is_deleted_under_way_is_gone(tmp_path):
    token, room = looked_room()
    assert task_in(room)
    (room.looking / "look.json").unlink()
    with pytest.raises(UserError):
        check_task(OWN + token)
