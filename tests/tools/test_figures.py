"""The figures of the docs: one a study and reference, drawn from the box."""

import pytest

from msd_core.errors import UserError
from msd_core.study import published
from tools import figures
from tools.figures import write_figures


@pytest.fixture
def drawn(monkeypatch):
    """What would be drawn, without a browser to draw it."""
    calls = []
    monkeypatch.setattr(
        figures.pio, "write_images", lambda each, paths, **options: calls.append((each, paths, options))
    )
    return calls


def test_every_study_is_drawn(tmp_path, drawn):
    paths = write_figures(tmp_path / "figures")
    names = [path.name for path in paths]
    assert names[0] == "named.svg" and len(set(names)) == len(names)
    assert {f"{task}-{kind}.svg" for task in published.published() for kind in ("kd", "uniform")} <= set(names)
    (each, files, options) = drawn[0]
    assert files == paths and len(each) == len(options["height"]) == len(paths) and all(options["height"])


def test_without_a_study_there_is_nothing_to_draw(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    with pytest.raises(UserError, match="no study in the box"):
        write_figures(tmp_path / "figures")


def test_without_a_browser_it_is_one_sentence(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("no browser")

    monkeypatch.setattr(figures.pio, "write_images", fail)
    with pytest.raises(UserError, match="kaleido and a Chromium") as error:
        write_figures(tmp_path)
    assert "\n" not in str(error.value)
