"""A study runs: it pairs, resumes, chooses learning rates on validation, and loses nothing when it is killed."""

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

import msd_core.training.distill
from msd_core.errors import Diverged, UserError
from msd_core.models.bundled import load_bundled
from msd_core.storage import read_json, write_json
from msd_core.study import runner
from msd_core.study.arms import CONTRAST, arm_config
from msd_core.study.contrasts import by_evidence, contrasts
from msd_core.study.plan import LIMITS, LRS, SEARCH_SEEDS, Plan
from msd_core.study.published import TABLES, load_study, plain
from msd_core.study.results import gather, gather_search, save_table, validation_curve
from msd_core.study.runner import run_study
from msd_core.tasks import WHOLE, load_task
from msd_core.tensors import hash_state
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.events import Note, RunDone, Stage
from msd_core.training.runs import open_run
from msd_core.training.trainer import Trainer
from tests.core.study.tiny_study import ONE_ARM, PLAN, place_teachers

ROOT = Path(__file__).parents[3]


def test_the_learning_rate_is_the_best_on_validation_and_no_end_of_the_search(study):
    for arm in PLAN.arms:
        scores: dict[float, float] = {}
        for trial in study.glob(f"search/*/{arm}/*"):
            lr = read_json(trial / "config.json")["lr"]
            scores[lr] = scores.get(lr, 0) + validation_curve(trial)[-1]
        (chosen,) = {read_json(path)["lr"] for path in study.glob(f"runs/*/{arm}/*/config.json")}
        assert scores[chosen] == max(scores.values()) and set(scores) >= set(LRS)
        assert min(scores) < chosen < max(scores) or chosen in LIMITS


@pytest.fixture
def quick_work(monkeypatch):
    """Runs of a study are not trained: they score their learning rate, and some diverge."""

    def diverges(task, config, folder, teacher=None, records=0):
        if config.method != "ce" and config.seed in (SEARCH_SEEDS[0], 1) and config.lr > 2e-3:
            raise Diverged("Training diverged")
        if "runs" in folder.parts and config.seed == 2:
            raise Diverged("Training diverged")
        origin = None if teacher is None else str(teacher)
        done = open_run(folder, {"task": task.name, "teacher": origin, **config.to_dict()})
        done.write_json("metrics.json", {"history": [{"metrics": {"both": {"accuracy": config.lr}}}]})
        done.write_json("result.json", {"metric": "accuracy"})

    monkeypatch.setattr(msd_core.training.distill, "distill", diverges)
    monkeypatch.setattr("msd_core.models.bundled.load_teacher", lambda task, name: name)
    monkeypatch.setattr(runner, "worker_pool", lambda workers: ThreadPoolExecutor(workers))


def test_a_learning_rate_at_which_a_run_diverges_is_the_worst(tmp_path, digits, quick_work):
    events = []
    run_study(digits, PLAN, tmp_path, events.append)
    chosen = {read_json(path)["lr"] for path in tmp_path.glob("runs/*/*/*/config.json")}
    assert chosen == {2e-3}, "the best of those at which both runs ended"
    tried = gather_search(tmp_path)
    assert tried.loc[tried["lr"] > 2e-3, "validation_both"].isna().tolist() == [True, False] * len(PLAN.arms)
    lost = [event.text for event in events if isinstance(event, Note)]
    assert len(lost) == len(PLAN.arms) and all("/2 diverged: its pair is missing" in text for text in lost)
    run_study(digits, PLAN, tmp_path, events.append)
    assert [e for e in events if isinstance(e, Stage)][-1].total == 0, "what diverged is not tried again"


def test_a_plan_of_another_task_is_one_sentence(tmp_path, fifth):
    with pytest.raises(UserError, match="a plan for digits: make one for fifth"):
        run_study(fifth, PLAN, tmp_path)
    assert not list(tmp_path.iterdir())


def test_stages_and_runs_are_counted(tmp_path, digits, quick_work):
    events = []
    run_study(digits, PLAN, tmp_path, events.append)
    stages = [(event.text, event.total) for event in events if isinstance(event, Stage)]
    assert stages[0] == ("Teachers", 2) and stages[1] == ("Search of settings", 2 * 3 * len(SEARCH_SEEDS))
    assert stages[-1] == ("Runs", 6)
    done = [event for event in events if isinstance(event, RunDone)]
    assert [event.done for event in done[-6:]] == [1, 2, 3, 4, 5, 6] and len(done) == sum(n for _, n in stages)


