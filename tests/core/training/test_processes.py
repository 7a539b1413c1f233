"""The loop on two processes: the steps of one, every example once, one pass of the teacher, and one voice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from safetensors.torch import load_file

from msd_core.models.bundled import load_bundled
from msd_core.models.files import load_model
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.distill import distill, new_student
from msd_core.training.events import Epoch
from tests.core.training.two_processes import DEALT, QUICK, RECOMBINED, RELATING

ROOT = Path(__file__).parents[3]
OPTIONS = ("model", "epochs", "train_size", "batch_size", "seed")
WORDS = ["--task=digits", *(f"--{name.replace('_', '-')}={getattr(QUICK, name)}" for name in OPTIONS)]


@contextmanager
def ended(process: subprocess.Popen):
    """Whatever happens, the launcher and what it started are gone afterwards."""
    try:
        yield
    finally:
        process.terminate()  # the launcher then ends its processes, each in a group of its own
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def launch(home: Path, *words: str) -> subprocess.CompletedProcess:
    """Two processes on the CPU, `python -m words` each, with caches of their own under `home`."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", *words]
    env = {**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "MSD_HOME": str(home)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with ended(process):
        out, err = process.communicate(timeout=150)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where two processes did all of `two_processes.py`, in one launch."""
    folder = tmp_path_factory.mktemp("two")
    done = launch(folder / "home", "tests.core.training.two_processes", str(folder))
    assert (folder / "0.json").exists() and (folder / "1.json").exists(), done.stderr
    assert done.returncode != 0, "its last run was to be killed"
    return folder


@pytest.fixture(scope="module")
def records(folder) -> list[dict]:
    """What each process noted."""
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """The folder of the same run in one process."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    run(QUICK, folder)
    return folder


def run(config: Config, folder: Path, on_event=lambda event: None) -> dict:
    """The same in this process alone."""
    task = load_task("digits")
    return distill(task, config, folder, load_bundled(task, "teacher"), on_event)


def read(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text())


def test_two_processes_take_the_steps_of_one(folder, records, alone):
    one, two = (read(run, "metrics")["history"] for run in (alone, folder / "instance"))
    assert len(one) == len(two) == QUICK.epochs
    for by_one, by_two in zip(one, two, strict=True):
        for kind in ("terms", "weights"):
            assert by_two[kind] == pytest.approx(by_one[kind], rel=2e-5, abs=1e-5), kind
        for view, metrics in by_one["metrics"].items():
            assert by_two["metrics"][view] == pytest.approx(metrics, abs=1e-3)
            assert by_two["agreement"][view]["kl"] == pytest.approx(by_one["agreement"][view]["kl"], abs=1e-5)
    one, two = (read(run, "result") for run in (alone, folder / "instance"))
    assert two["student"] == pytest.approx(one["student"], abs=1e-3)
    assert two["teacher"] == one["teacher"] and two["weights"] == one["weights"]
    student = new_student(load_task("digits"), QUICK)
    states = [load_file(run / "model.safetensors") for run in (alone, folder / "instance")]
    for name, start in student.named_parameters():
        way, apart = states[0][name] - start, states[1][name] - states[0][name]
        assert apart.norm() < 1e-4 * way.norm(), name
    assert records[0]["students"] == records[1]["students"], "both processes hold the same student"


def test_two_processes_recombine_the_pairs_of_one(folder, tmp_path):
    run(RECOMBINED, tmp_path / "run")
    one, two = (read(each, "metrics")["history"] for each in (tmp_path / "run", folder / "recombined"))
    assert one[0]["terms"]["kd_recombined"] > 0
    assert two[0]["terms"] == pytest.approx(one[0]["terms"], rel=2e-5, abs=1e-5)
    student = new_student(load_task("digits"), RECOMBINED)
    states = [load_file(each / "model.safetensors") for each in (tmp_path / "run", folder / "recombined")]
    for name, start in student.named_parameters():
        way, apart = states[0][name] - start, states[1][name] - states[0][name]
        assert apart.norm() < 1e-4 * way.norm() or not way.norm(), name


@pytest.mark.parametrize("case", range(len(DEALT)), ids=lambda i: "{} in batches of {}".format(*DEALT[i]))
def test_every_example_is_seen_once_an_epoch(records, case):
    size, batch_size = DEALT[case]
    orders = []
    for one, other in zip(*(record["dealt"][case] for record in records), strict=True):
        assert len(one) == len(other), "as many steps"
        assert all(0 <= len(a) - len(b) <= 1 and b for a, b in zip(one, other, strict=True)), "fair shares, none empty"
        assert all(len(a) + len(b) == batch_size for a, b in list(zip(one, other, strict=True))[:-1])
        rows = list(chain.from_iterable(one + other))
        assert sorted(rows) == list(range(size))
        orders.append(rows)
    assert orders[0] != orders[1] or size < 10, "another order in another epoch"


def test_the_teacher_goes_through_each_split_in_one_process_and_once(records):
    passes = [record["passes"] for record in records]
    assert passes[0][0] == QUICK.train_size and len(passes[0]) == 3, "train, validation, test"
    assert passes[1] == []
    files = records[0]["files"]
    assert len(files) == 6 and files == records[1]["files"], "of each split the pixels and the targets"


def test_learned_weights_are_the_same_in_both_processes(folder, records, tmp_path):
    assert records[0]["net"] == records[1]["net"] and records[0]["students"] == records[1]["students"]
    one, two = run(replace(QUICK, weighting="learned"), tmp_path / "run"), read(folder / "learned", "result")
    # each process spends beta on its share of a batch, so the steps are near those of one process, not the same
    assert two["weights"] == pytest.approx(one["weights"], abs=0.05)
    assert two["student"] == pytest.approx(one["student"], abs=0.03)
    history = read(folder / "learned", "metrics")["history"]
    assert history[0]["terms"] == pytest.approx(read(tmp_path / "run", "metrics")["history"][0]["terms"], abs=0.01)
    assert all(sum(epoch["weights"].values()) == pytest.approx(2, rel=1e-5) for epoch in history)
    weights = load_file(folder / "learned" / "weights.safetensors")["weights"]
    assert (weights - 1).abs().max() > 0.1, "an untrained network weighs both alike, to 1e-6"


def test_methods_that_relate_examples_end_in_one_sentence(records):
    for record in records:
        for method in RELATING:
            assert record["sentences"][method].startswith(f"{method} relates the examples of a batch"), method


def test_a_killed_run_goes_on_with_two_processes_or_one_and_speaks_once(folder):
    killed, whole = folder / "killed", read(folder / "instance", "result")
    assert not (killed / "result.json").exists() and (killed / "checkpoint.safetensors").exists()
    shutil.copytree(killed, folder / "copy")
    done = launch(folder / "home", "msd_core", "distill", *WORDS, "--out", str(killed), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("same top label") == done.stdout.count("run in ") == done.stdout.count('"metrics"') == 1
    result = json.loads(done.stdout.splitlines()[-1])
    assert "epoch 1 of" not in done.stderr and done.stderr.count("epoch 2 of") == 1, "it went on where it was"
    assert result["metrics"] == whole["metrics"] and result["agreement"] == whole["agreement"]
    task = load_task("digits")
    hashes = [load_model(run / "model.safetensors", task).weights_hash for run in (folder / "instance", killed)]
    assert hashes[0] == hashes[1]

    events = []
    result = run(QUICK, folder / "copy", events.append)
    assert [event.epoch for event in events if isinstance(event, Epoch)] == [2]
    assert result["student"] == pytest.approx(whole["student"], abs=1e-3)


def test_without_a_folder_there_is_one_sentence(tmp_path):
    done = launch(tmp_path, "msd_core", "distill", *WORDS)
    assert done.returncode == 1 and not done.stdout
    errors = {line for line in done.stderr.splitlines() if line.startswith("Error:")}
    assert errors == {"Error: Several processes share one folder: name it with --out."}
    assert not (tmp_path / "runs").exists()
