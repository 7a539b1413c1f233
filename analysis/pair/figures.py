"""The figures of one comparison: four views, saliency, Shapley split."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.style import GRID, INK, PARTS, bar_marker, finish, model_look
from analysis.words import VIEW_TITLES, short_name
from msd_core.views import VIEWS

MOST_LABELS = 6  # of a single-label task: more would be noise
_PLACES = {"both": (1, 1), "image": (1, 2), "text": (2, 1), "neither": (2, 2)}  # right hides the text, down the image
_SHORTEST = 5  # percentage points; a shorter line would be a blot
_BAR = 13  # pixels a bar, with a figure beside it

Tables = dict[str, list[list[float]]]  # by model, (4, C): probability of each label under each view
Label = int | tuple[int, ...]  # a class index, or for a multi-label task one 0 or 1 a label


def labels_that_matter(answers: Tables, multilabel: bool, truth: Label | None = None) -> list[int]:
    """The labels to show, the same for all models and views: all of a multi-label task or of few labels; else each that
    some model ranks first under some view, and the true one; the teacher's likeliest first, at most `MOST_LABELS`."""
    tables = list(answers.values())
    if multilabel or len(tables[0][0]) <= MOST_LABELS:
        return list(range(len(tables[0][0])))
    best = {i: max(row[i] for table in tables for row in table) for i in range(len(tables[0][0]))}
    firsts = {max(best, key=row.__getitem__) for table in tables for row in table}
    must = {max(best, key=tables[0][0].__getitem__)} | ({truth} if isinstance(truth, int) else set())
    kept = sorted(firsts | must, key=lambda i: (i not in must, -best[i]))[:MOST_LABELS]
    return sorted(kept, key=lambda i: -tables[0][0][i])


def views_figure(
    labels: tuple[str, ...],
    answers: Tables,
    multilabel: bool,
    truth: Label | None = None,
    averaged: Tables | None = None,
) -> go.Figure:
    """All models under the four views on one scale: two by two panels, so that right hides the text and down hides the
    image. `truth` (index, or 0 and 1 per label) is ticked on the label axis. A thin line leads from a bar to what
    `averaged` has in its place: the answer with what is hidden averaged over many."""
    kept = labels_that_matter(answers, multilabel, truth)
    true = {truth} if isinstance(truth, int) else {i for i, t in enumerate(truth or ()) if t}
    ticks = [f"{labels[i]} ✓" if i in true else labels[i] for i in kept]
    panel = max(110, len(kept) * (len(answers) * _BAR + 10) + 10)  # pixels
    figure = make_subplots(
        rows=2, cols=2, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.05, vertical_spacing=21 / panel,
        subplot_titles=[f"<b>{VIEW_TITLES[view]}</b>" for view in _PLACES],
    )  # fmt: skip
    for name, table in answers.items():
        look = model_look(name, list(answers))
        for view, (row, column) in _PLACES.items():
            percents = [100 * table[VIEWS.index(view)][i] for i in kept]
            numbers = [f"{percent:.0f}" if percent >= 1 else "" for percent in percents]
            means = percents
            if averaged and name in averaged:
                means = [100 * averaged[name][VIEWS.index(view)][i] for i in kept]
            bars = go.Bar(
                x=percents, y=ticks, orientation="h", name=short_name(name), legendgroup=name,
                showlegend=view == "both", marker=bar_marker(look), text=numbers, textposition="outside",
                textfont={"size": 10, "color": INK}, cliponaxis=False, constraintext="none",
                error_x=_whiskers(percents, means), customdata=means,
                hovertemplate=f"{short_name(name)}, {VIEW_TITLES[view].lower()}<br>%{{y}}: %{{x:.1f}} %"
                "<br>averaged over others: %{customdata:.1f} %<extra></extra>",
            )  # fmt: skip
            figure.add_trace(bars, row=row, col=column)
    figure.update_xaxes(range=[0, 118], tickvals=[0, 50, 100])
    figure.update_xaxes(title_text="Probability (%)", row=2)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_yaxes(title_text="Label", col=1)
    height = 2 * panel + 130
    legend = {"orientation": "h", "y": -54 / (height - 110), "yanchor": "top", "x": 0}
    return finish(figure, height, barmode="group", bargap=0.18, bargroupgap=0, legend=legend, uirevision="views")


