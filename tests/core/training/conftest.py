"""What tests of training share."""

import pytest

from msd_core.models.bundled import load_bundled
from msd_core.models.files import LoadedModel
from msd_core.tasks import Task, load_task


@pytest.fixture(scope="session")
def digits() -> Task:
    return load_task("digits")


@pytest.fixture
def teacher(digits) -> LoadedModel:
    return load_bundled(digits, "teacher")
