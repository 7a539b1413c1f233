"""Runs a plan: teachers, the search of learning rates, the runs; as many at once as there are cores, one thread each.

Everything lies in the study's folder, and what is there is not done again: a study that was killed goes on, and a later
plan adds to it.
"""

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import torch

from msd_core.errors import Diverged, UserError
from msd_core.methods import METHODS
from msd_core.storage import atomic_write, storage_errors
from msd_core.study.arms import CONTRAST, arm_config
from msd_core.study.languages import NAMED
from msd_core.study.plan import LRS, SHARED, Job, Plan, read_plans, whole_split
from msd_core.study.results import DIVERGED
from msd_core.study.search import search
from msd_core.tasks import Task
from msd_core.training.config import Config
from msd_core.training.control_pairs import undefined_at
from msd_core.training.events import Note, OnEvent, RunDone, Stage, ignore
from msd_core.training.runs import open_run, record

_RECORDS = 10  # validations of a run: a tenth of the way is near enough to say when it left its plateau
_GIB_A_RUN = 2  # of a card's memory, set aside for a run of one of our own students: ample, not measured


def run_study(task: Task, plan: Plan, folder: Path, on_event: OnEvent = ignore, at_once: int | None = None) -> None:
    """Do all of a plan that is not done yet.

    on_event: called with each stage and finished run, and a `Note` for arms that do not apply and runs that diverged.
    at_once: runs at the same time; None for as many as the machine holds. Raises `UserError` for a folder that holds
    another study, a plan of another task, and where a run failed.
    """
    if plan.task != task.name:
        raise UserError(f"That is a plan for {plan.task}: make one for {task.name}.")
    folder = folder.resolve()
    arms = [arm for arm in plan.arms if _applies(task, arm, on_event)]
    if not arms:
        raise UserError(f"None of these arms applies to {plan.task}: name others.")
    whole = whole_split(task, plan.languages)
    for arm, at in product(arms, plan.conditions(whole)):
        if reason := undefined_at(plan.search(arm, at, [{"lr": LRS[0]}], whole)[0].config, whole):
            raise UserError(f"{arm} has no pairs at {at}: {reason}. Leave the arm out there, or give smaller --sizes.")
    _write_down(plan, folder)
    with worker_pool(at_once or runs_at_once()) as pool:
        study = _Study(task, folder, pool, on_event)
        study.do("Teachers", plan.teachers_needed(task))
        runs = plan.runs(search(study.do, folder, plan, arms, whole), whole)
        study.do("Runs", runs)
    for run in runs:
        if (folder / run.folder / DIVERGED).exists():
            on_event(Note(f"{run.folder} diverged: its pair is missing from the differences."))


def runs_at_once() -> int:
    """One a core; on a card as many as its free memory holds, too."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not torch.cuda.is_available():
        return cores
    return max(1, min(cores, torch.cuda.mem_get_info()[0] // (_GIB_A_RUN << 30)))


def _write_down(plan: Plan, folder: Path) -> None:
    """Add the plan, and the contrast that it is made for, to the study before anything of it runs."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: give a folder for the study.")
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "plans.json"
        plans = read_plans(path)
        if plans and plans[0]["plan"]["task"] != plan.task:
            raise UserError(f"{folder} holds a study of {plans[0]['plan']['task']}: give another folder.")
        for name in SHARED if plans else ():
            if (first := plans[0]["plan"][name]) != getattr(plan, name):
                raise UserError(
                    f"{folder} holds a study whose {name} is {first}: give another folder, or the same {name}."
                )
        if all(entry["plan"] != json.loads(json.dumps(asdict(plan))) for entry in plans):
            entry = {"written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "contrast": CONTRAST, "plan": asdict(plan)}
            named = [*(asdict(each) for each in NAMED if plan.languages), *plan.named_pairs]
            plans.append({**entry, "named": named} if named else entry)
            with atomic_write(path) as temporary:
                temporary.write_text(json.dumps(plans, indent=1))


def _applies(task: Task, arm: str, on_event: OnEvent) -> bool:
    reason = METHODS[arm_config(arm, Config()).method].undefined_for(task)
    if reason:
        on_event(Note(f"{arm} is not applicable to {task.name}: {reason}."))
    return not reason


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Workers that end at once when the study is interrupted: what they had finished is kept."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(workers, context, _begin_worker, (os.getpid(), stop)) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin_worker(starter: int, stop: Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the starter decides
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(starter, stop), daemon=True).start()


def _end_with(starter: int, stop: Event) -> None:
    """A worker must not go on, or wait for ever, when whoever started it was killed or interrupted."""
    while os.getppid() == starter and not stop.wait(1):
        pass
    os._exit(1)


@dataclass(frozen=True)
class _Study:
    """Where a study's runs are done."""

    task: Task
    folder: Path
    pool: ProcessPoolExecutor
    on_event: OnEvent

    def do(self, stage: str, jobs: Iterable[Job]) -> None:
        """All jobs that are not done. One that fails does not keep the others from being done, and is named then."""
        left = [job for job in jobs if not self._is_done(job)]
        self.on_event(Stage(stage, len(left)))
        waiting = {self.pool.submit(_work, self.task, job, self.folder): job for job in left}
        failed = []
        for done, future in enumerate(as_completed(waiting), start=1):
            job, error = waiting[future], future.exception()
            if isinstance(error, BrokenProcessPool):
                raise UserError(
                    "A worker was killed, perhaps for want of memory: the same command goes on, with a smaller "
                    "--at-once."
                ) from error
            if error is not None:
                failed.append((job, error))
            self.on_event(RunDone(job.arm, job.seed, done, len(left)))
        if failed:
            (job, error), others = failed[0], len(left) - len(failed)
            raise UserError(
                f"{job.folder} failed ({error}); {len(failed)} failed in all, the other {others} are kept."
            ) from error

    def _is_done(self, job: Job) -> bool:
        """Whether the run is finished; `UserError` where another plan's run lies there. Teachers may be put there."""
        folder = self.folder / job.folder
        done = (folder / "result.json").exists() or (folder / DIVERGED).exists()
        if done and job.arm != "teacher":
            open_run(folder, _record(self.task, job, self.folder))
        return done


def _record(task: Task, job: Job, study: Path) -> dict[str, Any]:
    """The settings of a job as `distill` writes them to its folder."""
    return record(task, job.config, None if job.teacher is None else str(study / job.teacher))


def _work(task: Task, job: Job, study: Path) -> None:
    """Do a job. A student that diverges is an outcome, on record as one; a teacher that does is of no use."""
    from msd_core.models.bundled import load_teacher
    from msd_core.training.distill import distill

    folder = study / job.folder
    task = task.drawn(job.number) if task.drawn else task
    teacher = None if job.teacher is None else load_teacher(task, str(study / job.teacher))
    try:
        distill(task, job.config, folder, teacher, records=_RECORDS)
    except Diverged as error:
        if job.arm == "teacher":
            raise
        open_run(folder, _record(task, job, study)).write_json(DIVERGED, {"reason": str(error)})
