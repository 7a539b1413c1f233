"""What a study will run, settled before the first run."""

import json
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any

from msd_core.errors import UserError
from msd_core.study.arms import (
    CONTRAST,
    OF_OWN_SHAPE,
    RECOMBINED,
    SEEDS,
    TEACHERS,
    arm_config,
    check_arms,
    hyperparameters,
    other_teacher,
)
from msd_core.tasks import WHOLE, Task, codes
from msd_core.training.config import META, Config, current_names, teacher_config

LRS = (1e-3, 2e-3, 4e-3)  # where every arm's search starts: half, once and twice the default
LIMITS = (1.25e-4, 3.2e-2)  # where it ends, however much better the next would be
RATES = tuple(LIMITS[0] * 2**step for step in range(9))  # by doublings from one to the other
SEARCH_SEEDS = (1000, 1001)  # never those of the study's runs
SHARED = ("train_size", "epochs", "teachers", "model", "languages", "search_weights")  # of all plans of a study
_ADDED = {"languages": "", "unlabelled": "", "search_weights": False}  # what plans of earlier versions lack


@dataclass(frozen=True)
class Condition:
    """What is varied beside the arms. `train_size` examples; the shares as in `Config`."""

    train_size: int
    label_noise: float = 0.0
    corrupt_text: float = 0.0

    def __str__(self) -> str:
        size = "all" if self.train_size >= WHOLE else str(self.train_size)
        return f"{size}-noise{self.label_noise:g}-misread{self.corrupt_text:g}"


CONDITION = [field.name for field in fields(Condition)]  # its columns in tables
Settings = dict[str, Any]  # `lr`, and those of `GRIDS` that a search has settled
Chosen = dict[tuple[str, Condition], Settings]  # of each arm under each condition


@dataclass(frozen=True)
class Job:
    """One run of a study: its config, and below the study's folder its own and its teacher's, None without one. number:
    of its teacher, and of the draw of the splits, where a task can draw them anew."""

    arm: str
    condition: Condition
    seed: int
    config: Config
    folder: str
    teacher: str | None
    number: int


