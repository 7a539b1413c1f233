"""Scores and leanings by language, drawn."""

from collections.abc import Iterable, Sequence

import pandas as pd
import plotly.graph_objects as go

from analysis.study.tables import p_value, points
from analysis.style import GRID, INK, MODELS, PARTS, Look, below, finish
from analysis.words import language_name
from msd_core.study.languages import KINDS
from msd_core.views import MODALITIES

_SCALE = [[0, "rgba(13, 143, 131, 0.04)"], [1, "rgba(13, 143, 131, 0.85)"]]  # holds on light and dark paper
_ROW = 26  # pixels
MEASURED = {  # in words
    "source_both": "learned language, both",
    "zero_shot_both": "zero-shot, both",
    "source_text": "learned language, text",
    "zero_shot_text": "zero-shot, text",
}
_KINDS = {
    "source": ("Languages learned from", Look("#d08700", "", "diamond", "solid")),
    "zero_shot": ("All others", Look("#0d8f83", "", "circle", "solid")),
}


def heat_map(scores: pd.DataFrame, view: str, source: Iterable[str]) -> go.Figure:
    """The score of every recipe in every language under a view, in per cent, as `scores` have it: a line a recipe, the
    languages whose labels were learned from first. Intervals are in what is shown of a cell that is pointed at."""
    here = scores[scores["view"] == view]
    everybody = [*dict.fromkeys(here["who"])]
    codes = _in_order(here["language"], source)
    cells = here.set_index(["who", "language"])
    rows = [[cells.loc[(who, code)] for code in codes] for who in everybody]
    figure = go.Figure(
        go.Heatmap(
            z=[[100 * cell["mean"] for cell in row] for row in rows], x=codes, y=everybody,
            text=[[f"{100 * cell['mean']:.0f}" for cell in row] for row in rows], texttemplate="%{text}",
            textfont={"size": 11}, zmin=0, zmax=100, colorscale=_SCALE, showscale=False, xgap=1, ygap=1,
            customdata=[[_words(code, cell) for code, cell in zip(codes, row, strict=True)] for row in rows],
            hovertemplate="%{y}<br>%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    if after := len([code for code in codes if code in {*source}]):
        figure.add_vline(x=after - 0.5, line={"color": INK, "width": 2})
    figure.update_xaxes(title_text="Language of the text", side="top", showgrid=False, dtick=1)
    figure.update_xaxes(tickangle=0, tickfont={"size": 11})  # all of them, on a phone too
    figure.update_yaxes(title_text="", autorange="reversed", showgrid=False, tickfont={"size": 11})
    return finish(figure, _ROW * len(everybody) + 70, margin={"l": 4, "r": 4, "t": 56, "b": 8})


def means_figure(means: pd.DataFrame, view: str) -> go.Figure:
    """The mean over languages of every recipe under a view, in per cent, with its interval: of the languages whose
    labels were learned from, and of all others."""
    here = means[means["view"] == view]
    everybody = [*dict.fromkeys(here["who"])]
    figure = go.Figure()
    for kind in KINDS:
        title, look = _KINDS[kind]
        figure.add_trace(_points(here[here["kind"] == kind], "who", everybody, title, look, 100))
    figure.update_xaxes(title_text="Right answers (%)", range=[0, 100])
    return _upright(figure, len(everybody), "Recipe")


def transfer_figure(transfer: pd.DataFrame) -> go.Figure:
    """The differences across languages that were named beforehand, in percentage points, with their intervals; a tick
    where one was to lie above."""
    rows = transfer[transfer["named"]]
    places = [*range(len(rows))]
    names = [f"{row.arm}<br>− {row.against}<br>{MEASURED[row.measure]}" for row in rows.itertuples()]
    look = MODELS["msd"]
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=100 * rows["mean"], y=places, mode="markers", name="Difference, 95 % over seeds",
            marker={"symbol": "diamond", "size": 11, "color": look.colour},
            error_x={
                "type": "data", "symmetric": False, "array": 100 * (rows["high"] - rows["mean"]),
                "arrayminus": 100 * (rows["mean"] - rows["low"]), "color": look.colour, "thickness": 2, "width": 5,
            },
            customdata=[f"{points(row.mean)} ({points(row.low)} to {points(row.high)}), Holm {p_value(row.holm)}"
                        for row in rows.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    barred = rows["bar"].notna().to_numpy()
    figure.add_trace(
        go.Scatter(
            x=100 * rows["bar"][barred], y=[place for place, has in zip(places, barred, strict=True) if has],
            mode="markers", name="To lie above",
            marker={"symbol": "line-ns", "size": 18, "line": {"width": 2.5, "color": INK}}, hoverinfo="x",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": INK, "width": 1.5}, layer="below")
    figure.update_xaxes(title_text="Difference (percentage points)", gridcolor=GRID)
    figure.update_yaxes(tickvals=places, ticktext=names, autorange="reversed", tickfont={"size": 11}, showgrid=False)
    height = 54 * len(rows) + 110
    return finish(figure, height, legend=below(height), margin={"l": 4, "r": 8, "t": 8, "b": 8})


def leaning_figure(leanings: pd.DataFrame, who: str) -> go.Figure:
    """How far a model leans on each modality in every language: the mean necessity with its interval."""
    here = leanings[leanings["who"] == who]
    codes = [*dict.fromkeys(here["language"])]
    figure = go.Figure()
    for modality in MODALITIES:
        rows = here[here["modality"] == modality].assign(language=lambda table: table["language"].map(language_name))
        figure.add_trace(_points(rows, "language", [*map(language_name, codes)], modality, PARTS[modality], 1))
    figure.update_xaxes(title_text="Mean necessity (bits, 0 to 1)", range=[0, 1])
    return _upright(figure, len(codes), "Language")


def _points(rows: pd.DataFrame, column: str, order: Sequence[str], title: str, look: Look, scale: float) -> go.Scatter:
    """Means with their intervals, a line for each of `order`."""
    values = rows.set_index(column).loc[list(order)]
    means = scale * values["mean"]
    digits = 1 if scale > 1 else 2
    return go.Scatter(
        x=means, y=list(order), mode="markers", name=title,
        marker={"symbol": look.symbol, "color": look.colour, "size": 9},
        error_x={
            "type": "data", "symmetric": False, "array": scale * values["high"] - means,
            "arrayminus": means - scale * values["low"], "color": look.colour, "thickness": 1.5, "width": 4,
        },
        customdata=[
            f"{scale * mean:.{digits}f} ({scale * low:.{digits}f} to {scale * high:.{digits}f})"
            for mean, low, high in zip(values["mean"], values["low"], values["high"], strict=True)
        ],
        hovertemplate=f"%{{y}}, {title}<br>%{{customdata}}<extra></extra>",
    )  # fmt: skip


def _upright(figure: go.Figure, rows: int, title: str) -> go.Figure:
    figure.update_xaxes(gridcolor=GRID)
    figure.update_yaxes(autorange="reversed", title_text=title)
    height = _ROW * rows + 110
    legend = {"orientation": "h", "y": -56 / (_ROW * rows), "yanchor": "top", "x": 0, "traceorder": "normal"}
    return finish(figure, height, legend=legend, margin={"l": 4, "r": 8, "t": 8, "b": 8})


def _in_order(languages: Iterable[str], source: Iterable[str]) -> list[str]:
    """Those whose labels were learned from, then all others."""
    distinct, first = [*dict.fromkeys(languages)], {*source}
    return [code for code in distinct if code in first] + [code for code in distinct if code not in first]


def _words(code: str, cell: pd.Series) -> str:
    mean, low, high = (f"{100 * cell[name]:.1f}" for name in ("mean", "low", "high"))
    return f"{language_name(code)}: {mean} % ({low} to {high})"
