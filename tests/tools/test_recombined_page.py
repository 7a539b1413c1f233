"""The page of the study of recombined pairs is made from its tables alone."""

import json

import pandas as pd
import pytest

from msd_core.errors import UserError
from msd_core.study.arms import RECOMBINED
from msd_core.tasks import WHOLE
from tests.studies import contrasts_of, runs_of
from tools import recombined_page
from tools.recombined_page import publish

SCORES = {"kd": 0.70, "kd+uniform": 0.75, "fitnets": 0.80, "kd/recombined": 0.85, "fitnets/recombined": 0.90}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(recombined_page, "PLACE", tmp_path / "box")
    monkeypatch.setattr(recombined_page, "PAGE", tmp_path / "recombined.md")
    return tmp_path


def write(folder, task: str, sizes=(250, WHOLE)) -> None:
    parts = [runs_of(task, SCORES, seeds=6, at=(size, 0.0, 0.0)) for size in sizes]
    runs = pd.concat(parts).assign(alpha=1.0, beta=1.0, gamma=8.0, recombine=WHOLE)
    (folder / task).mkdir(parents=True)
    runs.to_csv(folder / task / "runs.csv", index=False)
    contrasts_of(runs).to_csv(folder / task / "contrasts.csv", index=False)
    pd.DataFrame({"arm": []}).to_csv(folder / task / "search.csv", index=False)
    (folder / task / "plans.json").write_text(json.dumps([]))


def test_every_size_has_scores_differences_and_settings(place):
    for task in ("digits", "sarcasm"):
        write(place / "studies", task)
    publish(place / "studies")
    page = (place / "recombined.md").read_text()
    few, every = page.split("\n## ")[1:]
    assert few.startswith("250 examples") and every.startswith("All examples")
    for section in (few, every):
        assert section.count("| digits |") == section.count("| sarcasm |") == 2 + len(RECOMBINED)
        assert "| digits | 6 | 96.00 | 70.00 | 75.00 | 80.00 | 90.00 | 85.00 |" in section
        for arm, against in RECOMBINED:
            part = section.split(f"`{arm}` minus `{against}`:")[1]
            assert f"| {100 * (SCORES[arm] - SCORES[against]):+.2f} |" in part.split("\n\n")[1]
        assert "lr 0.002, gamma 8, K all" in section and "lr 0.002, beta 1" in section
    named = pd.read_csv(place / "box" / "digits" / "contrasts.csv").query("named")
    assert {*zip(named["arm"], named["against"], strict=True)} == {*RECOMBINED} and len(named) == 6


def test_p_is_adjusted_over_the_tasks(place, monkeypatch):
    monkeypatch.setattr(recombined_page, "holm", lambda p: [len(p) * each for each in p])
    monkeypatch.setitem(SCORES, "kd/recombined", 0.801)  # near enough to its rival for a p that can be printed
    for task in ("digits", "sarcasm", "posters"):
        write(place / "studies", task, sizes=(250,))
    publish(place / "studies")
    part = (place / "recombined.md").read_text().split("`kd/recombined` minus `fitnets`:")[1].split("\n\n")[1]
    for task in ("digits", "sarcasm", "posters"):
        table = pd.read_csv(place / "box" / task / "contrasts.csv").set_index(["arm", "against"])
        p = table.loc[("kd/recombined", "fitnets"), "p"]
        assert 0.001 < p < 1 and f"{3 * p:.4f} |" in next(row for row in part.splitlines() if task in row)


def test_a_folder_without_studies_is_one_sentence(place):
    with pytest.raises(UserError, match="holds no finished study: run msd study with --weights first"):
        publish(place / "studies")
