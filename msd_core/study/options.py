"""The options of `msd study`, most of them a field of `Plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from msd_core.models.zoo import ZOO
from msd_core.study.plan import Plan
from msd_core.tasks import TASKS
from msd_core.terminal import choice

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    _TaskName = str
    _Model = str
else:
    _TaskName, _Model = choice("StudyTask", TASKS), choice("StudyModel", ZOO)

TaskName = Annotated[_TaskName | None, typer.Option(help="What is classified.")]
Arms = Annotated[
    str,
    typer.Option(
        help="Names with commas between, as in kd,kd+instance,kd/hide; 'all' for all of the lesson, 'languages' "
        "for those of a task in several."
    ),
]
Seeds = Annotated[int, typer.Option(help="Runs of each arm.")]
Teachers = Annotated[
    int | None,
    typer.Option(
        help=f"Teachers; run s learns from teacher s modulo their number. {Plan.teachers}, or as many as seeds "
        "where each has its own draw of the splits."
    ),
]
TrainSize = Annotated[int | None, typer.Option(help="Training examples; the task's own number if not given.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over them; the task's own number if not given.")]
Model = Annotated[
    _Model | None, typer.Option(help=f"The small model to train; {Plan.model}, or cut-student for your data.")
]
Sizes = Annotated[
    str, typer.Option(help="A curve over training sizes, as in 250,1000,4000,all, with as many steps each.")
]
LabelNoise = Annotated[str, typer.Option(help="A curve over shares of wrong labels, as in 0.2,0.4.")]
CorruptText = Annotated[str, typer.Option(help="A curve over shares of misread words, as in 0.2,0.4.")]
Languages = Annotated[
    str | None,
    typer.Option(help="Languages whose labels are learned from, as in en,de; the task's own if not given."),
]
Unlabelled = Annotated[
    Path | None,
    typer.Option(help="The table of more texts without labels that arms with /keywords read, as for msd distill."),
]
SearchWeights = Annotated[
    bool,
    typer.Option(
        "--search-weights",
        help="Search the weights of each arm's own terms, as its learning rate; see docs/method.md.",
    ),
]
AtOnce = Annotated[
    int | None, typer.Option(help="Runs at the same time; as many as cores (or as a card holds) if not given.")
]
Out = Annotated[Path | None, typer.Option(help="The study's folder; the same one again goes on, or adds to it.")]
