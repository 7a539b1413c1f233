"""A study: what it plans, that it pairs, resumes and chooses rates on validation, and what it makes of the runs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import psutil
import pytest

import msd_core.distill
from msd_core.config import Config
from msd_core.distill import distill
from msd_core.errors import Diverged, UserError
from msd_core.models.files import hash_state
from msd_core.recipes import RECIPES, teacher_config
from msd_core.runs import open_run
from msd_core.study import pages, publish, published, runner
from msd_core.study.arms import CONTRAST, arm_config
from msd_core.study.contrasts import by_evidence, contrasts
from msd_core.study.plan import LIMITS, RATES, SEARCH_SEEDS, Plan
from msd_core.study.results import decisions, gather, gather_search, left_plateau, save_table, validation_curve
from msd_core.study.runner import run_study
from msd_core.tasks import get_task, load_split
from tests.terminal import last_line, run

PLAN = Plan("digits", ("kd", "kd+instance"), train_size=200, epochs=2, seeds=3, student="student-tiny")
ONE_ARM = replace(PLAN, arms=("kd",))


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """A finished study of tiny runs, its teachers tiny too."""
    folder = tmp_path_factory.mktemp("study")
    place_teachers(folder)
    run_study(PLAN, folder)
    return folder


def place_teachers(folder: Path) -> None:
    for seed in range(PLAN.teachers):
        quick = teacher_config("digits", seed=seed, withhold=True, epochs=1, train_size=200, student="student-tiny")
        distill(quick, folder / "teachers" / str(seed))


def test_the_rate_is_the_best_on_validation_and_no_end_of_the_search(study):
    for arm in PLAN.arms:
        scores: dict[float, float] = {}
        for trial in study.glob(f"search/*/{arm}/*"):
            rate = json.loads((trial / "config.json").read_text())["rate"]
            scores[rate] = scores.get(rate, 0) + validation_curve(trial)[-1]
        (chosen,) = {json.loads(p.read_text())["rate"] for p in study.glob(f"runs/*/{arm}/*/config.json")}
        assert scores[chosen] == max(scores.values()) and set(scores) >= set(RATES)
        assert min(scores) < chosen < max(scores) or chosen in LIMITS


@pytest.fixture
def quick_work(monkeypatch):
    """Runs of a study are not trained: they score their rate, and some diverge."""

    def diverges(config, folder):
        if config.method != "ce" and config.seed in (SEARCH_SEEDS[0], 1) and config.rate > 2e-3:
            raise Diverged("Training diverged")
        if "runs" in folder.parts and config.seed == 2:
            raise Diverged("Training diverged")
        done = open_run(folder, asdict(config))
        done.write_json("metrics.json", {"history": [{"metrics": {"both": {"accuracy": config.rate}}}]})
        done.write_json("result.json", {"metric": "accuracy"})

    monkeypatch.setattr(msd_core.distill, "distill", diverges)
    monkeypatch.setattr(runner, "_pool", lambda workers: ThreadPoolExecutor(workers))


def test_a_rate_at_which_a_run_diverges_is_the_worst(tmp_path, quick_work):
    events = []
    run_study(PLAN, tmp_path, events.append)
    chosen = {json.loads(path.read_text())["rate"] for path in tmp_path.glob("runs/*/*/*/config.json")}
    assert chosen == {2e-3}, "the best of those at which both runs ended"
    tried = gather_search(tmp_path)
    assert tried.loc[tried["rate"] > 2e-3, "validation_both"].isna().tolist() == [True, False] * len(PLAN.arms)
    lost = [event["text"] for event in events if event["kind"] == "lost"]
    assert len(lost) == len(PLAN.arms) and all("/2 diverged: its pair is missing" in text for text in lost)
    run_study(PLAN, tmp_path, events.append)
    assert [e for e in events if e["kind"] == "stage"][-1]["of"] == 0, "what diverged is not tried again"


def test_a_table_has_what_is_needed_to_repeat_each_run(study, tmp_path):
    table = gather(study)
    assert list(zip(table["arm"], table["seed"], strict=True)) == [(a, s) for a in PLAN.arms for s in range(3)]
    for row in table.to_dict("records"):
        known = json.loads((study / row["run"] / "config.json").read_text())
        assert all(row[name] == known[name] for name in known if name not in ("task", "teacher", "withhold"))
        assert row["teacher"] == str(row["seed"] % 2) and json.loads(row["curve"])[-1] == round(
            row["validation_both"], 4
        )
    assert table.groupby("teacher")["teacher_sha256"].nunique().tolist() == [1, 1]
    assert table[["torch", "machine", "device", "threads", "commit", "teacher_sha256"]].notna().all(axis=None)
    save_table(table, tmp_path / "runs")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "runs.parquet"), table)
    assert pd.read_csv(tmp_path / "runs.csv")["test_both"].tolist() == pytest.approx(table["test_both"].tolist())
    with pytest.raises(UserError, match="no finished run"):
        gather(tmp_path)


def test_what_is_done_is_not_done_again(study):
    before = {path: path.stat().st_mtime_ns for path in study.rglob("result.json")}
    gone = study / "runs" / str(PLAN.base) / "kd" / "1" / "result.json"
    kept = json.loads(gone.read_text())
    gone.unlink()
    events = []
    run_study(PLAN, study, events.append)
    assert [(e["arm"], e["seed"], e["of"]) for e in events if e["kind"] == "run"] == [("kd", 1, 1)]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items() if path != gone)
    assert json.loads(gone.read_text())["metrics"] == kept["metrics"]
    plans = json.loads((study / "plans.json").read_text())
    assert len(plans) == 1 and plans[0]["contrast"] == list(CONTRAST)
    with pytest.raises(UserError, match="study of digits"):
        run_study(Plan("easy-vqa", ("kd",), 200, 2), study)


_START = """
from pathlib import Path
from msd_core.study.runner import run_study
from tests.core.test_study import ONE_ARM
if __name__ == "__main__":
    run_study(ONE_ARM, Path({folder!r}))
