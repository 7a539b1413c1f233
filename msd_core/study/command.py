"""`python -m msd_core study`."""

from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from msd_core.errors import UserError
from msd_core.models.zoo import ZOO
from msd_core.recipes import RECIPES, WHOLE
from msd_core.storage import home
from msd_core.study.arms import ARMS, CONTRAST, MAIN, ordered
from msd_core.study.contrasts import by_evidence, contrasts
from msd_core.study.plan import CONDITION, Plan
from msd_core.study.publish import check_publishable
from msd_core.study.publish import publish as put_into_the_box
from msd_core.study.published import METRICS, TABLES, at, plain
from msd_core.study.results import gather, gather_search, save_table
from msd_core.study.runner import run_study
from msd_core.tasks import TASKS
from msd_core.terminal import Json, choice, console, note, one_sentence, print_json

_DEFAULT = {field.name: field.default for field in fields(Plan)}
_TaskName, _Student = choice("StudyTask", TASKS), choice("StudyStudent", ZOO)


def study(
    task: Annotated[_TaskName, typer.Option(help="What is classified.")],
    arms: Annotated[
        str, typer.Option(help="Names with commas between, as in kd,kd+instance,kd/hide; 'all' for all of the lesson.")
    ] = ",".join(MAIN),
    seeds: Annotated[int, typer.Option(help="Runs of each arm.")] = _DEFAULT["seeds"],
    teachers: Annotated[
        int, typer.Option(help="Teachers; run s learns from teacher s modulo their number.")
    ] = _DEFAULT["teachers"],
    train_size: Annotated[
        int | None, typer.Option(help="Training examples; the task's own number if not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over them; the task's own number if not given.")] = None,
    student: Annotated[_Student, typer.Option(help="The small model to train.")] = _DEFAULT["student"],
    sizes: Annotated[
        str, typer.Option(help="A curve over training sizes, as in 250,1000,4000,all, with as many steps each.")
    ] = "",
    label_noise: Annotated[str, typer.Option(help="A curve over shares of wrong labels, as in 0.2,0.4.")] = "",
    corrupt_text: Annotated[str, typer.Option(help="A curve over shares of misread words, as in 0.2,0.4.")] = "",
    at_once: Annotated[
        int | None, typer.Option(help="Runs at the same time; as many as cores (or as a card holds) if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder; the same one again goes on, or adds to it.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Put the results into the box: the Study tab, docs/study.md, the README.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run arms over seeds and say what the differences do and do not show.

    For example: python -m msd_core study --task easy-vqa --arms kd,kd+instance --seeds 20

    Teachers are trained first, with the meta split withheld; then every arm's learning rate is chosen on validation by
    the same search; then the runs. Each runs on one thread, as many at once as there are cores. Kill it and give the
    same --out to go on. The comparison of kd+instance with kd is named beforehand; all else is exploratory.
    """
    folder, recipe = out or home() / "studies" / task.value, RECIPES[task.value]
    with one_sentence():
        plan = Plan(
            task=task.value, arms=ARMS if arms == "all" else tuple(_items(arms)), seeds=seeds, teachers=teachers,
            train_size=recipe.study_size if train_size is None else train_size,
            epochs=recipe.study_epochs if epochs is None else epochs, student=student.value,
            sizes=tuple(WHOLE if size == "all" else _number(size, int, "sizes") for size in _items(sizes)),
            label_noise=tuple(_number(p, float, "label-noise") for p in _items(label_noise)),
            corrupt_text=tuple(_number(p, float, "corrupt-text") for p in _items(corrupt_text)),
        )  # fmt: skip
        if publish:
            check_publishable(plan)
        table, found = _done(plan, folder, at_once)
        if publish:
            put_into_the_box(folder, plan.task)
    _print(table, found)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "contrasts": plain(found), "runs": len(table)})


def _done(plan: Plan, folder: Path, at_once: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs and the differences of a study after all of a plan was done, kept as files too."""
    if at_once is not None and at_once < 1:
        raise UserError(f"at-once is {at_once}: give 1 or more.")
    with _live() as watch:
        run_study(plan, folder, watch, at_once)
    table = gather(folder)
    found = contrasts(folder, table)
    tables = table, found, gather_search(folder), by_evidence(folder, table)
    for name, each in zip(TABLES, tables, strict=True):
        save_table(each, folder / name)
    return table, found


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _number(text: str, kind: type, option: str) -> float:
    try:
        return kind(text)
    except ValueError:
        raise UserError(f"--{option} has {text!r} in it: give numbers with commas between.") from None


@contextmanager
def _live():
    """A progress bar over the runs of each stage."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Starting", total=None)

        def watch(event: dict) -> None:
            if event["kind"] == "stage":
                progress.update(bar, description=event["text"], completed=0, total=event["of"])
            elif event["kind"] == "run":
                progress.update(bar, completed=event["done"], total=event["of"])
            elif event["kind"] in ("inapplicable", "lost"):
                note(event["text"])

        yield watch


def _print(table: pd.DataFrame, found: pd.DataFrame) -> None:
    """A sheet a condition, in 80 columns."""
    out = Console()
    for condition, runs in table.groupby(CONDITION):
        size = "all" if condition[0] >= WHOLE else f"{condition[0]:,}"
        title = f"{size} examples, {condition[1]:.0%} wrong labels, {condition[2]:.0%} misread words"
        columns = "runs", "rate", "test (sd)", f"minus {CONTRAST[1]} (95 % t)"
        sheet = Table(
            Column("arm", no_wrap=True), *columns, title=title, title_justify="left", box=None, pad_edge=False
        )
        here = at(found[found["against"] == CONTRAST[1]], condition).set_index("arm")
        for arm in ordered(runs["arm"]):
            sheet.add_row(*_cells(arm, runs[runs["arm"] == arm], here.loc[arm] if arm in here.index else None))
        out.print(sheet, end="\n\n")
    out.print(
        f"Test {METRICS[table['metric'].iloc[0]]} in percent, differences in points; contrasts.csv has BCa intervals. "
        "Only the difference with a * was named beforehand; the others are exploratory."
    )


def _cells(arm: str, runs: pd.DataFrame, pair: pd.Series | None) -> list[str]:
    score, spread = 100 * runs["test_both"].mean(), 100 * runs["test_both"].std()
    apart = "-"
    if pair is not None:
        mean, low, high = (f"{100 * pair[name]:+.2f}" for name in ("mean", "low", "high"))
        apart = f"{mean} ({low} to {high})"
    star = "*" if pair is not None and pair["named"] else ""
    return [f"{arm}{star}", str(len(runs)), f"{runs['rate'].iloc[0]:g}", f"{score:.2f} ({spread:.2f})", apart]
