"""What the tests of all rooms share."""

import pytest

from msd_core.models.files import LoadedModel
from tests.analysis.models import random_model
from tests.tiny import TINY, TINY_224


@pytest.fixture
def two_sizes(fifth) -> dict[str, LoadedModel]:
    """Models of the fifth task: a teacher that reads 224 pixels on a side, and a student that reads 64."""
    return {"teacher": random_model(fifth, TINY_224, seed=1), "kd": random_model(fifth, TINY, seed=2)}
