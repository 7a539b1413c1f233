"""A study of naming: every arm over seeds, each on a draw of the splits of its own."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from msd_core.errors import UserError
from msd_core.naming.arms import ARMS, PAIRS
from msd_core.naming.draw import NEAREST, Draw
from msd_core.naming.names import read_names
from msd_core.naming.tables import best_lr
from msd_core.storage import read_json, storage_errors, write_json
from msd_core.study.plan import SEARCH_SEEDS
from msd_core.study.runner import worker_pool
from msd_core.tasks import Task, codes
from msd_core.training.events import OnEvent, Stage, ignore

LRS = (3e-3, 6e-3)  # that are tried of every arm
EPOCHS = 20  # until names are nearly known by heart: till then a decoder makes up words


@dataclass(frozen=True)
class Plan:
    """What a study will run. `task` is the name, as it is written to disk; `languages` has commas between them, and is
    empty for all; `epochs` are passes over the names."""

    task: str
    seeds: int = 5
    languages: str = ""
    epochs: int = EPOCHS

    def __post_init__(self) -> None:
        for name, low, high in (("seeds", 2, 1000), ("epochs", 1, 1000)):
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}: give a number from {low} to {high}.")


def run_study(task: Task, plan: Plan, folder: Path, on_event: OnEvent = ignore, at_once: int = 1) -> None:
    """Do all of a plan that is not done yet: of every arm the search of its rate, on validation and with seeds of its
    own; then the runs. Arms that teach others come before them.

    at_once: seeds that are worked on at the same time. Raises `UserError` for a task that has no names in several
    languages, and a folder that holds another study.
    """
    read_names(task, codes(plan.languages))  # what is wrong with them is said before anything is written
    _write_down(plan, folder)
    lrs: dict[str, float] = {}
    with worker_pool(at_once) as pool:
        for stage, taught in (("Search of arms without a teacher", False), ("Search of arms with one", True)):
            arms = [name for name, arm in ARMS.items() if (arm.teacher is not None) == taught]
            on_event(Stage(stage))
            _each(pool, partial(_search, task, plan, folder, lrs, arms), SEARCH_SEEDS)
            lrs |= {arm: best_lr(folder, arm) for arm in arms}
        on_event(Stage("Runs"))
        _each(pool, partial(_run, task, plan, folder, lrs), range(plan.seeds))


def _write_down(plan: Plan, folder: Path) -> None:
    """The plan, and the differences that it is made for, before anything of it runs."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file: give a folder for the study.")
    arms = {name: asdict(arm) for name, arm in ARMS.items()}
    values = json.loads(json.dumps({**asdict(plan), "lrs": LRS, "arms": arms, "pairs": PAIRS}))
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "plan.json"
        if not path.exists():
            write_json(path, values)
        elif read_json(path) != values:
            raise UserError(f"{folder} holds a study under another plan: give another folder.")


def _each(pool: Executor, work: Callable[[int], None], seeds: Iterable[int]) -> None:
    """The work of every seed, each in a process of one thread: so numbers do not depend on how many there are."""
    for done in as_completed([pool.submit(work, seed) for seed in seeds]):
        done.result()


def _draw(task: Task, plan: Plan, folder: Path, lrs: dict[str, float], seed: int) -> Draw:
    """The search, too, sees draws of the study, of which it never looks at the test split."""
    task = task.drawn(seed % plan.seeds) if task.drawn else task
    return Draw(read_names(task, codes(plan.languages)), seed, folder, plan.epochs, lrs)


def _search(task: Task, plan: Plan, folder: Path, lrs: dict[str, float], arms: list[str], seed: int) -> None:
    draw = _draw(task, plan, folder, lrs, seed)
    for arm in arms:
        draw.search(arm, LRS)


def _run(task: Task, plan: Plan, folder: Path, lrs: dict[str, float], seed: int) -> None:
    draw = _draw(task, plan, folder, lrs, seed)
    for arm in (NEAREST, *ARMS):
        draw.run(arm)
