"""The Compare tab: one pair under the four views, teacher and students side by side."""

from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from ui import explain, limits
from ui.pair import FIRST, Pair
from ui.report import ReportCard
from ui.views import Answers

_TO_ANSWER = """() => {
  if (innerWidth < 700) document.querySelector('#answers').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the answer lies below what was pressed
_RIGHT_AND_DOWN = "To the right the text is hidden, downwards the image."
# Without preprocessing: Gradio's own reading of a damaged picture ends in a traceback; `ui.checks` sees the raw values.
_SHARED = {
    "api_visibility": "private",
    "preprocess": False,
    "concurrency_limit": limits.COMPARES_AT_ONCE,
    "concurrency_id": "compare",
}


def warm_up() -> None:
    """Load all that the first answer needs."""
    from analysis.examples import gallery
    from analysis.story import tell
    from ui.ask import ask

    first = gallery(FIRST)[0]
    tell(ask(FIRST, first.picture, first.example.text, {}))


def build(shared: SimpleNamespace) -> "CompareTab":
    """Lay the tab out and wire it."""
    tab = CompareTab(shared)
    tab.wire()
    return tab


class CompareTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.pair = Pair(shared, "Compare")
            with gr.Column(scale=8, min_width=320):
                self._answer()
        self.task = self.pair.task
        self.figures = [
            self.figures_column, self.title, self.views, self.saliency, self.shapley, self.label, self.report.files
        ]  # fmt: skip
        self.outputs = [*self.pair.outputs, self.answers, *self.figures]

    def _answer(self) -> None:
        with gr.Column(elem_classes="card"):
            self.answers = Answers.build(elem_id="answers")
            self.why = gr.Button("Why? Attribute it", elem_id="why", size="md")  # wired by the Attribute tab
        with gr.Column(visible=False, elem_id="figures") as self.figures_column:
            with gr.Column(elem_classes="card"):
                self.title = gr.Markdown(elem_classes="figure-title")
                self.views = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="views")
                explain.what_is_this(explain.VIEWS)
            with gr.Row(equal_height=False):
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Saliency", "How far hiding a half moves the prediction.")
                    self.saliency = gr.Plot(
                        show_label=False, container=False, elem_classes="figure", elem_id="saliency"
                    )
                    explain.what_is_this(explain.SALIENCY)
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Shapley split", "What each half adds to one label.")
                    self.label = gr.Dropdown([], label="Label", container=False, elem_id="label", filterable=False)
                    self.shapley = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="shapley")
                    explain.what_is_this(explain.SHAPLEY)
            self.report = ReportCard("report")

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/compare`."""
        watched = {**_SHARED, "show_progress": "minimal", "show_progress_on": self.answers}
        pair, runs = self.pair, self.shared.runs
        pair.wire()
        self.shared.page.load(self.open_task, [pair.task, runs], self.outputs, **watched)
        pair.task.input(self.open_task, [pair.task, runs], self.outputs, **watched)
        picked = pair.cards.select(self.open_example, [pair.task, pair.own, runs], self.outputs, **watched)
        again = [self.answers, *self.figures]
        asked = pair.button.click(self.compare, pair.inputs, again, **watched)
        for event in (picked, asked):
            event.then(None, js=_TO_ANSWER)
        for event in (pair.text.submit, pair.own.input):
            event(self.compare, pair.inputs, again, **watched)
        self.label.input(self.split, [*pair.inputs, self.label], again, **watched)
        self.report.wire(
            "msd-pair", self.make_report, pair.inputs,
            concurrency_limit=None,  # who waits does so in `ui.why.ROOM`
        )  # fmt: skip

    def open_task(self, task, runs):
        """A task's examples, and the answer to the first: one that hiding the image flips."""
        return self._open(task, None, None, runs)

    def open_example(self, task, own, runs, event: gr.EventData):
        """The example that was clicked, and the answer to it."""
        row = event._data.get("row") if isinstance(event._data, dict) else None
        return self._open(task, row, own, runs)

    def open_with(self, task, own: list[str], runs, row: int | None = None):
        """A task's test example of that row, its first of the gallery where None, asked of these students of the
        visitor's too."""
        return {self.task: task, **self._open(task, row, own, runs)}

    def _open(self, task, row, own, runs):
        try:
            row, shown = self.pair.show(task, row, own, runs)
        except UserError as error:
            return self._refuse(error)
        return {**shown, **self.compare(task, None, None, row, own, runs)}

    def compare(self, task, image, text, chosen, own, runs, label=None):
        """The answer to a pair: an example's, or the visitor's own."""
        try:
            from analysis.story import tell
            from ui.ask import ask

            given = self.pair.given(task, image, text, chosen, own, runs)
            truth = given.example.label if given.example else None
            story = tell(ask(given.task, given.picture, given.text, given.mine), truth, label)
        except UserError as error:
            return self._refuse(error)
        return {
            self.answers: Answers.render_html(story.lines, story.warnings),
            self.figures_column: gr.update(visible=True, elem_classes=["doubtful"] if story.warnings else []),
            self.title: f"### Four views of one pair\n{_RIGHT_AND_DOWN} {story.note}",
            self.views: story.views,
            self.saliency: story.saliency,
            self.shapley: story.shapley,
            self.label: gr.update(choices=list(story.labels), value=story.label),
            **self.report.nothing(),
        }

    def split(self, task, image, text, chosen, own, runs, label):
        """The same answer, its Shapley split made for another label."""
        found = self.compare(task, image, text, chosen, own, runs, label)
        kept = (self.answers, self.shapley, self.label)
        return {part: value for part, value in found.items() if part in kept or part is self.figures_column}

    def make_report(self, task, image, text, chosen, own, runs):
        """The report of the pair, with every bundled student and the visitor's own that are ticked."""
        from analysis.attribution.explain import Settings
        from ui.why import Asked, bundled_and, report

        given = self.pair.given(task, image, text, chosen, own, runs)
        students = (*bundled_and(""), *given.mine.items())
        return report(Asked(given.task, given.row, given.upload, given.text, students, Settings()))

    def _refuse(self, error: UserError):
        """One sentence in place of an answer; what was answered before would be taken for the answer to this."""
        return {self.answers: Answers.error_html(str(error)), self.figures_column: gr.update(visible=False)}


def figure_title(name: str, sentence: str) -> None:
    """A figure's name over one sentence on it."""
    gr.Markdown(f"### {name}\n{sentence}", elem_classes="figure-title")
