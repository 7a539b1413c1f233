"""A run in a process of its own."""

import subprocess
import sys
import time
from pathlib import Path

from msd_core.config import Config
from msd_core.jobs import start

ROOT = Path(__file__).parents[2]
QUICK = {"task": "digits", "student": "student-tiny", "epochs": 1, "train_size": 200}


def test_a_job_tells_what_it_does_and_leaves_its_run(tmp_path):
    job = start(Config(**QUICK), tmp_path / "job")
    events = list(job.events())
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "stage" and "step" in kinds and "epoch" in kinds and kinds[-1] == "done"
    assert events[-1]["result"]["task"] == "digits"
    assert (tmp_path / "job" / "run" / "model.safetensors").exists()
    assert job.process.returncode == 0


def test_a_job_is_cancelled_at_once(tmp_path):
    job = start(Config(**{**QUICK, "epochs": 1000}), tmp_path / "job")
    for event in job.events():
        if event["kind"] == "step":
            asked = time.monotonic()
            job.cancel()
        last = event
    assert last["kind"] == "cancelled" and time.monotonic() - asked < 5
    assert job.process.poll() is not None


def test_a_job_that_cannot_run_says_why_in_one_sentence(tmp_path):
    job = start(Config(**QUICK, teacher=str(tmp_path / "none")), tmp_path / "job")
    assert list(job.events())[-1] == {
        "kind": "error", "text": f"{tmp_path / 'none'} holds no finished run: give the folder of one, or 'bundled'.",
    }  # fmt: skip


def test_a_job_that_is_killed_from_outside_is_told_so(tmp_path):
    job = start(Config(**{**QUICK, "epochs": 1000}), tmp_path / "job")
    for event in job.events():
        if event["kind"] == "step":
            job.process.kill()
        last = event
    assert last["kind"] == "error" and "ended early" in last["text"]


_STARTER = """
import time
from pathlib import Path
from msd_core.config import Config
from msd_core.jobs import start
print(start(Config(**{options}), Path({folder!r})).process.pid, flush=True)
time.sleep(600)
"""


def test_a_job_ends_with_whoever_started_it(tmp_path):
    code = _STARTER.format(options={**QUICK, "epochs": 1000}, folder=str(tmp_path / "job"))
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    while not (tmp_path / "job" / "events.jsonl").exists():
        time.sleep(0.1)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 60
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
