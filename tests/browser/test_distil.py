"""The Distil tab: start, watch, compare, cancel; what one visitor makes no other sees."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import come_back, press_tab


def fill(page, examples: int, epochs: int, task: str = "Statements"):
    press_tab(page, "Distil")
    page.locator("#d-task input").click()
    page.get_by_role("option", name=task).click()
    for name, value in (("examples", examples), ("epochs", epochs)):
        page.locator(f"#d-{name} input[type=number]").fill(str(value))
        page.keyboard.press("Tab")
    page.locator("#d-start").click()


def test_a_student_is_distilled_and_compared_by_its_owner_alone(visit):
    page = visit(390)
    fill(page, 500, 1)
    expect(page.locator("#curves .main-svg").first).to_be_visible(timeout=120_000)
    expect(page.locator("#result table")).to_contain_text("Text only", timeout=120_000)
    expect(page.locator("#progress")).to_contain_text("Done")
    expect(page.locator("#d-by-saliency .main-svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#d-compare").click()
    expect(page.locator("#own")).to_contain_text("Your student 1")
    expect(page.locator("#answers")).to_contain_text("Your student 1")
    expect(page.locator("#views")).to_contain_text("Your student 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page = come_back(page.context, page.url)
    page.get_by_role("radio", name="Statements").check(force=True)
    expect(page.locator("#own")).to_contain_text("Your student 1")

    other = visit()
    other.get_by_role("radio", name="Statements").check(force=True)
    expect(other.locator("#views")).to_contain_text("undetermined")
    assert other.locator("#own").count() == 0


def test_cancel_ends_a_job(visit):
    page = visit()
    fill(page, 20_000, 30)
    expect(page.locator("#progress")).to_contain_text("Distilling", timeout=120_000)
    page.locator("#d-cancel").click()
    expect(page.locator("#progress")).to_contain_text("Stopped")
    expect(page.locator("#d-start")).to_be_enabled()


def test_who_leaves_ends_their_job(visit, app_folder):
    page, before = visit(), runs_in(app_folder)
    fill(page, 20_000, 30)
    expect(page.locator("#progress")).to_contain_text("Distilling", timeout=120_000)
    (run,) = runs_in(app_folder) - before
    page.context.close()
    other = visit()
    fill(other, 200, 1)  # there is one place for jobs: it must be free
    expect(other.locator("#progress")).to_contain_text("Done", timeout=120_000)
    assert not (run / "result.json").exists(), "the job was waited for, not ended"


def runs_in(app_folder: Path) -> set[Path]:
    return {config.parent for config in (app_folder / "home" / "visitors").glob("*/run/config.json")}


@pytest.mark.parametrize("seed", ["-1"])
def test_a_bad_number_gets_one_sentence(visit, seed):
    page = visit()
    press_tab(page, "Distil")
    page.locator("#d-seed input").fill(seed)
    page.keyboard.press("Tab")
    page.locator("#d-start").click()
    expect(page.locator("#progress .failed")).to_contain_text("give one from")
    expect(page.locator("#d-start")).to_be_enabled()


def test_a_method_that_says_nothing_on_the_task_is_refused_at_once(visit):
    page = visit()
    press_tab(page, "Distil")
    page.locator("#d-task input").click()
    page.get_by_role("option", name="Film posters").click()
    page.locator("#d-method input").click()
    page.get_by_role("option", name="(dkd)").click()
    page.locator("#d-start").click()
    expect(page.locator("#progress .failed")).to_contain_text("Choose another method: dkd does not apply to posters")
    expect(page.locator("#d-start")).to_be_enabled()
