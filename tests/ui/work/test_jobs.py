"""Jobs of visitors: one at a time, in a room of their own, ended when nobody listens."""

import json
import subprocess
import sys
import time
from threading import Event

import pytest

from msd_core.errors import UserError
from msd_core.tasks import load_task
from msd_core.training.config import Config
from msd_core.training.events import Stage, Step, to_dict
from msd_core.training.jobs import Job
from msd_core.training.requests import Distillation
from ui import limits
from ui.visitor.students import folder_of, new_id
from ui.work import jobs

DIGITS = load_task("digits")


@pytest.fixture
def endless(monkeypatch):
    """Jobs that never end, and how many of them were left."""
    left = []

    def run(request, key, folder, seconds):
        try:
            while True:
                yield Step(1, 2, {})
        finally:
            left.append(key)

    monkeypatch.setattr(jobs, "_run", run)
    return left


def events(listening=lambda: True):
    return jobs.events(DIGITS, Config(), new_id(), listening)


def test_jobs_wait_in_a_room_of_their_own_and_leave_it(endless):
    first = events()
    assert isinstance(next(first), Step)
    waiting = [events() for _ in range(limits.JOBS_WAITING)]
    assert all(next(job) == Stage("Waiting in the queue") for job in waiting)
    with pytest.raises(UserError, match="come back"):
        next(events())
    waiting.pop().close()  # a visitor goes away: there is room for one more
    late = events()
    assert isinstance(next(late), Stage)
    first.close()
    assert isinstance(next(waiting[0]), Step)
    for job in (late, *waiting):
        job.close()
    assert isinstance(next(events()), Step)


def test_a_stream_that_nobody_reads_ends_its_job(endless):
    reads = iter((True, True, False))
    assert len(list(events(lambda: next(reads)))) == 3
    assert len(endless) == 1 and not jobs.running()


def test_a_waiting_job_that_nobody_reads_gives_up_its_place(endless):
    first = events()
    next(first)
    assert list(events(lambda: False)) == [Stage("Waiting in the queue")]
    first.close()
    assert not jobs.running()


@pytest.fixture
def silent(monkeypatch):
    """Jobs that report one stage and then nothing; the jobs."""
    made = []

    def start_job(request, folder, seconds):
        folder.mkdir(parents=True)
        (folder / "events.jsonl").write_text(json.dumps(to_dict(Stage("Reading the data"))) + "\n")
        made.append(Job(folder, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)))
        return made[-1]

    monkeypatch.setattr(jobs, "start_job", start_job)
    yield made
    for job in made:
        job.cancel()


def test_a_silent_job_that_nobody_reads_ends_within_seconds(silent):
    reads, begun = iter((True, False)), time.monotonic()
    assert list(events(lambda: next(reads))) == [Stage("Reading the data")] * 2
    assert silent[0].process.poll() is not None and time.monotonic() - begun < 10
    assert not jobs.running()


def test_a_silent_job_whose_listener_left_ends_within_seconds(silent):
    stream = events()
    assert [next(stream), next(stream)] == [Stage("Reading the data")] * 2
    stream.close()
    assert silent[0].process.poll() is not None and not jobs.running()


def test_a_silent_thread_repeats_its_stage_too(monkeypatch):
    queued, last = [Stage("Reading the data"), Step(1, 2, {})], Event()

    def work(request, folder, put):
        for event in queued:
            put(event)
        last.wait(20)
        put(None)

    monkeypatch.setattr(jobs, "_in_thread", work)
    stream = jobs._on_gpu(Distillation(DIGITS, Config()), folder_of(new_id()))
    assert [next(stream) for _ in range(4)] == [*queued, *[Stage("Distilling")] * 2]
    last.set()
    assert all(event == Stage("Distilling") for event in stream)


def test_stopping_what_is_not_there_does_nothing():
    for run in ("", "A" * 32, None, 7, ["x"]):
        jobs.stop(run)


def test_a_job_that_was_stopped_can_be_begun_again_at_once(silent):
    run = new_id()
    first = jobs.events(DIGITS, Config(), run)
    next(first)
    with pytest.raises(UserError, match="under way already"):
        next(jobs.events(DIGITS, Config(), run))
    jobs.stop(run)
    assert silent[0].process.poll() is not None and not jobs.running()
    again = jobs.events(DIGITS, Config(), run)
    assert next(again) == Stage("Waiting in the queue")  # the first has not left its place yet
    first.close()
    assert jobs.running() == {run}
    again.close()


def test_a_waiting_job_that_is_stopped_gives_up_its_place(endless):
    run, first = new_id(), events()
    next(first)
    waiting = jobs.events(DIGITS, Config(), run)
    next(waiting)
    jobs.stop(run)
    assert list(waiting) in ([], [Stage("Waiting in the queue")])
    first.close()
    assert not jobs.running()
