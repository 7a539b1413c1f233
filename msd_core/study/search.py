"""The search of settings on validation, the same for every arm: of the learning rate, and where a plan says so of the
weights of an arm's own terms, one after the other."""

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import mean

from msd_core.study.arms import LADDERS, arm_config
from msd_core.study.plan import LRS, RATES, Chosen, Job, Plan, Settings
from msd_core.study.results import DIVERGED, validation_curve
from msd_core.training.config import Config

Do = Callable[[str, list[Job]], None]  # does all of the jobs that are not done, as a stage of that name


def search(do: Do, folder: Path, plan: Plan, arms: list[str], whole: int) -> Chosen:
    """The settings of each arm under each condition. Of each dial the value in use and its two neighbours are tried,
    and as many further ones as it still gets better. A value at which a run diverges is the worst."""
    chosen: Chosen = {place: {"lr": LRS[1]} for place in product(arms, plan.conditions(whole))}
    for stage in range(max(len(plan.dials(arm)) for arm in arms)):
        turned = {place: plan.dials(place[0])[stage] for place in chosen if stage < len(plan.dials(place[0]))}
        tried = {place: _around(place[0], dial, chosen[place]) for place, dial in turned.items()}
        while tried:
            trials = {
                (arm, at): plan.search(
                    arm, at, [{**chosen[arm, at], turned[arm, at]: value} for value in values], whole
                )
                for (arm, at), values in tried.items()
            }
            do("Search of settings", [job for jobs in trials.values() for job in jobs])
            best = {place: _best(folder, turned[place], jobs) for place, jobs in trials.items()}
            for place, value in best.items():
                chosen[place] = {**chosen[place], turned[place]: value}
            tried = {
                place: more
                for place, values in tried.items()
                if (more := _further(turned[place], values, best[place])) != values
            }
    return chosen


def _ladder(dial: str) -> tuple[float, ...]:
    return RATES if dial == "lr" else LADDERS[dial]


def _around(arm: str, dial: str, settings: Settings) -> tuple[float, ...]:
    """The value in use and its neighbours."""
    ladder, value = _ladder(dial), settings.get(dial, getattr(arm_config(arm, Config()), dial))
    place = ladder.index(value)
    return ladder[max(0, place - 1) : place + 2]


def _further(dial: str, values: tuple[float, ...], best: float) -> tuple[float, ...]:
    """The same values, and one beyond where the best is the first or the last."""
    ladder = _ladder(dial)
    place, low, high = (ladder.index(value) for value in (best, values[0], values[-1]))
    return ladder[max(0, min(low, place - 1)) : max(high, place + 1) + 1]


def _best(folder: Path, dial: str, jobs: list[Job]) -> float:
    """The value with the best mean of the validation metric on `both` after the last epoch; the smaller of equals."""
    scores: dict[float, list[float]] = {}
    for job in jobs:
        scores.setdefault(getattr(job.config, dial), []).append(_last_score(folder / job.folder))
    return max(sorted(scores), key=lambda value: mean(scores[value]))


def _last_score(run: Path) -> float:
    """The last validation score; less than any score where the run diverged."""
    return -math.inf if (run / DIVERGED).exists() else validation_curve(run)[-1]
