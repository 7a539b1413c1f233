"""What was read is kept: read once, known by its content, and never trusted where files changed since."""

import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.tasks import SPLITS, Task, load_split
from msd_core.tasks import files as module
from msd_core.tasks.files import Options, read_again, read_task
from tests.core.tasks.own_files import PETS, ROWS, csv_of, jsonl_of, left_out, pairs, put, with_rows
from tests.files import archive, picture_file

ROOT = Path(__file__).parents[3]
GONE = "What was read of these files is gone: read them again."


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))


@pytest.fixture
def pets(tmp_path) -> Path:
    """A folder of the pictures and their table."""
    return put(tmp_path / "pets", PETS | {"table.csv": csv_of()})


@pytest.fixture
def looked_at(monkeypatch) -> list[str]:
    """The pictures that were read so far."""
    paths: list[str] = []
    look = module._hash_or_error
    monkeypatch.setattr(module, "_hash_or_error", lambda pictures, path: paths.append(path) or look(pictures, path))
    return paths


def source(folder: Path, rows: list[dict] = ROWS, files: dict[str, bytes] = PETS, **options) -> str:
    return read_task(put(folder, files | {"metadata.csv": csv_of(rows)}), None, Options(**options)).source()


def renamed(name: str) -> str:
    return f"other/{20 - int(name[:-4])}.jpg"


def test_a_source_is_the_content_whatever_files_are_called(tmp_path):
    rows = [row | {"image": renamed(row["image"])} for row in ROWS]
    files = {renamed(name): content for name, content in PETS.items()}
    assert source(tmp_path / "a") == source(tmp_path / "b", rows, files)
    (tmp_path / "pets.zip").write_bytes(archive(PETS | {"notes.txt": b"more"}))
    (tmp_path / "t.jsonl").write_bytes(jsonl_of())
    assert read_task(tmp_path / "t.jsonl", tmp_path / "pets.zip").source() == source(tmp_path / "a")


SPLIT_ROWS = [row | {"split": SPLITS[i % 3]} for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("change", [{"text": "other"}, {"label": "dog"}, {"label": "cow"}, {"split": "test"}, None])
def test_a_source_is_another_once_anything_changes(tmp_path, change):
    files = PETS if change else PETS | {"0.png": picture_file(99)}
    changed = [SPLIT_ROWS[0] | (change or {}), *SPLIT_ROWS[1:]]
    assert source(tmp_path / "a", SPLIT_ROWS) != source(tmp_path / "b", changed, files)
    assert source(tmp_path / "a", SPLIT_ROWS) == source(tmp_path / "c", SPLIT_ROWS)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_splits_do_not_depend_on_the_order_of_files_on_the_disk(tmp_path, shuffled):
    names = [*PETS]
    shuffled.shuffle(names)
    place = tmp_path / str(random.getrandbits(64))
    files = {f"{('cat', 'dog')[int(name[:-4]) % 2]}/{name}": PETS[name] for name in names}
    task = read_task(put(place, files))
    expected = read_task(put(tmp_path / "sorted", dict(sorted(files.items()))))
    assert task.source() == expected.source()
    assert all(task.examples(split) == expected.examples(split) for split in SPLITS)


IMAGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 30), st.booleans()), min_size=3, max_size=40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(IMAGES, st.integers(0, 3))
def test_no_picture_is_in_two_splits_nor_is_a_text_unless_a_note_says_so(tmp_path, drawn, twins):
    folder = put(tmp_path / "in", PETS | {f"{i}.png": PETS["11.png"] for i in range(twins)})
    rows = [{"image": f"{i}.png", "text": f"text {t}", "label": "yes" if y else "no"} for i, t, y in drawn]
    (folder / "t.csv").write_bytes(csv_of(rows))
    try:
        task = read_task(folder / "t.csv")
    except UserError as error:
        contents = {PETS["11.png"] if i < twins else PETS[f"{i}.png"] for i, _, _ in drawn}
        assert "The only label" in str(error) or ("cannot be split" in str(error) and len(contents) < 3)
        return
    examples = [(e, split) for split in SPLITS for e in task.examples(split)]
    assert len(examples) == len(rows) and {split for _, split in examples} == set(SPLITS)
    split_of = {(task.picture(e.image), split) for e, split in examples}
    assert len(split_of) == len({content for content, _ in split_of})
    if not task.files.notes or "share a text" not in task.files.notes[0]:
        assert len({(e.text, split) for e, split in examples}) == len({e.text for e, _ in examples})


def test_reading_again_reads_no_picture(pets, looked_at):
    first = read_task(pets / "table.csv")
    assert sorted(looked_at) == sorted(PETS)
    again = read_task(pets / "table.csv", name="other")
    assert len(looked_at) == 12 and pairs(again) == pairs(first)
    assert replace(again.files, record="") == replace(first.files, record="")
    assert pairs(read_again(first.files.record)) == pairs(first) and len(looked_at) == 12


@pytest.mark.parametrize("change", ["picture", "table", "new picture", "options"])
def test_what_changed_is_read_anew(pets, looked_at, change):
    before = read_task(pets / "table.csv")
    if change == "picture":
        put(pets, {"0.png": picture_file(99)})
    elif change == "new picture":
        put(pets, {"more.png": picture_file(99)})
    elif change == "table":
        put(pets, {"table.csv": csv_of(with_rows({"text": "other"}))})
    task = read_task(pets / "table.csv", options=Options(least=2 if change == "options" else 1))
    assert len(looked_at) == 24 and (task.source() == before.source()) == (change in ("new picture", "options"))
    assert all(task.picture(name) == (pets / name).read_bytes() for name in PETS)


