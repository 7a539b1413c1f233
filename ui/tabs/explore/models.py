"""The lower half of Explore: what is known of whole models on a task's test split."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from analysis.words import VIEW_TITLES, short_name
from msd_core.views import VIEWS
from ui.events import Updates
from ui.help import titled, what_is_this
from ui.visitor.checks import check_choice

if TYPE_CHECKING:  # heavy
    from analysis.dataset.survey import Survey

_TRUE = "the true label"
_PLOT: dict[str, Any] = {"show_label": False, "container": False, "elem_classes": "figure"}
_OUTPUTS = {"On probabilities": "probability", "On logits": "logit"}


class ModelFigures:
    """Figures in two columns, their controls, and how they are filled from a survey."""

    def __init__(self) -> None:
        with gr.Row(equal_height=False):
            with gr.Column(min_width=320):
                self._density()
                self._additivity()
                self._calibration()
            with gr.Column(min_width=320):
                self._spread()
                self._gap()
                self._perceptual()
        self.outputs = [
            self.density_title, self.density, self.density_label, self.emap_title, self.emap, self.calibration_title,
            self.calibration, self.calibration_label, self.spread_title, self.spread, self.gap_card, self.gap_title,
            self.gap, self.gap_student, self.by_label, self.perceptual_title, self.perceptual, self.emap_output,
            self.view,
        ]  # fmt: skip

    def _density(self) -> None:
        with gr.Column(elem_classes="card"):
            self.density_title = gr.Markdown(elem_classes="figure-title", elem_id="x-density-title")
            self.density_label = gr.Dropdown(
                [_TRUE], label="Probability of", filterable=False, elem_id="x-density-label"
            )
            self.density = gr.Plot(elem_id="x-density", **_PLOT)
            what_is_this("density")

    def _additivity(self) -> None:
        with gr.Column(elem_classes="card"):
            self.emap_title = gr.Markdown(elem_classes="figure-title", elem_id="x-emap-title")
            self.emap_output = gr.Radio(
                list(_OUTPUTS.items()), value="probability", label="EMAP", container=False, elem_id="x-emap-output"
            )
            self.emap = gr.Plot(elem_id="x-emap", **_PLOT)
            what_is_this("additivity")

    def _calibration(self) -> None:
        with gr.Column(elem_classes="card filters"):
            self.calibration_title = gr.Markdown(elem_classes="figure-title", elem_id="x-calibration-title")
            with gr.Row():
                self.view = gr.Dropdown(
                    [(VIEW_TITLES[v], v) for v in VIEWS], value="both", label="What is shown", filterable=False,
                    min_width=130, elem_id="x-view",
                )  # fmt: skip
                self.calibration_label = gr.Dropdown(
                    [], label="Label", filterable=False, min_width=130, visible=False, elem_id="x-calibration-label"
                )
            self.calibration = gr.Plot(elem_id="x-calibration", **_PLOT)
            what_is_this("calibration")

    def _spread(self) -> None:
        with gr.Column(elem_classes="card"):
            self.spread_title = gr.Markdown(elem_classes="figure-title", elem_id="x-spread-title")
            self.spread = gr.Plot(elem_id="x-spread", **_PLOT)
            what_is_this("spread")

    def _gap(self) -> None:
        with gr.Column(elem_classes="card") as self.gap_card:
            self.gap_title = gr.Markdown(elem_classes="figure-title", elem_id="x-gap-title")
            self.gap = gr.Plot(elem_id="x-gap", **_PLOT)
            self.gap_student = gr.Dropdown([], label="By label, for", filterable=False, elem_id="x-gap-student")
            self.by_label = gr.Plot(elem_id="x-gap-label", **_PLOT)
            what_is_this("gap")

    def _perceptual(self) -> None:
        with gr.Column(elem_classes="card"):
            self.perceptual_title = gr.Markdown(elem_classes="figure-title", elem_id="x-perceptual-title")
            self.perceptual = gr.Plot(elem_id="x-perceptual", **_PLOT)
            what_is_this("perceptual")

    def fill(self, survey: "Survey", output: str) -> Updates:
        """Everything anew, for another task or other models."""
        labels, students = list(survey.task.labels), [(short_name(name), name) for name in survey.students]
        student = survey.students[-1] if survey.students else None
        return {
            self.density_label: gr.update(choices=[_TRUE, *labels], value=_TRUE),
            self.calibration_label: gr.update(choices=labels, value=labels[0], visible=survey.task.multilabel),
            self.view: "both",
            self.gap_student: gr.update(choices=students, value=student, visible=bool(students)),
            self.gap_card: gr.update(visible=bool(students)),
            **self.draw_density(survey, _TRUE),
            **self.draw_calibration(survey, "both", labels[0]),
            **(self.draw_by_label(survey, student) if student else {}),
            **self.draw_emap(survey, output),
            **self._fixed(survey),
        }

    def _fixed(self, survey: "Survey") -> Updates:
        from analysis.dataset import figures, model_figures, sentences

        return {
            self.spread_title: titled("Saliency, trained on and held out", sentences.spread(survey)),
            self.spread: figures.saliency_spread(survey),
            **self._gap_updates(survey),
            self.perceptual_title: titled("With another example’s picture or text", sentences.perceptual(survey)),
            self.perceptual: model_figures.perceptual_figure(survey),
        }

    def _gap_updates(self, survey: "Survey") -> Updates:
        from analysis.dataset import model_figures, sentences

        if not survey.students:
            return {}
        return {
            self.gap_title: titled("How far students are from the teacher", sentences.gap(survey)),
            self.gap: model_figures.gap_figure(survey),
        }

    def draw_density(self, survey: "Survey", label: object) -> Updates:
        """The densities of one label's probability."""
        from analysis.dataset import figures, sentences

        chosen = check_choice("label", label, (_TRUE, *survey.task.labels))
        index = None if chosen == _TRUE else survey.task.labels.index(chosen)
        return {
            self.density_title: titled("How sure each model is", sentences.density(survey, index)),
            self.density: figures.output_density(survey, index),
        }

    def draw_calibration(self, survey: "Survey", view: object, label: object) -> Updates:
        """The reliability under one view; of a multi-label task of one label."""
        from analysis.dataset import model_figures, sentences

        name = check_choice("view", view, VIEWS)
        index = survey.task.labels.index(check_choice("label", label, survey.task.labels))
        return {
            self.calibration_title: titled("Calibration", sentences.calibration(survey, name, index)),
            self.calibration: model_figures.reliability_figure(survey, name, index),
        }

    def draw_by_label(self, survey: "Survey", student: object) -> Updates:
        """The gap of one student by label."""
        from analysis.dataset import model_figures

        chosen = check_choice("student", student, survey.students)
        return {self.by_label: model_figures.gap_by_label_figure(survey, chosen)}

    def draw_emap(self, survey: "Survey", output: object) -> Updates:
        """What is additive of each model; `survey` was made for that output."""
        from analysis.dataset import model_figures, sentences

        sentence = f"{sentences.additivity(survey)} {sentences.emap_note(survey)}"
        return {
            self.emap_title: titled("What depends on image and text together", sentence),
            self.emap: model_figures.additivity_figure(survey),
            self.emap_output: check_choice("output", output, _OUTPUTS.values()),
        }
