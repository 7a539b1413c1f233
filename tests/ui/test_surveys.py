"""Who asks for the same survey waits for the same one; and files sent for one use are gone once read."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from msd_core.errors import UserError
from ui import limits, surveys, uploads
from ui.working import Work, wait


@pytest.fixture
def made(monkeypatch):
    """What was surveyed, in order; each takes a moment."""
    found = []

    def survey(asked, report):
        report(0.5, "half done")
        time.sleep(0.4)
        found.append(asked)
        return f"survey {len(found)}"

    monkeypatch.setattr(surveys, "_survey", survey)
    monkeypatch.setattr(surveys, "_WORKS", type(surveys._WORKS)())
    return found


def test_a_class_of_thirty_starts_one_survey(made):
    with ThreadPoolExecutor(30) as visitors:
        got = list(visitors.map(lambda _: surveys.surveyed("digits", {}), range(30)))
    assert set(got) == {"survey 1"} and len(made) == 1
    assert surveys.surveyed("digits", {}) == "survey 1"
    assert surveys.surveyed("digits", {}, "logit") == "survey 2"


def test_progress_is_told_while_it_runs(made):
    following = surveys.follow("digits", {})
    assert next(following) == (0.5, "half done")


def test_what_failed_reaches_who_waits_and_is_tried_again(made, monkeypatch):
    good = surveys._survey

    def bad(asked, report):
        raise UserError("It cannot be.")

    monkeypatch.setattr(surveys, "_survey", bad)
    with pytest.raises(UserError, match="cannot be"):
        surveys.surveyed("digits", {})
    monkeypatch.setattr(surveys, "_survey", good)
    assert surveys.surveyed("digits", {}) == "survey 1"


def test_few_are_kept_and_few_students_allowed(made, monkeypatch):
    monkeypatch.setattr(limits, "SURVEYS_KEPT", 1)
    surveys.surveyed("digits", {})
    surveys.surveyed("posters", {})
    surveys.surveyed("digits", {})
    assert len(made) == 3
    with pytest.raises(UserError, match="at most"):
        surveys.surveyed("digits", {str(i): "x" for i in range(limits.OWN_AT_ONCE + 1)})


def test_what_nobody_foresaw_becomes_one_sentence(capsys):
    with pytest.raises(UserError, match="ZeroDivisionError"):
        wait(Work(lambda report: 1 / 0, threading.BoundedSemaphore(1)).follow())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def test_a_table_is_gone_once_read_also_where_it_is_refused(folder):
    for content, most in ((b"image,text", 100), (b"x" * 200, 100)):
        path = folder / "pairs.csv"
        path.write_bytes(content)
        try:
            assert uploads.take({"path": str(path)}, "table", uploads.TABLES, most) == content
        except UserError as error:
            assert "too large" in str(error)
        assert not path.exists()


def test_no_picture_of_others_is_deleted_and_no_file_outside(folder, tmp_path_factory):
    picture, outside = folder / "picture.png", tmp_path_factory.mktemp("outside") / "table.csv"
    for path in (picture, outside):
        path.write_bytes(b"image,text")
        with pytest.raises(UserError):
            uploads.take({"path": str(path)}, "table", uploads.TABLES, 100)
        uploads.discard({"path": str(path)})
        assert path.exists()
