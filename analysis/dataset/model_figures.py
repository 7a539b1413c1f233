"""Figures of whole models on a split: gaps between teacher and students, additivity, perception, calibration."""

from html import escape

import numpy as np
import plotly.graph_objects as go

from analysis.dataset.calibration import Reliability
from analysis.dataset.figures import heat_map
from analysis.dataset.survey import Survey
from analysis.style import INK, PARTS, Look, bar_marker, below, finish, model_look
from analysis.words import METRICS, VIEW_TITLES, short_name
from msd_core.evaluate import main_metric
from msd_core.views import MODALITIES, VIEWS

_EMAP = Look("#d6477f", "", "triangle-up", "solid")
_ENOUGH = 10  # examples in a bin, for its share to say something
_NO_TITLE = {"l": 8, "r": 8, "t": 8, "b": 8}


def metric_title(survey: Survey) -> str:
    """The task's metric, in percent."""
    return METRICS[main_metric(survey.task)].replace("(0–1)", "(%)")


def gap_figure(survey: Survey) -> go.Figure:
    """The mean KL of each student from the teacher under each view, nats."""
    figure, names = go.Figure(), list(survey.models)
    largest = max((float(gap.mean((0, 2)).max()) for gap in survey.gap.values()), default=1.0)
    for name in survey.students:
        values = survey.gap[name].mean((0, 2)).tolist()
        figure.add_trace(_bars(values, [VIEW_TITLES[v] for v in VIEWS], name, model_look(name, names)))
    figure.update_xaxes(range=[0, 1.16 * largest], title_text="KL from the teacher (nats)")
    return _grouped(figure, len(VIEWS), len(survey.students), "What is shown")


def gap_by_label_figure(survey: Survey, student: str) -> go.Figure:
    """The same of one student for each true label (multi-label: each label's own), all students on one scale."""
    top = max(float(np.nanmax(survey.gap_by_label(name).numpy())) for name in survey.students)
    labels = [escape(label) for label in survey.task.labels]
    values, views = survey.gap_by_label(student).tolist(), [VIEW_TITLES[v].replace(" ", "<br>") for v in VIEWS]
    cells = [["–" if v != v else f"{v:.2f}" for v in row] for row in values]
    hover = f"{escape(short_name(student))}, %{{y}}, %{{x}}: %{{z:.3f}} nats<extra></extra>"
    figure = go.Figure(
        heat_map(values, cells, views, labels, (0, top), "Cividis", colorbar=_bar("nats"), hovertemplate=hover)
    )
    figure.update_xaxes(title_text="What is shown", showgrid=False, tickangle=0)
    figure.update_yaxes(title_text="Label", autorange="reversed", showgrid=False)
    return finish(figure, max(26 * len(labels), 110) + 100, margin=_NO_TITLE)


def additivity_figure(survey: Survey) -> go.Figure:
    """For each model its metric with both shown, that of its EMAP, and those of image and text alone; a broad line
    spans what only the two together give."""
    names, figure = list(survey.models), go.Figure()
    ticks, metric = [_tick(name) for name in names], main_metric(survey.task)
    both = [100 * survey.models[n].metrics["both"][metric] for n in names]
    emap = [100 * survey.models[n].emap.metric for n in names]
    span = [value for pair in zip(emap, both, strict=True) for value in (*pair, None)]
    figure.add_trace(
        go.Scatter(
            x=span, y=[t for tick in ticks for t in (tick, tick, None)], mode="lines", showlegend=False,
            line={"color": "rgba(138, 145, 155, 0.4)", "width": 9}, hoverinfo="skip",
        )
    )  # fmt: skip
    for view in MODALITIES:
        values = [100 * survey.models[n].metrics[view][metric] for n in names]
        figure.add_trace(_dots(values, ticks, VIEW_TITLES[view], PARTS[view]))
    intervals = [survey.models[n].emap.interval for n in names]
    error = None
    if any(intervals):
        ends = [[100 * end for end in ends] if ends else [e, e] for ends, e in zip(intervals, emap, strict=True)]
        error = {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 5, "color": _EMAP.colour,
            "array": [max(high - e, 0) for (_, high), e in zip(ends, emap, strict=True)],
            "arrayminus": [max(e - low, 0) for (low, _), e in zip(ends, emap, strict=True)],
        }  # fmt: skip
    title = "Additive (EMAP)" + (", 95 % interval" if error else "")
    figure.add_trace(_dots(emap, ticks, title, _EMAP, "bottom center", error))
    figure.add_trace(_dots(both, ticks, VIEW_TITLES["both"], PARTS["both"], "top center"))
    figure.update_xaxes(title_text=f"{metric_title(survey)} on the test split", range=[0, 105])
    figure.update_yaxes(title_text="Model", range=[len(names) - 0.4, -0.6])
    height = 62 * len(names) + 120
    return finish(figure, height, margin=_NO_TITLE, legend=below(height))


