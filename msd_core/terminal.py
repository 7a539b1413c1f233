"""What the command lines share: one sentence for a mistake, tables for people, one JSON object for programs."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from msd_core.errors import UserError

console = Console(stderr=True, emoji=False)  # standard output belongs to the answer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="A model: teacher, ce, kd, msd or recombined for the task's own, or the folder of a run. May be repeated, "
        "the teacher first; without it all of the task's own.",
    ),
]


Data = Annotated[
    Path | None,
    typer.Option(help="Your own pairs instead of a task: a CSV, TSV, JSON lines or Parquet, or a folder or ZIP as the "
    "hub's imagefolder has them."),
]  # fmt: skip
Images = Annotated[Path | None, typer.Option(help="The folder or ZIP of its pictures; the table's folder if none.")]
Column = Annotated[
    list[str] | None,
    typer.Option(help="What a column is, as in label=gender or label=gender,colour (image, text, label, split, id, "
    "language); may be repeated, and is guessed if not given."),
]  # fmt: skip
Blank = Annotated[
    str | None, typer.Option(help="Columns, commas between, whose words are taken out of their row's text.")
]
Least = Annotated[int, typer.Option(help="Leave out labels with fewer rows.")]
Multilabel = Annotated[
    bool | None,
    typer.Option("--multilabel/--single-label", help="Whether rows have any number of labels; seen if not given."),
]


def new_app(purpose: str) -> typer.Typer:
    """A command line whose help is read as Markdown, so that a paragraph is filled as one."""
    return typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="markdown", help=purpose)


def choice(name: str, values: Iterable[str]) -> Any:
    """The values that an option may take."""
    return StrEnum(name, {value: value for value in values})


@contextmanager
def report_errors() -> Iterator[None]:
    """A mistake of the user's is one sentence on standard error and exit status 1, never a traceback."""
    try:
        yield
    except UserError as error:
        console.print(f"[bold red]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def note(sentence: str) -> None:
    """Something to know, on standard error."""
    console.print(f"[bold yellow]Note:[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def print_json(values: dict[str, Any]) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(values, allow_nan=False) + "\n")