def test_a_search_goes_on_beyond_its_ends_to_a_limit(tmp_path, digits, monkeypatch, quick_work):
    def higher(task, config, folder, teacher=None, records=0):
        done = open_run(folder, {"task": task.name, "teacher": teacher, **config.to_dict()})
        done.write_json("metrics.json", {"history": [{"metrics": {"both": {"accuracy": config.lr}}}]})
        done.write_json("result.json", {"metric": "accuracy"})

    monkeypatch.setattr(msd_core.training.distill, "distill", higher)
    run_study(digits, ONE_ARM, tmp_path)
    assert {read_json(path)["lr"] for path in tmp_path.glob("runs/*/*/*/config.json")} == {LIMITS[1]}
    assert sorted(gather_search(tmp_path)["lr"].unique()) == pytest.approx([1e-3 * 2**i for i in range(6)])


def test_what_is_done_is_not_done_again(study, digits):
    before = {path: path.stat().st_mtime_ns for path in study.rglob("result.json")}
    gone = study / "runs" / str(PLAN.base) / "kd" / "1" / "result.json"
    kept = read_json(gone)
    gone.unlink()
    events = []
    run_study(digits, PLAN, study, events.append)
    assert [(e.arm, e.seed, e.total) for e in events if isinstance(e, RunDone)] == [("kd", 1, 1)]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items() if path != gone)
    assert read_json(gone)["metrics"] == kept["metrics"]
    plans = json.loads((study / "plans.json").read_text())
    assert len(plans) == 1 and plans[0]["contrast"] == list(CONTRAST)
    assert plans[0]["plan"] == json.loads(json.dumps(asdict(PLAN)))
    with pytest.raises(UserError, match="study of digits"):
        run_study(load_task("easy-vqa"), Plan("easy-vqa", ("kd",), 200, 2), study)


def test_a_study_of_an_earlier_version_goes_on(study, digits, tmp_path):
    folder = moved(study, tmp_path / "study")
    path = folder / "plans.json"
    path.write_text(path.read_text().replace('"model"', '"student"'))
    for config in (*folder.glob("runs/*/*/*/config.json"), *folder.glob("search/*/*/*/config.json")):
        values = read_json(config)
        old = {"lr": "rate", "batch_size": "batch", "temperature": "tau", "modality_dropout": "hide",
               "hold_out": "withhold", "model": "student", "direction": "to"}  # fmt: skip
        values = {old.get(name, name): value for name, value in values.items()}
        config.write_text(json.dumps({**values, "to": "same"}))
    events = []
    run_study(digits, PLAN, folder, events.append)
    assert not [event for event in events if isinstance(event, RunDone)]
    assert len(json.loads(path.read_text())) == 1
    pd.testing.assert_frame_equal(gather(digits, folder), gather(digits, study))


_START = """
from pathlib import Path
from msd_core.study.runner import run_study
from msd_core.tasks import load_task
from tests.core.study.tiny_study import ONE_ARM
if __name__ == "__main__":
    run_study(load_task("digits"), ONE_ARM, Path({folder!r}))
"""


def begin(tmp_path: Path, **options) -> subprocess.Popen:
    """A study in a process of its own, in a folder that has its teachers."""
    place_teachers(tmp_path / "study")
    (tmp_path / "start.py").write_text(_START.format(folder=str(tmp_path / "study")))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(tmp_path / "start.py")], cwd=ROOT, env=env, **options)


def wait_for(tmp_path: Path, pattern: str) -> None:
    deadline = time.time() + 120
    while not list(tmp_path.glob(pattern)) and time.time() < deadline:
        time.sleep(0.05)


def test_a_killed_study_goes_on_and_ends_as_an_unbroken_one(study, digits, tmp_path):
    process = begin(tmp_path)
    wait_for(tmp_path, "study/search/*/*/*/result.json")
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert workers and not psutil.wait_procs(workers, timeout=30)[1], "no worker outlives the study"
    assert list(tmp_path.glob("study/search/*/*/*/result.json"))
    assert not list(tmp_path.glob("study/runs/*/*/*/result.json"))
    run_study(digits, ONE_ARM, tmp_path / "study")
    columns = ["seed", "lr", "test_both", "kl_image", "validation_both"]
    whole = gather(digits, study)
    expected = whole[whole["arm"] == "kd"].reset_index(drop=True)
    pd.testing.assert_frame_equal(gather(digits, tmp_path / "study")[columns], expected[columns])


