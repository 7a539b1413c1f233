"""What students know of one modality alone. The vertical axis counts pixels."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.study.tables import alone
from analysis.style import INK, Look, finish
from analysis.words import VIEW_TITLES
from msd_core.study.published import Study
from msd_core.views import MODALITIES

_KINDS = {
    "kl": ("other modality: null embedding", Look("#d08700", "", "diamond-open", "solid")),
    "marginal_kl": ("other modality: marginal (mean of 64)", Look("#0d8f83", "", "circle", "solid")),
}
_ROW, _DOTS, _TOP, _AXIS = 40, 25, 84, 44  # pixels: an arm; its name to its dots; above and below the rows
_SMALLEST = 1e-3  # nats: a logarithm needs an end


def alone_figure(study: Study) -> go.Figure:
    """The mean KL of each arm's students from the teacher on the image alone and the text alone, hiding the other
    in both ways: a panel a modality, a row an arm."""
    table = alone(study).clip(lower=_SMALLEST)
    places = [_ROW * i + _DOTS for i in range(len(table))]
    titles = [f"<b>{VIEW_TITLES[modality]}</b>" for modality in MODALITIES]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=titles)
    for column, modality in enumerate(MODALITIES, start=1):
        first, second = (table[f"{kind}_{modality}"].tolist() for kind in _KINDS)
        figure.add_trace(_lines(first, second, places), row=1, col=column)
        for kind, (title, look) in _KINDS.items():
            dots = _dots(table[f"{kind}_{modality}"], places, f"{VIEW_TITLES[modality].lower()}, {title}", look)
            figure.add_trace(dots.update(name=title, showlegend=column == 1), row=1, col=column)
    names = [
        {"x": 0, "xref": "paper", "xanchor": "left", "y": place - _DOTS, "yref": "y", "yanchor": "top",
         "showarrow": False, "text": f"<b>{escape(arm)}</b>", "font": {"size": 12}, "borderpad": 0}
        for place, arm in zip(places, table.index, strict=True)
    ]  # fmt: skip
    figure.update_xaxes(type="log", title_text="KL (nats, log scale)", dtick=1)
    figure.update_yaxes(range=[_ROW * len(table), -4], showticklabels=False, showgrid=False)
    figure.update_yaxes(title_text="Arm", col=1)
    rows = _ROW * len(table)
    legend = {"orientation": "h", "x": 0, "y": 1 + 24 / rows, "yanchor": "bottom", "traceorder": "normal"}
    return finish(figure, rows + _TOP + _AXIS, legend=legend, annotations=[*figure.layout.annotations, *names],
                  margin={"l": 4, "r": 8, "t": _TOP, "b": _AXIS})  # fmt: skip


def _lines(first: list[float], second: list[float], places: list[int]) -> go.Scatter:
    """A thin line between the two ways to hide, a row each."""
    x = [each for pair in zip(first, second, strict=True) for each in (*pair, None)]
    y = [each for place in places for each in (place, place, None)]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": INK, "width": 1}, hoverinfo="skip", showlegend=False)


def _dots(values: pd.Series, places: list[int], what: str, look: Look) -> go.Scatter:
    return go.Scatter(
        x=values, y=places, text=[escape(arm) for arm in values.index], mode="markers",
        hovertemplate=f"%{{text}}, {what}: %{{x:.3f}} nats<extra></extra>",
        marker={"symbol": look.symbol, "size": 9, "color": look.colour, "line": {"width": 2, "color": look.colour}},
    )  # fmt: skip
