"""The Attribute tab as a visitor meets it."""

import itertools
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import press_tab

SLOW = 40_000  # milliseconds: maps and measures of other visitors go first, on a machine that may be busy


def open_tab(page):
    press_tab(page, "Attribute")
    expect(page.locator("#attribute-viewer .panel")).to_have_count(3, timeout=SLOW)
    return page


def attribute(page, text: str):
    page.locator("#attribute-text textarea").fill(text)
    expect(page.locator("#attribute-truth")).not_to_contain_text("True label")
    page.locator("#attribute-attribute").click()


def choose(page, name: str, value: str):
    page.locator(f"#attribute-{name} input").click()
    page.get_by_role("option", name=value, exact=True).click()


def upload(page, path):
    page.locator("#attribute-image").get_by_label("Remove Image").click()
    expect(page.locator("#attribute-sentences")).to_contain_text("The pair has changed")  # by which maps are gone
    with page.expect_response(lambda response: "/upload" in response.url):
        page.locator("#attribute-image input[type=file]").set_input_files(path)


def lit(page) -> list[str]:
    """Which models have something lit, and what."""
    nodes = page.locator("#attribute-viewer .lit")
    return nodes.evaluate_all("all => all.map(n => [n.closest('.panel').dataset.model, n.dataset.index].join())")


def test_opens_with_the_maps_of_an_example(visit):
    page = open_tab(visit())
    expect(page.locator("#attribute-sentences .headline")).to_contain_text("The teacher’s map of “triangle”")
    expect(page.locator("#attribute-viewer .legend")).to_contain_text("against “triangle”")
    expect(page.locator("#attribute-viewer .legend")).to_contain_text("percentage points")
    panel = page.locator("#attribute-viewer .panel").first
    expect(panel).to_contain_text("add up to this change within")
    assert panel.locator(".measure").count() == 3


@pytest.mark.parametrize(("part", "index"), [("word", 3), ("patch", 49)])
def test_pointing_reads_out_the_numbers_and_lights_the_counterparts(visit, part, index):
    page = open_tab(visit())
    panels = page.locator("#attribute-viewer .panel")
    panels.nth(1).locator(f".{part}").nth(index).hover()
    assert lit(page) == [f"Teacher,{index}", f"KD,{index}", f"Recombined,{index}"]
    readout = page.locator("#attribute-viewer .readout")
    for i, model in enumerate(("Teacher", "KD", "Recombined")):
        number = panels.nth(i).locator(f".{part}").nth(index).get_attribute("data-value")
        expect(readout).to_contain_text(f"{model} {number}")
    page.locator("#attribute-sentences").hover()
    assert lit(page) == []


def test_the_keyboard_moves_over_patches_and_words(visit):
    page = open_tab(visit())
    panel = page.locator("#attribute-viewer .panel").first
    panel.locator(".patch").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#attribute-viewer .readout")).to_contain_text("Patch in row 2, column 2")
    panel.locator(".word").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#attribute-viewer .readout")).to_contain_text("“is”")
    page.keyboard.press("Escape")
    assert lit(page) == []


def test_the_map_can_be_faded_and_refined(visit):
    page = open_tab(visit())
    fill = page.locator("#attribute-viewer .paint img.patches").first

    def opacity():
        return float(fill.evaluate("node => getComputedStyle(node).opacity"))

    before = opacity()
    page.locator("#attribute-viewer [name=opacity]").fill("20")
    assert opacity() < before
    page.locator("#attribute-viewer .shapes").get_by_text("Pixels").click()
    expect(fill).to_be_hidden()
    expect(page.locator("#attribute-viewer .paint img.pixels").first).to_be_visible()
    page.locator("#attribute-viewer [name=outline]").uncheck()
    expect(page.locator("#attribute-viewer .map svg").first).to_be_hidden()
    page.locator("#attribute-examples button").nth(1).click()
    expect(page.locator("#attribute-viewer .legend")).not_to_contain_text("triangle")
    expect(fill).to_be_hidden()  # what was chosen holds for the next maps


