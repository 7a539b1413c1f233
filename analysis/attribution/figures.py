"""The figure of faithfulness: each map's deletion and insertion curves beside those of random orders."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.attribution.faithfulness import STEPS, Curves, Faithfulness
from analysis.style import INK, finish, model_look
from analysis.words import short_name

_RANDOM = {"color": INK, "dash": "dot", "width": 2}
_SIDES = {"deletion": "Deletion ↓", "insertion": "Insertion ↑"}  # where the better curve lies
_PANEL = 130  # pixels a row


def curves_figure(faithfulness: dict[str, Faithfulness], label: str, output: str) -> go.Figure:
    """A row a model, deletion to the left and insertion to the right, all on the same axes; the model's own curve is
    drawn as the model is everywhere, that of random orders dotted, and what lies between them is filled."""
    names = list(faithfulness)
    factor = 100 if output == "probability" else 1
    figure = make_subplots(
        rows=len(names), cols=2, shared_xaxes=True, shared_yaxes="all", horizontal_spacing=0.06,
        vertical_spacing=0.14 / len(names), column_titles=[f"<b>{title}</b>" for title in _SIDES.values()],
    )  # fmt: skip
    for row, (name, each) in enumerate(faithfulness.items(), 1):
        for column, side in enumerate(_SIDES, 1):
            _panel(figure, name, names, side, each.map, each.chance, factor, row, column)
    title = f"“{label}” (%)" if output == "probability" else f"“{label}” (nats)"
    figure.update_xaxes(range=[-2, 102], tickvals=[0, 50, 100])
    figure.update_xaxes(title_text="Taken away (%)", row=len(names), col=1)
    figure.update_xaxes(title_text="Put in (%)", row=len(names), col=2)
    if output == "probability":
        figure.update_yaxes(range=[-4, 104], tickvals=[0, 50, 100])
    figure.update_yaxes(title_text=title, col=1)
    height = len(names) * _PANEL + 130
    legend = {"orientation": "h", "y": -62 / (height - 130), "yanchor": "top", "x": 0}
    return finish(figure, height, legend=legend)


def _panel(
    figure: go.Figure, name: str, names: list[str], side: str, own: Curves, chance: Curves, factor: float,
    row: int, column: int,
) -> None:  # fmt: skip
    x = [100 * step / STEPS for step in range(STEPS + 1)]
    look = model_look(name, names)
    random = go.Scatter(
        x=x, y=[factor * y for y in getattr(chance, side)], mode="lines", line=_RANDOM, name="Random orders",
        legendgroup="random", showlegend=row == 1 and column == 1,
        hovertemplate=f"Random orders, {side}<br>%{{x:.0f}} %: %{{y:.1f}}<extra></extra>",
    )  # fmt: skip
    curve = go.Scatter(
        x=x, y=[factor * y for y in getattr(own, side)], mode="lines+markers", name=short_name(name), legendgroup=name,
        line={"color": look.colour, "dash": look.dash, "width": 2}, showlegend=column == 1,
        marker={"symbol": look.symbol, "size": 7, "maxdisplayed": 8}, fill="tonexty", fillcolor=_faint(look.colour),
        hovertemplate=f"{short_name(name)}, {side}<br>%{{x:.0f}} %: %{{y:.1f}}<extra></extra>",
    )  # fmt: skip
    figure.add_trace(random, row=row, col=column)
    figure.add_trace(curve, row=row, col=column)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.14)"
