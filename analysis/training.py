"""What a running distillation looks like: its events gathered, its curves, its final table."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots
from torch import Tensor

from analysis.style import PARTS, TERMS, Look, finish
from analysis.words import METRICS, VIEW_TITLES, language_name
from analysis.words import TERMS as TERM_TITLES
from msd_core.training.events import Cancelled, Done, End, Epoch, Event, Failed, Stage, Step
from msd_core.views import MODALITIES, NEITHER, VIEWS

_IN_NATS = ("kd", "dkd", "crd")  # methods whose term is one
MOST_POINTS = 1_000  # drawn of a modality: more would only cover each other


@dataclass
class Record:
    """The events of one run so far."""

    stage: str = "Waiting in the queue"
    step: int = 0
    steps: int = 0
    samples: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    end: End | None = None
    first: tuple[float, int] | None = None  # time and step of the first report, for the time left
    left: float | None = None  # seconds

    def add(self, event: Event, now: float) -> None:
        """Take in one event of a run at a time in seconds."""
        match event:
            case Stage():
                self.stage = event.text
            case Step():
                self.stage, self.step, self.steps = "Distilling", event.step, event.steps
                self.samples.append((event.step, event.terms))
                self.first = self.first or (now, self.step)
                done = self.step - self.first[1]
                self.left = (now - self.first[0]) / done * (self.steps - self.step) if done else None
            case Epoch():
                self.epochs.append(event)
                if self.steps:
                    self.step = max(self.step, round(self.steps * event.epoch / event.epochs))
            case Done():
                self.end, self.stage, self.step, self.left = event, "Done", self.steps, 0.0
            case Failed() | Cancelled():
                self.end, self.stage = event, event.text

    @property
    def share(self) -> float:
        """How much of the run is done, 0 to 1."""
        return 1.0 if isinstance(self.end, Done) else self.step / self.steps if self.steps else 0.0

    @property
    def result(self) -> dict[str, Any] | None:
        """What came of the run; None while it is not finished, or where it failed."""
        return self.end.result if isinstance(self.end, Done) else None


def _line(x: list, y: list, name: str, look: Look, markers: bool) -> go.Scatter:
    return go.Scatter(
        x=x, y=y, name=name, mode="lines+markers" if markers else "lines",
        line={"color": look.colour, "dash": look.dash, "width": 2}, marker={"symbol": look.symbol, "size": 8},
        hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
    )  # fmt: skip


def loss_figure(record: Record) -> go.Figure:
    """Loss by term: its mean over each epoch (marks), and before the first has ended what single batches showed."""
    figure = go.Figure()
    names = [*record.epochs[-1].terms] if record.epochs else [*record.samples[-1][1]] if record.samples else []
    method = next((name.removesuffix("_both") for name in names if name.endswith("_both")), "kd")
    for known in TERM_TITLES:
        name = known if known != "kd_both" else f"{method}_both"
        if name not in names:
            continue
        if record.epochs:
            x, y = [e.epoch for e in record.epochs], [e.terms[name] for e in record.epochs]
        else:
            x, y = [s for s, _ in record.samples], [terms[name] for _, terms in record.samples]
        title = TERM_TITLES[known] if name == known else f"{TERM_TITLES[known]} ({method})"
        figure.add_trace(_line(x, y, title, TERMS[known], markers=True))
    figure.update_xaxes(title_text="Epoch" if record.epochs else "Step")
    unit = "nats" if method in _IN_NATS else f"nats; {method}: no unit"
    figure.update_yaxes(title_text=f"Loss ({unit})", rangemode="tozero")
    return _small(figure, record)


def metric_figure(record: Record) -> go.Figure:
    """The student's metric on the validation split under each view, by epoch."""
    figure, name = go.Figure(), "accuracy"
    if record.epochs:
        name = next(iter(record.epochs[-1].metrics["both"]))
        for view in VIEWS:
            y = [e.metrics[view][name] for e in record.epochs]
            figure.add_trace(_line(_numbers(record), y, VIEW_TITLES[view], PARTS[view], markers=True))
    figure.update_xaxes(title_text="Epoch")
    figure.update_yaxes(title_text=METRICS.get(name, name), range=[0, 1.03])
    return _small(figure, record)


def agreement_figure(record: Record) -> go.Figure:
    """How far the student is from the teacher under each view, by epoch, in nats."""
    figure = go.Figure()
    if record.epochs and record.epochs[-1].agreement:
        for view in VIEWS:
            y = [e.agreement[view]["kl"] for e in record.epochs]
            figure.add_trace(_line(_numbers(record), y, VIEW_TITLES[view], PARTS[view], markers=True))
    figure.update_xaxes(title_text="Epoch")
    figure.update_yaxes(title_text="KL from the teacher (nats)", rangemode="tozero")
    return _small(figure, record)


def weights_figure(record: Record) -> go.Figure:
    """The mean weight of each modality's term over the training examples, by epoch; no unit, mean over both: beta."""
    figure = go.Figure()
    if record.epochs and record.epochs[-1].weights:
        for modality in MODALITIES:
            y = [e.weights[modality] for e in record.epochs]
            figure.add_trace(_line(_numbers(record), y, f"{modality} term", PARTS[modality], markers=True))
    figure.update_xaxes(title_text="Epoch")
    figure.update_yaxes(title_text="Mean weight (no unit)", rangemode="tozero")
    return _small(figure, record)


