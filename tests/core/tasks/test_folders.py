"""Folders of pictures that are named like labels make a table."""

import pytest

from msd_core.tasks.archive import from_archive, no_pictures
from msd_core.tasks.columns import Columns, guess_columns
from msd_core.tasks.folders import folder_table
from tests.files import archive


def table_of(*paths: str):
    return folder_table(from_archive(archive(dict.fromkeys(paths, b"x"))))


def test_a_folder_is_the_label_of_its_pictures():
    table = table_of("dog/2.png", "cat/1.JPG", "cat/notes.txt", "__MACOSX/cow/._1.png")
    assert table.cells == {"file_name": ["cat/1.JPG", "dog/2.png"], "label": ["cat", "dog"]}
    assert table.numbers == [1, 2] and table.columns == ("file_name", "label") and not table.bad
    assert guess_columns(table) == Columns("file_name", None, "label")


@pytest.mark.parametrize("top", ["", "pets/", "my/pets/"])
def test_outermost_folders_of_splits_are_the_splits(top):
    table = table_of(f"{top}Train/cat/1.png", f"{top}Train/animals/dog/1.png", f"{top}test/cat/1.png")
    assert table.cells["split"] == ["Train", "Train", "test"] and table.cells["label"] == ["dog", "cat", "cat"]


def test_a_folder_around_all_counts_for_nothing():
    table = table_of("pets/cat/1.png", "pets/dog/1.png")
    assert table.cells["label"] == ["cat", "dog"] and "split" not in table.cells


def test_one_split_alone_is_one():
    assert table_of("train/cat/1.png", "train/dog/1.png").cells["split"] == ["train", "train"]


def test_a_picture_in_no_folder_of_a_label_is_bad():
    table = table_of("cat/1.png", "dog/1.png", "preview.png")
    assert table.numbers == [1, 2] and [bad.row for bad in table.bad] == [3]
    assert "'preview.png' lies in no folder" in table.bad[0].reason


@pytest.mark.parametrize(
    "paths",
    [(), ("1.png", "2.png"), ("images/1.png", "images/2.png"), ("train/1.png", "test/1.png"),
     ("cat/a.txt", "dog/b.txt"), ("images/1.png", "2.png")],
)  # fmt: skip
def test_folders_that_tell_no_labels_apart_make_no_table(paths):
    assert table_of(*paths) is None


def test_no_pictures_make_no_table():
    assert folder_table(no_pictures()) is None
