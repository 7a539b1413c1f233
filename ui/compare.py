"""The Compare tab: one pair under the four views, teacher and students side by side."""

from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from msd_core.tasks import TASKS, get_task
from ui import explain, limits
from ui.checks import check_row, check_task, check_text, check_upload
from ui.views import Answers, Cards, Truth
from ui.visitor import own_students

_TO_ANSWER = """() => {
  if (innerWidth < 700) document.querySelector('#answers').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the answer lies below what was pressed
_RIGHT_AND_DOWN = "To the right the text is hidden, downwards the image."
FIRST = next(iter(TASKS))
_TITLES = {"easy-vqa": "Questions (easy-VQA)", "digits": "Statements (digits)", "sarcasm": "Remarks (sarcasm)",
           "posters": "Film posters"}  # fmt: skip
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


def task_choices() -> list[tuple[str, str]]:
    """The tasks by the names that people see."""
    return [(_TITLES.get(name, name), name) for name in TASKS]


def build(shared: SimpleNamespace) -> "CompareTab":
    """Lay the tab out and wire it."""
    tab = CompareTab(shared)
    tab.wire()
    return tab


class CompareTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        self.chosen = gr.State(None)  # the row of the test example shown; None for a pair of one's own
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._pair()
            with gr.Column(scale=8, min_width=320):
                self._answer()
        self.pair = [self.task, self.image, self.text, self.chosen, self.own, shared.runs]
        self.figures = [self.figures_column, self.title, self.views, self.saliency, self.shapley, self.label]
        self.example = [self.question, self.cards, self.image, self.text, self.truth, self.chosen, self.own]
        self.outputs = [*self.example, self.answers, *self.figures]

    def _pair(self) -> None:
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(task_choices(), value=FIRST, label="Task", elem_id="task", container=False)
            self.question = gr.Markdown(elem_classes="small")
            self.cards = Cards.build(elem_id="examples")
        with gr.Column(elem_classes="card"):
            gr.Markdown("**Image**, an example or your own", elem_classes="small")
            self.image = gr.Image(
                label="Image", show_label=False, type="filepath", format="png", height=240,
                sources=["upload", "clipboard"], buttons=[], elem_id="image", alt_text="The picture of the pair",
            )  # fmt: skip
            self.text = gr.Textbox(label="Text", lines=2, max_lines=6, elem_id="text", placeholder="Write a sentence")
            self.truth = Truth.build(elem_id="truth")
            self.own = gr.CheckboxGroup([], label="Your students", visible=False, elem_id="own")
            self.button = gr.Button("Compare", variant="primary", size="lg", elem_id="compare")

    def _answer(self) -> None:
        with gr.Column(elem_classes="card"):
            self.answers = Answers.build(elem_id="answers")
        with gr.Column(visible=False, elem_id="figures") as self.figures_column:
            with gr.Column(elem_classes="card"):
                self.title = gr.Markdown(elem_classes="figure-title")
                self.views = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="views")
                _explained(explain.VIEWS)
            with gr.Row(equal_height=False):
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Saliency", "How far hiding a half moves the prediction.")
                    self.saliency = gr.Plot(
                        show_label=False, container=False, elem_classes="figure", elem_id="saliency"
                    )
                    _explained(explain.SALIENCY)
                with gr.Column(elem_classes="card", min_width=320):
                    figure_title("Shapley split", "What each half adds to one label.")
                    self.label = gr.Dropdown([], label="Label", container=False, elem_id="label", filterable=False)
                    self.shapley = gr.Plot(show_label=False, container=False, elem_classes="figure", elem_id="shapley")
                    _explained(explain.SHAPLEY)

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/compare`."""
        watched = {**_SHARED, "show_progress": "minimal", "show_progress_on": self.answers}
        quick = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
        self.shared.page.load(self.open_task, [self.task, self.shared.runs], self.outputs, **watched)
        self.task.input(self.open_task, [self.task, self.shared.runs], self.outputs, **watched)
        picked = self.cards.select(self.open_example, [self.task, self.own, self.shared.runs], self.outputs, **watched)
        again = [self.answers, *self.figures]
        asked = self.button.click(self.compare, self.pair, again, **watched)
        for event in (picked, asked):
            event.then(None, js=_TO_ANSWER)
        for event in (self.text.submit, self.own.input):
            event(self.compare, self.pair, again, **watched)
        self.label.input(self.split, [*self.pair, self.label], [self.answers, *self.figures], **watched)
        for event in (self.image.upload, self.image.clear, self.text.input):
            event(self.forget, [self.task, self.chosen], [self.chosen, self.truth, self.cards], **quick)

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
            from analysis.examples import gallery, show
            from analysis.story import truth_rows

            name = check_task(task)
            row = gallery(name)[0].row if row is None else check_row(row)
            shown = show(name, row)
            mine = own_students(runs, name)
            ticked = [run for run in mine.values() if run in _listed(own)]
            return {
                self.question: get_task(name).question,
                self.cards: cards_html(name, row),
                self.image: shown.picture,
                self.text: shown.example.text,
                self.truth: Truth.render_html(truth_rows(get_task(name), shown.example.label, shown.example.evidence)),
                self.chosen: row,
                self.own: gr.update(choices=list(mine.items()), value=ticked, visible=bool(mine)),
                **self.compare(name, None, None, row, ticked, runs),
            }
        except UserError as error:
            return self._refuse(error)

    def forget(self, task, chosen):
        """The visitor changed the pair: it is no example any more, and its true label is not known."""
        if chosen is None:
            return {self.chosen: None}
        return {self.chosen: None, self.truth: "", self.cards: cards_html(check_task(task), None)}

    def compare(self, task, image, text, chosen, own, runs, label=None):
        """The answer to a pair: an example's, or the visitor's own."""
        try:
            from analysis.examples import show
            from analysis.story import tell
            from ui.ask import ask

            name, truth = check_task(task), None
            if chosen is not None:
                shown = show(name, check_row(chosen))
                image, text, truth = shown.picture, shown.example.text, shown.example.label
            else:
                image, text = check_upload(image), check_text(text)
            mine = {title: run for title, run in own_students(runs, name).items() if run in _listed(own)}
            story = tell(ask(name, image, text, mine), truth, label)
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
        }

    def split(self, task, image, text, chosen, own, runs, label):
        """The same answer, its Shapley split made for another label."""
        found = self.compare(task, image, text, chosen, own, runs, label)
        kept = (self.answers, self.shapley, self.label)
        return {part: value for part, value in found.items() if part in kept or part is self.figures_column}

    def _refuse(self, error: UserError):
        """One sentence in place of an answer; what was answered before would be taken for the answer to this."""
        return {self.answers: Answers.error_html(str(error)), self.figures_column: gr.update(visible=False)}


def _listed(value) -> list:
    return value if isinstance(value, list) else []


def cards_html(task: str, row: int | None) -> str:
    """The gallery of a task, the card of that row pressed."""
    from analysis.examples import gallery

    return Cards.render_html([(shown.row, shown.picture, shown.example.text) for shown in gallery(task)], row)


def figure_title(name: str, sentence: str) -> None:
    """A figure's name over one sentence on it."""
    gr.Markdown(f"### {name}\n{sentence}", elem_classes="figure-title")


def _explained(text: str) -> None:
    with gr.Accordion("What is this?", open=False):
        gr.Markdown(text, latex_delimiters=[{"left": "$", "right": "$", "display": False}])
