"""Puts a study's tables into the box, and the pages that are made of them."""

import shutil
from pathlib import Path

import pandas as pd

from msd_core.errors import UserError
from msd_core.recipes import RECIPES
from msd_core.storage import new_file
from msd_core.study import pages, published
from msd_core.study.arms import CONTRAST, SEEDS
from msd_core.study.plan import Plan
from msd_core.study.published import TABLES


def publish(folder: Path, task: str) -> None:
    """Copy the plans and tables of the study in `folder`, and write docs/study.md and the README's table anew.

    `UserError` where the study lacks the difference named beforehand, with all its seeds.
    """
    found = pd.read_csv(folder / "contrasts.csv")
    if not (found["named"] & (found["seeds"] >= SEEDS)).any():
        asked = f"--arms {','.join(CONTRAST)} --seeds {SEEDS}"
        raise UserError(f"The study lacks the difference named beforehand: run it with {asked}.")
    for name in ("plans.json", *(f"{table}.csv" for table in TABLES)):
        with new_file(published.STUDIES / task / name) as temporary:
            shutil.copyfile(folder / name, temporary)
    pages.write_pages()


def check_publishable(plan: Plan) -> None:
    """`UserError` where a plan's study, or this checkout, is none to publish: better said before hours of runs."""
    recipe = RECIPES[plan.task]
    if (plan.train_size, plan.epochs) != (recipe.study_size, recipe.study_epochs):
        raise UserError("Only studies under the task's own budget are published: leave out --train-size and --epochs.")
    pages.check_place()
