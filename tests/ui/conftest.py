"""What tests of the page share."""

import pytest

from msd_core.study import published


@pytest.fixture
def published_in(tmp_path, monkeypatch):
    """A folder that is the box of published studies, empty at first."""
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    return tmp_path
