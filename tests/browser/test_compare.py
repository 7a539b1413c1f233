"""The Compare tab as a visitor meets it."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import press_tab


@pytest.fixture
def noise(tmp_path):
    """A picture of no task's world."""
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)).save(path)
    return path


def upload(page, path):
    page.locator("#image").get_by_label("Remove Image").click()
    with page.expect_response(re.compile("/upload")):
        page.locator("#image input[type=file]").set_input_files(path)


def test_opens_with_an_answer_that_hiding_the_image_flips(visit):
    page = visit()
    expect(page.locator("#answers .headline")).to_contain_text("hiding the image flips its answer")
    expect(page.locator("#truth")).to_contain_text("True label")
    expect(page.locator("#answers")).to_contain_text("✓ right")
    for figure in ("#views", "#saliency", "#shapley"):
        expect(page.locator(f"{figure} .js-plotly-plot .main-svg").first).to_be_visible()


def test_an_example_is_answered_when_picked(visit):
    page = visit()
    page.locator("#examples button").nth(3).click()
    expect(page.locator("#examples button").nth(3)).to_have_attribute("aria-pressed", "true")
    text = page.locator("#examples button").nth(3).get_attribute("title")
    expect(page.locator("#text textarea")).to_have_value(text)


def test_answers_go_once_they_are_to_another_text(visit):
    page = visit()
    page.locator("#text textarea").fill("is there a circle?")
    expect(page.locator("#answers")).to_contain_text("press Compare")
    expect(page.locator("#figures")).not_to_be_visible()
    page.locator("#compare").click()
    expect(page.locator("#answers .headline")).to_be_visible()
    expect(page.locator("#figures")).to_be_visible()


def test_the_task_can_be_changed(visit):
    page = visit()
    page.get_by_role("radio", name="Statements").check(force=True)
    expect(page.locator("#views")).to_contain_text("undetermined")
    expect(page.locator("#truth")).to_contain_text("Decided by")


def test_examples_can_be_those_of_one_language(visit):
    page = visit()
    expect(page.locator("#language")).to_be_hidden()
    page.locator("#task").get_by_text("Emoji, 14 languages").click()
    page.locator("#language input").click()
    page.get_by_role("option", name="Russian", exact=True).click()
    captions = page.locator("#examples .caption")
    for caption in captions.all():
        expect(caption).to_have_text(re.compile("[а-яё]", re.IGNORECASE))
    page.locator("#examples button").nth(2).click()
    expect(page.locator("#examples button").nth(2)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#text textarea")).to_have_value(re.compile("[а-яё]", re.IGNORECASE))
    expect(captions.first).to_have_text(re.compile("[а-яё]", re.IGNORECASE))


def test_a_picture_unlike_any_in_the_task_gets_a_warning(visit, noise):
    page = visit()
    upload(page, noise)
    expect(page.locator("#truth")).not_to_contain_text("True label")
    page.locator("#text textarea").fill("is a circle present?")
    expect(page.locator("#answers")).to_contain_text("press Compare")  # and not the answers to another pair
    page.locator("#compare").click()
    expect(page.locator("#answers .warning")).to_contain_text("unlike")
    expect(page.locator("#figures.doubtful")).to_have_count(1)


def test_bad_input_gets_one_sentence_and_the_page_goes_on(visit, tmp_path):
    page, bad = visit(), tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG is all there is")
    upload(page, bad)
    page.locator("#compare").click()
    expect(page.locator("#answers .error")).to_contain_text("not a picture")
    expect(page.locator("#figures")).to_have_count(0)
    page.locator("#image").get_by_label("Remove Image").click()
    page.locator("#text textarea").fill(" ")
    page.locator("#compare").click()
    expect(page.locator("#answers .error")).to_contain_text("neither a picture nor a text")
    page.locator("#examples button").nth(1).click()
    expect(page.locator("#answers .headline")).to_be_visible()


def test_an_empty_slot_is_the_view_without_it(visit):
    page = visit()
    page.locator("#image").get_by_label("Remove Image").click()
    expect(page.locator("#truth")).not_to_contain_text("True label")
    page.locator("#compare").click()
    expect(page.locator("#answers .warning")).to_contain_text("There is no picture: the models read the text alone.")
    expect(page.locator("#views .main-svg").first).to_be_visible()
    page.locator("#why").click()
    expect(page.locator("#attribute-sentences .warning")).to_contain_text("There is no picture")
    expect(page.locator("#attribute-viewer .panel")).to_have_count(3)
    press_tab(page, "Compare")
    page.locator("#examples button").nth(1).click()
    expect(page.locator("#answers .warning")).to_have_count(0)
    page.locator("#text textarea").fill("")
    expect(page.locator("#truth")).not_to_contain_text("True label")
    page.locator("#compare").click()
    expect(page.locator("#answers .warning")).to_contain_text("There is no text: the models see the picture alone.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(visit, scheme):
    page = visit(390, scheme)
    page.wait_for_selector("#shapley .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    press_tab(page, "Distil")
    expect(page.locator("#d-start")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