def test_an_interrupted_study_ends_at_once(tmp_path):
    process = begin(tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_for(tmp_path, "study/search/*/*/*/config.json")
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(30)
    assert workers and not psutil.wait_procs(workers, timeout=30)[1]
    assert len(list(tmp_path.glob("study/search/*/*/*/result.json"))) < len(LRS) * len(SEARCH_SEEDS)


def moved(study: Path, folder: Path) -> Path:
    """A copy of a study, whose runs name the teachers where they now are."""
    shutil.copytree(study, folder)
    for path in (*folder.glob("runs/*/*/*/config.json"), *folder.glob("search/*/*/*/config.json")):
        config = read_json(path)
        teacher = config["teacher"].replace(str(study.resolve()), str(folder.resolve()))
        write_json(path, {**config, "teacher": teacher})
    return folder


def test_one_run_that_fails_does_not_lose_the_others(study, digits, tmp_path):
    folder = moved(study, tmp_path / "study")
    broken, lost = (folder / "runs" / str(PLAN.base) / "kd" / seed for seed in ("1", "2"))
    (broken / "result.json").unlink()
    (broken / "config.json").write_text('{"task": "dig')
    (lost / "result.json").unlink()
    with pytest.raises(UserError, match=r"kd/1 failed.*half-written.*the other 1 are kept"):
        run_study(digits, PLAN, folder)
    assert (lost / "result.json").exists()


@pytest.mark.parametrize("other", [{"epochs": 3}, {"teachers": 1}, {"train_size": 100}, {"model": "student"}])
def test_runs_of_another_budget_do_not_mix_in(study, digits, other):
    with pytest.raises(UserError, match=f"whose {next(iter(other))} is"):
        run_study(digits, replace(PLAN, **other), study)


def test_arms_of_a_seed_start_alike_and_see_the_same_batches(tmp_path, digits, monkeypatch):
    started = []

    def stop(trainer):
        trainer.order.epoch = 1
        started.append((hash_state(trainer.student.state_dict()), list(trainer.batches)))
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "fit", stop)
    base = Config(model="student-tiny", train_size=200, seed=5, hold_out=True)
    for i, arm in enumerate(("ce", "kd", "kd+uniform", "kd+instance", "kd/hide", "fitnets", "crd")):
        with pytest.raises(KeyboardInterrupt):
            distill(digits, arm_config(arm, base), tmp_path / str(i), load_bundled(digits, "teacher"))
    assert len(started) == 7 and all(each == started[0] for each in started)


def test_an_arm_that_does_not_apply_is_noted_and_left_out(tmp_path):
    notes = []
    with pytest.raises(UserError, match="None of these arms"):
        run_study(load_task("sarcasm"), Plan("sarcasm", ("dkd", "dist"), 200, 1), tmp_path / "study", notes.append)
    assert [note.text.split()[0] for note in notes] == ["dkd", "dist"]
    assert all(isinstance(note, Note) and "not applicable to sarcasm" in note.text for note in notes)
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("arm", ["kd/recombined/real", "kd/recombined/neighbours"])
def test_pairs_that_a_size_does_not_allow_are_one_sentence_before_any_run(tmp_path, fifth, monkeypatch, arm):
    monkeypatch.setattr("msd_core.training.control_pairs._MOST", 30)
    plan = Plan(fifth.name, ("kd", arm), 20, 1, seeds=2, teachers=1, model="student-tiny", sizes=(20, WHOLE))
    with pytest.raises(UserError, match=f"^{arm} has no pairs at all-.*Leave the arm out there, or give smaller"):
        run_study(fifth, plan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path, digits):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file: give a folder for the study"):
        run_study(digits, PLAN, tmp_path / "file")


def test_a_study_of_a_task_that_lacks_all_runs_to_its_end(tmp_path, fifth):
    arms = ("ce", "kd", "kd+instance", "kd/self")
    plan = Plan("fifth", arms, train_size=40, epochs=1, seeds=2, teachers=1, model="student-tiny")
    folder, events = tmp_path / "fifth", []
    run_study(fifth, plan, folder, events.append, at_once=1)
    assert not [event for event in events if isinstance(event, Note)]
    table = gather(fifth, folder)
    assert table.groupby("arm")["seed"].count().to_dict() == dict.fromkeys(arms, 2)
    assert set(table["teacher"]) == {"0", "self-0"} and table["test_both"].notna().all()
    rows, evidence = contrasts(fifth, folder, table), by_evidence(fifth, folder, table)
    assert evidence.empty and rows["named"].sum() == 1 and (rows["seeds"] == 2).all()
    for name, each in zip(TABLES, (table, rows, gather_search(folder), evidence), strict=True):
        save_table(each, folder / name)
    study = load_study("fifth", tmp_path)
    assert study.base == (40, 0, 0) and study.evidence.empty and json.dumps(plain(study.runs))
