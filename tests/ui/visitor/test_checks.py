"""What a visitor sends is checked before anything else is done with it."""

import pytest

from analysis.attribution.methods import METHODS as MAPS
from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.tasks import TASKS, load_task
from msd_core.training.config import UNLABELLED
from ui import limits
from ui.visitor import checks

GOOD = {"method": "shapley", "label": "", "output": "logit", "view": "image", "baseline": "blur", "count": 10}
JOB = {"weighting": "learned", "model": "student", "examples": 500, "epochs": 1, "seed": 0}


def test_every_method_that_takes_steps_or_samples_has_a_range_around_its_default():
    assert set(limits.COUNTS) == {name for name, method in MAPS.items() if method.count}
    for name, (low, high) in limits.COUNTS.items():
        assert low <= MAPS[name].default <= high


def test_good_settings_pass(easy_vqa):
    settings = checks.check_settings(easy_vqa, **GOOD)
    assert (settings.method, settings.label, settings.n_samples) == ("shapley", None, 10)
    passes = checks.check_settings(easy_vqa, **{**GOOD, "method": "occlusion", "count": 99})
    assert passes.n_samples is None and passes.n_steps is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "magic"}, "no method"),
        ({"method": None}, "method must be a string"),
        ({"label": "purple"}, "no label"),
        ({"label": ["red"]}, "label must be a string"),
        ({"output": "x"}, "no output"),
        ({"view": "neither"}, "no view"),
        ({"baseline": "pink"}, "no baseline"),
        ({"count": 10**9}, "give one from 5 to 50"),
        ({"count": float("nan")}, "whole number"),
    ],
)
def test_bad_settings_are_refused(easy_vqa, change, sentence):
    with pytest.raises(UserError, match=sentence):
        checks.check_settings(easy_vqa, **{**GOOD, **change})


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_does_not_apply_to_a_task_is_refused_before_the_job(name, method):
    task = load_task(name)
    job = {**JOB, "weighting": "learned" if METHODS[method].needs_teacher else "none"}
    if METHODS[method].undefined_for(task) is None:
        assert checks.check_config(task, method, **job).method == method
    else:
        with pytest.raises(UserError, match=f"Choose another method: {method} does not apply to {name}"):
            checks.check_config(task, method, **job)


def test_a_task_without_a_teacher_can_be_trained_on_labels_alone(fifth):
    assert checks.check_config(fifth, "ce", **{**JOB, "weighting": "none"}).method == "ce"
    with pytest.raises(UserError, match="no teacher: choose labels alone"):
        checks.check_config(fifth, "kd", **JOB)


@pytest.mark.parametrize("texts", UNLABELLED)
def test_texts_without_labels_are_read_where_there_are_some(easy_vqa, texts):
    job = {**JOB, "model": "gram-student", "weighting": "instance"}
    config = checks.check_config(load_task("emoji"), "kd", **job, texts=texts)
    assert config.languages == "en" and UNLABELLED[texts].items() <= config.to_dict().items()
    if texts != "unread":
        with pytest.raises(UserError, match=r"easy-vqa has no texts without labels: choose unread\."):
            checks.check_config(easy_vqa, "kd", **JOB, texts=texts)
    with pytest.raises(UserError, match="no use of unlabelled texts called 'aloud'"):
        checks.check_config(load_task("emoji"), "kd", **job, texts="aloud")


def test_pairs_are_recombined_within_a_batch(easy_vqa):
    config = checks.check_config(easy_vqa, "kd", **JOB, recombine=8)
    assert config.recombine == 8 and config.title == "kd + learned + recombined"
    for wrong in (-1, 65, 0.5, "all", None):
        with pytest.raises(UserError, match="ecombined texts"):
            checks.check_config(easy_vqa, "kd", **JOB, recombine=wrong)


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "uploads" / "mine.png").write_bytes(b"x")
    (tmp_path / "uploads" / "way-out.png").symlink_to(tmp_path / "secret.png")
    return tmp_path / "uploads"


def test_only_files_that_were_uploaded_are_read(uploads):
    assert checks.check_upload({"path": str(uploads / "mine.png")}) == str(uploads / "mine.png")
    paths = ("../secret.png", "way-out.png", "lost.png", "", "..", "a\0b", "x" * 9999)
    for path in (*(str(uploads / path) if path else path for path in paths), "/etc/passwd", 7, None, ["mine.png"]):
        with pytest.raises(UserError, match="upload"):
            checks.check_upload({"path": path})


def test_nothing_uploaded_is_no_picture_and_a_damaged_upload_is_an_error(uploads):
    assert checks.check_optional_upload(None) is None and checks.check_optional_upload("") is None
    with pytest.raises(UserError, match="no picture"):
        checks.check_optional_upload({"path": ""})