"""


def test_a_killed_study_goes_on_and_ends_as_an_unbroken_one(study, tmp_path):
    place_teachers(tmp_path / "study")
    (tmp_path / "start.py").write_text(_START.format(folder=str(tmp_path / "study")))
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen([sys.executable, str(tmp_path / "start.py")], cwd=root, env=env)
    deadline = time.time() + 120
    while not list(tmp_path.glob("study/search/*/*/*/result.json")) and time.time() < deadline:
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert workers and not psutil.wait_procs(workers, timeout=30)[1], "no worker outlives the study"
    assert list(tmp_path.glob("study/search/*/*/*/result.json")) and not list(
        tmp_path.glob("study/runs/*/*/*/result.json")
    )
    run_study(ONE_ARM, tmp_path / "study")
    columns = ["seed", "rate", "test_both", "kl_image", "validation_both"]
    whole = gather(study)
    expected = whole[whole["arm"] == "kd"].reset_index(drop=True)
    pd.testing.assert_frame_equal(gather(tmp_path / "study")[columns], expected[columns])


def test_an_interrupted_study_ends_at_once(tmp_path):
    place_teachers(tmp_path / "study")
    (tmp_path / "start.py").write_text(_START.format(folder=str(tmp_path / "study")))
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "start.py")], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.time() + 120
    while not list(tmp_path.glob("study/search/*/*/*/config.json")) and time.time() < deadline:
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(30)
    assert workers and not psutil.wait_procs(workers, timeout=30)[1]
    assert len(list(tmp_path.glob("study/search/*/*/*/result.json"))) < len(RATES) * len(SEARCH_SEEDS)


def test_one_run_that_fails_does_not_lose_the_others(study, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    for path in (*folder.glob("runs/*/*/*/config.json"), *folder.glob("search/*/*/*/config.json")):
        path.write_text(path.read_text().replace(str(study.resolve()), str(folder.resolve())))
    broken, lost = (folder / "runs" / str(PLAN.base) / "kd" / seed for seed in ("1", "2"))
    (broken / "result.json").unlink()
    (broken / "config.json").write_text('{"task": "dig')
    (lost / "result.json").unlink()
    with pytest.raises(UserError, match=r"kd/1 failed.*half-written.*the other 1 are kept"):
        run_study(PLAN, folder)
    assert (lost / "result.json").exists()


@pytest.mark.parametrize("other", [{"epochs": 3}, {"teachers": 1}, {"train_size": 100}, {"student": "student"}])
def test_runs_of_another_budget_do_not_mix_in(study, other):
    with pytest.raises(UserError, match=f"whose {next(iter(other))} is"):
        run_study(replace(PLAN, **other), study)


def test_arms_of_a_seed_start_alike_and_see_the_same_batches(tmp_path, monkeypatch):
    started = []

    def stop(loop):
        loop.order.epoch = 1
        started.append((hash_state(loop.student.state_dict()), list(loop.batches)))
        raise KeyboardInterrupt

    monkeypatch.setattr(msd_core.distill, "train", stop)
    base = Config(task="digits", student="student-tiny", train_size=200, seed=5, withhold=True)
    for i, arm in enumerate(("ce", "kd", "kd+uniform", "kd+instance", "kd/hide", "fitnets", "crd")):
        with pytest.raises(KeyboardInterrupt):
            distill(arm_config(arm, base), tmp_path / str(i))
    assert all(each == started[0] for each in started)


def test_the_base_is_that_of_the_plan_even_where_as_many_arms_ran_elsewhere(study):
    table = gather(study)
    curve = pd.concat([table, table.assign(train_size=100)])
    found = contrasts(study, curve)
    assert published.Study("digits", curve, found, gather_search(study), by_evidence(study, table)).base == (
        PLAN.train_size,
        0,
        0,
    )
    assert found["named"].sum() == 1


def test_differences_are_paired_by_seed(study):
    table = gather(study)
    (row,) = contrasts(study, table).to_dict("records")
    by_arm = {arm: part.set_index("seed")["test_both"] for arm, part in table.groupby("arm")}
    expected = (by_arm["kd+instance"] - by_arm["kd"]).mean()
    assert row["mean"] == pytest.approx(expected) and row["seeds"] == 3 and row["named"]
    assert row["low"] <= row["mean"] <= row["high"] and pd.isna(row["bca_low"]), "three seeds are few to draw from"
    more = pd.concat([table, table.assign(seed=table["seed"] + 3)]).assign(train_size=100)
    (row,) = contrasts(study, more).to_dict("records")
    assert row["bca_low"] <= row["mean"] <= row["bca_high"] and row["seeds"] == 6
    none = contrasts(study, table[(table["arm"] == "kd") | (table["seed"] == 0)])
    assert none.empty and list(none.columns) == list(row), "one pair is no interval"


def test_the_named_difference_has_the_seeds_it_was_named_with(study):
    table = gather(study)
    more = pd.concat([table, table.assign(seed=table["seed"] + 3)])
    (row,) = contrasts(study, more).to_dict("records")
    assert row["named"] and row["seeds"] == 3
    assert contrasts(study, more.assign(train_size=100))["seeds"].tolist() == [6]


def test_runs_on_unlike_devices_do_not_pair(study):
    table = gather(study)
    moved = table["device"].mask((table["arm"] == "kd") & (table["seed"] == 0), "cuda:0")
    (row,) = contrasts(study, table.assign(device=moved)).to_dict("records")
    assert row["seeds"] == 2


def test_by_evidence_the_differences_add_up_to_the_whole(study):
    table = gather(study)
    found = by_evidence(study, table)
    assert found["evidence"].tolist() == ["both", "text"] and found["share"].sum() == pytest.approx(1)
    runs, labels = table.set_index(["arm", "seed"])["run"], load_split(get_task("digits"), "test").labels
    said = {arm: decisions(study, list(runs[arm])).argmax(-1) for arm in PLAN.arms}
    whole = (said["kd+instance"] == labels).float().mean() - (said["kd"] == labels).float().mean()
    assert (found["share"] * found["mean"]).sum() == pytest.approx(float(whole), abs=1e-6)


def test_leaving_the_plateau_is_for_good():
    assert left_plateau([0.5, 0.7, 0.6, 0.7, 0.8], 0.65, 5) == 4
    assert left_plateau([0.5, 0.7, 0.6, 0.7, 0.8], 0.65, 20) == 16, "validated every fourth epoch"
    assert left_plateau([0.7, 0.8], 0.65, 2) == 1
    assert left_plateau([0.7, 0.6], 0.65, 2) is None


def test_an_arm_that_does_not_apply_is_said_and_left_out(tmp_path):
    plan = Plan("sarcasm", ("dkd", "dist"), 200, 1)
    said = []
    with pytest.raises(UserError, match="None of these arms"):
        run_study(plan, tmp_path / "study", said.append)
    assert [e["arm"] for e in said] == ["dkd", "dist"] and all("not applicable to sarcasm" in e["text"] for e in said)
    assert not (tmp_path / "study").exists()


def test_publishing_writes_tables_and_pages(study, tmp_path, monkeypatch):
    table = gather(study)
    save_table(table, study / "runs")
    save_table(contrasts(study, table), study / "contrasts")
    save_table(gather_search(study), study / "search")
    save_table(by_evidence(study, table), study / "evidence")
    page, readme = tmp_path / "study.md", tmp_path / "README.md"
    readme.write_text("before\n<!-- study: begin -->old<!-- study: end -->\nafter\n")
    monkeypatch.setattr(published, "STUDIES", tmp_path / "studies")
    monkeypatch.setattr(pages, "PAGE", page)
    monkeypatch.setattr(pages, "README", readme)
    with pytest.raises(UserError, match="own budget"):
        publish.check_publishable(PLAN)
    with pytest.raises(UserError, match=r"with --arms kd\+instance,kd --seeds 20"):
        publish.publish(study, "digits")
    monkeypatch.setattr(publish, "SEEDS", PLAN.seeds)
    recipe = replace(RECIPES["digits"], study_size=PLAN.train_size, study_epochs=PLAN.epochs)
    monkeypatch.setitem(publish.RECIPES, "digits", recipe)
    publish.check_publishable(PLAN)
    publish.publish(study, "digits")
    assert json.loads((tmp_path / "studies" / "digits" / "plans.json").read_text())[0]["contrast"] == list(CONTRAST)
    assert pd.read_csv(tmp_path / "studies" / "digits" / "search.csv")["rate"].nunique() >= len(RATES)
    assert published.published() == ("digits",)
    mean = 100 * (
        table[table["arm"] == "kd+instance"]["test_both"].mean() - table[table["arm"] == "kd"]["test_both"].mean()
    )
    assert f"{mean:+.2f}" in page.read_text() and f"{mean:+.2f}" in readme.read_text()
    assert readme.read_text().startswith("before\n") and readme.read_text().endswith("after\n")
    assert "old" not in readme.read_text()
    named = published.named_contrasts()
    assert named["holm"].iloc[0] == pytest.approx(min(1, 4 * named["p"].iloc[0])), "the tasks without a study count"
    (tmp_path / "README.md").write_text("no place")
    with pytest.raises(UserError, match="no place for the table"):
        publish.check_publishable(PLAN)
    with pytest.raises(UserError, match="no study of sarcasm"):
        published.load_study("sarcasm", tmp_path / "studies")


def test_the_command_line_prints_and_goes_on(study):
    options = ["--task", "digits", "--arms", "kd, kd+instance", "--seeds", "3", "--train-size", "200", "--epochs", "2"]
    done = run("msd_core", "study", *options, "--student", "student-tiny", "--out", str(study), "--json")
    said = last_line(done)
    assert said["runs"] == 6 and said["contrasts"][0]["named"] is True
    assert "kd+instance*" in done.stdout and "exploratory" in done.stdout
    assert {p.name for p in study.glob("*.*")} >= {"runs.csv", "runs.parquet", "contrasts.csv", "contrasts.parquet"}


@pytest.mark.parametrize(
    "options, said", [(["--arms", "kd,hint"], "hint"), (["--sizes", "many"], "many"), (["--seeds", "1"], "seeds is 1"),
                      (["--at-once", "0"], "at-once")],
)  # fmt: skip
def test_mistakes_on_the_command_line_are_one_sentence(options, said, tmp_path):
    done = run("msd_core", "study", "--task", "digits", "--out", str(tmp_path / "study"), *options)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "study").exists()
