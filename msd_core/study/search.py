"""The search of settings on validation, the same for every arm: of the learning rate, and where a plan says so of the
weights of an arm's own terms, one after the other; then a final between the two best by more seeds."""

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import mean

from msd_core.study.arms import GRIDS, arm_config
from msd_core.study.plan import LRS, RATES, SEARCH_SEEDS, Chosen, Condition, Job, Plan, Settings
from msd_core.study.results import DIVERGED, validation_curve
from msd_core.training.config import Config

FINALISTS = 2
FINAL_SEEDS = (1002, 1003, 1004, 1005)  # more than the search's: two may not show that some runs get stuck

Do = Callable[[str, list[Job]], None]  # does all of the jobs that are not done, as a stage of that name
Place = tuple[str, Condition]  # an arm under a condition
_STAGE = "Search of settings"


def search(do: Do, folder: Path, plan: Plan, arms: list[str], whole: int) -> Chosen:
    """The settings of each arm under each condition. Of each hyperparameter the value in use and its two neighbours are
    tried, and as many further ones as it still gets better. A value at which a run diverges is the worst. Where weights
    are searched, too, the two best of all settings are tried by more seeds, and the better one by all of these wins."""
    chosen: Chosen = {place: {"lr": LRS[1]} for place in product(arms, plan.conditions(whole))}
    stages = {arm: plan.hyperparameters(arm) for arm in arms}
    tried: dict[Place, list[Job]] = defaultdict(list)
    for stage in range(max(map(len, stages.values()))):
        names = {place: stages[place[0]][stage] for place in chosen if stage < len(stages[place[0]])}
        values = {place: _around(place[0], name, chosen[place]) for place, name in names.items()}
        while values:
            trials = {
                place: plan.search(*place, [{**chosen[place], names[place]: value} for value in some], whole)
                for place, some in values.items()
            }
            do(_STAGE, [job for jobs in trials.values() for job in jobs])
            for place, jobs in trials.items():
                tried[place] += jobs
                chosen[place] = chosen[place] | _ranked(folder, [names[place]], jobs)[0]
            wider = {place: _further(names[place], values[place], chosen[place]) for place in values}
            values = {place: some for place, some in wider.items() if some != values[place]}
    return _final(do, folder, plan, tried, whole) if plan.search_weights else chosen


def _final(do: Do, folder: Path, plan: Plan, tried: dict[Place, list[Job]], whole: int) -> Chosen:
    """The better of the two best settings of each arm and condition, by the seeds of the search and more."""
    names = {place: list(dict.fromkeys(plan.hyperparameters(place[0]))) for place in tried}
    jobs = {
        place: plan.search(
            *place, _ranked(folder, names[place], some)[:FINALISTS], whole, SEARCH_SEEDS + FINAL_SEEDS
        )
        for place, some in tried.items()
    }  # fmt: skip
    do(_STAGE, [job for some in jobs.values() for job in some])
    return {place: _ranked(folder, names[place], some)[0] for place, some in jobs.items()}


def _grid(name: str) -> tuple[float, ...]:
    return RATES if name == "lr" else GRIDS[name]


def _around(arm: str, name: str, settings: Settings) -> tuple[float, ...]:
    """The value in use and its neighbours."""
    grid, value = _grid(name), settings.get(name, getattr(arm_config(arm, Config()), name))
    place = grid.index(value)
    return grid[max(0, place - 1) : place + 2]


def _further(name: str, values: tuple[float, ...], settings: Settings) -> tuple[float, ...]:
    """The same values, and one beyond where the best, in the settings, is the first or the last."""
    grid = _grid(name)
    place, low, high = (grid.index(value) for value in (settings[name], values[0], values[-1]))
    return grid[max(0, min(low, place - 1)) : max(high, place + 1) + 1]


def _ranked(folder: Path, names: list[str], jobs: list[Job]) -> list[Settings]:
    """The values of these hyperparameters that were tried, from the best mean of the validation metric on `both` after
    the last epoch to the worst; the smaller of equals first."""
    scores: dict[tuple, list[float]] = {}
    for job in {job.folder: job for job in jobs}.values():
        values = tuple(getattr(job.config, name) for name in names)
        scores.setdefault(values, []).append(_last_score(folder / job.folder))
    ranked = sorted(scores, key=lambda values: (-mean(scores[values]), values))
    return [dict(zip(names, values, strict=True)) for values in ranked]


def _last_score(run: Path) -> float:
    """The last validation score; less than any score where the run diverged."""
    return -math.inf if (run / DIVERGED).exists() else validation_curve(run)[-1]
