"""`python -m tools`: make the bundled models anew, publish a study, write the pages and figures of the docs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from msd_core.cli import TaskName
from msd_core.errors import choose
from msd_core.storage import home
from msd_core.tasks import load_task
from msd_core.terminal import Json, choice, new_app, print_json, report_errors
from msd_core.training.sheets import live_progress
from tools.neighbours import NEIGHBOURS

if TYPE_CHECKING:  # a checker cannot read names that are only known at run time
    NeighbourName = str
else:
    NeighbourName = choice("NeighbourName", NEIGHBOURS)

app = new_app("Make what the repository ships: bundled models, published studies, pages and figures of the docs.")


@app.command()
def bundle(
    only: Annotated[list[TaskName] | None, typer.Option("--task", help="Only this task (may be repeated).")] = None,
    names: Annotated[list[str] | None, typer.Option("--model", help="Only this model (may be repeated).")] = None,
    as_json: Json = False,
) -> None:
    """Make the bundled models anew, and the table of what they score (docs/models.md).

    About an hour on two CPU cores. Without --task and --model the tokenizer is made anew first.
    """
    from msd_core.models.bundled import BUNDLED
    from tools.bundle import bundle as make

    with report_errors(), live_progress() as on_event:
        for name in names or []:
            choose("bundled model", name, BUNDLED)
        report = make([name.value for name in only or []], on_event, names or [])
    if as_json:
        print_json(report)


@app.command()
def measure(as_json: Json = False) -> None:
    """Measure the bundled models as they are, and compare with docs/models.md: the largest difference of a metric."""
    from tools.bundle import largest_difference

    with report_errors():
        differences = largest_difference()
    for task, (metric, difference) in differences.items():
        Console().print(f"{task}: {metric} differs by {difference:.2e}", highlight=False)
    if as_json:
        print_json({task: difference for task, (_, difference) in differences.items()})


@app.command()
def publish(
    task: Annotated[TaskName, typer.Option(help="Whose study.")],
    study: Annotated[Path | None, typer.Option(help="The study's folder, where it is not the usual one.")] = None,
) -> None:
    """Put a study's tables into the box, and write docs/study.md and the README's table from all of them.

    Run the study first: msd study --task easy-vqa
    """
    from tools.publish import publish as put_into_the_box

    with report_errors():
        put_into_the_box(load_task(task.value), study or home() / "studies" / task.value)


@app.command()
def neighbour(
    name: Annotated[NeighbourName, typer.Argument(help="Which short study.")],
    unlabelled: Annotated[
        Path | None, typer.Option(help="The table of texts that keywords reads: python -m tools keywords writes it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Its folder; the same one again goes on.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Runs at the same time; as many as cores if not given.")] = None,
) -> None:
    """Run a short study of languages, put its table into the box, and write docs/languages.md anew."""
    from msd_core.study.command import live
    from tools import languages_page
    from tools.neighbours import run_neighbour

    with report_errors(), live() as on_event:
        folder, table = out or home() / "studies" / "neighbours" / str(name), unlabelled and str(unlabelled.resolve())
        run_neighbour(str(name), folder, table or "", on_event, at_once)
        languages_page.write_page()


@app.command()
def naming(
    out: Annotated[Path | None, typer.Option(help="Its folder; the same one again goes on.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Seeds at the same time; as many as cores if not given.")] = None,
) -> None:
    """Have small decoders name pictures, put their tables into the box, and write docs/languages.md anew."""
    from msd_core.study.command import live
    from tools import languages_page
    from tools.naming_page import run_naming

    with report_errors(), live() as on_event:
        run_naming(out or home() / "naming" / "emoji", on_event, at_once)
        languages_page.write_page()


@app.command()
def recombined(
    studies: Annotated[Path, typer.Option(help="The folder of the studies, one a task.")],
) -> None:
    """Put the study of recombined pairs into the box, and write docs/recombined.md anew.

    Run it first, for every task: msd study --task sarcasm --search-weights --sizes 250,1000,all --out studies/sarcasm
    --arms kd,kd+uniform,fitnets,kd/recombined,fitnets/recombined
    """
    from tools.recombined_page import publish as put_into_the_box

    with report_errors():
        put_into_the_box(studies)


@app.command()
def pages() -> None:
    """Write docs/models.md, docs/study.md, docs/recombined.md, the tables of docs/languages.md and of the README anew
    from what is in the box, training nothing."""
    from msd_core.models.bundled import report
    from tools import languages_page, models_page, recombined_page, study_page

    with report_errors():
        models_page.write_page(report())
        study_page.write_pages()
        languages_page.write_page()
        recombined_page.write_page()


@app.command()
def keywords(
    out: Annotated[Path, typer.Option(help="The CSV to write.")],
    package: Annotated[
        Path | None, typer.Option("--from", help="The unpacked npm package, where npm pack shall not fetch it.")
    ] = None,
) -> None:
    """Write the emojis' keywords in 14 languages, from Unicode CLDR: texts without labels for msd distill and study.

    Then: msd study --task emoji --arms ce/pretrained,ce/pretrained/keywords --unlabelled FILE
    """
    from tools.keywords import write_keywords

    with report_errors():
        written = write_keywords(out, package)
    Console().print(f"{written:,} keywords in {out}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def figures(
    out: Annotated[Path, typer.Option(help="The folder for the SVG files.")] = Path("docs/figures"),
    as_json: Json = False,
) -> None:
    """Draw the studies in the box, as docs/findings.md shows them."""
    from tools.figures import write_figures

    with report_errors():
        written = write_figures(out)
    Console().print(f"{len(written)} figures in {out}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"figures": [str(path) for path in written]})
