"""What a study will run, settled before the first run."""

import json
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import product
from pathlib import Path

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.recipes import WHOLE, teacher_config
from msd_core.setup import META
from msd_core.study.arms import CONTRAST, SEEDS, arm_config, check_arms, is_self
from msd_core.tasks import get_task

RATES = (1e-3, 2e-3, 4e-3)  # where every arm's search starts: half, once and twice the default
LIMITS = (1.25e-4, 3.2e-2)  # where it ends, however much better the next would be
SEARCH_SEEDS = (1000, 1001)  # never those of the study's runs
SHARED = ("train_size", "epochs", "teachers", "student")  # of all plans of a study, so that its runs compare


@dataclass(frozen=True)
class Condition:
    """What is varied beside the arms. `train_size` examples; the shares as in `Config`."""

    train_size: int
    label_noise: float = 0.0
    corrupt_text: float = 0.0

    def __str__(self) -> str:
        size = "all" if self.train_size >= WHOLE else str(self.train_size)
        return f"{size}-noise{self.label_noise:g}-misread{self.corrupt_text:g}"


CONDITION = [field.name for field in fields(Condition)]  # the columns of the tables that say it
Rates = dict[tuple[str, Condition], float]  # the learning rate of each arm under each condition


@dataclass(frozen=True)
class Job:
    """One run of a study: its config and its folder below the study's."""

    arm: str
    condition: Condition
    seed: int
    config: Config
    folder: str


@dataclass(frozen=True)
class Plan:
    """Arms x seeds on one task, under the base condition or along a curve; rates are searched at every point of it.

    Every arm of a seed starts from the same weights, sees the same examples in the same order, and has the same teacher
    (`seed % teachers`): differences are paired. The meta split is withheld from all, teachers included.
    """

    task: str
    arms: tuple[str, ...]
    train_size: int
    epochs: int
    seeds: int = SEEDS
    teachers: int = 2
    student: str = "student"
    sizes: tuple[int, ...] = ()
    label_noise: tuple[float, ...] = ()
    corrupt_text: tuple[float, ...] = ()

    def __post_init__(self):
        if not self.arms:
            raise UserError("There is no arm: name one or more.")
        check_arms(list(self.arms))
        for name, low, high in (("seeds", 2, 1000), ("teachers", 1, 100)):
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}: give a number from {low} to {high}.")
        for arm, condition in product(self.arms, self.conditions):
            self._config(arm, condition, 0, 1e-3, Path())

    @property
    def whole(self) -> int:
        """How many training examples there are, without the meta split."""
        return round((1 - META) * _training_examples(self.task))

    @property
    def base(self) -> Condition:
        """Where arms are compared."""
        return Condition(self.train_size)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The base alone, or the points of the curves that were asked for."""
        curves = (
            *(Condition(WHOLE if size >= self.whole else size) for size in self.sizes),
            *(replace(self.base, label_noise=p) for p in self.label_noise),
            *(replace(self.base, corrupt_text=p) for p in self.corrupt_text),
        )
        return tuple(dict.fromkeys(curves)) or (self.base,)

    def teachers_needed(self) -> list[Job]:
        """The teachers of every seed, and those of the student's own shape where an arm learns from one."""
        jobs = [self._teacher(str(seed), seed) for seed in range(self.teachers)]
        if any(is_self(arm) for arm in self.arms):
            own = {"student": self.student, "train_size": self.train_size, "epochs": self.epochs, "rate": 2e-3}
            jobs += [self._teacher(f"self-{seed}", seed, **own) for seed in range(self.teachers)]
        return jobs

    def _teacher(self, name: str, seed: int, **own) -> Job:
        config = teacher_config(self.task, seed=seed, withhold=True, **own)
        return Job("teacher", Condition(config.train_size), seed, config, f"teachers/{name}")

    def search(self, arm: str, at: Condition, rates: tuple[float, ...], folder: Path) -> list[Job]:
        """The runs that say, on validation, how good each rate is for an arm under a condition."""
        return [
            self._job(arm, at, seed, rate, folder, f"search/{at}/{_slug(arm)}/{rate:g}-{seed}")
            for rate in rates
            for seed in SEARCH_SEEDS
        ]

    def runs(self, rates: Rates, folder: Path) -> list[Job]:
        """Every run of the arms that have a rate; seed by seed, so that a study which is stopped has whole pairs."""
        return [
            self._job(arm, at, seed, rates[arm, at], folder, f"runs/{at}/{_slug(arm)}/{seed}")
            for at in self.conditions
            for seed in range(self.seeds)
            for arm in self.arms
            if (arm, at) in rates
        ]

    def _job(self, arm: str, at: Condition, seed: int, rate: float, study: Path, folder: str) -> Job:
        return Job(arm, at, seed, self._config(arm, at, seed, rate, study), folder)

    def _config(self, arm: str, at: Condition, seed: int, rate: float, study: Path) -> Config:
        teacher = f"self-{seed % self.teachers}" if is_self(arm) else str(seed % self.teachers)
        config = Config(
            task=self.task, student=self.student, teacher=str(study / "teachers" / teacher), train_size=at.train_size,
            epochs=self._epochs(at.train_size), rate=rate, seed=seed, withhold=True, label_noise=at.label_noise,
            corrupt_text=at.corrupt_text,
        )  # fmt: skip
        return arm_config(arm, config)

    def _epochs(self, size: int) -> int:
        """As many epochs as make the base's number of steps."""
        size = max(1, min(size, self.whole))
        return max(1, round(self.epochs * min(self.train_size, self.whole) / size))


@cache
def _training_examples(task: str) -> int:
    return len(get_task(task).examples("train"))


def _slug(arm: str) -> str:
    return arm.replace("/", ".")


def named_plan(path: Path) -> dict:
    """The first plan of a study that has both arms of the difference named beforehand, else its first."""
    plans = [known["plan"] for known in read_plans(path)]
    return next((plan for plan in plans if set(CONTRAST) <= set(plan["arms"])), plans[0])


def read_plans(path: Path) -> list[dict]:
    """What a study was planned to run, oldest first; empty where nothing is written down yet."""
    try:
        plans = json.loads(path.read_text()) if path.exists() else []
        [known["plan"]["task"] for known in plans]
        return plans
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is unreadable or half-written: delete it, and the study goes on.") from error
