"""`msd study`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from msd_core.errors import UserError
from msd_core.models.zoo import ZOO
from msd_core.storage import home
from msd_core.study.arms import ARMS, LANGUAGES, MAIN
from msd_core.study.plan import Plan, whole_split
from msd_core.subject import find_task, read_options
from msd_core.tasks import TASKS, WHOLE
from msd_core.terminal import (
    Blank,
    Column,
    Data,
    Images,
    Json,
    Least,
    Multilabel,
    choice,
    console,
    note,
    print_json,
    report_errors,
)
from msd_core.training.config import Config
from msd_core.training.events import Event, Note, OnEvent, RunDone, Stage

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    _TaskName = str
    _Model = str
else:
    _TaskName, _Model = choice("StudyTask", TASKS), choice("StudyModel", ZOO)
_Kind = TypeVar("_Kind", int, float)


def study(
    task: Annotated[_TaskName | None, typer.Option(help="What is classified.")] = None,
    data: Data = None,
    images: Images = None,
    column: Column = None,
    blank: Blank = None,
    least: Least = 1,
    multilabel: Multilabel = None,
    arms: Annotated[
        str,
        typer.Option(
            help="Names with commas between, as in kd,kd+instance,kd/hide; 'all' for all of the lesson, 'languages' "
            "for those of a task in several."
        ),
    ] = ",".join(MAIN),
    seeds: Annotated[int, typer.Option(help="Runs of each arm.")] = Plan.seeds,
    teachers: Annotated[
        int | None,
        typer.Option(
            help=f"Teachers; run s learns from teacher s modulo their number. {Plan.teachers}, or as many as seeds "
            "where each has its own draw of the splits."
        ),
    ] = None,
    train_size: Annotated[
        int | None, typer.Option(help="Training examples; the task's own number if not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over them; the task's own number if not given.")] = None,
    model: Annotated[
        _Model | None, typer.Option(help=f"The small model to train; {Plan.model}, or cut-student for your data.")
    ] = None,
    sizes: Annotated[
        str, typer.Option(help="A curve over training sizes, as in 250,1000,4000,all, with as many steps each.")
    ] = "",
    label_noise: Annotated[str, typer.Option(help="A curve over shares of wrong labels, as in 0.2,0.4.")] = "",
    corrupt_text: Annotated[str, typer.Option(help="A curve over shares of misread words, as in 0.2,0.4.")] = "",
    languages: Annotated[
        str | None,
        typer.Option(help="Languages whose labels are learned from, as in en,de; the task's own if not given."),
    ] = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option(help="The table of more texts without labels that arms with /keywords read, as for msd distill."),
    ] = None,
    search_weights: Annotated[
        bool,
        typer.Option(
            "--search-weights",
            help="Search the weights of each arm's own terms, as its learning rate; see docs/method.md.",
        ),
    ] = False,
    at_once: Annotated[
        int | None, typer.Option(help="Runs at the same time; as many as cores (or as a card holds) if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder; the same one again goes on, or adds to it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run arms over seeds, and see what the differences do and do not show.

    For example: msd study --task easy-vqa --arms kd,kd+instance --seeds 20

    Teachers are trained first, with the meta split held out; then every arm's learning rate is chosen on validation by
    the same search; then the runs. Each runs on one thread, as many at once as there are cores. Kill it and give the
    same --out to go on. The comparison of kd+instance with kd is named beforehand; all else is exploratory.
    """
    with report_errors():
        subject = find_task(task, data, images, read_options(column or (), blank, least, multilabel))
        named = {"all": ARMS, "languages": LANGUAGES}
        folder, recipe = out or home() / "studies" / subject.name, subject.recipe
        if languages is None:
            languages = recipe.languages if recipe else ""
        size, passes = (
            (min(recipe.study_size, whole_split(subject, languages)), recipe.study_epochs)
            if recipe
            else (Config.train_size, Config.epochs)
        )
        plan = Plan(
            task=subject.name, arms=named.get(arms, ()) or tuple(_items(arms)), seeds=seeds,
            teachers=(seeds if subject.drawn else Plan.teachers) if teachers is None else teachers, languages=languages,
            train_size=size if train_size is None else train_size, epochs=passes if epochs is None else epochs,
            model=str(model or (recipe.student if recipe else Plan.model)),
            sizes=tuple(WHOLE if size == "all" else _number(size, int, "sizes") for size in _items(sizes)),
            label_noise=tuple(_number(p, float, "label-noise") for p in _items(label_noise)),
            corrupt_text=tuple(_number(p, float, "corrupt-text") for p in _items(corrupt_text)),
            unlabelled=str(unlabelled.resolve()) if unlabelled else "", search_weights=search_weights,
        )  # fmt: skip
        if at_once is not None and at_once < 1:
            raise UserError(f"at-once is {at_once}: give 1 or more.")
        with live() as on_event:
            from msd_core.study.published import plain
            from msd_core.study.runner import run_study
            from msd_core.study.sheets import make_tables, print_sheets, print_transfer

            run_study(subject, plan, folder, on_event, at_once)
        table, differences = make_tables(subject, folder)
    print_sheets(table, differences)
    print_transfer(folder)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "contrasts": plain(differences), "runs": len(table)})


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _number(text: str, kind: Callable[[str], _Kind], option: str) -> _Kind:
    try:
        return kind(text)
    except ValueError:
        raise UserError(f"--{option} has {text!r} in it: give numbers with commas between.") from None


@contextmanager
def live() -> Iterator[OnEvent]:
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
