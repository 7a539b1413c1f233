"""The figures of the published studies as SVG files, for docs/findings.md."""

from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio

from analysis.languages.figures import heat_map, means_figure, transfer_figure
from analysis.languages.scores import learned, study_means, study_scores
from analysis.study.curves import VARIED, curve_figure
from analysis.study.evidence import evidence_figure
from analysis.study.forest import by_size, forest, overview
from analysis.study.tables import by_evidence, curve
from msd_core.errors import UserError
from msd_core.storage import storage_errors
from msd_core.study.arms import BAR, CONTRAST
from msd_core.study.published import load_study, named_contrasts, published, recombined_contrasts
from msd_core.tasks import load_task

_WIDTH = 720  # pixels: what a page of documentation shows without shrinking


def write_figures(folder: Path) -> list[Path]:
    """Write every figure of every study in the box; the files written. `UserError` where nothing can draw them."""
    if not published():
        raise UserError("There is no study in the box: make one with msd study, and publish it.")
    figures = _figures()
    paths = [folder / f"{name}.svg" for name in figures]
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        heights = [figure.layout.height for figure in figures.values()]
        pio.write_images(list(figures.values()), paths, width=_WIDTH, height=heights)
    except (ImportError, ValueError, RuntimeError) as error:  # kaleido is for developers, and the browser it draws with
        raise UserError("Drawing needs kaleido and a Chromium: pip install -r requirements-dev.txt.") from error
    return paths


def _figures() -> dict[str, go.Figure]:
    """By name of file."""
    figures = {"named": overview(named_contrasts(), {}, "")}
    if not (recombined := recombined_contrasts()).empty:
        figures["recombined"] = by_size(recombined, "score")
    for task in published():
        study = load_study(task)
        figures |= {f"{task}-kd": forest(study, CONTRAST[1]), f"{task}-uniform": forest(study, BAR)}
        if not by_evidence(study, CONTRAST[1]).empty:
            figures[f"{task}-evidence"] = evidence_figure(study)
        if not study.transfer.empty:
            source = learned(load_task(task))
            figures |= {
                f"{task}-transfer": transfer_figure(study.transfer),
                f"{task}-languages": heat_map(study_scores(study), "text", source),
                f"{task}-recipes": means_figure(study_means(study, source), "text"),
            }
        varied = [column for column in VARIED if not curve(study, column).empty]
        figures |= {f"{task}-{column.replace('_', '-')}": curve_figure(study, column) for column in varied}
    return figures
