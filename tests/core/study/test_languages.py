"""What a study says of languages: scores by view and language, and differences on what transfers."""

import json
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
import torch

from msd_core.models.zoo import ZOO, Spec
from msd_core.storage import read_json
from msd_core.study.languages import (
    AGAINST,
    MEASURES,
    NAMED,
    SHOWN,
    TRANSFER,
    by_language,
    languages_of,
    measure,
    transfer,
)
from msd_core.study.plan import CONDITION, Condition, Plan, whole_split
from msd_core.study.runner import run_study
from msd_core.study.sheets import make_tables, print_transfer
from msd_core.study.statistics import holm, paired_t
from msd_core.tasks import load_task
from tests.pools import InThisProcess
from tests.tongues import TASK, drawn

BASE = Condition(54)
SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 256, "width": 8, "hidden": 8})
ARMS = ("ce", "kd", "ce/pretrained", "kd/texts", "kd/scratch", "kd/text-only")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study of tiny runs on a task whose splits are drawn anew."""
    folder = tmp_path_factory.mktemp("languages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ZOO, "small", SMALL)
        patch.setitem(ZOO, "gram-effnet", SMALL)
        patch.setattr("msd_core.study.runner.worker_pool", InThisProcess)
        task = replace(TASK, recipe=replace(TASK.recipe, teacher="small"), drawn=drawn)
        plan = Plan("tongues", ARMS, train_size=54, epochs=2, seeds=2, teachers=2, model="small", languages="en")
        run_study(task, plan, folder)
        make_tables(task, folder)
    return folder


def test_every_run_learns_from_english_and_is_tested_in_all(finished):
    for run in finished.glob("runs/*/*/*"):
        config, result = read_json(run / "config.json"), read_json(run / "result.json")
        assert config["languages"] == "en" and set(result["languages"]["student"]) == {"en", "de", "ja"}
        for view in SHOWN:
            mean = sum(scores[view] for scores in result["languages"]["student"].values()) / 3
            assert result["student"][view] == pytest.approx(mean), "as many examples of each"


def test_every_teacher_and_its_students_have_their_own_draw(finished):
    tests = {number: {e.image for e in drawn(number).examples("test")} for number in (0, 1)}
    assert tests[0] != tests[1]
    names = {path.name for path in (finished / "teachers").iterdir()}
    assert names == {"0", "1", "scratch-0", "scratch-1"}
    for run in finished.glob("runs/*/*/*"):
        other = "scratch-" if run.parent.name == "kd.scratch" else ""
        teacher = read_json(run / "config.json")["teacher"]
        assert teacher is None or teacher.endswith(f"teachers/{other}{run.name}")


def test_the_plan_names_its_differences_before_any_run(finished):
    entry = json.loads((finished / "plans.json").read_text())[0]
    assert [(e["arm"], e["against"], e["measure"]) for e in entry["named"]] == [
        (each.arm, each.against, each.measure) for each in NAMED
    ]


def test_scores_by_language_are_those_of_the_runs(finished):
    table = by_language(finished)
    assert set(table["arm"]) == {*ARMS, "teacher", "teacher/scratch"} and languages_of(table) == ["de", "en", "ja"]
    row = table[(table["arm"] == "kd/texts") & (table["seed"] == 1)].iloc[0]
    result = read_json(next(finished.glob("runs/*/kd.texts/1/result.json")))
    for view, code in product(SHOWN, ("de", "en", "ja")):
        assert row[f"{view}_{code}"] == result["languages"]["student"][code][view]
    saved = pd.read_csv(finished / "languages.csv")
    assert saved["arm"].tolist() == table["arm"].tolist()


def test_measures_are_means_over_languages(finished):
    table = by_language(finished)
    zero_shot = (table["text_de"] + table["text_ja"]) / 2
    assert measure(table, "zero_shot_text", ["en"]).tolist() == pytest.approx(zero_shot.tolist())
    assert measure(table, "source_both", ["en"]).tolist() == table["both_en"].tolist()


def test_differences_are_paired_and_adjusted(finished, capsys):
    table = by_language(finished)
    rows = transfer(table, ["en"], 2, BASE)
    assert list(rows) == TRANSFER
    named = rows[rows["named"]]
    there = [each for each in NAMED if {each.arm, each.against} <= set(ARMS)]
    assert [tuple(row) for row in named[["arm", "against", "measure"]].to_numpy()] == [
        (each.arm, each.against, each.measure) for each in there
    ]
    one, other = (
        table[table["arm"] == arm].set_index("seed")["both_de"]
        + table[table["arm"] == arm].set_index("seed")["both_ja"]
        for arm in ("kd", "ce")
    )
    row = named[(named["arm"] == "kd") & (named["measure"] == "zero_shot_both")].iloc[0]
    t = paired_t(((one - other) / 2).to_numpy())
    assert (row["mean"], row["low"], row["p"]) == pytest.approx((t.mean, t.low, t.p))
    assert named["holm"].tolist() == pytest.approx(
        holm([*named["p"], *[1.0] * (len(NAMED) - len(named))])[: len(named)]
    )
    more = transfer(pd.concat([table, table.assign(seed=table["seed"] + 2)]), ["en"], 2, BASE)
    assert set(more[more["named"]]["seeds"]) == {2}, "seeds that were run since do not enter what was named"
    assert set(more[~more["named"]]["seeds"]) == {4}
    apart = transfer(table.assign(device=table["device"].where(table["arm"] != "kd", "cuda:0")), ["en"], 2, BASE)
    assert "kd" not in set(apart["arm"]) | set(apart["against"]), "a card's runs do not pair with a CPU's"
    others = rows[~rows["named"]]
    assert set(others["against"]) == set(AGAINST) == {"kd", "ce"} and set(others["measure"]) == set(MEASURES)
    assert "kd" not in set(others[others["against"] == "ce"]["arm"]), "it is told already, the other way round"
    print_transfer(finished)
    assert "ce/pretrained" in capsys.readouterr().out


def test_arms_are_held_against_each_other_under_each_condition(finished):
    table = by_language(finished)
    runs = table[~table["arm"].str.startswith("teacher")]
    names = [name for name in runs if name.startswith(("both_", "text_"))]
    worse = runs.assign(corrupt_text=0.4, **{name: runs[name] * (runs["arm"] != "kd") for name in names})
    rows = transfer(pd.concat([table, worse]), ["en"], 2, BASE)
    assert rows[CONDITION].drop_duplicates().to_numpy().tolist() == [[54, 0, 0], [54, 0, 0.4]]
    clean, misread = (rows[rows["corrupt_text"] == share].drop(columns=CONDITION) for share in (0, 0.4))
    pd.testing.assert_frame_equal(clean, transfer(table, ["en"], 2, BASE).drop(columns=CONDITION))
    assert clean["named"].any() and not misread["named"].any(), "only what the plan named is, where it named it"
    row = misread[(misread["arm"] == "ce") & (misread["measure"] == "source_both")].iloc[0]
    assert row["mean"] == pytest.approx(table[table["arm"] == "ce"]["both_en"].mean()), "minus a kd that knows nothing"
    pairs = [(arm, against) for against in AGAINST for arm in ARMS if arm not in AGAINST[: AGAINST.index(against) + 1]]
    assert {(*pair,) for pair in misread[["arm", "against"]].to_numpy()} == {*pairs}


def test_a_study_of_none_of_the_named_differences_prints_none(tmp_path, capsys):
    pd.DataFrame({"arm": ["kd"], "named": [False]}).to_csv(tmp_path / "transfer.csv")
    print_transfer(tmp_path)
    assert capsys.readouterr().out == ""


def test_a_study_in_one_language_says_nothing_of_languages(tmp_path, capsys):
    assert by_language(tmp_path).empty
    print_transfer(tmp_path)
    assert capsys.readouterr().out == ""


def test_a_task_has_as_many_examples_as_are_in_its_languages():
    emoji = load_task("emoji")
    assert whole_split(emoji, "en") == 824 == emoji.recipe.study_size and whole_split(emoji) == 14 * 915 * 0.9
    assert whole_split(load_task("emoji-pairs"), "en") == 6588 == load_task("emoji-pairs").recipe.study_size


def test_text_only_students_know_nothing_of_the_picture(finished):
    table = by_language(finished)
    rows = table[table["arm"] == "kd/text-only"]
    for code in ("de", "en", "ja"):
        assert (rows[f"both_{code}"] == rows[f"text_{code}"]).all()
    assert torch.tensor(rows["image_en"].to_numpy()).isfinite().all()
