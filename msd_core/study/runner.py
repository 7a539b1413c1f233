"""Runs a plan: teachers, the search of rates, the runs; as many at once as there are cores, one thread each.

Everything lies in the study's folder, and what is there is not done again: a study that was killed goes on, and a later
plan adds to it.
"""

import json
import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import mean

import torch

from msd_core.config import Config
from msd_core.errors import Diverged, UserError
from msd_core.methods import METHODS
from msd_core.runs import open_run
from msd_core.setup import Watch
from msd_core.storage import new_file, say_if_full
from msd_core.study.arms import CONTRAST, arm_config
from msd_core.study.plan import LIMITS, RATES, SHARED, Job, Plan, Rates, read_plans
from msd_core.study.results import DIVERGED, validation_curve
from msd_core.tasks import get_task

_GIB_A_RUN = 2  # of a card's memory, set aside for a run of one of our own students: ample, not measured


def run_study(plan: Plan, folder: Path, watch: Watch = lambda event: None, at_once: int | None = None) -> None:
    """Do all of a plan that is not done yet. `watch` is told of each finished run, of arms that do not apply, and of
    runs that diverged."""
    folder = folder.resolve()
    arms = [arm for arm in plan.arms if not _inapplicable(plan, arm, watch)]
    if not arms:
        raise UserError(f"None of these arms applies to {plan.task}: name others.")
    _write_down(plan, folder)
    with _pool(at_once or runs_at_once()) as pool:
        _do(pool, folder, "Teachers", plan.teachers_needed(), watch)
        rates = _search(pool, plan, arms, folder, watch)
        runs = plan.runs(rates, folder)
        _do(pool, folder, "Runs", runs, watch)
    for run in runs:
        if (folder / run.folder / DIVERGED).exists():
            watch({"kind": "lost", "text": f"{run.folder} diverged: its pair is missing from the differences."})


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
    with say_if_full(folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "plans.json"
        plans = read_plans(path)
        if plans and plans[0]["plan"]["task"] != plan.task:
            raise UserError(f"{folder} holds a study of {plans[0]['plan']['task']}: give another folder.")
        for name in SHARED if plans else ():
            if (known := plans[0]["plan"][name]) != getattr(plan, name):
                raise UserError(
                    f"{folder} holds a study whose {name} is {known}: give another folder, or the same {name}."
                )
        if all(known["plan"] != json.loads(json.dumps(asdict(plan))) for known in plans):
            plans.append(
                {"written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "contrast": CONTRAST, "plan": asdict(plan)}
            )
            with new_file(path) as temporary:
                temporary.write_text(json.dumps(plans, indent=1))


def _inapplicable(plan: Plan, arm: str, watch: Watch) -> bool:
    method = METHODS[arm_config(arm, Config()).method]
    reason = method and method.undefined_for(get_task(plan.task))
    if reason:
        watch({"kind": "inapplicable", "arm": arm, "text": f"{arm} is not applicable to {plan.task}: {reason}."})
    return bool(reason)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
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


def _begin_worker(starter: int, stop) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the starter decides
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(starter, stop), daemon=True).start()


def _end_with(starter: int, stop) -> None:
    """A worker must not go on, or wait for ever, when whoever started it was killed or interrupted."""
    while os.getppid() == starter and not stop.wait(1):
        pass
    os._exit(1)


def _do(pool: ProcessPoolExecutor, folder: Path, stage: str, jobs: Iterable[Job], watch: Watch) -> None:
    """All jobs that are not done. One that fails does not keep the others from being done; then it is said."""
    left = [job for job in jobs if not _is_done(job, folder / job.folder)]
    watch({"kind": "stage", "text": stage, "of": len(left)})
    waiting, failed = {pool.submit(_work, job, folder / job.folder): job for job in left}, []
    for done, future in enumerate(as_completed(waiting), start=1):
        job, error = waiting[future], future.exception()
        if isinstance(error, BrokenProcessPool):
            raise UserError(
                "A worker was killed, perhaps for want of memory: the same command goes on, with a smaller --at-once."
            ) from error
        if error is not None:
            failed.append((job, error))
        watch({"kind": "run", "arm": job.arm, "seed": job.seed, "done": done, "of": len(left)})
    if failed:
        (job, error), others = failed[0], len(left) - len(failed)
        raise UserError(
            f"{job.folder} failed ({error}); {len(failed)} failed in all, the other {others} are kept."
        ) from error


def _is_done(job: Job, folder: Path) -> bool:
    """Whether the run is finished; `UserError` where another plan's run lies there. Teachers may be put there."""
    done = (folder / "result.json").exists() or (folder / DIVERGED).exists()
    if done and job.arm != "teacher":
        open_run(folder, asdict(job.config))
    return done


def _work(job: Job, folder: Path) -> None:
    """Do a job. A student that diverges is an outcome, on record as one; a teacher that does is of no use."""
    from msd_core.distill import distill

    try:
        distill(job.config, folder)
    except Diverged as error:
        if job.arm == "teacher":
            raise
        open_run(folder, asdict(job.config)).write_json(DIVERGED, {"said": str(error)})


def _search(pool: ProcessPoolExecutor, plan: Plan, arms: list[str], folder: Path, watch: Watch) -> Rates:
    """The learning rate of each arm under each condition: the best of `RATES`, or of as many doublings or halvings as
    it still gets better. A rate at which a run diverges is the worst."""
    tried, best = dict.fromkeys(product(arms, plan.conditions), RATES), {}
    while tried:
        trials = {place: plan.search(*place, rates, folder) for place, rates in tried.items()}
        every = [job for jobs in trials.values() for job in jobs]
        _do(pool, folder, "Search of learning rates", every, watch)
        best |= {place: _best_rate(folder, jobs) for place, jobs in trials.items()}
        tried = {place: more for place, rates in tried.items() if (more := _further(rates, best[place])) != rates}
    return best


def _further(rates: tuple[float, ...], best: float) -> tuple[float, ...]:
    """The same rates, and one beyond where the best is the first or the last."""
    low, high = LIMITS
    if best == rates[0] and best / 2 >= low:
        return (best / 2, *rates)
    if best == rates[-1] and best * 2 <= high:
        return (*rates, best * 2)
    return rates


def _best_rate(folder: Path, jobs: list[Job]) -> float:
    """The rate with the best mean of the validation metric on `both` after the last epoch; the smaller of equals."""
    scores: dict[float, list[float]] = {}
    for job in jobs:
        scores.setdefault(job.config.rate, []).append(_last_score(folder / job.folder))
    return max(sorted(scores), key=lambda rate: mean(scores[rate]))


def _last_score(run: Path) -> float:
    """What validation said last; less than any score where the run diverged."""
    return -math.inf if (run / DIVERGED).exists() else validation_curve(run)[-1]
