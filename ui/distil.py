"""The Distil tab, first form: choose, start, watch, compare."""

import time
from dataclasses import fields
from types import SimpleNamespace

import gradio as gr

from msd_core.config import Config
from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.models.zoo import STUDENTS
from msd_core.weighting import WEIGHTINGS
from ui import limits
from ui.checks import check_config
from ui.compare import figure_title
from ui.pair import task_choices
from ui.running import begin, events, stop
from ui.views import Progress, Tiles
from ui.visitor import final_weights, known_ids

_DEFAULT = {field.name: field.default for field in fields(Config)}
_REDRAW = 0.8  # seconds between two drawings of the curves: quicker only flickers
_QUICK = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
_METHODS = {
    "ce": "Labels alone (ce)",
    "kd": "The teacher’s answers (kd)",
    "dkd": "Its answers, the right label apart (dkd)",
    "dist": "How its answers rank and spread (dist)",
    "fitnets": "Its encodings of image and text (fitnets)",
    "rkd": "Distances and angles between examples (rkd)",
    "sp": "Which examples it finds alike (sp)",
    "crd": "Its features, against other examples’ (crd)",
}
_WEIGHTINGS = {
    "none": "none: only both halves together",
    "uniform": "uniform: image and text alike",
    "population": "population: by the mean saliency",
    "instance": "instance: by each example’s saliency (MSD)",
    "learned": "learned: by what a small network finds to help",
}
_IDLE = Progress.render_html("No job yet: choose, start, and watch the student learn.", None, "")
_STUDENTS = {"student": "Student", "student-tiny": "Tiny student"}


def build(shared: SimpleNamespace) -> "DistilTab":
    """Lay the tab out and wire it."""
    tab = DistilTab(shared)
    tab.wire()
    return tab


