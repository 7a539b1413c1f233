"""The page of the study of recombined pairs is made from its tables alone."""

import pandas as pd
import pytest

from msd_core.errors import UserError
from msd_core.study import published
from msd_core.study.arms import RECOMBINED
from msd_core.study.contrasts import EVIDENCE
from msd_core.study.statistics import holm
from tests.studies import PAIRED, write_recombined
from tools import recombined_page
from tools.recombined_page import publish
from tools.students import LABELS


def measured(task, study, runs):
    """Of students that nobody trained."""
    return runs[["train_size", "arm", "seed"]].assign(calibration_error=0.031, emap=0.62, explained=0.55)


def decided(task, study, runs):
    """All of each difference where both modalities decide, as if answers had been read."""
    rows = [(*pair, "both", 0.5, 6, 0.1, 0.08, 0.12) for pair in RECOMBINED]
    return pd.DataFrame(rows, columns=EVIDENCE)


def known(task, study, runs):
    """Of a task of several labels one; of others none."""
    rows = [(250, "comedy", 0.5, 0.26, "fitnets", 0.45, 0.7)] if task.multilabel else []
    return pd.DataFrame(rows, columns=LABELS)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "RECOMBINED_STUDIES", tmp_path / "box")
    monkeypatch.setattr(recombined_page, "PAGE", tmp_path / "recombined.md")
    monkeypatch.setattr(recombined_page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text("before\n<!-- recombined: begin -->old<!-- recombined: end -->\nafter\n")
    monkeypatch.setattr(recombined_page, "measure", measured)
    monkeypatch.setattr(recombined_page, "by_evidence", decided)
    monkeypatch.setattr(recombined_page, "by_label", known)
    return tmp_path


def test_every_size_has_scores_differences_and_settings(place):
    for task in ("digits", "sarcasm"):
        write_recombined(place / "studies", task)
    publish(place / "studies")
    page = (place / "recombined.md").read_text()
    few, every = page.split("\n## ")[1:]
    assert few.startswith("250 examples") and every.startswith("All examples")
    for section in (few, every):
        assert section.count("| digits |") == section.count("| sarcasm |") == 2 + 2 * len(RECOMBINED) + len(PAIRED)
        assert "| digits | 6 | 60.00 | 96.00 | 70.00 | 75.00 | 80.00 | 85.00 | 90.00 |" in section
        for arm, against in RECOMBINED:
            part = section.split(f"`{arm}` minus `{against}`:")[1]
            assert f"| {100 * (PAIRED[arm] - PAIRED[against]):+.2f} |" in part.split("\n\n")[1]
        assert "lr 0.002, gamma 8, K all" in section and "lr 0.002, beta 1" in section
        assert "| digits | `kd/recombined` | 0.500 | 0.030 | 0.040 | 3.10 | 62.00 | 55.00 |" in section
        assert "| digits | `kd/recombined` minus `fitnets` | - | - | +10.00 (+8.00 to +12.00) | - |" in section
    assert "## Exploratory" not in page


def test_labels_stand_where_a_task_has_several(place):
    for task in ("digits", "posters"):
        write_recombined(place / "studies", task)
    publish(place / "studies")
    few, every = (place / "recombined.md").read_text().split("\n## ")[1:]
    assert "| task | label | has it | recombined | `kd` | `kd+uniform` | `fitnets` |" in few
    assert "| posters | comedy | 50.00 | 26.00 | - | - | 70.00 (45.00) | - | - |" in few
    assert "| label |" not in every


def test_runs_on_wrong_labels_are_not_mixed_with_clean_ones(place):
    write_recombined(place / "studies", "digits", sizes=(250,))
    publish(place / "studies")
    page = (place / "recombined.md").read_text()
    for name in ("runs", "contrasts"):
        table = place / "studies" / "digits" / f"{name}.csv"
        rows = pd.read_csv(table)
        worse = rows.assign(label_noise=0.4, **({"test_both": 0.1} if name == "runs" else {"mean": 0.5}))
        pd.concat([rows, worse]).to_csv(table, index=False)
    publish(place / "studies")
    assert (place / "recombined.md").read_text() == page


def test_the_readme_has_the_scores_of_one_size(place):
    write_recombined(place / "studies", "digits", sizes=(250, 1000))
    publish(place / "studies")
    readme = (place / "README.md").read_text()
    assert readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme
    assert readme.count("| digits | 6 | 60.00 | 96.00 | 70.00 | 75.00 | 80.00 | 85.00 | 90.00 |") == 1


def test_other_arms_are_held_against_recombined_pairs(place):
    write_recombined(place / "studies", "digits", sizes=(250,))
    table = place / "studies" / "digits" / "runs.csv"
    runs = pd.read_csv(table).assign(pair_answers=None)
    few = runs[runs["arm"] == "kd/recombined"].head(3)
    few = few.assign(arm="kd/recombined/q4000", test_both=few["test_both"] - 0.05, pair_answers=4000)
    pd.concat([runs, few]).to_csv(table, index=False)
    publish(place / "studies")
    before, exploratory = (place / "recombined.md").read_text().split("\n## Exploratory\n")
    assert "q4000" not in before and "| digits | 250 examples | `kd` |" in exploratory
    row = next(row for row in exploratory.splitlines() if "q4000" in row)
    kd = runs[(runs["arm"] == "kd") & (runs["seed"] < 3)]["test_both"].mean()
    assert "| 3 |" in row and "| -5.00 (-5.00 to -5.00) | 4 |" in row
    assert row.endswith(f"| {100 * (few['test_both'].mean() - kd) / 4:.3f} |")


def test_p_is_adjusted_over_all_named_tasks(place, monkeypatch):
    monkeypatch.setitem(PAIRED, "kd/recombined", 0.801)  # near enough to its rival for a p that can be printed
    for task in ("digits", "sarcasm", "posters"):
        write_recombined(place / "studies", task, sizes=(250,))
    publish(place / "studies")
    part = (place / "recombined.md").read_text().split("`kd/recombined` minus `fitnets`:")[1].split("\n\n")[1]
    tasks = ("digits", "posters", "sarcasm")
    p = []
    for task in tasks:
        table = pd.read_csv(place / "box" / task / "contrasts.csv").set_index(["arm", "against"])
        p.append(table.loc[("kd/recombined", "fitnets"), "p"])
    adjusted = holm([*p, 1.0])  # easy-vqa was named too
    for task, value in zip(tasks, adjusted[:3], strict=True):
        assert value > 0.001 and f"{value:.4f} |" in next(row for row in part.splitlines() if task in row)


def test_what_was_not_named_beforehand_is_not_published(place):
    write_recombined(place / "studies", "digits")
    table = place / "studies" / "digits" / "contrasts.csv"
    pd.read_csv(table).assign(named=False).to_csv(table, index=False)
    with pytest.raises(UserError, match="was not planned with kd/recombined and fitnets named"):
        publish(place / "studies")
    assert not (place / "box").exists() and not (place / "recombined.md").exists()


def test_a_folder_without_studies_is_one_sentence(place):
    with pytest.raises(UserError, match="holds no finished study: run msd study with --search-weights first"):
        publish(place / "studies")
