"""The figures of the published studies as SVG files, for docs/findings.md."""

from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go

from analysis.study.curves import VARIED, curve_figure
from analysis.study.forest import forest, overview
from analysis.study.tables import curve
from msd_core.errors import UserError
from msd_core.storage import new_file
from msd_core.study.arms import BAR, CONTRAST
from msd_core.study.published import load_study, named_contrasts, published

_WIDTH = 720  # pixels: what a page of documentation shows without shrinking


def write_pictures(folder: Path) -> list[Path]:
    """Write every figure of every study in the box; the files written. `UserError` where nothing can draw them."""
    written = []
    for name, figure in _figures():
        with new_file(folder / f"{name}.svg") as temporary:
            temporary.write_bytes(_drawn(figure))
        written.append(folder / f"{name}.svg")
    return written


def _figures() -> Iterator[tuple[str, go.Figure]]:
    yield "named", overview(named_contrasts(), {}, "")
    for task in published():
        study = load_study(task)
        yield f"{task}-against-kd", forest(study, CONTRAST[1])
        yield f"{task}-against-uniform", forest(study, BAR)
        for column in VARIED:
            if not curve(study, column).empty:
                yield f"{task}-{column.replace('_', '-')}", curve_figure(study, column)


def _drawn(figure: go.Figure) -> bytes:
    try:
        return figure.to_image("svg", width=_WIDTH)
    except (ImportError, ValueError) as error:  # kaleido is for developers, and the browser it draws with
        raise UserError("Drawing needs kaleido and a Chromium: pip install -r requirements-dev.txt.") from error
