"""A run in a process of its own."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Timer

import pytest

from msd_core.errors import StorageError, UserError
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.zoo import build
from msd_core.training import jobs
from msd_core.training.config import Config
from msd_core.training.events import Cancelled, Done, Epoch, Failed, Note, Stage, Step, to_dict
from msd_core.training.jobs import REPEAT, Job, start
from tests.tiny import TINY

ROOT = Path(__file__).parents[3]
QUICK = Config(model="student-tiny", epochs=1, train_size=200)
LONG = replace(QUICK, epochs=1000)


def test_a_job_reports_what_it_does_and_leaves_its_run(tmp_path, digits, teacher):
    job = start(digits, QUICK, tmp_path / "job", teacher)
    events = list(job.events())
    assert isinstance(events[0], Stage) and isinstance(events[-1], Done)
    assert any(isinstance(event, Step) for event in events) and any(isinstance(event, Epoch) for event in events)
    assert events[-1].result["task"] == "digits" and events[-1].result["teacher"] is not None
    assert load_model(tmp_path / "job" / "run", digits).info["config"]["teacher"] == "bundled"
    assert job.process.returncode == 0


def test_a_job_of_a_task_that_lacks_all(tmp_path, fifth):
    config = replace(QUICK, method="ce", weighting="none", train_size=40)
    last = list(start(fifth, config, tmp_path / "job").events())[-1]
    assert isinstance(last, Done) and last.result["task"] == "fifth" and last.result["teacher"] is None


def test_a_job_does_the_task_that_it_is_given(tmp_path, fifth):
    config = replace(QUICK, method="ce", weighting="none", train_size=40)
    last = list(start(replace(fifth, name="mine"), config, tmp_path / "job").events())[-1]
    assert isinstance(last, Done) and last.result["task"] == "mine"


def test_a_teacher_that_lies_nowhere_is_one_sentence(tmp_path, fifth):
    teacher = LoadedModel(build(TINY, 2).eval(), TINY, "fifth")
    with pytest.raises(UserError, match="lies in no folder"):
        start(fifth, QUICK, tmp_path / "job", teacher)


def test_a_folder_is_that_of_whoever_starts(tmp_path, fifth, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = replace(QUICK, method="ce", weighting="none", train_size=40)
    job = start(fifth, config, Path("job"))
    assert isinstance(list(job.events())[-1], Done) and (tmp_path / "job" / "run" / "result.json").exists()


def test_a_job_is_cancelled_at_once(tmp_path, digits, teacher):
    job = start(digits, LONG, tmp_path / "job", teacher)
    for event in job.events():
        if isinstance(event, Step):
            job.cancel()
            assert job.process.poll() is not None
        last = event
    assert isinstance(last, Cancelled)


def test_a_job_that_cannot_run_ends_in_one_sentence(tmp_path, digits, tiny_model):
    lost = LoadedModel(build(TINY, 3), TINY, "digits", str(tmp_path / "none"))
    job = start(digits, QUICK, tmp_path / "job", lost)
    sentence = f"{tmp_path / 'none'} holds no finished run: give the folder of one, or 'bundled'."
    assert list(job.events())[-1] == Failed(sentence)


def test_a_job_that_is_killed_from_outside_is_reported(tmp_path, digits, teacher):
    job = start(digits, LONG, tmp_path / "job", teacher)
    for event in job.events():
        if isinstance(event, Step):
            job.process.kill()
        last = event
    assert isinstance(last, Failed) and "ended early" in last.text


@pytest.mark.parametrize("seconds", [0.05, 6])
def test_a_job_ends_itself_when_its_time_is_up(tmp_path, digits, teacher, seconds):
    job = start(digits, LONG, tmp_path / "job", teacher, seconds)
    events = list(job.events())
    assert events[-1] == Failed("The job took too long and was stopped: use fewer examples or epochs.")
    assert job.process.returncode == 1 and not (tmp_path / "job" / "run" / "result.json").exists()


def test_a_job_within_its_time_is_finished(tmp_path, fifth):
    config = replace(QUICK, method="ce", weighting="none", train_size=40)
    assert isinstance(list(start(fifth, config, tmp_path / "job", seconds=100).events())[-1], Done)


def test_a_disk_fault_in_a_job_names_no_path(tmp_path, fifth, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "file" / "home"))
    config = replace(QUICK, method="ce", weighting="none", train_size=40)
    last = list(start(fifth, config, tmp_path / "job").events())[-1]
    assert isinstance(last, Failed) and "disk" in last.text and str(tmp_path) not in last.text


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path, digits, teacher):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be used"):
        start(digits, QUICK, tmp_path / "file" / "job", teacher)


@pytest.fixture
def silent(tmp_path):
    """Jobs that report these events and then nothing, for as long as their process lives."""
    processes = []

    def make(*events) -> Job:
        lines = "".join(json.dumps(to_dict(event)) + "\n" for event in events)
        (tmp_path / "events.jsonl").write_text(lines)
        processes.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        return Job(tmp_path, processes[-1])

    yield make
    for process in processes:
        process.kill()
        process.wait()


STEP, RECORD = Step(1, 2, {"ce": 1.0}), Epoch(1, 2, {}, {})


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ([], "Starting"),
        ([Stage("Reading the data")], "Reading the data"),
        ([Stage("Reading the data"), Note("Few examples.")], "Reading the data"),
        ([Stage("Reading the data"), STEP], "Distilling"),
        ([Stage("Reading the data"), STEP, RECORD], "Distilling"),
        ([STEP, RECORD, Stage("Testing")], "Testing"),
    ],
)
def test_a_stage_is_repeated_while_nothing_new_comes(silent, events, stage):
    stream = silent(*events).events()
    assert list(islice(stream, len(events))) == events
    begun = time.monotonic()
    assert list(islice(stream, 2)) == [Stage(stage)] * 2
    assert 2 * REPEAT <= time.monotonic() - begun < 10


def test_no_stage_comes_after_the_end(silent):
    job = silent(Stage("Testing"), Done({}))
    Timer(2 * REPEAT, job.process.communicate, [b"\n"]).start()
    assert list(job.events()) == [Stage("Testing"), Done({})]


_STARTER = """
import time
from pathlib import Path
from msd_core.models.bundled import load_bundled
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.jobs import start
task = load_task("digits")
print(start(task, {config}, Path({folder!r}), load_bundled(task, "teacher")).process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("when", ["at once", "while it trains"])
def test_a_job_ends_with_whoever_started_it(tmp_path, when):
    folder = tmp_path / "job"
    code = _STARTER.format(config=LONG, folder=str(folder))
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert _alive(child)
    deadline = time.monotonic() + 60
    while when != "at once" and not (folder / "run" / "checkpoint.safetensors").exists():
        assert time.monotonic() < deadline and _alive(child)
        time.sleep(0.1)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)
    if when == "at once":
        assert not (folder / "run").exists(), "before it has read anything"


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_process_at_hand_does_the_next_job_and_ends_with_its_starter(tmp_path, digits, teacher):
    jobs.keep_ready(3)
    jobs.keep_ready(2)
    first, second, third = jobs._READY
    first.kill()
    first.wait()
    job = start(digits, QUICK, tmp_path / "job", teacher)
    assert job.process is second, "one that has died is passed over"
    assert isinstance(list(job.events())[-1], Done)
    assert [third] == jobs._READY
    jobs._READY.clear()
    third.stdin.close()
    assert third.wait(timeout=60) != 0, "one whose starter is gone ends"
