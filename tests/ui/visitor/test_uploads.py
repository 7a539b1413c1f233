"""Uploads are read whole or refused, and swept away once they are old."""

import os
import time

import pytest

from msd_core.errors import UserError
from ui.visitor import uploads


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def test_two_visitors_may_send_the_same_file(folder):
    path = folder / "pairs.csv"
    path.write_bytes(b"image,text")
    for _ in range(2):
        assert uploads.read_upload({"path": str(path)}, "table", uploads.TABLES, 100) == b"image,text"


def test_what_is_too_large_or_no_table_or_outside_is_refused(folder, tmp_path_factory):
    large, other, outside = folder / "a.csv", folder / "a.png", tmp_path_factory.mktemp("outside") / "a.csv"
    for path in (large, other, outside):
        path.write_bytes(b"x" * 200)
    for path, sentence in ((large, "too large"), (other, "must be a .csv"), (outside, "not uploaded here")):
        with pytest.raises(UserError, match=sentence):
            uploads.read_upload({"path": str(path)}, "table", uploads.TABLES, 100)


def test_old_uploads_are_swept_and_new_ones_stay(folder):
    now = time.time()
    for name, age in (("old/a.png", 4000), ("new/a.png", 10), ("aborted-upload", 4000), ("just-begun", 10)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        for each in {path, path.parent} - {folder}:
            os.utime(each, (now - age, now - age))
    uploads.sweep_uploads(3600)
    assert {path.name for path in folder.iterdir()} == {"new", "just-begun"}
    uploads.sweep_uploads(-1)
    assert not list(folder.iterdir())


def test_a_folder_that_is_not_there_is_no_error(folder, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder / "none"))
    uploads.sweep_uploads(0)
