"""The Your data tab: from pairs to a teacher, a student and nothing, and nobody else sees any of it."""

import csv
import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import come_back, press_tab
from tests.files import archive, picture_file
from ui.visitor.example_data import TITLE

SLOW = 400_000  # milliseconds: a teacher of few rows is trained six times


def example(page):
    press_tab(page, "Your data")
    page.locator("#o-example").click()
    expect(page.locator("#o-pairs li")).to_have_count(40)


def has_task(page, prefix: str) -> int:
    return page.locator(f"#{prefix}task").get_by_role("radio", name=TITLE).count()


def test_from_example_data_to_a_student_and_nothing(visit, tmp_path):
    page = visit()
    assert not has_task(page, "")
    example(page)
    page.locator("#o-teach-handful").click()
    expect(page.locator("#o-report .headline")).to_contain_text("Picture and text together", timeout=120_000)
    page.locator("#o-cancel").click()
    expect(page.locator("#o-progress")).to_contain_text("it goes on where it stopped")
    page.locator("#o-teach").click()
    expect(page.locator("#o-verdict .headline")).to_contain_text("than a linear model", timeout=SLOW)
    expect(page.locator("#o-result table")).to_contain_text("Teacher, on the test rows alone")

    other = visit()
    for prefix in ("", "attribute-", "x-"):
        assert not has_task(other, prefix)
    assert TITLE not in other.content()

    page.locator("#o-compare").click()
    expect(page.locator("#views")).to_contain_text("bad fruit")
    assert page.locator("#answers").inner_text().count("Your student") == 0
    press_tab(page, "Your data")
    page.locator("#o-distil").click()
    expect(page.locator("#d-task input")).to_have_value(TITLE)
    page.locator("#d-student").get_by_text("Tiny student", exact=True).click()
    page.locator("#d-epochs input[type=number]").fill("2")
    page.keyboard.press("Tab")
    page.locator("#d-start").click()
    expect(page.locator("#progress")).to_contain_text("Done", timeout=120_000)
    page.locator("#d-compare").click()
    expect(page.locator("#answers")).to_contain_text("Your student 1")

    page = come_back(page.context, page.url)
    page.locator("#task").get_by_role("radio", name=TITLE).check(force=True)
    expect(page.locator("#own")).to_contain_text("Your student 1")
    press_tab(page, "Your data")
    with page.expect_download() as saved:
        page.locator("#o-take-away button").click()
    names = zipfile.ZipFile(saved.value.path()).namelist()
    assert {"teacher/model.safetensors", "students/1/model.safetensors", "report.json"} <= {*names}
    page.locator("#o-delete").click()
    expect(page.locator("#o-mine-card")).to_be_hidden()
    press_tab(page, "Compare")
    expect(page.locator("#answers .headline")).to_be_visible()
    assert not has_task(page, "") and page.locator("#task input:checked").count() == 1
    back(page, saved.value.path(), tmp_path)


def back(page, path, folder):
    """What was taken away is brought back."""
    press_tab(page, "Your data")
    page.get_by_role("tab", name="From a ZIP").click()
    (folder / "task.zip").write_bytes(path.read_bytes())
    page.locator("#o-bring input[type=file]").set_input_files(folder / "task.zip")
    expect(page.locator("#o-result")).to_be_visible(timeout=120_000)
    press_tab(page, "Compare")
    page.locator("#task").get_by_role("radio", name=TITLE).check(force=True)
    expect(page.locator("#own")).to_contain_text("Your student 1")


def give(page, name: str, content: bytes, folder, place: str):
    (folder / name).write_bytes(content)
    page.locator(f"#{place} input[type=file]").set_input_files(folder / name)


def test_a_table_with_bad_rows_shows_them(visit, tmp_path):
    page = visit(390)
    press_tab(page, "Your data")
    page.get_by_role("tab", name="A table").click()
    buffer = io.StringIO()
    rows = [[f"{i}.png", f"pet number {i}", ("cat", "dog")[i % 2], "x"] for i in range(24)]
    rows += [["gone.png", "no file", "cat", "x"], ["1.png", "no label", "", "x"], ["2.png", "مرحبا <b>", "rare", "x"]]
    csv.writer(buffer).writerows([["file", "words", "kind", "brand"], *rows])
    give(page, "pets.csv", buffer.getvalue().encode(), tmp_path, "o-table")
    expect(page.locator("#o-column-label input")).to_be_visible()
    expect(page.locator("#o-look")).to_be_disabled()
    give(page, "pets.zip", archive({f"{i}.png": picture_file(i) for i in range(24)}), tmp_path, "o-archive")
    expect(page.locator("#o-look")).to_be_enabled()
    page.locator("#o-column-label input").click()
    page.get_by_role("option", name="kind").click()
    page.locator("#o-least input").fill("2")
    page.keyboard.press("Tab")
    page.locator("#o-look").click()
    bad = page.locator("#o-report .bad li")
    expect(bad).to_have_count(3, timeout=120_000)
    assert [each.split(":")[0] for each in bad.all_inner_texts()] == ["Row 26", "Row 27", "Row 28"]
    expect(page.locator("#o-teach")).to_be_visible()
    page.locator("#o-sheets button").first.click()
    expect(page.locator("#o-sheets")).to_contain_text("3 rows left out")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#o-report .headline").inner_text() != ""


def test_pairs_are_typed_pasted_and_left_out(visit, tmp_path):
    page = visit()
    press_tab(page, "Your data")
    paths = []
    for i in range(9):
        (tmp_path / f"{i}.png").write_bytes(picture_file(i))
        paths.append(tmp_path / f"{i}.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    page.locator("#o-pictures input[type=file]").set_input_files([*paths, tmp_path / "bad.png"])
    expect(page.locator("#o-pairs li")).to_have_count(9)
    expect(page.locator("#o-pairs .warning")).to_contain_text("bad:")
    lines = "\n".join(f"words {i}\tlabel {i % 2}" for i in range(9))
    page.locator("#o-pairs textarea").first.evaluate(
        "(field, text) => { const data = new DataTransfer(); data.setData('text', text);"
        " field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); }",
        lines,
    )
    expect(page.locator("#o-pairs .count")).to_have_text("9 of 9 pairs have a text and a label")
    for _ in range(2):
        page.locator("#o-pairs button.away").first.click()
    expect(page.locator("#o-pairs .count")).to_have_text("7 of 7 pairs have a text and a label")
    page.locator("#o-teach-handful").click()
    expect(page.locator("#o-progress .failed")).to_contain_text(
        "There are 7 pairs with a text and a label: give 8 to 200"
    )
    page.locator("#o-pictures input[type=file]").set_input_files(paths[:1])
    expect(page.locator("#o-pairs li")).to_have_count(8)
    expect(page.locator("#o-pairs input").first).to_have_value("label 0")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"token": "../.."}', json.dumps({"token": "A" * 32}).encode()])
def test_nobody_takes_away_what_is_not_theirs(visit, server, body):
    page = visit()
    answer = page.request.post(f"{server}/own/take-away", data=body)
    assert answer.status == 400 and "\n" not in answer.text()
