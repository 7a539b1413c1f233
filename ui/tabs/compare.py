"""The Compare tab: one pair under the four views, teacher and students side by side."""

from typing import TYPE_CHECKING

import gradio as gr
from gradio.events import Dependency

from msd_core.errors import UserError
from ui import limits
from ui.events import Updates, detail_of, on
from ui.help import figure_title, what_is_this
from ui.tabs.shared import Page
from ui.widgets.pair import Pair
from ui.widgets.report import ReportCard
from ui.widgets.sentences import Answers, Sentences, error_html
from ui.work.models import models_for

if TYPE_CHECKING:  # heavy
    from analysis.report import Report

_TO_ANSWER = """() => {
  if (innerWidth < 700) document.querySelector('#answers').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the answer lies below what was pressed
_RIGHT_AND_DOWN = "Left to right: text shown, hidden. Top to bottom: image shown, hidden."
LIMITED = {"concurrency_limit": limits.COMPARES_AT_ONCE, "concurrency_id": "compare"}


class CompareTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.answered = gr.State(None)  # the text that the answers on the page are to; None where there are none
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.pair = Pair(page.runs, "Compare")
            with gr.Column(scale=8, min_width=320):
                self._answer()
        self.task = self.pair.task
        self.figures = [
            self.figures_column, self.title, self.views, self.saliency, self.shapley, self.label, self.report.files
        ]  # fmt: skip
        self.again = [self.answers, self.answered, *self.figures]
        self.outputs = [*self.pair.outputs, *self.again]
        page.pair_tabs["compare"] = self
        page.choosers.append(self.task)
        self._wire()

    def _answer(self) -> None:
        with gr.Column(elem_classes="card"):
            self.answers = Answers.build(elem_id="answers")
            self.why = gr.Button("Why? Attribute it", elem_id="why", size="md")  # wired by the Attribute tab
        with gr.Column(visible=False, elem_id="figures") as self.figures_column:
            with gr.Column(elem_classes="card"):
                self.title = gr.Markdown(elem_classes="figure-title")
                self.views = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="views")
                what_is_this("views")
            with gr.Row(equal_height=False):
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Saliency", "How far the prediction moves when a modality is hidden.")
                    self.saliency = gr.Plot(
                        show_label=False, container=False, elem_classes="figure", elem_id="saliency"
                    )
                    what_is_this("saliency")
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Shapley split", "What each modality adds to one label’s probability.")
                    self.label = gr.Dropdown([], label="Label", container=False, elem_id="label", filterable=False)
                    self.shapley = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="shapley")
                    what_is_this("shapley")
            self.report = ReportCard("report")

    def _wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/compare`."""
        watched = {**LIMITED, "show_progress": "minimal", "show_progress_on": self.answers}
        pair, runs, refuse = self.pair, self.page.runs, self.refuse
        pair.wire(self.stale, self.answered, self.again, refuse)
        on(self.page.blocks.load, self.open_task, [pair.task, runs], self.outputs, refuse, **watched)
        on(
            pair.task.input, self.open_task, [pair.task, runs], self.outputs, refuse,
            **watched, trigger_mode="always_last",
        )  # fmt: skip
        picked = on(
            pair.cards.select, self.open_example, [pair.task, pair.own, runs, pair.language], self.outputs, refuse,
            **watched,
        )  # fmt: skip
        pressed = on(pair.button.click, self.compare, pair.inputs, self.again, refuse, **watched)
        for event in (picked, pressed):
            event.then(None, js=_TO_ANSWER)
        for trigger in (pair.text.submit, pair.own.input):
            on(trigger, self.compare, pair.inputs, self.again, refuse, **watched)
        on(self.label.input, self.split, [*pair.inputs, self.label], self.again, refuse, **watched)
        # who waits for a report does so in `ui.work.attributions.ROOM`
        self.report.wire("msd-pair", self.make_report, pair.inputs, concurrency_limit=None)

    def open_task(self, task: object, runs: object) -> Updates:
        """A task's examples, and the answer to the first: one that hiding the image flips."""
        return self._open(task, None, None, runs)

    def open_example(self, task: object, own: object, runs: object, language: object, event: gr.EventData) -> Updates:
        """The example that was clicked, and the answer to it."""
        return self._open(task, detail_of(event, "row"), own, runs, language)

    def open_with(self, task: str, own: list[str], runs: list[str], row: int | None = None) -> Updates:
        """A task's test example of that row, its first of the gallery where None, asked of these students of the
        visitor's too."""
        return {self.task: task, **self._open(task, row, own, runs)}

    def follow(self, shown: Dependency) -> None:
        """Nothing: the answers are there with the pair."""

    def _open(self, task: object, row: object, own: object, runs: object, language: object = "") -> Updates:
        place, pair = self.pair.show(task, row, own, runs, language)
        try:
            return {**pair, **self.compare(task, None, None, place, own, runs)}
        except UserError as error:  # there is a pair to see, if no model to ask
            return {**pair, **self.refuse(str(error))}

    def compare(
        self,
        task: object,
        image: object,
        text: object,
        chosen: int | None,
        own: object,
        runs: object,
        label: object = None,
    ) -> Updates:
        """The answer to a pair: an example's, or the visitor's own."""
        from analysis.pair.summary import summarize
        from msd_core.comparison import compare

        pair = self.pair.read(task, image, text, chosen, own, runs)
        truth = pair.example.label if pair.example else None
        comparison = compare(pair.task, pair.picture, pair.text, models_for(pair.task, pair.own))
        summary = summarize(comparison, truth, label if isinstance(label, str) else None)
        return {
            self.answers: Answers.render_html(summary.lines, summary.warnings, comparison.is_ood),
            self.answered: (pair.text or "").strip(),
            self.figures_column: gr.update(visible=True, elem_classes=["doubtful"] if comparison.is_ood else []),
            self.title: f"### Four views of one pair\n{_RIGHT_AND_DOWN} {summary.note}",
            self.views: summary.views,
            self.saliency: summary.saliency,
            self.shapley: summary.shapley,
            self.label: gr.update(choices=list(summary.labels), value=summary.label),
            **self.report.nothing(),
        }

    def split(
        self, task: object, image: object, text: object, chosen: int | None, own: object, runs: object, label: object
    ) -> Updates:
        """The same answer, its Shapley split made for another label."""
        updates = self.compare(task, image, text, chosen, own, runs, label)
        kept = (self.answers, self.shapley, self.label)
        return {part: value for part, value in updates.items() if part in kept or part is self.figures_column}

    def make_report(
        self, task: object, image: object, text: object, chosen: int | None, own: object, runs: object
    ) -> "Report":
        """The report of the pair, with every student of the task's and the visitor's own that are ticked."""
        from analysis.attribution.pair import Settings
        from ui.work.attributions import Request, all_students, report_of

        pair = self.pair.read(task, image, text, chosen, own, runs)
        students = all_students(pair.task, pair.own)
        return report_of(Request(pair.task, pair.row, pair.upload, pair.text, students, Settings()))

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of an answer; what was answered before would be taken for the answer to this."""
        return self._instead(error_html(sentence))

    def stale(self, answered: str | None, text: object = None) -> Updates:
        """The visitor changed the pair: the answers on the page are not to it."""
        if answered is None or (isinstance(text, str) and text.strip() == answered):
            return {self.answered: gr.skip()}
        note = "The pair has changed: press Compare to see the answers to it."
        return self._instead(Sentences.render_html("", note, []))

    def _instead(self, sentence: str) -> Updates:
        return {self.answers: sentence, self.answered: None, self.figures_column: gr.update(visible=False)}
