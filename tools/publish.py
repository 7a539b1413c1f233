"""Puts a study's tables into the box, and writes the pages that are made of them."""

import shutil
from pathlib import Path

import pandas as pd

from msd_core.errors import UserError
from msd_core.storage import atomic_write
from msd_core.study import published
from msd_core.study.arms import CONTRAST, SEEDS
from msd_core.study.plan import named_plan
from msd_core.study.published import LANGUAGE_TABLES, TABLES, named_rows
from msd_core.tasks import Task
from tools import languages_page, study_page


def publish(task: Task, folder: Path) -> None:
    """Copy the plans and tables of the study in `folder`, and write docs/study.md and the README's table anew.

    Raises `UserError` where the study is not under the task's own budget, or lacks the difference named beforehand with
    all its seeds.
    """
    study_page.check_place()
    if task.recipe is None:
        raise UserError(f"{task.name} has no budget of its own for a study, so there is none to publish.")
    if not (folder / "contrasts.csv").exists():
        raise UserError(f"{folder} holds no finished study: run msd study --task {task.name} first.")
    tasks = set(pd.read_csv(folder / "runs.csv", usecols=["task"])["task"])
    if tasks != {task.name}:
        raise UserError(f"{folder} holds a study of {', '.join(sorted(tasks))}, not of {task.name}.")
    plan = named_plan(folder / "plans.json")
    if (plan["train_size"], plan["epochs"]) != (task.recipe.study_size, task.recipe.study_epochs):
        raise UserError("Only studies under the task's own budget are published: leave out --train-size and --epochs.")
    table = pd.read_csv(folder / "contrasts.csv")
    if not (named_rows(table, CONTRAST)["seeds"] >= SEEDS).any():
        options = f"--arms {','.join(CONTRAST)} --seeds {SEEDS}"
        raise UserError(f"The study lacks the difference named beforehand: run it with {options}.")
    more = [name for name in LANGUAGE_TABLES if (folder / f"{name}.csv").exists()]
    for name in ("plans.json", *(f"{each}.csv" for each in (*TABLES, *more))):
        with atomic_write(published.STUDIES / task.name / name) as temporary:
            shutil.copyfile(folder / name, temporary)
    study_page.write_pages()
    languages_page.write_page()
