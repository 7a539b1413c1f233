"""The models in the box keep what the report says of them, and clear their bars."""

from pathlib import Path

import pytest

from msd_core.bundle import scores
from msd_core.models.bundled import BUNDLED, FOLDER, report
from msd_core.tasks import TASKS
from msd_core.tasks.digits import ceiling
from msd_core.views import MODALITIES, VIEWS


@pytest.fixture(scope="module")
def measured():
    return {task: scores(task) for task in TASKS}


def test_the_report_is_of_these_files(measured):
    for task in TASKS:
        for model in BUNDLED:
            said, found = report()[task]["models"][model], measured[task]["models"][model]
            for view in VIEWS:
                assert found["metrics"][view] == pytest.approx(said["metrics"][view], abs=2e-3), (task, model, view)


def test_teachers_clear_their_bars(measured):
    score = {task: m["models"]["teacher"]["metrics"]["both"] for task, m in measured.items()}
    assert score["easy-vqa"]["accuracy"] >= 0.995
    assert score["digits"]["accuracy"] >= 0.95 * ceiling()
    assert score["sarcasm"]["accuracy"] >= 0.97
    assert score["posters"]["macro_f1"] >= 0.97
    assert score["posters"]["micro_f1"] >= 0.97


@pytest.mark.parametrize("kind", ["necessity", "sufficiency"])
def test_saliency_finds_the_evidence(measured, kind):
    for task in TASKS:
        for modality in MODALITIES:
            found = measured[task]["evidence_auroc"][kind][modality]
            assert found is None or found >= 0.95, (task, modality, found)


def test_students_are_small_and_the_box_is_light(measured):
    for task in TASKS:
        sizes = {model: found["parameters"] for model, found in measured[task]["models"].items()}
        assert all(10 * sizes[student] <= sizes["teacher"] for student in BUNDLED[1:])
    files = [path for path in Path(FOLDER).rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) <= 9_000_000
    assert sum(path.stat().st_size for path in files) <= 30_000_000
