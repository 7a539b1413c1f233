"""A task that lacks all that a task may lack, on every tab of the page."""

import csv
import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import press_tab, serving
from tests.fifth import TASK

PROGRAM = """
from msd_core.tasks import TASKS
TASKS["fifth"] = "tests.fifth"
from ui.page import launch
launch()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app with the fifth task."""
    with serving(tmp_path_factory.mktemp("app"), "-c", PROGRAM) as address:
        yield address


def choose_task(page, prefix: str):
    page.locator(f"#{prefix}task").get_by_role("radio", name=TASK.title).check(force=True)


def distil(page):
    press_tab(page, "Distil")
    page.locator("#d-task input").click()
    page.get_by_role("option", name=TASK.title).click()
    page.locator("#d-start").click()
    expect(page.locator("#progress .failed")).to_contain_text("no teacher: choose labels alone")
    page.locator("#d-method input").click()
    page.get_by_role("option", name="(ce)").click()
    page.locator("#d-weighting").get_by_text("none:").click()
    page.locator("#d-epochs input[type=number]").fill("1")
    page.keyboard.press("Tab")
    page.locator("#d-start").click()
    expect(page.locator("#progress")).to_contain_text("Done", timeout=60_000)


def test_it_goes_through_every_tab(visit, tmp_path):
    page = visit()
    choose_task(page, "")
    expect(page.locator("#answers .error")).to_contain_text("There is no model of fifth yet")
    expect(page.locator("#truth")).not_to_contain_text("Decided by")
    distil(page)
    page.locator("#d-compare").click()
    expect(page.locator("#answers .headline")).to_contain_text("Your student 1")
    expect(page.locator("#views .main-svg").first).to_be_visible()

    page.locator("#why").click()
    expect(page.locator("#attribute-viewer .panel")).to_have_count(1)
    expect(page.locator("#attribute-trust table")).to_contain_text("Infidelity", timeout=60_000)
    ratio = page.locator("#attribute-viewer .map").first.evaluate("m => m.clientWidth / m.clientHeight")
    picture = page.locator("#attribute-viewer .map img.picture").first
    natural = picture.evaluate("i => i.naturalWidth / i.naturalHeight")
    assert ratio == pytest.approx(natural, rel=0.05) and not 0.95 < ratio < 1.05  # in the picture's own frame

    press_tab(page, "Explore")
    choose_task(page, "x-")
    expect(page.locator("#x-headline")).to_contain_text("Your student 1", timeout=120_000)
    expect(page.locator("#x-own input:checked")).to_have_count(1)
    expect(page.locator("#x-count")).to_contain_text("60 of 60 examples")
    expect(page.locator("#x-gap .main-svg")).to_have_count(0)
    page.locator("#s-swap").click()
    expect(page.locator("#s-teacher-probability .main-svg").first).to_be_visible()
    batch(page, tmp_path)

    press_tab(page, "Study")
    page.locator("#st-task").get_by_role("radio", name=TASK.title).check(force=True)
    expect(page.locator("#st-missing code")).to_contain_text("msd study --task fifth")


def batch(page, folder):
    """A ZIP that has its own table, in the way of the hub."""
    archive = folder / "fields.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("train/a.png", TASK.picture("000"))
        lines = [{"file_name": "a.png", "text": "is the field red?"}, {"text": "is the field blue?"}]
        zipped.writestr("train/metadata.jsonl", "\n".join(map(json.dumps, lines)))
    with page.expect_response(lambda response: "/upload" in response.url):
        page.locator("#b-archive input[type=file]").set_input_files(archive)
    expect(page.locator("#b-archive")).to_contain_text("fields")
    page.locator("#b-start").click()
    expect(page.locator("#b-result .sum")).to_have_text("2 rows answered, 0 skipped")
    with page.expect_download() as saved:
        page.locator("#b-result button[data-file]").click()
    lines = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert "no picture" in lines[1]["warnings"]
