"""The Explore tab: figures of a whole dataset, filters, points to click, swap matrices and batches."""

import csv
import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import press_tab

CLICK = """(row) => {
  const plot = document.querySelector('#x-scatter .js-plotly-plot');
  const trace = row === null ? plot.data[0] : plot.data.find((t) => t.customdata.includes(row));
  const i = row === null ? 0 : trace.customdata.indexOf(row);
  plot.emit('plotly_click', { points: [{ customdata: trace.customdata[i] }] });
  return trace.customdata[i];
}"""


@pytest.fixture
def explore(visit):
    def open_tab(width: int = 1280, scheme: str = "light"):
        page = visit(width, scheme)
        press_tab(page, "Explore")
        page.wait_for_selector("#s-student-interaction .main-svg", timeout=90_000)
        expect(page.locator("#x-count")).to_contain_text("examples")
        return page

    return open_tab


def kept(page) -> int:
    return int(re.match(r"([\d,]+) of", page.locator("#x-count").inner_text()).group(1).replace(",", ""))


def test_opens_with_a_headline_and_all_figures(explore):
    page = explore()
    expect(page.locator("#x-headline")).to_contain_text("merely adding up image and text would score")
    for name in ("density", "emap", "calibration", "spread", "gap", "gap-label", "perceptual"):
        expect(page.locator(f"#x-{name} .main-svg").first).to_be_visible()
    expect(page.locator("#x-count")).to_contain_text("2,000 of them drawn")
    expect(page.locator("#x-table tbody tr")).to_have_count(200)


def test_a_filter_narrows_count_points_and_table_and_a_title_sorts_it(explore):
    page = explore()
    everything = kept(page)
    page.locator("#x-words input").fill("Triangle")
    expect(page.locator("#x-count")).not_to_contain_text(f"{everything:,} of")
    assert 0 < kept(page) < everything
    texts = page.locator("#x-table td.text").all_inner_texts()
    assert texts and all("triangle" in text for text in texts)
    page.locator("#x-words input").fill("no text has this")
    expect(page.locator("#x-table")).to_contain_text("No example matches")
    expect(page.locator("#x-scatter")).to_contain_text("No example matches")
    page.locator("#x-clear").click()
    expect(page.locator("#x-count")).to_contain_text(f"{everything:,} of {everything:,}")
    page.locator("#x-table th button", has_text="KL of").click()
    expect(page.locator("#x-table th[aria-sort=descending]")).to_contain_text("KL of")
    values = [float(text) for text in page.locator("#x-table tr td:last-child").all_inner_texts()]
    assert values == sorted(values, reverse=True) and values[0] > 1
    page.locator("#x-table th button", has_text="KL of").click()
    expect(page.locator("#x-table th[aria-sort=ascending]")).to_contain_text("KL of")


def test_a_click_on_a_point_opens_its_example_and_that_in_other_tabs(explore):
    page = explore()
    page.locator("#x-scatter .point").first.scroll_into_view_if_needed()
    box, before = page.locator("#x-scatter .point").first.bounding_box(), page.locator("#x-example h3").inner_text()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#x-example h3")).not_to_have_text(before)
    page.locator("#x-words input").fill("brown")  # the figure is drawn anew: clicks must still be heard
    expect(page.locator("#x-table tbody tr td.text").first).to_contain_text("brown")
    row = page.evaluate(CLICK, None)
    expect(page.locator("#x-example h3")).to_have_text(f"Test example {row:,}")
    text = page.locator("#x-example .text").inner_text()
    assert "brown" in text
    page.locator("#x-compare").click()
    expect(page.locator("#text textarea")).to_have_value(text)
    expect(page.locator("#truth")).to_contain_text("True label")
    press_tab(page, "Explore")
    page.locator("#x-table tbody tr").nth(2).click()
    expect(page.locator("#x-table tbody tr").nth(2)).to_have_attribute("aria-selected", "true")
    text = page.locator("#x-example .text").inner_text()
    page.locator("#x-attribute").click()
    expect(page.locator("#attribute-text textarea")).to_have_value(text)


def test_figures_follow_their_controls(explore):
    page = explore()
    page.get_by_role("radio", name="On logits").check(force=True)
    expect(page.locator("#x-emap-title")).to_contain_text("EMAP on logits", timeout=60_000)
    page.locator("#x-view input").click()
    page.get_by_role("option", name="Text only").click()
    expect(page.locator("#x-calibration-title")).to_contain_text("Text only:")


