"""The Languages tab: one picture under two names, and what went across languages."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import press_tab


@pytest.fixture
def languages(visit):
    def open_tab(width: int = 1280, scheme: str = "light"):
        page = visit(width, scheme)
        press_tab(page, "Languages")
        expect(page.locator("#l-tables table")).to_have_count(2)
        return page

    return open_tab


def choose(page, number: int, language: str) -> None:
    page.locator(f"#l-language-{number} input").click()
    page.get_by_role("option", name=language, exact=True).click()
    expect(page.get_by_role("option")).to_have_count(0)  # a list stays for a moment, and the next has the same options
    expect(page.locator("#l-answers .headline")).to_contain_text(f"the {language} text")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_arabic_and_a_japanese_name_stand_side_by_side_each_in_its_direction(languages, width):
    page = languages(width)
    choose(page, 1, "Arabic")
    choose(page, 2, "Japanese")
    arabic, japanese = page.locator("#l-tables h4 b").all()
    assert arabic.inner_text() == page.locator("#l-text-1 textarea, #l-text-1 input").input_value()
    directions = [each.evaluate("e => getComputedStyle(e).direction") for each in (arabic, japanese)]
    assert directions == ["rtl", "ltr"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_scores_and_leanings_are_drawn_by_language(languages):
    page = languages()
    expect(page.locator("#l-scores .main-svg").first).to_be_visible(timeout=120_000)
    expect(page.locator("#l-leaning .main-svg").first).to_be_visible(timeout=120_000)
    expect(page.locator("#l-scores-title")).to_contain_text("95 % intervals")
    expect(page.locator("#l-leaning-title")).to_contain_text("The teacher leans on the text most in")
    before = page.locator("#l-means-title").inner_text()
    page.locator("#l-view").get_by_text("Both", exact=True).click()
    expect(page.locator("#l-means-title")).not_to_have_text(before)
    page.locator("#l-who input").click()
    page.get_by_role("option", name="KD", exact=True).click()
    expect(page.locator("#l-leaning-title")).to_contain_text("The KD student leans")


def test_answers_go_when_a_text_changes_and_come_back_at_the_button(languages):
    page = languages()
    page.locator("#l-text-2 textarea, #l-text-2 input").fill("a small dog")
    expect(page.locator("#l-answers")).to_contain_text("That has changed")
    expect(page.locator("#l-tables table")).to_have_count(0)
    page.locator("#l-ask").click()
    expect(page.locator("#l-tables table")).to_have_count(2)
    expect(page.locator("#l-tables h4 b").last).to_have_text("a small dog")
