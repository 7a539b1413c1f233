"""The models that come with a task, by name; and what is absent where a task brings none."""

from dataclasses import replace

import pytest

from msd_core.errors import UserError
from msd_core.models import bundled
from msd_core.models.bundled import FLAGSHIP, bundled_models, bundled_names, load_bundled, load_teacher, report
from msd_core.models.files import save_model
from msd_core.models.zoo import build
from msd_core.storage import write_json
from msd_core.tasks import BOX, TASKS, load_task
from msd_core.views import MODALITIES, VIEWS
from tests.tiny import TINY
from tools.bundle import models_of


@pytest.mark.parametrize("name", TASKS)
def test_every_task_of_ours_brings_a_teacher_and_its_students(name):
    task = load_task(name)
    models = bundled_models(task)
    assert tuple(models) == bundled_names(task) == models_of(task)
    views = {"teacher": VIEWS, "ce": ("both",), "kd": ("both",), FLAGSHIP: ("both",)}
    for each, loaded in models.items():
        assert loaded.task == name and loaded.origin == "bundled" and loaded.info["name"] == each
        expected = views.get(each, ("both", "image", "text"))
        assert loaded.model.trained_views == expected, "also of a file of the first format"
        assert (loaded.model.detector is not None) == (each == "teacher")
    assert set(models["teacher"].model.detector.subspaces) == set(MODALITIES)
    assert len({loaded.weights_hash for loaded in models.values()}) == len(models)


def test_a_model_is_loaded_once_a_process(easy_vqa):
    assert load_bundled(easy_vqa, "msd") is load_bundled(easy_vqa, "msd")
    assert load_teacher(easy_vqa) is load_bundled(easy_vqa, "teacher")


def test_a_model_made_anew_is_loaded_anew(tmp_path):
    task = replace(load_task("digits"), models=tmp_path)
    hashes = []
    for _ in range(2):
        save_model(tmp_path / "teacher.safetensors", build(TINY, 3), TINY, task)
        hashes.append(load_bundled(task, "teacher").weights_hash)
    assert hashes[0] != hashes[1]
    assert bundled_names(task) == ("teacher",)
    with pytest.raises(UserError, match=r"no bundled model called 'msd': choose one of teacher\."):
        load_bundled(task, "msd")


def test_a_task_without_models_has_none(fifth, tmp_path):
    for task in (fifth, replace(fifth, models=tmp_path), replace(fifth, models=tmp_path / "none")):
        assert bundled_names(task) == () and bundled_models(task) == {}
        with pytest.raises(UserError, match="fifth has no models of its own"):
            load_bundled(task, "teacher")


@pytest.mark.parametrize("name", ["nowhere", "", "msd_core", "x" * 300, "\0"])
def test_a_folder_without_a_run_is_no_teacher(easy_vqa, name):
    with pytest.raises(UserError, match=r"no finished run|cannot be used|no file"):
        load_teacher(easy_vqa, name)


def test_the_folder_of_a_run_is_a_teacher(tmp_path):
    task = load_task("digits")
    save_model(tmp_path / "model.safetensors", build(TINY, 3), TINY, task)
    teacher = load_teacher(task, str(tmp_path))
    assert teacher.origin == str(tmp_path)


def test_the_report_is_of_the_tasks_in_the_box(tmp_path, monkeypatch):
    assert list(report()) == list(TASKS)
    assert all(tuple(scores["models"]) == models_of(load_task(name)) for name, scores in report().items())
    assert all(set(scores["baselines"]) == {"majority", "text_only"} for scores in report().values())
    monkeypatch.setattr(bundled, "REPORT", tmp_path / "report.json")
    assert report() == {}
    write_json(tmp_path / "report.json", {"digits": {}})
    assert report()["digits"] == {}


def test_the_box_is_light():
    files = [path for path in BOX.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) <= 9_000_000
    assert sum(path.stat().st_size for path in files) <= 30_000_000