def test_how_maps_are_made_can_be_changed(visit):
    page = open_tab(visit())
    choose(page, "label", "red")
    expect(page.locator("#attribute-viewer .legend")).to_contain_text("for “red”")
    choose(page, "method", "Occlusion")
    expect(page.locator("#attribute-viewer .panel").first).to_contain_text("does not promise")
    page.locator("#attribute-more button").first.click()
    expect(page.locator("#attribute-count")).to_have_count(0)
    page.locator("#attribute-view").get_by_text("Image only").click()
    expect(page.locator("#attribute-viewer .panel").first).to_contain_text("The text is hidden")
    page.locator("#attribute-output").get_by_text("Logit").click()
    expect(page.locator("#attribute-viewer .legend")).to_contain_text("nats")


def test_what_is_chosen_while_maps_are_made_is_kept(visit):
    page = open_tab(visit())
    choose(page, "label", "red")
    choose(page, "method", "Occlusion")  # before the maps of the label are there
    expect(page.locator("#attribute-viewer .panel").first).to_contain_text("does not promise")
    expect(page.locator("#attribute-viewer .legend")).to_contain_text("for “red”")
    page.locator("#attribute-examples button").nth(1).click()
    choose(page, "method", "Integrated Gradients")  # before the maps of the next example are
    expect(page.locator("#attribute-label input")).to_have_value(re.compile("likeliest .(?!triangle)"))
    expect(page.locator("#attribute-viewer .panel").first).not_to_contain_text("does not promise")
    expect(page.locator("#attribute-method input")).to_have_value("Integrated Gradients")


def test_two_students_at_most_stand_beside_the_teacher(visit):
    page = open_tab(visit())
    page.locator("#attribute-own").get_by_text("Labels only").click()
    names = page.locator("#attribute-viewer h4")
    expect(names).to_have_text(["Teacher", "Labels only", "Recombined"])
    expect(page.locator("#attribute-own input:checked")).to_have_count(2)


