"""The page of the bundled models is made from the report alone."""

import copy
from itertools import pairwise
from pathlib import Path

import pytest

from msd_core.models.bundled import report
from msd_core.tasks import TASKS, load_task
from msd_core.views import VIEWS
from tools import models_page
from tools.bundle import models_of
from tools.models_page import TITLES, write_page

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def page_of(tmp_path, monkeypatch):
    monkeypatch.setattr(models_page, "PAGE", tmp_path / "models.md")

    def render(scores: dict) -> str:
        write_page(scores)
        return (tmp_path / "models.md").read_text()

    return render


def test_every_task_has_a_section_with_a_line_a_model(page_of):
    page = page_of(report())
    assert page.startswith("# The bundled models")
    sections = page.split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == list(TASKS)
    for section in sections:
        table, models = (
            section.split("| model | parameters")[1].split("\n\n")[0],
            models_of(load_task(section.split()[0])),
        )
        rows = [line for line in table.splitlines() if line.startswith("| ")]
        assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [TITLES[name] for name in models]
        for line, below in pairwise(section.splitlines()):
            if line.startswith("|") and below.startswith("|"):
                assert line.count("|") == below.count("|"), "as many cells in every line"


def test_scores_are_in_percent(page_of):
    page, scores = page_of(report()), report()["digits"]["models"]["msd"]
    row = next(line for line in page.split("## digits")[1].splitlines() if line.startswith("| Student (MSD)"))
    percents = [f"{100 * scores['metrics'][view]['accuracy']:.2f} %" for view in VIEWS]
    assert f"| {scores['parameters']:,} | {' | '.join(percents)} |" in row
    assert ", ".join(f"{scores['agreement'][view]['kl']:.3f}" for view in VIEWS[:3]) in row


def test_labels_below_the_bar_are_named(page_of):
    scores = copy.deepcopy(report()["posters"])
    label = next(iter(scores["evidence_auroc_by_label"]))
    scores["evidence_auroc_by_label"][label]["necessity"]["image"] = 0.5
    assert f"below 0.95: 0.500 (necessity of the image, {label})" in page_of({"posters": scores})


def test_what_a_task_lacks_is_left_out(page_of):
    scores = copy.deepcopy(report()["sarcasm"])
    scores |= {"evidence_auroc": None, "called_ood": None}
    for model in scores["models"].values():
        model["marginal_kl"] = None
    page = page_of({"sarcasm": scores})
    assert "## sarcasm" in page and "AUROC of" not in page and "out of distribution" not in page.split("## sarcasm")[1]


def test_the_page_in_docs_is_that_of_the_report(page_of):
    assert page_of(report()) == (DOCS / "models.md").read_text()
