"""A study of naming from end to end, on a tiny task, and as a person types it."""

from dataclasses import replace

import pandas as pd
import pytest

from msd_core.cli import app
from msd_core.errors import UserError
from msd_core.naming.arms import ARMS, PAIRS, TEACHERS
from msd_core.naming.draw import NEAREST, Draw
from msd_core.naming.names import read_names
from msd_core.naming.scores import MEASURES
from msd_core.naming.study import LRS, Plan, run_study
from msd_core.naming.tables import SHOWN, best_lr, differences, make_tables, search
from msd_core.storage import read_json, write_json
from msd_core.study.plan import SEARCH_SEEDS
from msd_core.study.statistics import holm, paired_t
from msd_core.tasks import load_task
from tests import tongues
from tests.pools import InThisProcess
from tests.terminal import last_line, typed

TASK = replace(tongues.TASK, drawn=tongues.drawn)
PLAN = Plan("tongues", seeds=2, epochs=2)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a study whose splits are drawn anew."""
    folder = tmp_path_factory.mktemp("naming")
    run_study(TASK, PLAN, folder, at_once=2)
    make_tables(folder)
    return folder


@pytest.fixture
def in_this_process(monkeypatch):
    """Seeds are worked on here, one after the other."""
    monkeypatch.setattr("msd_core.naming.study.worker_pool", InThisProcess)


def test_every_arm_has_its_runs_and_its_search(finished):
    runs, found = pd.read_csv(finished / "runs.csv"), pd.read_csv(finished / "search.csv")
    assert set(zip(runs["arm"], runs["seed"], strict=True)) == {(a, s) for a in (NEAREST, *ARMS) for s in (0, 1)}
    expected = {(arm, lr, seed) for arm in ARMS for lr in LRS for seed in (1000, 1001)}
    assert set(found[["arm", "lr", "seed"]].itertuples(index=False, name=None)) == expected
    for measure in SHOWN:
        assert runs.loc[runs["arm"] != NEAREST, measure].between(0, 1).all()
    for name in MEASURES:
        means = runs[[f"{name}_{code}" for code in ("de", "en", "ja")]].mean(axis=1)
        assert runs[name].to_numpy() == pytest.approx(means.to_numpy())
    assert runs.loc[runs["arm"].isin(["sequence", "both"]), "same"].between(0, 1).all()


def test_every_run_is_trained_as_the_search_chose(finished):
    runs, found = pd.read_csv(finished / "runs.csv"), search(finished)
    for arm in ARMS:
        means = found[found["arm"] == arm].groupby("lr")["chrf"].mean()
        assert (means[runs.loc[runs["arm"] == arm, "lr"]] == means.max()).all()
    large = runs["arm"] == "teacher"
    assert runs.loc[large, "parameters"].min() > 2 * runs.loc[~large, "parameters"].max()


def test_each_difference_is_that_of_its_runs(finished):
    runs, apart = pd.read_csv(finished / "runs.csv"), pd.read_csv(finished / "differences.csv")
    assert len(apart) == len(PAIRS) * len(SHOWN)
    for _, row in apart.iterrows():
        one, other = (runs[runs["arm"] == row[name]].sort_values("seed")[row["measure"]] for name in ("arm", "against"))
        t = paired_t(one.to_numpy() - other.to_numpy())
        assert [row["mean"], row["low"], row["high"], row["p"]] == pytest.approx([t.mean, t.low, t.high, t.p])
    for _, part in apart.groupby("measure"):
        assert part["holm"].to_list() == pytest.approx(holm(part["p"].to_list()))


def test_every_seed_has_its_own_draw_and_no_decoder_its_teachers_start(finished):
    names = [read_names(tongues.drawn(seed)) for seed in (0, 1)]
    assert set(names[0]["test"].texts) != set(names[1]["test"].texts)
    assert {p.stem for p in (finished / "decoders").iterdir()} == {
        f"{arm}-{seed}" for arm in TEACHERS for seed in (0, 1, 1000, 1001)
    }
    draw = Draw(names[0], 0, finished, PLAN.epochs, {})
    seeds = {arm: draw.settings(arm, 1e-3).seed for arm in ARMS}
    assert {seeds[arm] for arm in ARMS if not arm.startswith("self")} == {0}
    assert all(seeds[arm] == 1 for arm in ARMS if arm.startswith("self")), "born again of other weights"


def test_what_is_done_is_not_done_again(finished, in_this_process, monkeypatch):
    def never(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("msd_core.naming.draw.train", never)
    run_study(TASK, PLAN, finished)
    (finished / "runs" / "word-1.json").rename(finished / "kept.json")
    try:
        with pytest.raises(AssertionError, match="trained again"):
            run_study(TASK, PLAN, finished)
    finally:
        (finished / "kept.json").rename(finished / "runs" / "word-1.json")


def test_a_run_done_again_is_the_same(finished, tmp_path):
    known = read_json(finished / "runs" / "both-1.json")
    lrs = {arm: best_lr(finished, arm) for arm in ARMS}
    Draw(read_names(tongues.drawn(1)), 1, tmp_path, PLAN.epochs, lrs).run("both")
    again = read_json(tmp_path / "runs" / "both-1.json")
    assert {**again, "seconds": 0} == {**known, "seconds": 0}


def test_the_search_takes_the_best_mean_and_the_smallest_of_equals(tmp_path):
    for seed, found in ((1000, {"0.004": 0.5, "0.002": 0.3}), (1001, {"0.004": 0.1, "0.002": 0.2})):
        write_json(tmp_path / "search" / f"nll-{seed}.json", {"chrf": found})
    assert best_lr(tmp_path, "nll") == 0.004
    write_json(tmp_path / "search" / "nll-1001.json", {"chrf": {"0.004": 0.1, "0.002": 0.3}})
    assert best_lr(tmp_path, "nll") == 0.002


def test_differences_pair_runs_by_seed():
    runs = pd.DataFrame(
        [
            {"arm": arm, "seed": seed, **dict.fromkeys(SHOWN, seed + (arm == "word"))}
            for arm in ARMS
            for seed in range(3)
        ]
    ).sample(frac=1, random_state=0)
    row = differences(runs).set_index(["arm", "against", "measure"]).loc["word", "nll", "chrf"]
    assert (row["mean"], row["low"], row["high"], row["seeds"]) == (1, 1, 1, 3)


def test_another_plan_is_refused(finished):
    with pytest.raises(UserError, match="under another plan"):
        run_study(TASK, replace(PLAN, seeds=3), finished)


def test_the_command_line_prints_and_goes_on(finished, in_this_process, monkeypatch):
    monkeypatch.setattr("msd_core.naming.command.load_task", lambda name: TASK)
    done = typed(app, "naming", "--seeds", "2", "--epochs", "2", "--out", str(finished), "--json")
    answers = last_line(done)
    assert answers["runs"] == 2 * (1 + len(ARMS)) and len(answers["differences"]) == len(PAIRS) * len(SHOWN)
    table = pd.read_csv(finished / "runs.csv")
    chrf = 100 * table.loc[table["arm"] == "self/noise", "chrf"].mean()
    (line,) = [line.split() for line in done.stdout.splitlines() if line.startswith("self/noise ")]
    assert f"{chrf:.2f}" in line and "noise" in line


def test_one_process_does_the_same(finished, in_this_process, tmp_path):
    run_study(TASK, PLAN, tmp_path)
    here, there = (make_tables(folder)[0].drop(columns="seconds") for folder in (tmp_path, finished))
    pd.testing.assert_frame_equal(here, there)


def test_languages_can_be_chosen(in_this_process, tmp_path, monkeypatch):
    monkeypatch.setattr("msd_core.naming.study.ARMS", {"nll": ARMS["nll"]})
    monkeypatch.setattr("msd_core.naming.study.SEARCH_SEEDS", SEARCH_SEEDS[:1])
    run_study(TASK, Plan("tongues", seeds=2, languages="de,ja", epochs=1), tmp_path)
    scores = read_json(tmp_path / "runs" / "nll-0.json")
    assert {"chrf_de", "chrf_ja"} <= set(scores) and "chrf_en" not in scores


@pytest.mark.parametrize(
    "options, message",
    [
        (["--seeds", "1"], "seeds is 1"),
        (["--epochs", "0"], "epochs is 0"),
        (["--at-once", "0"], "at-once is 0"),
        (["--languages", "en,xx"], "in the language 'xx'"),
        (["--task", "digits"], "says of no text which language"),
        (["--out", __file__], "is a file"),
    ],
)
def test_mistakes_on_the_command_line_are_one_sentence(options, message, tmp_path, monkeypatch):
    monkeypatch.setattr("msd_core.naming.command.load_task", lambda name: TASK if name == "emoji" else load_task(name))
    done = typed(app, "naming", "--out", str(tmp_path / "study"), *options)
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "study").exists()
