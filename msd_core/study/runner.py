"""Runs a plan: teachers, the search of rates, the runs; as many at once as there are cores, one thread each.

Everything lies in the study's folder, and what is there is not done again: a study that was killed goes on, and a later
plan adds to it.
"""

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import torch

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.setup import Watch
from msd_core.storage import new_file, say_if_full
from msd_core.study.arms import CONTRAST
from msd_core.study.plan import LIMITS, RATES, Job, Plan
from msd_core.tasks import get_task

_GIB_A_RUN = 2  # of a card's memory: more than any run of the zoo's students takes


def run_study(plan: Plan, folder: Path, watch: Watch = lambda event: None, at_once: int | None = None) -> None:
    """Do all of a plan that is not done yet. `watch` is told of each finished run, and of arms that do not apply."""
    folder = folder.resolve()
    arms = [arm for arm in plan.arms if not _inapplicable(plan, arm, watch)]
    if not arms:
        raise UserError(f"None of these arms applies to {plan.task}: name others.")
    _write_down(plan, folder)
    with _pool(at_once or runs_at_once()) as pool:
        _do(pool, folder, "Teachers", plan.teachers_needed(), watch)
        rates = _search(pool, plan, arms, folder, watch)
        _do(pool, folder, "Runs", plan.runs(rates, folder), watch)


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
        plans = json.loads(path.read_text()) if path.exists() else []
        if plans and plans[0]["plan"]["task"] != plan.task:
            raise UserError(f"{folder} holds a study of {plans[0]['plan']['task']}: give another folder.")
        if all(known["plan"] != json.loads(json.dumps(asdict(plan))) for known in plans):
            plans.append(
                {"written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "contrast": CONTRAST, "plan": asdict(plan)}
            )
            with new_file(path) as temporary:
                temporary.write_text(json.dumps(plans, indent=1))


def _inapplicable(plan: Plan, arm: str, watch: Watch) -> bool:
    method = METHODS[plan.runs({arm: RATES[0]}, Path())[0].config.method]
    reason = method and method.undefined_for(get_task(plan.task))
    if reason:
        watch({"kind": "inapplicable", "arm": arm, "text": f"{arm} is not applicable to {plan.task}: {reason}."})
    return bool(reason)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(os.getpid(),))


def _begin_worker(starter: int) -> None:
    torch.set_num_threads(1)
    threading.Thread(target=_end_with, args=(starter,), daemon=True).start()


def _end_with(starter: int) -> None:
    """A worker must not go on, or wait for ever, when whoever started it was killed."""
    while os.getppid() == starter:
        time.sleep(1)
    os._exit(1)


def _do(pool: ProcessPoolExecutor, folder: Path, stage: str, jobs: Iterable[Job], watch: Watch) -> None:
    left = [job for job in jobs if not (folder / job.folder / "result.json").exists()]
    watch({"kind": "stage", "text": stage})
    waiting = {pool.submit(_work, job, folder / job.folder): job for job in left}
    for done, future in enumerate(as_completed(waiting), start=1):
        future.result()
        job = waiting[future]
        watch({"kind": "run", "arm": job.arm, "seed": job.seed, "done": done, "of": len(left)})


def _work(job: Job, folder: Path) -> None:
    from msd_core.distill import distill

    distill(job.config, folder)


def _search(pool: ProcessPoolExecutor, plan: Plan, arms: list[str], folder: Path, watch: Watch) -> dict[str, float]:
    """Each arm's learning rate: the best of `RATES`, or of as many doublings or halvings as it still gets better."""
    tried, best = dict.fromkeys(arms, RATES), {}
    while tried:
        trials = {arm: plan.search(arm, rates, folder) for arm, rates in tried.items()}
        _do(pool, folder, "Search of learning rates", [job for jobs in trials.values() for job in jobs], watch)
        best |= {arm: _best_rate(folder, jobs) for arm, jobs in trials.items()}
        tried = {arm: further for arm, rates in tried.items() if (further := _further(rates, best[arm])) != rates}
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
        scores.setdefault(job.config.rate, []).append(validation_curve(folder / job.folder)[-1])
    return max(sorted(scores), key=lambda rate: mean(scores[rate]))


def validation_curve(run: Path) -> list[float]:
    """The main metric on `both` of the validation split after each epoch of a run."""
    metric = json.loads((run / "result.json").read_text())["metric"]
    history = json.loads((run / "metrics.json").read_text())["history"]
    return [epoch["metrics"]["both"][metric] for epoch in history]
