"""The Distil tab: choose, start, watch, compare."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from msd_core.training.events import Epoch, Stage, Step
from ui import limits
from ui.events import QUICK, Updates, on
from ui.help import figure_title
from ui.tabs.distil.form import Form
from ui.tabs.shared import Page
from ui.visitor.checks import check_config, check_task
from ui.visitor.students import final_weights, known_ids
from ui.widgets.progress import Progress
from ui.widgets.tiles import Tiles
from ui.work.housekeeping import is_read
from ui.work.jobs import begin, events, stop

if TYPE_CHECKING:  # heavy
    from analysis.training import Record

_REDRAW = 0.8  # seconds between two drawings of the curves: quicker only flickers
_IDLE = Progress.render_html("No job yet: choose, start, and watch the student learn.", None, "")


class DistilTab:
    """The tab's components, and what happens on them."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.run = gr.State("")  # the id of this visitor's job, to stop or compare it
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320), gr.Column(elem_classes="card"):
                self.form = Form()
                with gr.Row():
                    self.start = gr.Button("Start distilling", variant="primary", size="lg", elem_id="d-start", scale=3)
                    self.cancel = gr.Button(
                        "Cancel", size="lg", interactive=False, elem_id="d-cancel", scale=1, min_width=100
                    )
            with gr.Column(scale=8, min_width=320):
                self._watch()
        self.task = self.form.task
        page.choosers.append(self.task)
        page.distil = self
        self.opening = [page.tabs, self.task, *self.form.fitted]
        self._wire()

    def fit(self, task: object) -> Updates:
        """What of the form depends on the task."""
        return self.form.fit(task)

    def open_with(self, task: str, own: object) -> Updates:
        """This tab with a task chosen. own: the tokens of the visitor's tasks."""
        return {
            self.page.tabs: gr.Tabs(selected="distil"),
            **self.page.chosen(self.task, task, own),
            **self.form.fit(task),
        }

    def _watch(self) -> None:
        with gr.Column(elem_classes="card"):
            self.progress = Progress.build(_IDLE, elem_id="progress")
        with gr.Column(elem_classes="card", visible=False, elem_id="result") as self.result_card:
            self.result = Tiles.build()
            self.by_language = Tiles.build(elem_id="d-languages")
            self.compare = gr.Button("Compare this student", variant="primary", elem_id="d-compare")
        with gr.Column(visible=False, elem_id="curves") as self.curves:
            with gr.Column(elem_classes="card"):
                figure_title("Loss by term", "The loss from each source that the student learns from.")
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
                    "The final weight of each modality’s term for each training example, by how much the teacher’s "
                    "answer moves without that modality.",
                )
                self.by_saliency = gr.Plot(show_label=False, container=False, elem_classes="figure curve")

    def _wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/distill`."""
        buttons, runs = [self.start, self.cancel], self.page.runs
        cards = [self.curves, self.by_view, self.result_card, self.by_saliency_card]
        drawn = [self.progress, self.curves, self.loss, self.by_view, self.metric, self.agreement_card, self.agreement]
        drawn += [self.weights_card, self.weights]
        ended = [self.result_card, self.result, self.by_language, self.by_saliency_card, self.by_saliency]
        on(self.task.input, self.fit, [self.task], self.form.fitted, self.keep, **QUICK)
        started = on(
            self.start.click, self.prepare, self.form.inputs, [self.run, self.progress, *cards, *buttons],
            self.refuse_start, **QUICK,
        )  # fmt: skip
        job = on(
            started.success, self.watch, [self.run, *self.form.inputs, runs], [*drawn, *ended, runs, *buttons],
            self.refuse, concurrency_limit=None,
        )  # fmt: skip
        on(self.cancel.click, self.stop, [self.run], [self.progress, *buttons], self.refuse, cancels=job, **QUICK)
        compare = self.page.pair_tabs["compare"]
        opened = on(
            self.compare.click, self.open_in_compare, [self.run, self.task, runs],
            [self.page.tabs, self.progress, *buttons, compare.task, *compare.outputs], self.refuse, **QUICK,
        )  # fmt: skip
        compare.follow(opened)

    def prepare(self, task: object, *form: object) -> Updates:
        """Check the form and say that the job waits; without a run id nothing will start."""
        check_config(check_task(task), *form)
        return {
            self.run: begin(),
            self.progress: Progress.render_html("Waiting in the queue", 0.0, ""),
            self.curves: gr.update(visible=False),
            self.by_view: gr.update(visible=False),
            self.result_card: gr.update(visible=False),
            self.by_saliency_card: gr.update(visible=False),
            **self._buttons(running=True),
        }

    def watch(
        self,
        run: str,
        task: object,
        method: object,
        weighting: object,
        model: object,
        examples: object,
        epochs: object,
        seed: object,
        texts: object,
        recombine: object,
        runs: object,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Run the job and draw what happens, to its end."""
        if not run:
            yield {self.progress: gr.skip()}
            return
        from analysis.training import Record

        subject = check_task(task)
        config = check_config(subject, method, weighting, model, examples, epochs, seed, texts, recombine)
        record, drawn, epochs_drawn = Record(), 0.0, 0
        yield {self.page.runs: [*known_ids(runs), run][-limits.OWN_STUDENTS :]}
        for event in events(subject, config, run, lambda: is_read(request)):
            record.add(event, time.monotonic())
            due = time.monotonic() - drawn > _REDRAW or isinstance(event, Epoch) or record.end is not None
            if due and (record.samples or record.end):
                first = not record.epochs and isinstance(event, Step)
                yield self._drawn(record, fresh=first or len(record.epochs) > epochs_drawn)
                drawn, epochs_drawn = time.monotonic(), len(record.epochs)
            elif isinstance(event, Stage):
                yield {self.progress: Progress.render_html(record.stage, record.share, "")}
        yield {**self._ended(record, run), **self._buttons(running=False)}

    def _drawn(self, record: "Record", fresh: bool) -> Updates:
        """Progress, and the curves where there is something new on them."""
        from analysis.training import agreement_figure, loss_figure, metric_figure, weights_figure

        note = f"about {_duration(record.left)} left" if record.left else ""
        failed = record.end is not None and record.result is None
        changed: Updates = {self.progress: Progress.render_html(record.stage, record.share, note, failed)}
        if fresh and record.samples:
            changed |= {self.curves: gr.update(visible=True), self.loss: loss_figure(record)}
        if fresh and record.epochs:
            known = bool(record.epochs[-1].agreement)
            changed |= {self.by_view: gr.update(visible=True), self.metric: metric_figure(record)}
            changed |= {self.agreement_card: gr.update(visible=known)}
            changed |= {self.agreement: agreement_figure(record)} if known else {}
            weighed = bool(record.epochs[-1].weights)
            changed |= {self.weights_card: gr.update(visible=weighed)}
            changed |= {self.weights: weights_figure(record)} if weighed else {}
        return changed

    def _ended(self, record: "Record", run: str) -> Updates:
        if record.result is None:
            return {self.result_card: gr.update(visible=False)}
        from analysis.training import by_saliency_figure, language_table, result_tiles

        languages = language_table(record.result)
        updates: Updates = {
            self.result_card: gr.update(visible=True),
            self.result: Tiles.render_html(*result_tiles(record.result)),
            self.by_language: Tiles.render_html([], *languages) if languages else "",
        }
        if weights := final_weights(run):
            updates |= {self.by_saliency_card: gr.update(visible=True), self.by_saliency: by_saliency_figure(*weights)}
        return updates

    def stop(self, run: str) -> Updates:
        """End the visitor's job at once, whether it runs or waits."""
        stop(run)
        sentence = "Stopped. Nothing was kept: start again when you like."
        return {self.progress: Progress.render_html(sentence, None, ""), **self._buttons(running=False)}

    def open_in_compare(self, run: str, task: object, runs: object) -> Updates:
        """Go to Compare, with this student ticked."""
        check_task(task)
        updates = self.page.pair_tabs["compare"].open_with(str(task), [run], known_ids(runs))
        return {self.page.tabs: gr.Tabs(selected="compare"), **updates}

    def keep(self, sentence: str) -> Updates:
        """Nothing changes: starting says what is wrong."""
        return {self.form.model: gr.skip()}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of progress, and the buttons to try again."""
        failed = Progress.render_html(sentence, None, "", failed=True)
        return {self.progress: failed, **self._buttons(running=False)}

    def refuse_start(self, sentence: str) -> Updates:
        """The same, and no run to watch."""
        return {self.run: "", **self.refuse(sentence)}

    def _buttons(self, running: bool) -> Updates:
        return {self.start: gr.update(interactive=not running), self.cancel: gr.update(interactive=running)}


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
