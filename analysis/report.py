"""Reports to hand in or print: one HTML file, figures and numbers included, that opens offline."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs

from analysis.attribution import sentences as attribution_sentences
from analysis.attribution.faithfulness import Faithfulness
from analysis.attribution.figures import curves_figure
from analysis.attribution.methods import METHODS
from analysis.attribution.pair import PairAttribution
from analysis.attribution.scene import AGAINST, FINE, FOR, Scene, scene
from analysis.attribution.sentences import Numbers
from analysis.dataset import figures, model_figures
from analysis.dataset import sentences as dataset_sentences
from analysis.dataset.survey import Survey
from analysis.fonts import FONT, font_faces
from analysis.pair.sentences import Label
from analysis.pair.summary import summarize
from analysis.words import VIEW_TITLES, short_name
from msd_core.views import VIEWS

_INK = "#23272b"
_STILL = {"displayModeBar": False, "responsive": True}


@dataclass(frozen=True)
class Section:
    """A part of a report: sentences, and a figure, maps or a table `(caption, header, rows)`."""

    title: str
    lines: list[str] = field(default_factory=list)
    figure: go.Figure | None = None
    scene: Scene | None = None
    table: tuple[str, list[str], list[list[str]]] | None = None


@dataclass(frozen=True)
class Report:
    """The page `html`, and its `numbers` as plain data."""

    html: str
    numbers: dict[str, Any]


def pair_report(attribution: PairAttribution, truth: Label | None = None) -> Report:
    """The report of one pair: what each model answers under the four views, and why.

    truth: its true label, or 0 and 1 a label, where that is known.
    """
    summary = summarize(attribution.comparison, truth, attribution.label)
    faithfulness = attribution.faithfulness()
    measures = {name: each.to_dict() for name, each in faithfulness.items()}
    numbers = {
        "comparison": attribution.comparison.to_dict(),
        "attribution": attribution.to_dict() | {"faithfulness": measures},
    }
    sections = [
        Section("Four views of one pair", [summary.note], summary.views),
        Section("Saliency", ["How far the prediction moves when a modality is hidden."], summary.saliency),
        Section(
            "Shapley split", [f"What each modality adds to the probability of “{summary.label}”."], summary.shapley
        ),
        *_maps(attribution, faithfulness),
    ]
    return _page(
        f"{attribution.task.title}: one pair", numbers, sections,
        lead=[line.text for line in summary.lines], warnings=summary.warnings,
        text=attribution.comparison.text, picture=attribution.picture and _thumbnail(attribution.picture),
    )  # fmt: skip


def _maps(attribution: PairAttribution, faithfulness: dict[str, Faithfulness]) -> list[Section]:
    first, numbers = attribution.first, Numbers.of(attribution)
    lines = [attribution_sentences.headline(attribution), attribution_sentences.strongest(attribution)]
    lines.append(f"{METHODS[first.method].title}, baseline {first.baseline}, view {first.view}.")
    curves = curves_figure(faithfulness, attribution.label, first.output)
    table = attribution_sentences.trust_table(faithfulness, numbers)
    sections = [
        Section("Why", lines, scene=scene(attribution)),
        Section("How far to trust these maps", attribution_sentences.trust(faithfulness), curves, table=table),
    ]
    if attribution.agreements:
        alike = attribution_sentences.alike_table(attribution)
        sections.append(Section("How alike the maps are", attribution_sentences.alike(attribution), table=alike))
    return sections


def dataset_report(survey: Survey) -> Report:
    """The report of a task's test split."""
    title = f"{survey.task.title}: {len(survey.split):,} test examples"
    return _page(title, survey.to_dict(), survey_sections(survey), lead=[dataset_sentences.headline(survey)])


def survey_sections(survey: Survey) -> list[Section]:
    """Everything that is drawn of a survey."""
    rows, student = np.arange(len(survey.split)), survey.students[0] if survey.students else None
    by = "label" if survey.split.evidence is None else "evidence"
    drawn = len(figures.sampled(rows))
    scatter = figures.saliency_scatter(survey, rows, by, student)
    sections = [
        Section("Saliency of every example", [dataset_sentences.count_of(survey, len(rows), drawn)], scatter),
        Section("Trained on and held out", [dataset_sentences.spread(survey)], figures.saliency_spread(survey)),
        Section("Outputs by view", [dataset_sentences.density(survey)], figures.output_density(survey)),
    ]
    if survey.students:
        gap = model_figures.gap_figure(survey)
        sections.append(Section("Gap from the teacher", [dataset_sentences.gap(survey)], gap))
        sections += [
            Section(f"Gap by label: {short_name(name)}", figure=model_figures.gap_by_label_figure(survey, name))
            for name in survey.students
        ]
    return [
        *sections,
        Section(
            "Additivity", [dataset_sentences.additivity(survey), dataset_sentences.emap_note(survey)],
            model_figures.additivity_figure(survey),
        ),
        Section("Perceptual Score", [dataset_sentences.perceptual(survey)], model_figures.perceptual_figure(survey)),
        *(_calibration(survey, view) for view in VIEWS),
    ]  # fmt: skip


def _calibration(survey: Survey, view: str) -> Section:
    label = 0 if survey.task.multilabel else None
    of = f" of “{survey.task.labels[0]}”" if survey.task.multilabel else ""
    title = f"Calibration{of}: {VIEW_TITLES[view].lower()}"
    figure = model_figures.reliability_figure(survey, view, label)
    return Section(title, [dataset_sentences.calibration(survey, view, label)], figure)


def _page(title: str, numbers: dict[str, Any], sections: list[Section], **parts: Any) -> Report:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    environment.filters |= {"figure": _figures(), "data_uri": _data_uri, "tint": _tint, "json": _json}
    html = environment.get_template("report.html").render(
        title=title, sections=sections, numbers=numbers, subtitle=f"{date.today():%d %B %Y}",
        font=Markup(FONT), font_faces=Markup(font_faces()),
        source="Made by Modality Saliency Distillation (msd-analysis report, or the page's button).",
        **{"lead": [], "warnings": (), "text": None, "picture": None} | parts,
    )  # fmt: skip
    return Report(html, numbers)


def _figures() -> Callable[[go.Figure], Markup]:
    """Draws the figures of one page, the first with Plotly itself, so that nothing is fetched."""
    script = [f"<script>{get_plotlyjs()}</script>"]

    def draw(figure: go.Figure) -> Markup:
        figure.update_layout(font_color=_INK)
        first = script.pop() if script else ""
        return Markup(first + figure.to_html(full_html=False, include_plotlyjs=False, config=_STILL))

    return draw


def _data_uri(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _thumbnail(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((FINE, FINE))
    return small


def _tint(strength: float) -> str:
    colour = " ".join(map(str, FOR if strength > 0 else AGAINST))
    return f"rgb({colour} / {0.75 * min(1.0, abs(strength)):.2f})"


def _json(numbers: dict[str, Any]) -> Markup:
    """JSON that no text in it can end the script element of."""
    return Markup(json.dumps(numbers, allow_nan=False).replace("<", "\\u003c"))