class DistilTab:
    """The tab's components, and what happens on them."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        self.run = gr.State("")  # the id of this visitor's job, to stop or compare it
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320), gr.Column(elem_classes="card"):
                self._form()
            with gr.Column(scale=8, min_width=320):
                self._watch()

    def _form(self) -> None:
        self.task = gr.Dropdown(
            task_choices(), value=_DEFAULT["task"], label="Task", filterable=False, elem_id="d-task"
        )
        self.method = gr.Dropdown(
            [(_METHODS.get(m, m), m) for m in METHODS], value=_DEFAULT["method"], label="Method", filterable=False,
            info="What the student learns from, beside the labels, when it sees both halves.", elem_id="d-method",
        )  # fmt: skip
        self.weighting = gr.Radio(
            [(_WEIGHTINGS.get(w, w), w) for w in WEIGHTINGS], value=_DEFAULT["weighting"], label="Weighting",
            info="Whether it also learns the teacher’s answers to each half alone, and how much to which.",
            elem_id="d-weighting",
        )  # fmt: skip
        self.student = gr.Radio(
            [(_STUDENTS.get(s, s), s) for s in STUDENTS], value=_DEFAULT["student"], label="Student",
            info="The tiny one has about 40 % as many parameters.", elem_id="d-student",
        )  # fmt: skip
        low, high = limits.EXAMPLES
        self.examples = gr.Slider(
            low, high, value=_DEFAULT["train_size"], step=100, label="Training examples",
            info="All that the task has, where it has fewer.", elem_id="d-examples",
        )  # fmt: skip
        self.epochs = gr.Slider(*limits.EPOCHS, value=_DEFAULT["epochs"], step=1, label="Epochs", elem_id="d-epochs")
        self.seed = gr.Number(
            _DEFAULT["seed"], label="Seed", precision=0, elem_id="d-seed",
            info="Of the first weights and the order of examples: the same seed gives the same student.",
        )  # fmt: skip
        with gr.Row():
            self.start = gr.Button("Start distilling", variant="primary", size="lg", elem_id="d-start", scale=3)
            self.cancel = gr.Button("Cancel", size="lg", interactive=False, elem_id="d-cancel", scale=1, min_width=100)
        self.form = [self.task, self.method, self.weighting, self.student, self.examples, self.epochs, self.seed]

    def _watch(self) -> None:
        with gr.Column(elem_classes="card"):
            self.progress = Progress.build(_IDLE, elem_id="progress")
        with gr.Column(elem_classes="card", visible=False, elem_id="result") as self.result_card:
            self.result = Tiles.build()
            self.compare = gr.Button("Compare this student", variant="primary", elem_id="d-compare")
        with gr.Column(visible=False, elem_id="curves") as self.curves:
            with gr.Column(elem_classes="card"):
                figure_title("Loss by term", "What the student still gets wrong, by what it learns from.")
                self.loss = gr.Plot(show_label=False, container=False, elem_classes="figure curve")
            with gr.Row(equal_height=False, visible=False) as self.by_view:
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Score by view", "On the validation split.")
                    self.metric = gr.Plot(show_label=False, container=False, elem_classes="figure curve")
                with gr.Column(elem_classes="card", min_width=320) as self.agreement_card:
                    figure_title("Distance from the teacher by view", "0 is perfect agreement.")
                    self.agreement = gr.Plot(show_label=False, container=False, elem_classes="figure curve")
            with gr.Column(elem_classes="card", visible=False) as self.weights_card:
                figure_title("Weights by modality", "How much each term counts, on average over the training examples.")
                self.weights = gr.Plot(show_label=False, container=False, elem_classes="figure curve")
            with gr.Column(elem_classes="card", visible=False, elem_id="d-by-saliency") as self.by_saliency_card:
                figure_title(
                    "Weight against saliency",
                    "How much each half’s term counted in the end for each training example, by how much the teacher’s "
                    "answer moves without that half.",
                )
                self.by_saliency = gr.Plot(show_label=False, container=False, elem_classes="figure curve")

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/distill`."""
        buttons = [self.start, self.cancel]
        drawn = [self.progress, self.curves, self.loss, self.by_view, self.metric, self.agreement_card, self.agreement]
        drawn += [self.weights_card, self.weights]
        ended = [self.result_card, self.result, self.by_saliency_card, self.by_saliency]
        asked = self.start.click(
            self.prepare,
            self.form,
            [self.run, self.progress, self.curves, self.by_view, self.result_card, self.by_saliency_card, *buttons],
            **_QUICK,
        )
        job = asked.success(
            self.watch, [self.run, *self.form, self.shared.runs], [*drawn, *ended, self.shared.runs, *buttons],
            api_visibility="private", show_progress="hidden", concurrency_limit=None,
        )  # fmt: skip
        self.cancel.click(self.stop, self.run, [self.progress, *buttons], cancels=job, **_QUICK)
        compare = self.shared.compare
        self.compare.click(
            self.open_in_compare, [self.run, self.task, self.shared.runs],
            [self.shared.tabs, compare.task, *compare.outputs],
            api_visibility="private", concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare",
            show_progress="hidden",
        )  # fmt: skip

    def prepare(self, *form):
        """Check the form and say that the job waits; without a run id nothing will start."""
        try:
            check_config(*form)
        except UserError as error:
            return {self.run: "", self.progress: Progress.render_html(str(error), None, "", failed=True)}
        return {
            self.run: begin(),
            self.progress: Progress.render_html("Waiting for a free place", 0.0, ""),
            self.curves: gr.update(visible=False),
            self.by_view: gr.update(visible=False),
            self.result_card: gr.update(visible=False),
            self.by_saliency_card: gr.update(visible=False),
            **self._buttons(running=True),
        }

    def watch(self, run, *form_and_runs):
        """Run the job and draw what happens, to its end."""
        *form, runs = form_and_runs
        if not run:
            yield {self.progress: gr.skip()}
            return
        from analysis.progress import Record

        record, drawn, epochs = Record(), 0.0, 0
        yield {self.shared.runs: [*known_ids(runs), run][-limits.OWN_STUDENTS :]}
        try:
            for event in events(check_config(*form), run):
                record.add(event, time.monotonic())
                due = time.monotonic() - drawn > _REDRAW or event["kind"] in ("epoch", "done", "error", "cancelled")
                if due and (record.samples or record.ended):
                    yield self._drawn(record, fresh=len(record.epochs) > epochs or not record.epochs)
                    drawn, epochs = time.monotonic(), len(record.epochs)
                elif event["kind"] == "stage":
                    yield {self.progress: Progress.render_html(record.stage, record.share, "")}
        except UserError as error:
            yield {
                self.progress: Progress.render_html(str(error), None, "", failed=True),
                **self._buttons(running=False),
            }
            return
        yield {**self._ended(record, run), **self._buttons(running=False)}

    def _drawn(self, record, fresh: bool):
        """Progress, and the curves where there is something new on them."""
        from analysis.progress import agreement_figure, loss_figure, metric_figure, weights_figure

        note = f"about {_duration(record.left)} left" if record.left else ""
        failed = record.ended in ("error", "cancelled")
        changed = {self.progress: Progress.render_html(record.stage, record.share, note, failed)}
        if fresh and record.samples:
            changed |= {self.curves: gr.update(visible=True), self.loss: loss_figure(record)}
        if fresh and record.epochs:
            known = "agreement" in record.epochs[-1]
            changed |= {self.by_view: gr.update(visible=True), self.metric: metric_figure(record)}
            changed |= {self.agreement_card: gr.update(visible=known)}
            changed |= {self.agreement: agreement_figure(record)} if known else {}
            weighed = bool(record.epochs[-1].get("weights"))
            changed |= {self.weights_card: gr.update(visible=weighed)}
            changed |= {self.weights: weights_figure(record)} if weighed else {}
        return changed

    def _ended(self, record, run):
        if record.result is None:
            return {self.result_card: gr.update(visible=False)}
        from analysis.progress import by_saliency_figure, result_tiles

        shown = {
            self.result_card: gr.update(visible=True),
            self.result: Tiles.render_html(*result_tiles(record.result)),
        }
        if weighed := final_weights(run):
            shown |= {self.by_saliency_card: gr.update(visible=True), self.by_saliency: by_saliency_figure(*weighed)}
        return shown

    def stop(self, run):
        """End the visitor's job at once, whether it runs or waits."""
        stop(run)
        said = "Stopped. Nothing was kept: start again when you like."
        return {self.progress: Progress.render_html(said, None, ""), **self._buttons(running=False)}

    def open_in_compare(self, run, task, runs):
        """Go to Compare, with this student ticked."""
        return {self.shared.tabs: gr.Tabs(selected="compare"), **self.shared.compare.open_with(task, [run], runs)}

    def _buttons(self, running: bool):
        return {self.start: gr.update(interactive=not running), self.cancel: gr.update(interactive=running)}


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
