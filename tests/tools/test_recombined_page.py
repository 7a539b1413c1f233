"""The page of the study of recombined pairs is made from its tables alone."""

import json
from dataclasses import asdict

import pandas as pd
import pytest

from msd_core.errors import UserError
from msd_core.study.arms import RECOMBINED
from msd_core.study.plan import Plan
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


def write(folder, task: str, sizes=(250, WHOLE), seeds: int = 6) -> None:
    parts = [runs_of(task, SCORES, seeds=6, at=(size, 0.0, 0.0)) for size in sizes]
    runs = pd.concat(parts).assign(alpha=1.0, beta=1.0, gamma=8.0, recombine=WHOLE)
    (folder / task).mkdir(parents=True)
    runs.to_csv(folder / task / "runs.csv", index=False)
    contrasts_of(runs).to_csv(folder / task / "contrasts.csv", index=False)
    pd.DataFrame({"arm": []}).to_csv(folder / task / "search.csv", index=False)
    plan = asdict(Plan(task, (*SCORES,), 1000, 1, seeds=seeds, sizes=sizes))
    (folder / task / "plans.json").write_text(json.dumps([{"plan": plan, "named": RECOMBINED}]))


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


def test_what_was_not_named_beforehand_is_not_published(place):
    write(place / "studies", "digits", seeds=5)
    with pytest.raises(UserError, match="has 6 seeds at 250 examples, more than were named"):
        publish(place / "studies")
    plans = place / "studies" / "digits" / "plans.json"
    plans.write_text(json.dumps([{**json.loads(plans.read_text())[0], "named": [["kd", "ce"]]}]))
    with pytest.raises(UserError, match="was not planned with kd/recombined and fitnets named"):
        publish(place / "studies")
    assert not (place / "box").exists() and not (place / "recombined.md").exists()


def test_a_folder_without_studies_is_one_sentence(place):
    with pytest.raises(UserError, match="holds no finished study: run msd study with --search-weights first"):
        publish(place / "studies")
