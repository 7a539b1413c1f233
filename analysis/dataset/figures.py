"""Figures of a split's examples: their saliency, and how sure every model is of them under each view."""

from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from analysis.dataset.filters import OTHER, common, group
from analysis.dataset.survey import Survey
from analysis.style import PARTS, Look, below, finish
from analysis.words import VIEW_TITLES, short_name
from msd_core.views import MODALITIES, VIEWS

MOST_POINTS = 2_000  # drawn at once: a browser without WebGL stays quick, and more would only cover each other
_BINS = 20
_SHARES = (0, 2, 10, 25, 50, 100)  # percent, ticked on a square-root scale
GROUP_LOOKS = (
    Look("#2f7fc1", "", "circle", "solid"), Look("#d08700", "", "square", "solid"),
    Look("#7c5cd6", "", "diamond", "solid"), Look("#0d8f83", "", "triangle-up", "solid"),
    Look("#d6477f", "", "x", "solid"), Look("#9a6b3f", "", "star", "solid"),
    Look("#6f9a1c", "", "triangle-down", "solid"),
)  # fmt: skip
OTHER_LOOK = Look("#8a919b", "", "circle-open", "solid")


def sampled(rows: np.ndarray, most: int = MOST_POINTS) -> np.ndarray:
    """At most so many of the rows, by one fixed draw, ascending."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def saliency_scatter(survey: Survey, rows: np.ndarray, by: str, student: str | None) -> go.Figure:
    """The teacher's saliency of the image against that of the text, a point an example of `rows` (at most
    `MOST_POINTS`, see `sampled`), told apart by `by` as in `filters.group`. A point's `customdata` is its row."""
    names, of = group(survey, by, student)
    names, of = common(names, of[rows])
    drawn = np.isin(rows, sampled(rows))
    rows, of, saliency, texts = rows[drawn], of[drawn], survey.saliency.numpy(), survey.table["text"]
    figure, looks = go.Figure(), dict(zip(names, GROUP_LOOKS, strict=False)) | {OTHER: OTHER_LOOK}
    for name in sorted(names, key=lambda n: -(of == n).sum()):  # what is rare is drawn last, and seen
        mine = rows[of == name]
        points = go.Scatter(
            x=_plain(saliency[mine, 0]), y=_plain(saliency[mine, 1]), mode="markers", name=escape(name),
            customdata=mine.tolist(), hovertext=[wrapped(text, lines=2) for text in texts.iloc[mine]],
            marker={"color": looks[name].colour, "symbol": looks[name].symbol, "size": 7, "opacity": 0.65},
            hovertemplate=f"%{{hovertext}}<br>{escape(name)} · image %{{x:.2f}} · text %{{y:.2f}} bits<extra></extra>",
            legendrank=1000 + names.index(name),
        )  # fmt: skip
        figure.add_trace(points)
    if not len(rows):
        figure.add_annotation(
            text="No example matches these filters.", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False
        )
    most = np.ceil(4 * saliency.max()) / 4  # of the whole split: axes stay where they are while people filter
    ticks = {"range": [-0.03 * most, 1.03 * most], "dtick": most / 4 if most < 0.75 else 0.25, "tick0": 0}
    for update, modality in ((figure.update_xaxes, "image"), (figure.update_yaxes, "text")):
        update(title_text=f"Saliency of the {modality} (bits)", **ticks)
    legend = below(440) | {"itemsizing": "constant"}
    return finish(figure, 440, legend=legend, showlegend=True, hovermode="closest", uirevision="scatter",
                  margin={"l": 8, "r": 8, "t": 8, "b": 8})  # fmt: skip


def _plain(values: np.ndarray) -> list[float]:
    """Numbers as such, which the page's script can read, and not as Plotly packs an array."""
    return [round(value, 4) for value in values.tolist()]


def saliency_spread(survey: Survey) -> go.Figure:
    """The teacher's saliency of examples that it was trained on beside that of held-out ones, a panel a modality."""
    trained, held = survey.training.numpy(), survey.saliency.numpy()
    looks = {"held out": Look("#0d8f83", "", "circle", "solid"), "trained on": Look("#d08700", "", "square", "dash")}
    titles = [f"<b>{m.capitalize()}</b>" for m in MODALITIES]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.09, subplot_titles=titles)
    for column, _ in enumerate(MODALITIES):
        for name, values in (("held out", held), ("trained on", trained)):
            line = _steps(values[:, column], name, looks[name], column == 0, "%{x:.2f} bits")
            figure.add_trace(line, row=1, col=column + 1)
    figure.update_xaxes(title_text="Saliency (bits)", range=[0, 1], tickvals=[0, 0.5, 1])
    return finish(_root_scale(figure, "Examples in a bin of 0.05 bits (%)"), 300, legend=below(300))