def test_several_labels_at_once_can_be_explored(explore):
    page = explore()
    page.locator("#x-task input[value=posters]").check(force=True)
    expect(page.locator("#x-headline")).to_contain_text("macro F1", timeout=90_000)
    expect(page.locator("#x-calibration-label")).to_be_visible()
    expect(page.locator("#x-table")).to_contain_text("western")
    expect(page.locator("#s-texts textarea")).not_to_have_value(re.compile("shape"))


def test_swap_draws_every_image_with_every_text(explore):
    page = explore()
    expect(page.locator("#s-teacher-probability .textpoint")).to_have_count(36)
    page.locator("#s-texts textarea").fill("is a circle present?\nwhat color is the shape?\nis it red?")
    page.locator("#s-swap").click()
    for name in ("teacher-probability", "teacher-interaction", "student-probability", "student-interaction"):
        expect(page.locator(f"#s-{name} .textpoint")).to_have_count(18)
    expect(page.locator("#s-key img")).to_have_count(6)
    expect(page.locator("#s-key ol li")).to_have_count(3)
    for when in ("before", "after"):
        expect(page.locator(f"#s-distance-{when} .textpoint")).to_have_count(18)
    expect(page.locator("#s-card")).to_contain_text("distance from the teacher, before its first step")
    page.locator("#s-texts textarea").fill("only one")
    page.locator("#s-swap").click()
    expect(page.locator("#s-key .error")).to_contain_text("give 2 to 12")


@pytest.fixture
def files(tmp_path):
    """A table with a bad line, and its images."""
    archive = tmp_path / "images.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("red", "blue"):
            picture = io.BytesIO()
            Image.new("RGB", (40, 40), name).save(picture, "PNG")
            zipped.writestr(f"{name}.png", picture.getvalue())
    table = tmp_path / "pairs.csv"
    table.write_text("image,text,label\nred.png,is it <b>red</b>?,yes\nlost.png,is it blue?,no\nblue.png,=1+1,\n")
    return table, archive


def send(page, table, archive):
    for name, path in (("table", table), ("archive", archive)):
        there = page.locator(f"#b-{name} button[aria-label='Clear']")
        if there.count():
            there.click()
        with page.expect_response(re.compile("/upload")):
            page.locator(f"#b-{name} input[type=file]").set_input_files(path)
    expect(page.locator("#b-archive")).to_contain_text(archive.name[:4])
    page.locator("#b-start").click()


def test_a_batch_is_answered_and_its_answers_are_in_the_page_alone(explore, files, tmp_path_factory):
    page = explore()
    with page.expect_download() as saved:
        page.locator("#b-template button").click()
    assert saved.value.path().read_text().startswith("image,text,label")
    send(page, *files)
    expect(page.locator("#b-result .sum")).to_have_text("2 rows answered, 1 skipped")
    expect(page.locator("#b-result .bad")).to_contain_text(re.compile(r"Line 3: .*lost\.png"))
    expect(page.locator("#b-result tbody tr")).to_have_count(2)
    expect(page.locator("#b-result tbody")).to_contain_text("is it <b>red</b>?")
    with page.expect_download() as saved:
        page.locator("#b-result button[data-file]").click()
    assert saved.value.suggested_filename == "msd-batch.csv"
    lines = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert [line["row"] for line in lines] == ["2", "4"]
    assert [line["text"] for line in lines] == ["is it <b>red</b>?", "'=1+1"]
    assert {"teacher_both", "msd_text_probability", "kd_saliency_image"} <= set(lines[0])
    left = [path for folder in tmp_path_factory.getbasetemp().glob("app*/uploads") for path in folder.rglob("*.*")]
    assert not [path for path in left if "msd-batch" in path.name]


HOSTILE = {
    "not text": b"\x00\xff\xfe\x00",
    "no column": b"one,two\n1,2\n",
    "no lines": b"image,text\n",
    "at most 2,000": b"image,text\n" + b"red.png,is it red?\n" * 2001,
}


def test_hostile_tables_get_one_sentence(explore, files, tmp_path):
    page, table = explore(), tmp_path / "bad.csv"
    for sentence, content in HOSTILE.items():
        table.write_bytes(content)
        send(page, table, files[1])
        expect(page.locator("#b-progress .failed")).to_contain_text(sentence)
        expect(page.locator("#b-start")).to_be_enabled()
    assert page.locator("#b-result table").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(explore, scheme):
    page = explore(390, scheme)
    page.wait_for_selector("#s-student-interaction .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
