"""A run in a process of its own."""

import time

from msd_core.config import Config
from msd_core.jobs import start

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