def output_density(survey: Survey, label: int | None = None) -> go.Figure:
    """How sure each model is of each example's true label (or of one label) given both, the image or the text: a panel
    a model on common axes, the share of examples in each bin of 5 points."""
    models = list(survey.models)
    lines = -(-len(models) // 2)
    figure = make_subplots(
        rows=lines, cols=2, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.09,
        vertical_spacing=0.24 / lines, subplot_titles=[f"<b>{escape(short_name(m))}</b>" for m in models],
    )  # fmt: skip
    for i, model in enumerate(models):
        scores = survey.scores(model, label).numpy()
        for view in ("both", *MODALITIES):
            values = scores[:, VIEWS.index(view)]
            line = _steps(values[~np.isnan(values)], VIEW_TITLES[view], PARTS[view], i == 0, "about %{x:.0%}")
            figure.add_trace(line, row=i // 2 + 1, col=i % 2 + 1)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5, 1], ticktext=["0", "50", "100"])
    for column in range(min(2, len(models))):  # below the lowest panel of each column
        lowest = lines if column + 2 * (lines - 1) < len(models) else lines - 1
        figure.update_xaxes(title_text="Probability (%)", showticklabels=True, row=lowest, col=column + 1)
    height = 190 * lines + 110
    return finish(_root_scale(figure, "Examples in a bin (%)"), height, legend=below(height))


def heat_map(
    values: list[list[float]],
    words: list[list[str]],
    x: list[Any],
    y: list[Any],
    ends: tuple[float, float],
    scale: str,
    size: int = 12,
    **options: Any,
) -> list[go.Heatmap | go.Scatter]:
    """Cells coloured between two `ends`, and words in each, in black or white, whichever is read better."""
    low, high = ends
    flat = [(v if v == v else low) for row in values for v in row]
    colours = sample_colorscale(scale, [min(max((v - low) / (high - low), 0), 1) for v in flat], colortype="tuple")
    ink = ["#000" if _luminance(colour) > 0.18 else "#fff" for colour in colours]
    cells = go.Heatmap(z=values, x=x, y=y, zmin=low, zmax=high, colorscale=scale, xgap=2, ygap=2, **options)
    text = go.Scatter(
        x=x * len(y), y=[name for name in y for _ in x], mode="text", text=[cell for row in words for cell in row],
        textfont={"color": ink, "size": size}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    return [cells, text]


def _luminance(colour: tuple[float, float, float]) -> float:
    """The relative luminance of a colour, 0 to 1; at 0.18 black and white stand out from it alike (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def wrapped(text: str, width: int = 46, lines: int = 4) -> str:
    """A text for a hover box, in short lines and without markup."""
    parts = wrap(text, width)
    kept = [*parts[:lines], "…"] if len(parts) > lines else parts
    return "<br>".join(escape(part, quote=False) for part in kept)  # Plotly shows an escaped quote as it is


def _steps(values: np.ndarray, name: str, look: Look, legend: bool, form: str) -> go.Scatter:
    """The share of values in [0, 1] in each of `_BINS` bins, as a stepped line; its height is the root of the share."""
    count, edges = np.histogram(values.clip(0, 1), bins=_BINS, range=(0, 1))
    share = 100 * count / max(len(values), 1)
    x = np.concatenate([[0], (edges[1:] + edges[:-1]) / 2, [1]])
    share = np.concatenate([share[:1], share, share[-1:]])  # the first and last bin reach the frame
    return go.Scatter(
        x=x, y=np.sqrt(share), name=name, legendgroup=name, showlegend=legend, mode="lines", customdata=share,
        line={"color": look.colour, "dash": look.dash, "width": 2, "shape": "hvh"},
        hovertemplate=f"{name}, {form}: %{{customdata:.1f}} % of examples<extra></extra>",
    )  # fmt: skip


def _root_scale(figure: go.Figure, title: str) -> go.Figure:
    """Heights that are roots, ticked by what they stand for: a bin with 1 % is seen beside one with 95."""
    figure.update_yaxes(range=[0, 10.3], tickvals=[s**0.5 for s in _SHARES], ticktext=[str(s) for s in _SHARES])
    figure.update_yaxes(title_text=f"{title},<br>square-root scale", col=1)
    return figure
