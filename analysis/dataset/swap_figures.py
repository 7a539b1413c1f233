"""Every image with every text, drawn: a label's probability, what is left of it without its additive part, and how far
a student is from its teacher."""

from html import escape

import plotly.graph_objects as go

from analysis.dataset.figures import heat_map, wrapped
from analysis.dataset.swap import Swap
from analysis.style import finish
from analysis.words import short_name

_DIVERGING = "PuOr_r"  # told apart by the colour-blind too; white is 0
_ROOM = 44  # pixels for the pictures beside the rows


def probability_figure(swap: Swap, model: str, label: str, pictures: list[str]) -> go.Figure:
    """A model's probability of a label for each image (row) with each text (column), percent. `pictures` are the
    images as data URIs, drawn beside their rows."""
    values = [[100 * v for v in row] for row in swap.of(model, label).tolist()]
    words = [[f"{v:.0f}" for v in row] for row in values]
    return _map(
        swap, model, values, words, (0, 100), "Cividis", f"probability of {escape(label)}: %{{z:.1f}} %", pictures
    )


def interaction_figure(swap: Swap, model: str, label: str, pictures: list[str]) -> go.Figure:
    """What the two together add to, or take from, what image and text give on their own, percentage points."""
    values = [[100 * v for v in row] for row in swap.interaction(model, label).tolist()]
    most = max(1.0, *(abs(v) for row in values for v in row))
    words = [[f"{v:+.0f}".replace("-", "−") if abs(v) >= 0.5 else "0" for v in row] for row in values]
    return _map(swap, model, values, words, (-most, most), _DIVERGING, "interaction: %{z:+.1f} points", pictures)


def distance_figure(swap: Swap, model: str, most: float, pictures: list[str]) -> go.Figure:
    """How far a model is from the teacher on each pair, nats; darkest at `most`, so that two maps compare."""
    values = swap.distance(model).tolist()
    words = [[f"{v:.1f}" for v in row] for row in values]
    return _map(swap, model, values, words, (0, most), "Purples", "distance from the teacher: %{z:.2f} nats", pictures)


def _map(
    swap: Swap,
    model: str,
    values: list[list[float]],
    words: list[list[str]],
    ends: tuple[float, float],
    scale: str,
    form: str,
    pictures: list[str],
) -> go.Figure:
    rows, columns = len(values), len(values[0])
    answers = swap.answers(model)
    hover = [[f"{wrapped(text)}<br>answer: {escape(answers[i][t])}" for t, text in enumerate(swap.texts)]
             for i in range(rows)]  # fmt: skip
    over = f"{escape(short_name(model))}<br>image %{{y}}, text %{{x}}: %{{hovertext}}<br>{form}<extra></extra>"
    figure = go.Figure(
        heat_map(
            values, words, [*range(1, columns + 1)], [*range(1, rows + 1)], ends, scale, 12 if columns <= 8 else 10,
            showscale=False, hovertext=hover, hovertemplate=over,
        )
    )  # fmt: skip
    for i, picture in enumerate(pictures):
        figure.add_layout_image(
            source=picture, xref="paper", x=-0.012, xanchor="right", sizex=0.1, yref="y", y=i + 1, yanchor="middle",
            sizey=0.9, sizing="contain", layer="above",
        )  # fmt: skip
    figure.update_xaxes(title_text="Text (number)", dtick=1, showgrid=False, constrain="domain")
    figure.update_yaxes(
        title_text="Image (number)", dtick=1, showgrid=False, autorange="reversed", ticklabelstandoff=_ROOM
    )
    height = max(5, rows) * 40 + 70
    return finish(figure, height, margin={"l": 8, "r": 8, "t": 8, "b": 8})
