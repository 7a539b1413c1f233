"""Reports from the page: saved on the visitor's disk, whole, and readable offline."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import press_tab
from tests.browser.test_layout import CUT


def save(page, card: str, button: str):
    with page.expect_download() as download:
        page.locator(card).get_by_role("button", name=button, exact=True).click()
    return download.value


def make(page, card: str) -> None:
    page.locator(card).get_by_role("button", name="Make a report", exact=True).click()
    expect(page.locator(f"{card} button[data-file$=html]")).to_be_visible(timeout=120_000)


@pytest.mark.parametrize(
    ("tab", "card", "figures"),
    [("Compare", "#report", 4), ("Attribute", "#attribute-report", 4), ("Explore", "#x-report", 14)],
)
def test_a_report_is_saved_and_opens_offline(visit, browser, tmp_path, tab, card, figures):
    page = visit()
    press_tab(page, tab)
    expect(page.locator(card)).to_be_visible(timeout=120_000)
    make(page, card)
    file = tmp_path / "report.html"
    save(page, card, "Save the report (HTML)").save_as(file)
    numbers = tmp_path / "numbers.json"
    save(page, card, "Save its numbers (JSON)").save_as(numbers)
    assert json.loads(numbers.read_text())
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
    faults, opened = [], context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda r: faults.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None)
    opened.goto(f"file://{file}")
    expect(opened.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(opened.locator(".js-plotly-plot")).to_have_count(figures)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.evaluate("document.fonts.check('16px \"IBM Plex Sans\"')")
    assert opened.evaluate(CUT) == []
    context.close()
    assert not faults


def test_a_report_of_something_else_is_taken_away(visit):
    page = visit()
    make(page, "#report")
    page.locator("#examples button").nth(2).click()
    expect(page.locator("#report button[data-file]")).to_have_count(0)