def zipped(pets: Path, files: dict[str, bytes]) -> Path:
    """The archive beside the folder, written anew."""
    path = pets.with_suffix(".zip")
    temporary = path.with_suffix(".new")
    temporary.write_bytes(archive(files))
    os.replace(temporary, path)
    return path


def changed_later(pets: Path, kind: str, files: dict[str, bytes]) -> Task:
    """A task of pictures that become these once it is read."""
    images = pets if kind == "folder" else zipped(pets, PETS)
    task = read_task(pets / "table.csv", images)
    assert task.picture("0.png") == PETS["0.png"]
    if kind == "ZIP":
        zipped(pets, files)
    else:
        for name in PETS:
            (pets / name).unlink()
        put(pets, files)
    return task


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
def test_a_picture_that_changed_since_is_noticed_when_it_is_needed(pets, kind):
    task = changed_later(pets, kind, PETS | {"0.png": picture_file(99), "new.png": picture_file(98)})
    with pytest.raises(UserError, match=r"'0\.png' has changed since the table was read: read the table again"):
        task.picture("0.png")
    with pytest.raises(UserError, match=r"There is no picture 'new\.png' in this task"):
        task.picture("new.png")
    assert task.picture("1.png") == PETS["1.png"]
    anew = read_task(pets / "table.csv", pets if kind == "folder" else pets.with_suffix(".zip"))
    assert anew.picture("0.png") == picture_file(99)


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
def test_a_picture_that_went_is_one_sentence(pets, kind):
    task = changed_later(pets, kind, {name: PETS[name] for name in ("1.png", "2.png")})
    with pytest.raises(UserError, match=r"'0\.png'"):
        task.picture("0.png")
    with pytest.raises(UserError):
        for split in SPLITS:
            load_split(task, split)


def test_a_link_that_leads_elsewhere_since_is_noticed(tmp_path, pets):
    task = read_task(pets / "table.csv")
    (tmp_path / "secret.png").write_bytes(picture_file(99))
    (pets / "0.png").unlink()
    (pets / "0.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UserError, match="has changed since"):
        task.picture("0.png")


@pytest.mark.parametrize("file", ["rows.parquet", "about.json"])
@pytest.mark.parametrize("damage", ["deleted", "cut", "changed"])
def test_a_store_that_is_damaged_is_noticed_and_made_anew(tmp_path, pets, file, damage):
    task = read_task(pets / "table.csv")
    (path,) = (tmp_path / "home" / "data").glob(f"*/{file}")
    content = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(content[:-20] if damage == "cut" else b"x" + content[1:])
    with pytest.raises(UserError, match=GONE):
        task.examples("train")
    if file == "rows.parquet":
        with pytest.raises(UserError, match=GONE):
            task.picture("0.png")
    again = read_task(pets / "table.csv")
    assert pairs(again) == pairs(task) and path.read_bytes() == content and again.source() == task.source()


def test_a_table_of_a_task_may_move_with_its_pictures(tmp_path, pets, looked_at):
    read_task(pets / "table.csv")
    os.rename(pets, tmp_path / "moved")
    task = read_task(tmp_path / "moved" / "table.csv")
    assert len(looked_at) == 12 and task.picture("0.png") == PETS["0.png"]


READ = """
import pickle, sys
from msd_core.tasks import load_split
from msd_core.tasks.files import read_task
task = read_task(sys.argv[1]) if sys.argv[1].endswith("csv") else pickle.loads(open(sys.argv[1], "rb").read())
sizes = [len(load_split(task, split)) for split in ("train", "validation", "test")]
print(task.source(), sum(sizes), min(sizes), len(task.picture("0.png")))
"""


def started(path: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", READ, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_other_processes_read_the_same_at_once_and_use_what_was_read(tmp_path, pets):
    both = [started(pets / "table.csv") for _ in range(2)]
    printed = {process.communicate()[0] for process in both}
    task = read_task(pets / "table.csv")
    assert printed == {f"{task.source()} 12 1 {len(PETS['0.png'])}\n"}
    assert len([*(tmp_path / "home" / "data").iterdir()]) == 1, "and nothing is left over"
    (tmp_path / "task.pickle").write_bytes(pickle.dumps(task))
    assert {started(tmp_path / "task.pickle").communicate()[0]} == printed


def test_a_reader_that_comes_second_keeps_what_the_first_has_written(pets, monkeypatch):
    write = module.write_stored
    monkeypatch.setattr(module, "write_stored", lambda *given: [write(*given), write(*given)])
    task = read_task(pets / "table.csv")
    assert pairs(task) == pairs(read_task(pets / "table.csv")) and not left_out(task)


def test_a_task_says_what_it_is_and_how_to_train(pets):
    task = read_task(pets / "table.csv")
    assert task.name == task.title == "table" and task.question == "Which of these: cat, dog?"
    assert (
        task.recipe.teacher_epochs == 200
        and task.recipe.batch_size == 8
        and task.models is None
        and task.region is None
    )
    assert task.files.content == task.source()
    rows = [row | {"label": f"breed {i % 5}"} for i, row in enumerate(ROWS)]
    put(pets, {"table.csv": csv_of(rows)})
    assert read_task(pets / "table.csv").question == "Which of these: breed 0, breed 1, breed 2, ...?"
