"""A finished study, made once for the tests of what is made of it."""

from pathlib import Path

import pytest

from msd_core.study.runner import run_study
from msd_core.tasks import Task, load_task
from tests.core.study.tiny_study import PLAN, place_teachers
from tests.pools import InThisProcess


@pytest.fixture(scope="session")
def digits() -> Task:
    return load_task("digits")


@pytest.fixture(scope="session")
def study(tmp_path_factory, digits) -> Path:
    folder = tmp_path_factory.mktemp("study")
    place_teachers(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("msd_core.study.runner.worker_pool", InThisProcess)
        run_study(digits, PLAN, folder)
    return folder