def by_saliency_figure(weights: Tensor, saliency: Tensor) -> go.Figure:
    """The weight of each training example's terms against the saliency of their modality, both `(N, 2)`: a panel a
    modality on common axes, at most `MOST_POINTS` examples, evenly from all."""
    rows = torch.linspace(0, len(weights) - 1, min(len(weights), MOST_POINTS)).long()
    titles = [f"<b>{modality.capitalize()}</b>" for modality in MODALITIES]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=titles)
    for column, modality in enumerate(MODALITIES):
        look = PARTS[modality]
        points = go.Scatter(
            x=saliency[rows, column].tolist(), y=weights[rows, column].tolist(), mode="markers", name=modality,
            marker={"color": look.colour, "symbol": look.symbol, "size": 6, "opacity": 0.5},
            hovertemplate="saliency %{x:.2f} bits, weight %{y:.2f}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(points, row=1, col=column + 1)
    most = 1.05 * max(1.0, float(saliency[rows].max()))
    figure.update_xaxes(title_text="Saliency (bits)", range=[-0.05 * most, most], tickvals=[0, 0.5, 1])
    figure.update_yaxes(title_text="Weight (no unit)", rangemode="tozero", col=1)
    return finish(figure, 300, showlegend=False, margin={"l": 8, "r": 8, "t": 30, "b": 8})


def result_table(result: dict[str, Any]) -> pd.DataFrame:
    """Teacher, student and their agreement, one row a view; numbers, not words. Scores are of every row in turn where
    rows are few, else of the test split; agreement is of the test split."""
    scores = result.get("cross_validated") or result
    name = METRICS.get(result["metric"], result["metric"]).split(" (")[0].lower()
    table = pd.DataFrame({"View": [VIEW_TITLES[v] for v in VIEWS]})
    if scores.get("teacher"):
        table[f"Teacher: {name}"] = [scores["teacher"][v] for v in VIEWS]
    table[f"Student: {name}"] = [scores["student"][v] for v in VIEWS]
    if result.get("agreement"):
        table["KL (nats)"] = [result["agreement"][v]["kl"] for v in VIEWS]
        table["Same answer"] = [result["agreement"][v]["top"] for v in VIEWS]
    return table


def result_tiles(result: dict[str, Any]) -> tuple[list[tuple[str, str]], str, list[str], list[list[str]]]:
    """The result in words: tiles `(name, value)`, then the table's caption, header and rows."""
    student, teacher = result["parameters"]["student"], result["parameters"].get("teacher")
    size = f"{student:,} parameters" + (f", {student / teacher:.0%} of the teacher’s" if teacher else "")
    tiles = [(f"seconds, {size}", f"{result['seconds']:.0f}")]
    if result.get("cost"):
        small, large = result["cost"]["student"], result["cost"].get("teacher")
        work = f"million MACs a pair, {small['milliseconds']:.1f} ms here"
        work += f" (teacher {large['macs'] / 1e6:,.1f} and {large['milliseconds']:.1f} ms)" if large else ""
        tiles.append((work, f"{small['macs'] / 1e6:,.1f}"))
    for modality, weight in (result.get("weights") or {}).items():
        tiles.append((f"mean weight of the {modality} term", f"{weight:.2f}"))
    table = result_table(result)
    rows = [[row.iloc[0], *(f"{value:.3f}" for value in row.iloc[1:])] for _, row in table.iterrows()]
    caption = "On the test split, by what the models may see"
    if whole := result.get("cross_validated"):
        caption = f"By what the models may see: each of {whole['rows']:,} rows tested by models that did not see it"
        caption += "; KL and answers on the test rows alone" if result.get("agreement") else ""
    if result.get("baselines"):
        caption += f". A guess without the picture scores {result['baselines']['text_only']:.3f}"
    return tiles, caption, list(table.columns), rows


def language_table(result: dict[str, Any]) -> tuple[str, list[str], list[list[str]]] | None:
    """Caption, header and rows of the student's test score by language and view, with the teacher's beside it; None for
    a task whose examples state no language."""
    student, teacher = (result.get("languages", {}).get(who) or {} for who in ("student", "teacher"))
    if not student:
        return None

    def cell(code: str, view: str) -> str:
        beside = f" ({teacher[code][view]:.2f})" if teacher else ""
        return f"{student[code][view]:.2f}{beside}"

    caption = "On the test split, by the language of the text" + (" (in brackets the teacher)" if teacher else "")
    views = VIEWS[:NEITHER]
    rows = [[language_name(code), *(cell(code, view) for view in views)] for code in student]
    return caption, ["Language", *(VIEW_TITLES[view] for view in views)], rows


def _numbers(record: Record) -> list[int]:
    return [event.epoch for event in record.epochs]


def _small(figure: go.Figure, record: Record) -> go.Figure:
    if record.epochs:
        last = record.epochs[-1].epochs
        figure.update_xaxes(range=[0.5, last + 0.5], dtick=max(1, last // 10))
    legend = {"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0}
    return finish(figure, 290, legend=legend, showlegend=True, margin={"l": 8, "r": 8, "t": 8, "b": 8})
