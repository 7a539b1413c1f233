"""The Study tab, on made-up studies: sentences, figures, downloads, and what stands where there is none."""

import io

import pandas as pd
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from analysis.study.arms import ARMS, BAR, KD, NAMED
from msd_core.tasks import WHOLE
from tests.browser.conftest import press_tab, serving
from tests.browser.test_layout import CUT, WIDE
from tests.studies import runs_of, write_recombined, write_study

PROGRAM = """
import sys
from pathlib import Path
from msd_core.study import published
published.STUDIES = Path(sys.argv[1])
published.RECOMBINED_STUDIES = Path(sys.argv[1]) / "recombined"
from ui.page import launch
launch()
"""
SCORES = dict.fromkeys(ARMS, 0.85) | {"ce": 0.80, KD: 0.86, BAR: 0.87, NAMED: 0.88, "kd/hide": 0.88}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """Studies of two tasks: one of all arms with a curve, one of few runs without."""
    folder = tmp_path_factory.mktemp("studies")
    main = {arm: SCORES[arm] - 0.1 for arm in ("ce", KD, BAR, NAMED)}
    more = [runs_of("easy-vqa", main, seeds=5, at=at) for at in ((250, 0.0, 0.0), (10**6, 0.0, 0.0))]
    write_study(folder, pd.concat([runs_of("easy-vqa", SCORES), *more]))
    write_recombined(folder / "recombined", "easy-vqa")
    write_study(folder, runs_of("posters", {KD: 0.86, NAMED: 0.86}, seeds=3, metric="macro_f1"))
    return folder


@pytest.fixture(scope="module")
def server(box, tmp_path_factory):
    """The app with these studies in its box."""
    with serving(tmp_path_factory.mktemp("app"), "-c", PROGRAM, str(box)) as address:
        yield address


@pytest.fixture
def study(visit):
    def open_tab(width: int = 1280, scheme: str = "light", font=None):
        page = visit(width, scheme, font)
        press_tab(page, "Study")
        expect(page.locator("#st-sentences .headline")).to_contain_text("MSD (kd+instance)")
        expect(page.locator("#st-files button")).to_have_count(12)
        return page

    return open_tab


def test_opens_with_sentences_and_figures(study):
    page = study()
    expect(page.locator("#st-sentences .headline")).to_contain_text("2.00 points of accuracy above plain kd")
    expect(page.locator("#st-sentences")).to_contain_text("Exploratory: it scores above equal weights")
    for name in ("overview", "forest", "alone", "recombined", "evidence", "learning", "train-size"):
        expect(page.locator(f"#st-{name} .main-svg").first).to_be_visible()
    expect(page.locator("#st-forest")).to_contain_text("Named beforehand")
    expect(page.locator("#st-overview-title")).to_contain_text("No study yet of digits and sarcasm")
    expect(page.locator("#st-recombined-title")).to_contain_text("kd/recombined minus fitnets: +5.00 points")
    expect(page.locator("#st-recombined")).to_contain_text("250 examples")
    assert not page.locator("#st-label-noise").is_visible()
    expect(page.locator("#st-table tbody tr")).to_have_count(len(SCORES))
    expect(page.locator("#st-table tr.named")).to_contain_text("88.00")


def test_reference_and_arms_can_be_chosen(study):
    page = study()
    page.get_by_role("radio", name=f"Against {BAR}").check(force=True)
    expect(page.locator("#st-forest-title")).to_contain_text(f"Differences from {BAR}")
    page.locator("#st-arms input").click()
    page.get_by_role("option", name="kd/hide").click()
    expect(page.locator("#st-learning-title")).to_contain_text("kd/hide 3.0")


def test_another_task_and_one_without_a_study(study):
    page = study()
    page.locator("#st-task input[value=posters]").check(force=True)
    expect(page.locator("#st-sentences .headline")).to_contain_text("do not differ clearly")
    expect(page.locator("#st-sentences")).to_contain_text("from only 3 pairs of runs")
    for name in ("train-size", "recombined"):
        expect(page.locator(f"#st-{name}")).to_be_hidden()
    page.locator("#st-task input[value=sarcasm]").check(force=True)
    expect(page.locator("#st-missing code")).to_contain_text("msd study --task sarcasm")
    expect(page.locator("#st-body")).to_be_hidden()
    page.locator("#st-task input[value=easy-vqa]").check(force=True)
    expect(page.locator("#st-train-size .main-svg").first).to_be_visible()
    assert not page.locator("#st-missing").is_visible()


def test_the_tables_can_be_saved(study, box):
    page, runs = study(), pd.read_csv(box / "easy-vqa" / "runs.csv")
    for name, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        with page.expect_download() as saved:
            page.locator("#st-files").get_by_role("button", name=f"Runs, {len(runs)} rows ({name})").click()
        table = read(io.BytesIO(saved.value.path().read_bytes()))
        assert saved.value.suggested_filename == f"msd-study-easy-vqa-runs.{name.lower()}"
        pd.testing.assert_frame_equal(table, runs)


@pytest.mark.parametrize(("scheme", "font"), [("light", None), ("dark", WIDE)], ids=["web font", "DejaVu Sans"])
def test_nothing_is_wider_than_a_phone(study, scheme, font):
    page = study(390, scheme, font)
    expect(page.locator("#st-train-size .main-svg").first).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(CUT) == []


def test_the_endpoint_tells_the_same(server, box):
    client = Client(server, verbose=False)
    answer = client.predict("easy-vqa", api_name="/study")
    assert answer["sentences"][0].startswith("MSD (kd+instance) scores 2.00 points")
    assert len(answer["contrasts"]) == len(pd.read_csv(box / "easy-vqa" / "contrasts.csv"))
    assert {row["task"] for row in answer["named"]} == {"easy-vqa", "posters"}
    assert {(row["task"], row["train_size"], row["arm"]) for row in answer["recombined"]} == {
        ("easy-vqa", size, arm) for size in (250, WHOLE) for arm in ("kd/recombined", "fitnets/recombined")
    }
    for task, sentence in (("sarcasm", "msd study --task sarcasm"), ("nowhere", "no task"), (["x"], "be a string")):
        with pytest.raises(AppError, match=sentence) as error:
            client.predict(task, api_name="/study")
        assert "\n" not in str(error.value)
