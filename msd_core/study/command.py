"""`python -m msd_core study`."""

from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from msd_core.errors import UserError
from msd_core.models.zoo import ZOO
from msd_core.recipes import RECIPES, WHOLE
from msd_core.storage import home
from msd_core.study.arms import ARMS, CONTRAST, MAIN
from msd_core.study.plan import CONDITION, Plan
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
        if at_once is not None and at_once < 1:
            raise UserError(f"at-once is {at_once}: give 1 or more.")
        from msd_core.study.contrasts import contrasts
        from msd_core.study.results import gather, gather_search, save_table
        from msd_core.study.runner import run_study

        with _live() as watch:
            run_study(plan, folder, watch, at_once)
        table = gather(folder)
        found = contrasts(folder, table)
        save_table(table, folder / "runs")
        save_table(found, folder / "contrasts")
        save_table(gather_search(folder), folder / "search")
        if publish:
            from msd_core.study.publish import publish as put

            put(folder, plan.task)
    _print(table, found)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "contrasts": _plain(found), "runs": len(table)})


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
            elif event["kind"] == "inapplicable":
                note(event["text"])

        yield watch


def _print(table: pd.DataFrame, found: pd.DataFrame) -> None:
    out = Console()
    for condition, runs in table.groupby(CONDITION):
        size = "all" if condition[0] >= WHOLE else f"{condition[0]:,}"
        title = f"{size} examples, {condition[1]:.0%} wrong labels, {condition[2]:.0%} misread words"
        columns = "arm", "runs", "rate", f"test {runs['metric'].iloc[0]}", "sd", "minus kd", "95 % (t)", "95 % (BCa)"
        sheet = Table(*columns, title=title, title_justify="left")
        for arm, part in runs.groupby("arm", sort=False):
            score, spread = 100 * part["test_both"].mean(), 100 * part["test_both"].std()
            pair = found[(found["arm"] == arm) & (found["against"] == CONTRAST[1])]
            pair = pair[(pair[CONDITION] == condition).all(axis=1)]
            cells = ["-"] * 3
            if len(pair):
                row = 100 * pair.iloc[0][["mean", "low", "high", "bca_low", "bca_high"]].astype(float)
                cells = [f"{row['mean']:+.2f}", f"{row['low']:+.2f} to {row['high']:+.2f}",
                         f"{row['bca_low']:+.2f} to {row['bca_high']:+.2f}"]  # fmt: skip
            name = f"{arm} (named)" if pair["named"].any() else arm
            sheet.add_row(name, str(len(part)), f"{part['rate'].iloc[0]:g}", f"{score:.2f}", f"{spread:.2f}", *cells)
        out.print(sheet)
    out.print("Percent, and percentage points. Only the named difference was planned; the others are exploratory.")


def _plain(found: pd.DataFrame) -> list[dict]:
    return found.astype(object).where(found.notna(), None).to_dict("records")
