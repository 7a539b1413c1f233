"""What tests of the page share."""

import pytest

from msd_core.study import published


@pytest.fixture
def published_in(tmp_path, monkeypatch):
    """A folder that is the box of published studies, empty at first; and beside it one of recombined pairs."""
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    monkeypatch.setattr(published, "RECOMBINED_STUDIES", tmp_path / "recombined")
    return tmp_path
