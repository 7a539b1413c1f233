"""The look of all figures: colours that hold on light and dark paper, and a pattern and symbol for each of them."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from analysis.fonts import FONT

INK = "#7a828c"  # text and lines: legible on white and on near-black alike; the page's style sets it per mode
GRID = "rgba(128, 128, 128, 0.22)"


@dataclass(frozen=True)
class Look:
    """How one thing is drawn: colour, and what tells it apart without colour."""

    colour: str
    pattern: str
    symbol: str
    dash: str


_OWN = (
    Look("#d6477f", "-", "star", "longdash"),
    Look("#5b8def", "+", "pentagon", "dashdot"),
    Look("#9a6b3f", "|", "hexagon", "longdashdot"),
)
MODELS = {
    "teacher": Look("#0d8f83", "", "circle", "solid"),
    "ce": Look("#8a919b", ".", "square", "dot"),
    "kd": Look("#d08700", "/", "diamond", "dash"),
    "msd": Look("#7c5cd6", "x", "triangle-up", "dashdot"),
    "recombined": Look("#b8336a", "\\", "hourglass", "solid"),
    "texts": Look("#3d8b37", "-", "triangle-down", "longdash"),
    "pretrained": Look("#c2452d", "+", "cross", "longdashdot"),
}
PARTS = {
    "image": Look("#2f7fc1", "", "square", "dash"),
    "text": Look("#d08700", "/", "diamond", "dot"),
    "interaction": Look("#8a919b", "x", "x", "dashdot"),
    "both": Look("#0d8f83", "", "circle", "solid"),
    "neither": Look("#8a919b", "x", "x", "longdash"),
}
TERMS = {
    "loss": Look("#0d8f83", "", "circle", "solid"),
    "ce": Look("#8a919b", "", "square", "dot"),
    "kd_both": Look("#7c5cd6", "", "triangle-up", "dashdot"),
    "kd_image": Look("#2f7fc1", "", "cross", "dash"),
    "kd_text": Look("#d08700", "", "diamond", "longdash"),
    "kd_texts": Look("#3d8b37", "", "triangle-down", "longdashdot"),
    "kd_recombined": Look("#c2452d", "", "star", "solid"),
    "hint_image": Look("#2f7fc1", "", "hourglass", "longdashdot"),
    "hint_text": Look("#d08700", "", "bowtie", "dashdot"),
    "adversary": Look("#c2452d", "", "x", "longdash"),
}


def model_look(name: str, names: list[str]) -> Look:
    """The look of a model; a visitor's own students take theirs in turn."""
    own = [n for n in names if n not in MODELS]
    return MODELS[name] if name in MODELS else _OWN[own.index(name) % len(_OWN)]


def bar_marker(look: Look) -> dict:
    """A bar's marker: solid or patterned, always outlined, so that a pattern keeps its shape on any paper."""
    marker = {"color": look.colour, "line": {"color": look.colour, "width": 1}}
    if look.pattern:
        marker["pattern"] = {"shape": look.pattern, "size": 5, "solidity": 0.35, "fgcolor": look.colour}
    return marker


def below(height: int, title_lines: int = 1) -> dict:
    """A legend below a figure of so many pixels, clear of its axis title of one line or two."""
    y = -(38 + 16 * title_lines) / (height - 110)
    return {"orientation": "h", "y": y, "yanchor": "top", "x": 0, "traceorder": "normal"}


def finish(figure: go.Figure, height: int, **layout: Any) -> go.Figure:
    """Give a figure the common look; it takes the width it is given."""
    figure.update_layout(
        template="none",
        height=height,
        autosize=True,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": INK},
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        legend={"orientation": "h", "yanchor": "top", "y": -0.16, "x": 0, "xanchor": "left", "traceorder": "normal"},
        dragmode=False,
        hoverlabel={"font": {"family": FONT}},
    )
    figure.update_xaxes(
        fixedrange=True, gridcolor=GRID, zeroline=False, automargin=True, title={"standoff": 8, "font": {"size": 12}}
    )
    figure.update_yaxes(
        fixedrange=True, gridcolor=GRID, zeroline=False, automargin=True, title={"standoff": 8, "font": {"size": 12}}
    )
    figure.update_layout(**layout)
    return figure
