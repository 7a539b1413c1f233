"""What a visitor does while a slow server is at work: nothing of it is lost, and what comes late is to it."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import press_tab, serving

PROGRAM = """
import sys
import time
from pathlib import Path

import analysis.pair.examples as examples
import msd_core.comparison as comparison


def held(function):
    def wait(task, *rest):
        while (Path(sys.argv[1]) / f"{function.__name__} {task.name}").exists():
            time.sleep(0.02)
        return function(task, *rest)

    return wait


examples.gallery, comparison.compare = held(examples.gallery), held(comparison.compare)
from ui.page import launch

launch()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Each file in it holds back what its name says."""
    return tmp_path_factory.mktemp("held")


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder):
    """The app, as slow as a test wants it."""
    with serving(tmp_path_factory.mktemp("app"), "-c", PROGRAM, str(folder)) as address:
        yield address


@pytest.fixture
def noise(tmp_path):
    """A picture of no task's world."""
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)).save(path)
    return path


def upload(page, prefix, path):
    """Returns where the picture on the page comes from."""
    shown = page.locator(f"#{prefix}image img")
    before = shown.get_attribute("src")
    page.locator(f"#{prefix}image").get_by_label("Remove Image").click()
    with page.expect_response(re.compile("/upload")):
        page.locator(f"#{prefix}image input[type=file]").set_input_files(path)
    expect(shown).not_to_have_attribute("src", before)
    return shown.get_attribute("src")


@pytest.mark.parametrize("tab", ("Compare", "Attribute"))
def test_a_picture_brought_before_a_tasks_examples_are_there_stays(visit, folder, noise, tab):
    page, prefix = visit(), "" if tab == "Compare" else "attribute-"
    press_tab(page, tab)
    text = page.locator(f"#{prefix}text textarea")
    expect(text).not_to_have_value("")
    written = text.input_value()
    held = folder / "gallery digits"
    held.touch()
    page.locator(f"#{prefix}task").get_by_role("radio", name="Statements").check(force=True)
    mine = upload(page, prefix, noise)
    held.unlink()
    expect(page.locator(f"#{prefix}examples .caption").first).to_have_text(re.compile("figure|digit"))
    expect(page.locator(f"#{prefix}examples [aria-pressed=true]")).to_have_count(0)
    expect(page.locator(f"#{prefix}image img")).to_have_attribute("src", mine)
    expect(text).to_have_value(written)
    if tab == "Compare":
        expect(page.locator("#answers .warning")).to_contain_text("unlike")


def test_late_answers_are_to_the_picture_on_the_page(visit, folder, noise):
    page = visit()
    held = folder / "compare sarcasm"
    held.touch()
    page.locator("#task").get_by_role("radio", name="Remarks").check(force=True)
    expect(page.locator("#truth")).to_contain_text(re.compile("sincere|sarcastic"))  # before any answer
    mine = upload(page, "", noise)
    expect(page.locator("#truth")).not_to_contain_text("True label")
    held.unlink()
    expect(page.locator("#answers .warning")).to_contain_text("unlike")
    expect(page.locator("#image img")).to_have_attribute("src", mine)
    expect(page.locator("#answers")).not_to_contain_text("✓ right")
