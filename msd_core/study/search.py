"""The search of settings on validation, the same for every arm: of the learning rate, and where a plan says so of the
weights of an arm's own terms, one after the other."""

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import mean

from msd_core.study.arms import GRIDS, arm_config
from msd_core.study.plan import LRS, RATES, Chosen, Job, Plan, Settings
from msd_core.study.results import DIVERGED, validation_curve
from msd_core.training.config import Config

Do = Callable[[str, list[Job]], None]  # does all of the jobs that are not done, as a stage of that name


def search(do: Do, folder: Path, plan: Plan, arms: list[str], whole: int) -> Chosen:
    """The settings of each arm under each condition. Of each hyperparameter the value in use and its two neighbours are
    tried, and as many further ones as it still gets better. A value at which a run diverges is the worst."""
    chosen: Chosen = {place: {"lr": LRS[1]} for place in product(arms, plan.conditions(whole))}
    stages = {arm: plan.hyperparameters(arm) for arm in arms}
    for stage in range(max(map(len, stages.values()))):
        names = {place: stages[place[0]][stage] for place in chosen if stage < len(stages[place[0]])}
        values = {place: _around(place[0], name, chosen[place]) for place, name in names.items()}
        while values:
            trials = {
                place: plan.search(*place, [{**chosen[place], names[place]: value} for value in some], whole)
                for place, some in values.items()
            }
            do("Search of settings", [job for jobs in trials.values() for job in jobs])
            for place, jobs in trials.items():
                chosen[place] = {**chosen[place], names[place]: _best(folder, names[place], jobs)}
            wider = {place: _further(names[place], values[place], chosen[place]) for place in values}
            values = {place: some for place, some in wider.items() if some != values[place]}
    return chosen


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


def _best(folder: Path, name: str, jobs: list[Job]) -> float:
    """The value with the best mean of the validation metric on `both` after the last epoch; the smaller of equals."""
    scores: dict[float, list[float]] = {}
    for job in jobs:
        scores.setdefault(getattr(job.config, name), []).append(_last_score(folder / job.folder))
    return max(sorted(scores), key=lambda value: mean(scores[value]))


def _last_score(run: Path) -> float:
    """The last validation score; less than any score where the run diverged."""
    return -math.inf if (run / DIVERGED).exists() else validation_curve(run)[-1]