@dataclass(frozen=True)
class Plan:
    """Arms x seeds on one task, under the base condition or along a curve; learning rates are searched at every point
    of it.

    Every arm of a seed starts from the same weights, sees the same examples in the same order, and has the same teacher
    (`seed % teachers`): differences are paired. The meta split is held out from all, teachers included. Where a task
    can draw its splits anew, each teacher, and the students that learn from it, have a draw of their own. `task` is the
    name, as it is written to disk; `languages` as in `Config`; `unlabelled` too, for the arms that read `keywords`.
    `search_weights`: whether the weights of an arm's own terms are searched as its learning rate is.
    """

    task: str
    arms: tuple[str, ...]
    train_size: int
    epochs: int
    seeds: int = SEEDS
    teachers: int = 2
    model: str = "student"
    sizes: tuple[int, ...] = ()
    label_noise: tuple[float, ...] = ()
    corrupt_text: tuple[float, ...] = ()
    languages: str = ""
    unlabelled: str = ""
    search_weights: bool = False

    def __post_init__(self) -> None:
        if not self.arms:
            raise UserError("There is no arm: name one or more.")
        check_arms(list(self.arms))
        for name, low, high in (("seeds", 2, 1000), ("teachers", 1, 100)):
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}: give a number from {low} to {high}.")
        if any("keywords" in arm.split("/") for arm in self.arms) != bool(self.unlabelled):
            raise UserError("Arms with /keywords read the table that --unlabelled names: give both, or neither.")
        for arm, condition in product(self.arms, self.conditions(self.train_size)):
            self._config(arm, condition, 0, {"lr": LRS[0]}, self.train_size)  # raises for what makes no sense

    @property
    def base(self) -> Condition:
        """Where arms are compared."""
        return Condition(self.train_size)

    def conditions(self, whole: int) -> tuple[Condition, ...]:
        """The base alone, or the points of the curves; a size of all `whole` examples, or more, is all of them."""
        curves = (
            *(Condition(WHOLE if size >= whole else size) for size in self.sizes),
            *(replace(self.base, label_noise=p) for p in self.label_noise),
            *(replace(self.base, corrupt_text=p) for p in self.corrupt_text),
        )
        return tuple(dict.fromkeys(curves)) or (self.base,)

    def teachers_needed(self, task: Task) -> list[Job]:
        """The teachers of every seed, and the other ones that an arm learns from."""
        kinds: dict[str, dict[str, Any]] = {"": {}}
        for option in sorted({option for arm in self.arms if (option := other_teacher(arm))}):
            kinds[f"{option}-"] = TEACHERS[option] | (self._of_own_shape if option in OF_OWN_SHAPE else {})
        return [
            self._teacher(task, f"{name}{number}", number, **own)
            for name, own in kinds.items()
            for number in range(self.teachers)
        ]

    @property
    def _of_own_shape(self) -> dict[str, Any]:
        return {"model": self.model, "train_size": self.train_size, "epochs": self.epochs, "lr": 2e-3}

    def _teacher(self, task: Task, name: str, seed: int, **own: Any) -> Job:
        config = teacher_config(task, **{"seed": seed, "hold_out": True, "languages": self.languages, **own})
        return Job("teacher", Condition(config.train_size), seed, config, f"teachers/{name}", None, seed)

    @property
    def named_pairs(self) -> list[tuple[str, str]]:
        """The differences of recombined pairs that are named before their runs, of the arms that it has."""
        return [pair for pair in RECOMBINED if {*pair} <= {*self.arms}]

    def hyperparameters(self, arm: str) -> tuple[str, ...]:
        """What is searched for an arm, one after the other, each from where the last one led."""
        own = hyperparameters(arm) if self.search_weights else ()
        return ("lr", *own, *(["lr"] * bool(own)))  # other weights, another rate

    def search(
        self, arm: str, at: Condition, trials: list[Settings], whole: int, seeds: tuple[int, ...] = SEARCH_SEEDS
    ) -> list[Job]:
        """The runs that show, on validation, how good each of these settings is for an arm under a condition."""
        return [
            self._job(arm, at, seed, settings, whole, f"search/{at}/{_slug(arm)}/{_trial(arm, settings)}-{seed}")
            for settings in trials
            for seed in seeds
        ]

    def runs(self, chosen: Chosen, whole: int) -> list[Job]:
        """Every run of the arms whose settings were chosen; seed by seed, so that a study which is stopped has whole
        pairs."""
        return [
            self._job(arm, at, seed, chosen[arm, at], whole, f"runs/{at}/{_slug(arm)}/{seed}")
            for at in self.conditions(whole)
            for seed in range(self.seeds)
            for arm in self.arms
            if (arm, at) in chosen
        ]

    def _job(self, arm: str, at: Condition, seed: int, settings: Settings, whole: int, folder: str) -> Job:
        number, other = seed % self.teachers, other_teacher(arm)
        teacher = f"teachers/{other}-{number}" if other else f"teachers/{number}"
        return Job(arm, at, seed, self._config(arm, at, seed, settings, whole), folder, teacher, number)

    def _config(self, arm: str, at: Condition, seed: int, settings: Settings, whole: int) -> Config:
        config = Config(
            model=self.model, train_size=at.train_size, epochs=self._epochs(at.train_size, whole), seed=seed,
            hold_out=True, label_noise=at.label_noise, corrupt_text=at.corrupt_text, languages=self.languages,
        )  # fmt: skip
        return replace(arm_config(arm, config, self.unlabelled), **settings)

    def _epochs(self, size: int, whole: int) -> int:
        """As many epochs as make the base's number of steps."""
        size = max(1, min(size, whole))
        return max(1, round(self.epochs * min(self.train_size, whole) / size))


def whole_split(task: Task, languages: str = "") -> int:
    """How many training examples of a task there are in these languages, without the meta split."""
    learned = codes(languages)
    return round((1 - META) * sum(not learned or each.language in learned for each in task.examples("train")))


def _slug(arm: str) -> str:
    return arm.replace("/", ".")


def _trial(arm: str, settings: Settings) -> str:
    """The name of a trial: its rate, and the weights that are not those of the arm."""
    defaults = arm_config(arm, Config()).to_dict() if len(settings) > 1 else {}
    others = (f"-{name}{value:g}" for name, value in settings.items() if name != "lr" and value != defaults[name])
    return f"{settings['lr']:g}{''.join(others)}"


def named_seeds(path: Path, whole: int) -> dict[tuple[str, str, Condition], int]:
    """How many seeds were planned of each difference that a study named beforehand, by (arm, against, condition); a
    later plan adds none: it may know the results. whole: how many training examples there are."""
    first, seeds = named_plan(path), {}
    seeds[*CONTRAST, Condition(first["train_size"])] = first["seeds"]
    for entry in read_plans(path):
        pairs = [each for each in entry.get("named", []) if isinstance(each, list)]  # others are of `languages.py`
        for pair, condition in product(pairs, Plan(**entry["plan"]).conditions(whole)):
            seeds.setdefault((*pair, condition), entry["plan"]["seeds"])
    return seeds


def named_plan(path: Path) -> dict[str, Any]:
    """The first plan of a study that has both arms of `CONTRAST`, else its first."""
    plans = [entry["plan"] for entry in read_plans(path)]
    return next((plan for plan in plans if set(CONTRAST) <= set(plan["arms"])), plans[0])


def read_plans(path: Path) -> list[dict[str, Any]]:
    """What a study was planned to run, oldest first; empty where nothing is written down yet."""
    try:
        entries = json.loads(path.read_text()) if path.exists() else []
        return [{**entry, "plan": _ADDED | current_names(entry["plan"])} for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is unreadable or half-written: delete it, and the study goes on.") from error
