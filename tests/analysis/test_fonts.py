"""One font in page, figures and reports, that no page has to fetch."""

import base64
import re
import subprocess
import sys

import pytest

from analysis import fonts
from analysis.fonts import FONT, WEB_FONT, font_faces
from analysis.pair.figures import saliency_figure

FACE = r"@font-face \{ font-family: 'IBM Plex Sans'; font-weight: (\d+); .*?url\(data:font/woff2;base64,([^)]+)\)"


def test_the_font_begins_with_the_one_that_is_brought_along_and_ends_with_any():
    assert WEB_FONT == "IBM Plex Sans" and FONT.startswith("'IBM Plex Sans', ") and FONT.endswith(", sans-serif")
    assert '"' not in FONT, "it stands in a style"


def test_the_faces_hold_two_files_of_the_font():
    assert font_faces().count("data:") == 2
    faces = re.findall(FACE, font_faces())
    assert [weight for weight, _ in faces] == ["400", "700"]
    files = [base64.b64decode(content) for _, content in faces]
    assert all(file.startswith(b"wOF2") and len(file) > 10_000 for file in files) and files[0] != files[1]
    assert "http" not in font_faces().replace("data:font", "")


def test_figures_are_set_in_it():
    figure = saliency_figure({"teacher": {"image": 0.1, "text": 0.2}})
    assert figure.layout.font.family == FONT == figure.layout.hoverlabel.font.family


@pytest.fixture
def without_gradio(monkeypatch):
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    font_faces.cache_clear()
    yield
    font_faces.cache_clear()


def test_without_gradio_there_are_no_faces(without_gradio):
    assert font_faces() == ""


def test_gradio_is_not_imported_for_its_files():
    code = "import sys; from analysis.fonts import font_faces; font_faces(); print('gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
