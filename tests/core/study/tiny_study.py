"""A study of tiny runs, its teachers tiny too."""

from dataclasses import replace
from pathlib import Path

from msd_core.study.plan import Plan
from msd_core.tasks import load_task
from msd_core.training.config import teacher_config
from msd_core.training.distill import distill

PLAN = Plan("digits", ("kd", "kd+instance"), train_size=200, epochs=2, seeds=3, model="student-tiny")
ONE_ARM = replace(PLAN, arms=("kd",))


def place_teachers(folder: Path) -> None:
    """Put quick teachers where a study looks for its own."""
    digits = load_task("digits")
    for seed in range(PLAN.teachers):
        config = teacher_config(digits, seed=seed, hold_out=True, epochs=1, train_size=200, model="student-tiny")
        distill(digits, config, folder / "teachers" / str(seed))