def _whiskers(ends: list[float], means: list[float]) -> dict:
    """A line from a bar's end to another value, where that is far enough to be seen."""
    away = [mean - end if abs(mean - end) >= _SHORTEST else None for end, mean in zip(ends, means, strict=True)]
    return {
        "type": "data", "symmetric": False, "array": [d and max(d, 0) for d in away],
        "arrayminus": [d and max(-d, 0) for d in away], "color": INK, "thickness": 1, "width": 3,
    }  # fmt: skip


def saliency_figure(saliency: dict[str, dict[str, float]]) -> go.Figure:
    """Necessity of each modality that there is by model, `saliency[model][modality]` in 0 to 1 (bits)."""
    parts = list(next(iter(saliency.values())))
    figure = go.Figure([_bars(saliency, part, "{:.2f}", " bits", 1) for part in parts])
    figure.update_xaxes(range=[0, 1.14], tickvals=[0, 0.5, 1], title_text="Necessity (bits, 0 to 1)")
    return _by_model(figure, len(saliency), len(parts))


def shapley_figure(shapley: dict[str, dict[str, float]]) -> go.Figure:
    """Shapley split of one label's probability by model: `shapley[model][image | text | interaction]` in -1 to 1, or of
    one modality where there is no other.

    Shown in percentage points; image and text add up to what the pair gives over nothing, the interaction is apart.
    """
    parts = list(next(iter(shapley.values())))
    figure = go.Figure([_bars(shapley, part, "{:+.0f}", " points", 100) for part in parts])
    values = [100 * by_part[part] for by_part in shapley.values() for part in parts]
    low, high = min(0.0, *values), max(20.0, *values)
    room = 0.2 * (high - low)  # for the numbers beside the bars
    figure.update_xaxes(range=[low - (room if low < -0.5 else room / 6), high + room], nticks=5)
    figure.update_xaxes(title_text="Change of probability<br>(percentage points)")
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    return _by_model(figure, len(shapley), len(parts), title_lines=2)


def _bars(values: dict[str, dict[str, float]], part: str, form: str, unit: str, scale: float) -> go.Bar:
    x = [scale * by_part[part] for by_part in values.values()]
    numbers = [form.format(value if abs(value) >= 0.005 * scale else 0.0) for value in x]  # no minus before a zero
    names = [_wrapped(name) for name in values]
    return go.Bar(
        x=x, y=names, orientation="h", name=part, marker=bar_marker(PARTS[part]), text=numbers, textposition="outside",
        textfont={"size": 11, "color": INK}, cliponaxis=False, constraintext="none",
        hovertemplate=f"%{{y}}, {part}: %{{text}}{unit}<extra></extra>",
    )  # fmt: skip


def _wrapped(name: str) -> str:
    """A model's name in two lines where it has several words: a phone has no room for one long one."""
    first, _, rest = short_name(name).partition(" ")
    return f"{first}<br>{rest}" if rest else first


def _by_model(figure: go.Figure, models: int, bars: int, title_lines: int = 1) -> go.Figure:
    figure.update_yaxes(autorange="reversed", showgrid=False, title_text="Model")
    figure.update_xaxes(gridcolor=GRID)
    rows, below = models * (bars * 15 + 14), 36 + 16 * title_lines  # pixels: bars; ticks and title under them
    legend = {"orientation": "h", "y": -below / (rows + 4), "yanchor": "top", "x": 0, "traceorder": "normal"}
    height = rows + below + 44
    margin = {"l": 4, "r": 8, "t": 6, "b": 8}
    return finish(figure, height, barmode="group", bargap=0.25, legend=legend, margin=margin)
