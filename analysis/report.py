"""Reports to hand in or print: one HTML file, figures and numbers included, that opens offline."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs

from analysis.attribution import story as attribution_story
from analysis.attribution.explain import Explanation
from analysis.attribution.figures import curves_figure
from analysis.attribution.methods import METHODS
from analysis.attribution.scene import AGAINST, FOR, Scene, scene
from analysis.attribution.story import Numbers
from analysis.dataset import figures, model_figures
from analysis.dataset import story as dataset_story
from analysis.dataset.survey import Survey
from analysis.fonts import FONT, font_faces
from analysis.story import tell
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
    numbers: dict


def pair_report(found: Explanation, truth: int | tuple[int, ...] | None = None) -> Report:
    """The report of one pair: what each model answers under the four views, and why. `truth` is its true label, or 0
    and 1 per label, where that is known."""
    told = tell(found.comparison, truth, found.label)
    faithful = found.faithfulness()
    numbers = {
        "comparison": found.comparison.to_dict(),
        "attribution": found.to_dict() | {"faithfulness": {name: f.to_dict() for name, f in faithful.items()}},
    }
    sections = [
        Section("Four views of one pair", [told.note], told.views),
        Section("Saliency", ["How far hiding a half moves the prediction."], told.saliency),
        Section("Shapley split", [f"What each half adds to “{told.label}”."], told.shapley),
        *_attribution(found, faithful),
    ]
    return _page(
        f"{found.comparison.task.title}: one pair", numbers, sections,
        lead=[line["text"] for line in told.lines], warnings=told.warnings, text=found.comparison.text,
        picture=_data_uri(Image.fromarray(found.picture.numpy())),
    )  # fmt: skip


def _attribution(found: Explanation, faithful: dict) -> list[Section]:
    first, numbers = next(iter(found.maps.values())), Numbers.of(found)
    said = [attribution_story.headline(found), attribution_story.strongest(found)]
    said.append(f"{METHODS[first.method].title}, baseline {first.baseline}, view {first.view}.")
    curves = curves_figure(faithful, found.label, first.output)
    trusted = attribution_story.trust_table(faithful, numbers)
    sections = [
        Section("Why", said, scene=scene(found)),
        Section("How far to trust these maps", attribution_story.trust(faithful), curves, table=trusted),
    ]
    if found.agreements:
        alike = attribution_story.alike_table(found)
        sections.append(Section("How alike the maps are", attribution_story.alike(found), table=alike))
    return sections


def dataset_report(found: Survey) -> Report:
    """The report of a task's test split."""
    title = f"{found.task.title}: {len(found.split):,} test examples"
    return _page(title, found.to_dict(), dataset_sections(found), lead=[dataset_story.headline(found)])


def dataset_sections(found: Survey) -> list[Section]:
    """Everything that is drawn of a survey."""
    rows, student = np.arange(len(found.split)), (found.students or [found.teacher])[0]
    by = "label" if found.split.evidence is None else "evidence"
    drawn = len(figures.sampled(rows))
    scatter = figures.saliency_scatter(found, rows, by, student)
    sections = [
        Section("Saliency of every example", [dataset_story.shown_of(found, len(rows), drawn)], scatter),
        Section("Trained on and held out", [dataset_story.spread(found)], figures.saliency_spread(found)),
        Section("Outputs by view", [dataset_story.density(found)], figures.output_density(found)),
    ]
    if found.students:
        sections.append(Section("Gap from the teacher", [dataset_story.gap(found)], model_figures.gap_figure(found)))
        sections += [
            Section(f"Gap by label: {short_name(name)}", figure=model_figures.gap_by_label_figure(found, name))
            for name in found.students
        ]
    return [
        *sections,
        Section(
            "Additivity", [dataset_story.additivity(found), dataset_story.emap_note(found)],
            model_figures.additivity_figure(found),
        ),
        Section("Perceptual Score", [dataset_story.perceptual(found)], model_figures.perceptual_figure(found)),
        *(_calibration(found, view) for view in VIEWS),
    ]  # fmt: skip


def _calibration(found: Survey, view: str) -> Section:
    label = 0 if found.task.multilabel else None
    of = f" of “{found.task.labels[0]}”" if found.task.multilabel else ""
    title = f"Calibration{of}: {VIEW_TITLES[view].lower()}"
    figure = model_figures.reliability_figure(found, view, label)
    return Section(title, [dataset_story.calibration(found, view, label)], figure)


def _page(title: str, numbers: dict, sections: list[Section], **parts) -> Report:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    environment.filters |= {"figure": _figures(), "data_uri": _data_uri, "tint": _tint, "json": _json}
    html = environment.get_template("report.html").render(
        title=title, sections=sections, numbers=numbers, subtitle=f"{date.today():%d %B %Y}",
        font=Markup(FONT), font_faces=Markup(font_faces()),
        source="Made by Modality Saliency Distillation (python -m analysis report, or the page's button).",
        **{"lead": [], "warnings": (), "text": "", "picture": ""} | parts,
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


def _tint(strength: float) -> str:
    colour = " ".join(map(str, FOR if strength > 0 else AGAINST))
    return f"rgb({colour} / {0.75 * min(1.0, abs(strength)):.2f})"


def _json(numbers: dict) -> Markup:
    """JSON that no text in it can end the script element of."""
    return Markup(json.dumps(numbers, allow_nan=False).replace("<", "\\u003c"))
