"""What the docs and the README have of the studies is made from the tables in the box alone."""

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from msd_core.errors import UserError
from msd_core.study import published
from msd_core.study.arms import CONTRAST, ordered
from msd_core.study.published import TABLES, load_study, named_contrasts
from tools import study_page
from tools.study_page import check_place, write_pages

ROOT = Path(__file__).parents[2]
BEFORE, AFTER = "before\n<!-- study: begin -->", "<!-- study: end -->\nafter\n"


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """The page and the README, in a folder of their own."""
    monkeypatch.setattr(study_page, "PAGE", tmp_path / "study.md")
    monkeypatch.setattr(study_page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text(f"{BEFORE}old{AFTER}")
    return tmp_path


def test_every_study_has_a_section_with_a_line_an_arm(pages):
    write_pages()
    sections = (pages / "study.md").read_text().split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == list(published.published())
    for section in sections:
        study = load_study(section.splitlines()[0])
        first = section.split("| arm |")[1].split("\n\n")[0]
        arms = [line.split("`")[1] for line in first.splitlines()[2:]]
        assert arms == ordered(study.base_runs["arm"])
        named = study.contrast(*CONTRAST)
        assert f"{100 * named['mean']:+.2f}" in first and "(named)" in first and "| lr |" in section


def test_tables_have_as_many_cells_in_every_line(pages):
    write_pages()
    for name in ("study.md", "README.md"):
        lines = (pages / name).read_text().splitlines()
        for line, below in pairwise(lines):
            if line.startswith("|") and below.startswith("|"):
                assert line.count("|") == below.count("|"), line


def test_only_the_readmes_table_is_replaced(pages):
    write_pages()
    text = (pages / "README.md").read_text()
    assert text.startswith(BEFORE) and text.endswith(AFTER) and "old" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| task")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(published.NAMED_TASKS)
    for row, named in zip(rows, named_contrasts().to_dict("records"), strict=True):
        assert f"{100 * named['mean']:+.2f}" in row and "2 x 20" in row
    write_pages()
    assert (pages / "README.md").read_text() == text, "again is the same"


@pytest.mark.parametrize("text", [None, "no place", BEFORE, AFTER])
def test_a_readme_without_a_place_is_one_sentence(pages, text):
    check_place()
    (pages / "README.md").unlink()
    if text is not None:
        (pages / "README.md").write_text(text)
    with pytest.raises(UserError, match="no place for the table"):
        check_place()


def test_a_study_without_evidence_or_curves_has_a_section(pages, tmp_path, monkeypatch):
    place = tmp_path / "box" / "digits"
    place.mkdir(parents=True)
    study = load_study("digits")
    base = {"runs": study.base_runs, "contrasts": study.contrasts, "search": study.search}
    for table in TABLES:
        rows = base[table] if table in base else study.evidence.iloc[:0]
        rows.to_csv(place / f"{table}.csv", index=False)
    monkeypatch.setattr(published, "STUDIES", tmp_path / "box")
    write_pages()
    page = (pages / "study.md").read_text()
    assert page.count("\n## ") == 1 and "by what decides the label" not in page and "other conditions" not in page
    assert (pages / "README.md").read_text().count("| digits |") == 1


def test_an_arm_that_diverged_in_the_search_is_marked(pages, tmp_path, monkeypatch):
    place = tmp_path / "box" / "digits"
    place.mkdir(parents=True)
    study = load_study("digits")
    search = study.search.copy()
    search.loc[search["lr"] == search["lr"].max(), "validation_both"] = float("nan")
    for table in TABLES:
        pd.DataFrame(search if table == "search" else getattr(study, table)).to_csv(place / f"{table}.csv", index=False)
    monkeypatch.setattr(published, "STUDIES", tmp_path / "box")
    write_pages()
    assert "diverged" in (pages / "study.md").read_text()


def test_the_pages_in_docs_are_those_of_the_box(pages):
    (pages / "README.md").write_text((ROOT / "README.md").read_text())
    write_pages()
    assert (pages / "study.md").read_text() == (ROOT / "docs" / "study.md").read_text()
    assert (pages / "README.md").read_text() == (ROOT / "README.md").read_text()