def perceptual_figure(survey: Survey) -> go.Figure:
    """The Perceptual Score of each modality by model, with its deviation over permutations."""
    figure, names = go.Figure(), list(survey.models)
    for modality in MODALITIES:
        scores = [survey.models[n].perceptual for n in names]
        values = [p.score[modality] for p in scores]
        bars = _bars(values, [_tick(name) for name in names], modality, PARTS[modality])
        bars.error_x = {"type": "data", "array": [p.deviation[modality] for p in scores], "color": INK, "thickness": 1}
        bars.customdata = [p.deviation[modality] for p in scores]
        bars.hovertemplate = f"%{{y}}, {modality}: %{{x:.3f}}, deviation %{{customdata:.3f}}<extra></extra>"
        figure.add_trace(bars)
    least = min(0.0, *(value for bars in figure.data for value in bars.x))  # a model can gain by it, too
    figure.update_xaxes(range=[1.3 * least, 1.1], title_text="Perceptual Score (no unit)")
    return _grouped(figure, len(names), 2, "Model")


def reliability_figure(survey: Survey, view: str, label: int | None = None) -> go.Figure:
    """How often each model is right against how sure it is, under one view; of a multi-label task for one label. A
    mark's size grows with its bin's examples, and is open where they are few; the legend gives the expected calibration
    error."""
    figure, names = go.Figure(), list(survey.models)
    diagonal = {"color": INK, "width": 1.5, "dash": "dot"}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=diagonal, name="perfectly calibrated",
                                hoverinfo="skip"))  # fmt: skip
    for name in names:
        reliability = survey.reliability(name)[view]
        one = reliability if isinstance(reliability, Reliability) else reliability[label or 0]
        figure.add_traces(_reliable(one, name, names))
    ticks = {"range": [-0.03, 1.03], "tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0", "25", "50", "75", "100"]}
    of = escape(survey.task.labels[label or 0]) if survey.task.multilabel else "its answer"
    figure.update_xaxes(title_text=f"Probability of {of} (%)", **ticks)
    share = "Examples that have it (%)" if survey.task.multilabel else "Right answers (%)"
    figure.update_yaxes(title_text=share, **ticks)
    return finish(figure, 430, margin=_NO_TITLE, legend=below(430) | {"itemsizing": "constant"})


def _reliable(reliability: Reliability, name: str, names: list[str]) -> list[go.Scatter]:
    """A line over the bins that have enough examples to say something, and small open marks for the others."""
    look, count, title = model_look(name, names), np.array(reliability.count), escape(short_name(name))
    place, traces = np.stack([reliability.confidence, reliability.accuracy]), []
    for enough in (True, False):
        kept = (count >= _ENOUGH) == enough
        x, y = place[:, kept].tolist()
        sizes = (6 + 10 * np.sqrt(count / count.sum()))[kept].tolist() if enough else 6
        traces.append(
            go.Scatter(
                x=x, y=y, mode="lines+markers" if enough else "markers", customdata=count[kept].tolist(),
                name=f"{title}: ECE {100 * reliability.error:.1f} %", legendgroup=name, showlegend=enough,
                line={"color": look.colour, "dash": look.dash, "width": 1.5},
                marker={"color": look.colour, "symbol": look.symbol + ("" if enough else "-open"), "size": sizes},
                hovertemplate=f"{title}: sure %{{x:.1%}}, right %{{y:.1%}}<br>"
                "%{customdata:,} examples in this bin<extra></extra>",
            )
        )  # fmt: skip
    return traces


def _dots(
    values: list[float], ticks: list[str], name: str, look: Look, place: str = "", error: dict | None = None
) -> go.Scatter:
    return go.Scatter(
        x=values, y=ticks, name=name, mode="markers+text" if place else "markers", error_x=error,
        marker={"color": look.colour, "symbol": look.symbol, "size": 14 if look is _EMAP else 11},
        text=[f"{v:.1f}" for v in values], textposition=place or None, textfont={"size": 11, "color": INK},
        cliponaxis=False, hovertemplate=f"%{{y}}, {name}: %{{x:.1f}} %<extra></extra>",
    )  # fmt: skip


def _bars(values: list[float], ticks: list[str], name: str, look: Look) -> go.Bar:
    numbers = [f"{value if abs(value) >= 0.005 else 0:.2f}".replace("-", "−") for value in values]
    return go.Bar(
        x=values, y=ticks, orientation="h", name=escape(short_name(name)), marker=bar_marker(look), text=numbers,
        textposition="outside", textfont={"size": 11, "color": INK}, cliponaxis=False, constraintext="none",
        hovertemplate=f"{escape(short_name(name))}, %{{y}}: %{{x:.3f}}<extra></extra>",
    )  # fmt: skip


def _grouped(figure: go.Figure, groups: int, bars: int, title: str) -> go.Figure:
    figure.update_yaxes(autorange="reversed", showgrid=False, title_text=title)
    height = groups * (bars * 16 + 14) + 100
    return finish(figure, height, barmode="group", bargap=0.25, legend=below(height), margin=_NO_TITLE)


def _bar(unit: str) -> dict:
    return {"thickness": 9, "outlinewidth": 0, "title": {"text": unit, "side": "top", "font": {"size": 11}},
            "tickfont": {"size": 11}, "xpad": 4, "nticks": 6}  # fmt: skip


def _tick(name: str) -> str:
    """A model's name in two lines where it has several words: a phone has no room for one long one."""
    first, _, rest = short_name(name).partition(" ")
    return f"{escape(first)}<br>{escape(rest)}" if rest else escape(first)
