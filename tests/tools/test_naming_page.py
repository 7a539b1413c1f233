"""The tables of what decoders named."""

import pandas as pd
import pytest

from msd_core.naming.arms import ARMS, PAIRS
from msd_core.naming.draw import NEAREST
from msd_core.naming.scores import MEASURES
from msd_core.naming.study import Plan
from msd_core.naming.tables import SHOWN, differences
from msd_core.storage import write_json
from tests import tongues
from tools import naming_page

PARTS = {"en": 1, "ja": 2}  # of its score that an arm has in a language


@pytest.fixture
def box(tmp_path, monkeypatch):
    monkeypatch.setattr(naming_page, "PLACE", tmp_path)
    return tmp_path / naming_page.NAME


def made(folder) -> None:
    """Runs in which `word` is ten points above `nll` on both measures, and half as good in Japanese."""
    rows = []
    for arm in (NEAREST, *ARMS):
        for seed in range(3):
            score = 0.4 + 0.01 * seed + 0.1 * (arm == "word")
            english, japanese = (
                {f"{m}_{code}": score / part for m in MEASURES} for code, part in (("en", 1), ("ja", 2))
            )
            rows.append({"arm": arm, "seed": seed, **dict.fromkeys(SHOWN, score), **english, **japanese})
    runs = pd.DataFrame(rows)
    folder.mkdir(parents=True)
    runs.to_csv(folder / "runs.csv", index=False)
    differences(runs).to_csv(folder / "differences.csv", index=False)


def test_every_arm_and_every_pair_has_a_line(box):
    assert naming_page.tables() == {"naming": [], "naming-languages": []}, "nothing has run"
    made(box)
    arms = naming_page.tables()["naming"]
    assert len(arms) == 2 + 2 + len(PAIRS), "two lines of head, the nearest picture, and an arm without a control"
    assert "| `word` | 51.0 | 51.0 | `nll` | +10.0 (+10.0 to +10.0) | +10.0 (+10.0 to +10.0) |" in arms
    assert "| `nearest` | 41.0 | 41.0 | - | - | - |" in arms


def test_languages_stand_apart(box):
    made(box)
    lines = naming_page.tables()["naming-languages"]
    assert lines[0] == "| arm: chrF / exact | en | ja |" and len(lines) == 2 + 1 + len(ARMS)
    assert "| `word` | 51.0 / 51.0 | 25.5 / 25.5 |" in lines


def test_a_study_that_ran_goes_into_the_box(box, tmp_path, monkeypatch):
    def run(task, plan, folder, on_event, at_once):
        assert (task.name, plan) == ("tongues", Plan("emoji", 5, naming_page.LANGUAGES))
        made(folder)
        write_json(folder / "plan.json", {"seeds": 5})
        pd.DataFrame().to_csv(folder / "search.csv")

    monkeypatch.setattr(naming_page, "load_task", lambda name: tongues.TASK)
    monkeypatch.setattr(naming_page, "run_study", run)
    monkeypatch.setattr(naming_page, "make_tables", lambda folder: None)
    naming_page.run_naming(tmp_path / "study", at_once=1)
    assert {file.name for file in box.iterdir()} == {"plan.json", "runs.csv", "differences.csv", "search.csv"}
    assert len(naming_page.tables()["naming"]) > 2
