"""The tables of docs/languages.md."""

import pytest

from msd_core.errors import UserError
from msd_core.study import published
from tests.studies import runs_of, write_languages, write_study
from tools import languages_page

PLACES = "\n".join(
    f"<!-- {name}: begin --><!-- {name}: end -->"
    for name in ("named", "recipes", "languages", "neighbours", "misread", "naming", "naming-languages")
)


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "STUDIES", tmp_path)
    monkeypatch.setattr(languages_page, "PAGE", tmp_path / "languages.md")
    languages_page.PAGE.write_text(f"What I wrote.\n{PLACES}\n")
    return languages_page.PAGE


@pytest.fixture
def study(page):
    write_study(page.parent, runs_of("emoji", {"kd": 0.7, "ce/pretrained": 0.8}))
    scores = {"teacher": (0.9, 0.7, 0.2), "kd": (0.8, 0.3, 0.1), "ce/pretrained": (0.8, 0.6, 0.1)}
    named = {who: dict(zip(("en", "ja", "fa"), each, strict=True)) for who, each in scores.items()}
    write_languages(page.parent, "emoji", named)


def test_tables_are_filled_in_and_may_be_again(page, study):
    languages_page.write_page()
    once = page.read_text()
    languages_page.write_page()
    assert page.read_text() == once and once.startswith("What I wrote.\n")
    named = next(line for line in once.splitlines() if line.startswith("| `ce/pretrained` | `kd` | zero shot text"))
    assert " | +15 | no |" in named, "Persian is among the others there: half of 30 points"
    kd = next(line for line in once.splitlines() if line.startswith("| `kd` | 20 |"))
    cells = [float(cell.split(" ± ")[0].strip(" |")) for cell in kd.split(" | ")[3:]]
    assert cells == pytest.approx([80, 30, 10] * 2, abs=1), "Persian stands apart"


def test_a_page_without_a_place_says_so(page, study):
    page.write_text("Nothing")
    with pytest.raises(UserError, match="no place"):
        languages_page.write_page()


def test_without_a_study_the_page_stays(page):
    languages_page.write_page()
    assert page.read_text().startswith("What I wrote.")
