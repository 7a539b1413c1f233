"""Scores while something varies: the training examples, wrong labels, misread words; and epoch by epoch."""

from html import escape

import numpy as np
import plotly.graph_objects as go

from analysis.study.arms import look_of
from analysis.study.tables import curve, learning, size_of, teachers_score, whole
from analysis.style import INK, below, finish
from msd_core.study.arms import ordered
from msd_core.study.published import Study
from msd_core.tasks import WHOLE

VARIED = {
    "train_size": "Training examples (log scale)",
    "label_noise": "Wrong training labels (%)",
    "corrupt_text": "Misread words (%)",
}
_OF = {
    "train_size": "training examples",
    "label_noise": "% wrong labels",
    "corrupt_text": "% misread words",
}
_HEIGHT = 380
_APART = 0.012  # of an axis: what intervals of two arms at the same value are moved apart
_CLOSE = 0.17  # of an axis: two ticks nearer than this would run into each other on a phone
_MARGIN = {"l": 8, "r": 14, "t": 12, "b": 8}


def curve_figure(study: Study, column: str) -> go.Figure:
    """The mean test score of each arm, with a 95 % interval over seeds, while one column of the condition varies."""
    table, figure = curve(study, column), go.Figure()
    arms, values = ordered(table["arm"]), sorted(table[column].unique())
    places = _places(values, column, study.task)
    apart = _APART * (max(places.values()) - min(places.values()))
    for i, arm in enumerate(arms):
        mine, look = table[table["arm"] == arm].sort_values(column), look_of(arm)
        shift = (i - (len(arms) - 1) / 2) * apart
        x = [places[value] + shift for value in mine[column]]
        figure.add_trace(
            go.Scatter(
                x=x, y=100 * mine["mean"], name=escape(arm), mode="lines+markers",
                line={"color": look.colour, "dash": look.dash, "width": 2},
                marker={"symbol": look.symbol, "size": 8},
                error_y={"type": "data", "symmetric": False, "array": 100 * (mine["high"] - mine["mean"]),
                         "arrayminus": 100 * (mine["mean"] - mine["low"]), "thickness": 1.5, "width": 3},
                hovertext=[_hover(row, column) for row in mine.to_dict("records")],
                hovertemplate=f"{escape(arm)}, %{{hovertext}}<extra></extra>",
            )
        )  # fmt: skip
    ticks = _ticks(values, places)
    room = (len(arms) / 2 + 3) * apart
    figure.update_xaxes(
        title_text=VARIED[column], tickvals=[places[value] for value in ticks],
        ticktext=[_tick(value, column) for value in ticks], tickangle=0,
        range=[min(places.values()) - room, max(places.values()) + room],
    )  # fmt: skip
    figure.update_yaxes(title_text=_score_title(study, "Test"))
    return finish(figure, _HEIGHT, legend=below(_HEIGHT), showlegend=True, margin=_MARGIN)


def learning_figure(study: Study, arms: list[str]) -> go.Figure:
    """The mean validation score of arms by epoch, beside the teacher's and the best guess without the picture."""
    figure, runs = go.Figure(), study.base_runs
    for arm in arms:
        values, look = 100 * learning(study, arm), look_of(arm)
        figure.add_trace(
            go.Scatter(
                x=list(values.index), y=values.tolist(), name=escape(arm), mode="lines+markers",
                line={"color": look.colour, "dash": look.dash, "width": 2},
                marker={"symbol": look.symbol, "size": 7, "maxdisplayed": 12},
                hovertemplate=f"{escape(arm)}, epoch %{{x}}: %{{y:.1f}} %<extra></extra>",
            )
        )  # fmt: skip
    last = int(runs.loc[runs["arm"].isin(arms), "epochs"].max())
    for score, words, place in (
        (teachers_score(study), "teacher", "top right"),
        (runs["text_only"].mean(), "best guess without the picture", "bottom right"),
    ):
        if not np.isnan(score):
            figure.add_hline(
                y=100 * score, line={"color": INK, "width": 1.5, "dash": "dot"}, annotation_text=words,
                annotation_position=place, annotation_font_size=12,
            )  # fmt: skip
    figure.update_xaxes(title_text="Epoch", range=[1 - 0.02 * last, last * 1.02], dtick=max(1, round(last / 8)))
    figure.update_yaxes(title_text=_score_title(study, "Validation"))
    return finish(figure, _HEIGHT, legend=below(_HEIGHT), showlegend=True, margin={**_MARGIN, "t": 24})


def _score_title(study: Study, split: str) -> str:
    return f"{split} {study.metric}, image and text (%)"


def _places(values: list[float], column: str, task: str) -> dict[float, float]:
    """Where values stand on the axis: shares in percent; training sizes by their logarithm, `all` where it truly is."""
    if column != "train_size":
        return {value: 100 * value for value in values}
    most = whole(task) or 2 * max(value for value in values if value < WHOLE)
    return {value: float(np.log10(min(value, most))) for value in values}


def _ticks(values: list[float], places: dict[float, float]) -> list[float]:
    """The values that are named on the axis: the first and last, and of the others those that find room."""
    width = places[values[-1]] - places[values[0]]
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if places[kept[-1]] - places[value] >= _CLOSE * width:
            kept.append(value)
    return kept[::-1]


def _tick(value: float, column: str) -> str:
    return size_of(value) if column == "train_size" else f"{100 * value:g}"


def _hover(row: dict, column: str) -> str:
    """A point in words."""
    ends = f" ({100 * row['low']:.1f} to {100 * row['high']:.1f})" if row["runs"] > 1 else ""
    return f"{_tick(row[column], column)} {_OF[column]}: {100 * row['mean']:.1f} %{ends}, {row['runs']} runs"