def test_it_is_measured_how_far_to_trust_the_maps(visit):
    page = open_tab(visit())
    trust = page.locator("#attribute-trust")
    expect(trust.locator("table")).to_contain_text("Infidelity", timeout=SLOW)
    expect(trust.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(trust).to_contain_text("do not read much into it")
    expect(page.locator("#attribute-alike table")).to_contain_text("Rank correlation of patches")
    expect(page.locator("#attribute-pointing table")).to_contain_text("Largest value in the deciding region")
    assert "Sensitivity" not in trust.locator("table").inner_text()
    page.locator("#attribute-sensitivity").click()
    expect(trust.locator("table")).to_contain_text("Sensitivity", timeout=SLOW)


def test_compare_leads_here_with_its_pair(visit, tmp_path):
    page = visit()
    page.locator("#examples button").nth(3).click()
    text = page.locator("#examples button").nth(3).get_attribute("title")
    expect(page.locator("#examples button").nth(3)).to_have_attribute("aria-pressed", "true")
    page.locator("#why").click()
    expect(page.locator("#attribute-text textarea")).to_have_value(text)
    expect(page.locator("#attribute-examples button").nth(3)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#attribute-viewer .words").first).to_have_text(text)
    press_tab(page, "Compare")
    page.locator("#text textarea").fill("is a circle present here?")
    expect(page.locator("#truth")).not_to_contain_text("True label")
    page.locator("#why").click()
    expect(page.locator("#attribute-viewer .words").first).to_have_text("is a circle present here?")
    expect(page.locator("#attribute-truth")).not_to_contain_text("True label")


def test_a_visitors_words_stay_words(visit):
    page = open_tab(visit())
    text = "<script>hit()</script> <img src=x> ${1+1}"
    attribute(page, text)
    words = page.locator("#attribute-viewer .words").first
    expect(words).to_have_text(text)
    words.locator(".word").first.hover()
    expect(page.locator("#attribute-viewer .readout")).to_contain_text("“<script>")
    assert page.locator("#attribute-viewer .words img").count() == 0
    assert page.title() != "hit"


def test_a_right_to_left_text_runs_its_way(visit):
    page = open_tab(visit())
    attribute(page, "ما هو لون الشكل")
    words = page.locator("#attribute-viewer .words").first.locator(".word")
    expect(words).to_have_count(4)
    assert words.first.bounding_box()["x"] > words.last.bounding_box()["x"]
    words.first.focus()
    page.keyboard.press("ArrowLeft")
    name = page.locator("#attribute-viewer .readout strong")
    expect(name).to_have_text("“هو”")
    assert name.evaluate("node => getComputedStyle(node).direction") == "rtl"
    page.keyboard.press("ArrowRight")
    expect(name).to_have_text("“ما”")


def test_a_text_without_blanks_has_none_between_its_words(visit):
    page = open_tab(visit())
    attribute(page, "「赤い」城 ですか。")
    words = page.locator("#attribute-viewer .words").first
    expect(words.locator(".word")).to_have_text(["「赤", "い」", "城", "で", "す", "か。"])
    assert words.text_content() == "「赤い」城 ですか。"
    boxes = [words.locator(".word").nth(i).bounding_box() for i in range(4)]
    gaps = [after["x"] - before["x"] - before["width"] for before, after in itertools.pairwise(boxes)]
    assert gaps[0] == pytest.approx(0, abs=0.5) and gaps[1] == pytest.approx(0, abs=0.5) and gaps[2] > 2
    words.locator(".word").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#attribute-viewer .readout")).to_contain_text("“い」”")


def test_foreign_and_broken_pictures_get_one_sentence(visit, tmp_path):
    page = open_tab(visit())
    noise, broken = tmp_path / "noise.png", tmp_path / "broken.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)).save(noise)
    broken.write_bytes(b"\x89PNG is all there is")
    upload(page, noise)
    page.locator("#attribute-attribute").click()
    expect(page.locator("#attribute-sentences .warning")).to_contain_text("unlike")
    upload(page, broken)
    page.locator("#attribute-attribute").click()
    expect(page.locator("#attribute-sentences .error")).to_contain_text("not a picture")
    expect(page.locator("#attribute-viewer .panel")).to_have_count(0)
    expect(page.locator("#attribute-trust")).to_have_count(0)
    page.locator("#attribute-examples button").nth(1).click()
    expect(page.locator("#attribute-viewer .panel")).to_have_count(3)


def test_of_a_long_text_the_words_that_are_read_are_shown(visit):
    page = open_tab(visit())
    attribute(page, "word " * 300)
    expect(page.locator("#attribute-sentences .warning")).to_contain_text("its end was cut off")
    assert 20 < page.locator("#attribute-viewer .words").first.locator(".word").count() <= 48


def test_maps_go_when_the_pair_changes(visit):
    page = open_tab(visit())
    expect(page.locator("#attribute-trust table")).to_be_visible(timeout=SLOW)
    page.locator("#attribute-text textarea").fill("is it blue?")
    expect(page.locator("#attribute-sentences")).to_contain_text("The pair has changed")
    expect(page.locator("#attribute-viewer .panel")).to_have_count(0)
    expect(page.locator("#attribute-details")).to_be_hidden()
    page.locator("#attribute-attribute").click()
    expect(page.locator("#attribute-viewer .words").first).to_contain_text("blue?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(visit, scheme):
    page = open_tab(visit(390, scheme))
    expect(page.locator("#attribute-trust table")).to_be_visible(timeout=SLOW)
    page.locator("#attribute-task").get_by_role("radio", name="Film posters").check(force=True)
    expect(page.locator("#attribute-viewer .word").nth(20)).to_be_attached()
    page.locator("#attribute-viewer .patch").nth(7).click()
    assert len(lit(page)) == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
