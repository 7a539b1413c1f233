"""`msd naming`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from msd_core.errors import UserError
from msd_core.storage import home
from msd_core.tasks import TASKS, load_task
from msd_core.terminal import Json, choice, console, print_json, report_errors
from msd_core.training.events import Event, Stage

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    _TaskName = str
else:
    _TaskName = choice("NamingTask", TASKS)


def naming(
    task: Annotated[_TaskName, typer.Option(help="Whose pictures are named.")] = "emoji",
    seeds: Annotated[int, typer.Option(help="Runs of each arm, each on its own draw of the splits.")] = 5,
    languages: Annotated[str, typer.Option(help="Languages of the names, as in en,de; all if not given.")] = "",
    epochs: Annotated[int | None, typer.Option(help="Passes over the names.")] = None,
    at_once: Annotated[
        int | None, typer.Option(help="Seeds that are worked on at the same time; as many as cores if not given.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The study's folder; the same one again goes on.")] = None,
    as_json: Json = False,
) -> None:
    """Have small decoders name pictures in several languages, taught by a larger one, by one like them, or by none.

    For example: msd naming --task emoji --seeds 5 --out naming
    """
    with report_errors():
        from msd_core.naming.study import EPOCHS, Plan, run_study
        from msd_core.naming.tables import make_tables, print_sheet
        from msd_core.study.published import plain
        from msd_core.study.runner import runs_at_once

        subject = load_task(str(task))
        plan = Plan(subject.name, seeds, languages, EPOCHS if epochs is None else epochs)
        if at_once is not None and at_once < 1:
            raise UserError(f"at-once is {at_once}: give 1 or more.")
        folder = out or home() / "naming" / plan.task
        run_study(subject, plan, folder, _tell, at_once or runs_at_once())
        runs, differing = make_tables(folder)
    print_sheet(runs, differing)
    Console().print(f"Tables in {folder}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"study": str(folder), "runs": len(runs), "differences": plain(differing)})


def _tell(event: Event) -> None:
    if isinstance(event, Stage):
        console.print(event.text, highlight=False)
