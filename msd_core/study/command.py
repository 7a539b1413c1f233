"""`msd study`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from msd_core.errors import UserError
from msd_core.models.zoo import ZOO
from msd_core.storage import home
from msd_core.study.arms import ARMS, CONTRAST, MAIN, ordered
from msd_core.study.contrasts import by_evidence, contrasts
from msd_core.study.plan import CONDITION, Plan
from msd_core.study.published import METRICS, TABLES, at, plain
from msd_core.study.results import gather, gather_search, save_table
from msd_core.study.runner import run_study
from msd_core.tasks import TASKS, WHOLE, Task, load_task
from msd_core.terminal import Json, choice, console, note, print_json, report_errors
from msd_core.training.config import Config
from msd_core.training.events import Event, Note, OnEvent, RunDone, Stage

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    _TaskName = str
    _Model = str
else:
    _TaskName, _Model = choice("StudyTask", TASKS), choice("StudyModel", ZOO)
_Kind = TypeVar("_Kind", int, float)


def study(
    task: Annotated[_TaskName, typer.Option(help="What is classified.")],
    arms: Annotated[
        str, typer.Option(help="Names with commas between, as in kd,kd+instance,kd/hide; 'all' for all of the lesson.")
    ] = ",".join(MAIN),
    seeds: Annotated[int, typer.Option(help="Runs of each arm.")] = Plan.seeds,
    teachers: Annotated[
        int, typer.Option(help="Teachers; run s learns from teacher s modulo their number.")
    ] = Plan.teachers,
    train_size: Annotated[
        int | None, typer.Option(help="Training examples; the task's own number if not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over them; the task's own number if not given.")] = None,
    model: Annotated[_Model, typer.Option(help="The small model to train.")] = Plan.model,
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
    as_json: Json = False,
) -> None:
    """Run arms over seeds, and see what the differences do and do not show.

    For example: python -m msd_core study --task easy-vqa --arms kd,kd+instance --seeds 20

    Teachers are trained first, with the meta split held out; then every arm's learning rate is chosen on validation by
    the same search; then the runs. Each runs on one thread, as many at once as there are cores. Kill it and give the
    same --out to go on. The comparison of kd+instance with kd is named beforehand; all else is exploratory.
    """
    folder = out or home() / "studies" / str(task)
    with report_errors():
        subject = load_task(task)
        recipe = subject.recipe
        size, passes = (recipe.study_size, recipe.study_epochs) if recipe else (Config.train_size, Config.epochs)
        plan = Plan(
            task=subject.name, arms=ARMS if arms == "all" else tuple(_items(arms)), seeds=seeds, teachers=teachers,
            train_size=size if train_size is None else train_size, epochs=passes if epochs is None else epochs,
            model=str(model),
            sizes=tuple(WHOLE if size == "all" else _number(size, int, "sizes") for size in _items(sizes)),
            label_noise=tuple(_number(p, float, "label-noise") for p in _items(label_noise)),
            corrupt_text=tuple(_number(p, float, "corrupt-text") for p in _items(corrupt_text)),
        )  # fmt: skip
        table, differences = _run(subject, plan, folder, at_once)
    _print(table, differences)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "contrasts": plain(differences), "runs": len(table)})


def _run(task: Task, plan: Plan, folder: Path, at_once: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do all of a plan: the study's runs and differences, kept as files too."""
    if at_once is not None and at_once < 1:
        raise UserError(f"at-once is {at_once}: give 1 or more.")
    with _live() as on_event:
        run_study(task, plan, folder, on_event, at_once)
    table = gather(task, folder)
    differences = contrasts(task, folder, table)
    tables = table, differences, gather_search(folder), by_evidence(task, folder, table)
    for name, each in zip(TABLES, tables, strict=True):
        save_table(each, folder / name)
    return table, differences


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _number(text: str, kind: Callable[[str], _Kind], option: str) -> _Kind:
    try:
        return kind(text)
    except ValueError:
        raise UserError(f"--{option} has {text!r} in it: give numbers with commas between.") from None


@contextmanager
def _live() -> Iterator[OnEvent]:
    """A progress bar over the runs of each stage."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Starting", total=None)

        def on_event(event: Event) -> None:
            match event:
                case Stage():
                    progress.update(bar, description=event.text, completed=0, total=event.total)
                case RunDone():
                    progress.update(bar, completed=event.done, total=event.total)
                case Note():
                    note(event.text)

        yield on_event


def _print(table: pd.DataFrame, differences: pd.DataFrame) -> None:
    """A sheet a condition, in 80 columns."""
    out = Console()
    for condition, runs in table.groupby(CONDITION):
        size = "all" if condition[0] >= WHOLE else f"{condition[0]:,}"
        title = f"{size} examples, {condition[1]:.0%} wrong labels, {condition[2]:.0%} misread words"
        columns = "runs", "lr", "test (sd)", f"minus {CONTRAST[1]} (95 % t)"
        sheet = Table(
            Column("arm", no_wrap=True), *columns, title=title, title_justify="left", box=None, pad_edge=False
        )
        here = at(differences[differences["against"] == CONTRAST[1]], condition).set_index("arm")
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
    return [f"{arm}{star}", str(len(runs)), f"{runs['lr'].iloc[0]:g}", f"{score:.2f} ({spread:.2f})", apart]
