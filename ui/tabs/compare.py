"""The Compare tab: one pair under the four views, teacher and students side by side."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import Dependency

from ui import limits
from ui.events import QUICK, Updates, detail_of, on
from ui.help import figure_title, what_is_this
from ui.tabs.shared import Page
from ui.widgets.pair import CheckedPair, Pair
from ui.widgets.report import ReportCard
from ui.widgets.sentences import Answers, Sentences, error_html
from ui.work.models import models_for

if TYPE_CHECKING:  # heavy
    from analysis.report import Report

_TO_ANSWER = """() => {
  if (innerWidth < 700) document.querySelector('#answers').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the answer lies below what was pressed
_RIGHT_AND_DOWN = "Left to right: text shown, hidden. Top to bottom: image shown, hidden."
_LIMITED = {"concurrency_limit": limits.COMPARES_AT_ONCE, "concurrency_id": "compare"}


class CompareTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.answered = gr.State(None)  # the text that the answers on the page are to; None where there are none
        self.shown = gr.Textbox(visible=False)  # the key of the pair that they are to, as it came to the browser
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.pair = Pair(page.runs, "Compare")
            with gr.Column(scale=8, min_width=320):
                self._answer()
        self.task = self.pair.task
        self.figures = [
            self.figures_column, self.title, self.views, self.saliency, self.shapley, self.label, self.report.files
        ]  # fmt: skip
        self.again = [self.answers, self.answered, self.shown, *self.figures]
        self.outputs = [*self.pair.outputs, *self.again]
        self.watched = {**_LIMITED, "show_progress": "minimal", "show_progress_on": self.answers}
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
        pair, page, refuse = self.pair, self.page, self.refuse
        pair.wire(self.stale, self.answered, self.again, refuse)
        for ready in (
            pair.wire_opening(page.blocks.load),
            pair.wire_opening(pair.task.input, trigger_mode="always_last"),
        ):
            self.follow(on(ready.then, self.open_task, pair.opening, self.outputs, refuse, **QUICK))
        picked = on(
            pair.cards.select, self.open_example, [pair.task, pair.own, page.runs, pair.language], self.outputs, refuse,
            **QUICK,
        )  # fmt: skip
        for event in (self.follow(picked), self._make(pair.button.click)):
            event.then(None, js=_TO_ANSWER)
        for trigger in (pair.text.submit, pair.own.input):
            self._make(trigger)
        on(self.label.input, self.split, [*pair.inputs, self.label], self.again, refuse, **self.watched)
        # who waits for a report does so in `ui.work.attributions.ROOM`
        self.report.wire("msd-pair", self.make_report, pair.inputs, concurrency_limit=None)

    def follow(self, shown: Dependency) -> Dependency:
        """The answers to a pair, after the event that showed it."""
        return self._make(shown.then)

    def _make(self, trigger: Callable[..., Dependency]) -> Dependency:
        """Answers to what the components say. A visitor need not wait for them before the next choice: so it is looked
        once more whether they are to what is chosen."""
        inputs = [self.shown, *self.pair.inputs]
        made = on(trigger, self.answer, inputs, self.again, self.refuse, **self.watched, trigger_mode="always_last")
        on(made.then, self.answer, inputs, self.again, self.refuse, **self.watched, trigger_mode="always_last")
        return made

    def open_task(self, *opening: Any) -> Updates:
        """A task's examples, and the first of them: one that hiding the image flips."""
        return {**self.pair.open(*opening), **self._unanswered()}

    def open_example(self, task: object, own: object, runs: object, language: object, event: gr.EventData) -> Updates:
        """The example that was clicked."""
        return {**self.pair.show(task, detail_of(event, "row"), own, runs, language), **self._unanswered()}

    def open_with(self, task: str, own: list[str], runs: list[str], row: int | None = None) -> Updates:
        """A task's test example of that row, its first of the gallery where None, to be asked of these students of the
        visitor's too; its answers come once that is shown (`follow`)."""
        return {self.task: task, **self.pair.show(task, row, own, runs), **self._unanswered()}

    def _unanswered(self) -> Updates:
        """The answers on the page are on their way out, and no change of the pair need say so."""
        return {self.answered: None, self.shown: ""}

    def answer(self, shown: object, *inputs: Any) -> Updates:
        """The answers to the pair in the components, unless they are on the page. shown: the key of those that are."""
        pair = self.pair.read(*inputs)
        return {self.shown: gr.skip()} if shown == _key(pair) else self._answers_to(pair)

    def _answers_to(self, pair: CheckedPair, label: object = None) -> Updates:
        from analysis.pair.summary import summarize
        from msd_core.comparison import compare

        truth = pair.example.label if pair.example else None
        comparison = compare(pair.task, pair.picture, pair.text, models_for(pair.task, pair.own))
        summary = summarize(comparison, truth, label if isinstance(label, str) else None)
        return {
            self.answers: Answers.render_html(summary.lines, summary.warnings, comparison.is_ood),
            self.answered: (pair.text or "").strip(),
            self.shown: _key(pair),
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
        updates = self._answers_to(self.pair.read(task, image, text, chosen, own, runs), label)
        kept = (self.answers, self.answered, self.shown, self.shapley, self.label)
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
        return {self.answers: sentence, **self._unanswered(), self.figures_column: gr.update(visible=False)}


def _key(pair: CheckedPair) -> str:
    """By which the answers on a page are known to be to a pair, as long as the process runs."""
    return f"{hash((pair.task, pair.row, pair.upload, pair.text, tuple(pair.own.items()))):x}"
