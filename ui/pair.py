"""The pair chooser: a task, its examples, an image and a text of one's own, and which students to ask."""

from dataclasses import dataclass
from types import SimpleNamespace

import gradio as gr

from msd_core.tasks import TASKS, Example, get_task
from ui.checks import check_row, check_task, check_text, check_upload
from ui.views import Cards, Truth
from ui.visitor import own_students, ticked_students

FIRST = next(iter(TASKS))
_TITLES = {"easy-vqa": "Questions (easy-VQA)", "digits": "Statements (digits)", "sarcasm": "Remarks (sarcasm)",
           "posters": "Film posters"}  # fmt: skip
QUICK = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}  # events that compute nothing


def task_choices() -> list[tuple[str, str]]:
    """The tasks by the names that people see."""
    return [(_TITLES.get(name, name), name) for name in TASKS]


@dataclass(frozen=True)
class Given:
    """A pair that has passed the checks: an `example` of the task's test split, of that `row`, or the visitor's own
    picture (its path) and text; `mine` are the ids of the visitor's own students to be asked, by name."""

    task: str
    row: int | None
    example: Example | None
    upload: str | None
    text: str
    mine: dict[str, str]

    @property
    def picture(self):
        """What the library reads: the example's picture, or the path of the upload."""
        from analysis.examples import show

        return self.upload if self.row is None else show(self.task, self.row).picture


class Pair:
    """The chooser's components, in the column that is being built. What a visitor sees lives in the components, never
    here. `prefix` is what the ids of its elements begin with; `bundled` are the students that can be ticked beside the
    visitor's own, by the names that people see."""

    def __init__(
        self, shared: SimpleNamespace, verb: str, prefix: str = "", bundled: dict[str, str] | None = None,
        ticked: tuple[str, ...] = (),
    ):  # fmt: skip
        self.shared, self.bundled = shared, bundled or {}
        self.chosen = gr.State(None)  # the row of the test example shown; None for a pair of one's own
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(
                task_choices(), value=FIRST, label="Task", container=False, elem_id=f"{prefix}task",
                elem_classes="pair-task",
            )  # fmt: skip
            self.question = gr.Markdown(elem_classes="small")
            self.cards = Cards.build(elem_id=f"{prefix}examples")
        with gr.Column(elem_classes="card"):
            gr.Markdown("**Image**, an example or your own", elem_classes="small")
            self.image = gr.Image(
                label="Image", show_label=False, type="filepath", format="png", height=240,
                sources=["upload", "clipboard"], buttons=[], elem_id=f"{prefix}image", elem_classes="pair-picture",
                alt_text="The picture of the pair",
            )  # fmt: skip
            self.text = gr.Textbox(
                label="Text", lines=2, max_lines=6, elem_id=f"{prefix}text", placeholder="Write a sentence"
            )
            self.truth = Truth.build(elem_id=f"{prefix}truth")
            self.own = gr.CheckboxGroup(
                self._choices({}), value=list(ticked), elem_id=f"{prefix}own", visible=bool(bundled),
                label="Beside the teacher, two at most" if bundled else "Your students",
            )  # fmt: skip
            self.button = gr.Button(verb, variant="primary", size="lg", elem_id=f"{prefix}{verb.lower()}")
        self.inputs = [self.task, self.image, self.text, self.chosen, self.own, shared.runs]
        self.outputs = [self.question, self.cards, self.image, self.text, self.truth, self.chosen, self.own]

    def wire(self) -> None:
        """Forget that a pair was an example once the visitor changes it."""
        forgotten = [self.chosen, self.truth, self.cards]
        for event in (self.image.upload, self.image.clear):
            event(self.forget, [self.task, self.chosen], forgotten, **QUICK)
        # not `input`, which Gradio leaves out where a text is pasted, dictated or deleted
        self.text.change(self.forget, [self.task, self.chosen, self.text], forgotten, **QUICK)

    def forget(self, task, chosen, text=None):
        """The visitor changed the pair: it is no example any more, and its true label is not known."""
        if chosen is None or self._still(task, chosen, text):
            return {self.chosen: gr.skip()}
        return {self.chosen: None, self.truth: "", self.cards: cards_html(check_task(task), None)}

    def show(self, task, row, ticked, runs):
        """Updates that show a test example of a task, the first of its gallery where `row` is None; and its row."""
        from analysis.examples import gallery, show
        from analysis.story import truth_rows

        name = check_task(task)
        row = gallery(name)[0].row if row is None else check_row(row)
        shown = show(name, row)
        return row, {
            **self._around(name, row, ticked, runs),
            self.image: shown.picture,
            self.text: shown.example.text,
            self.truth: Truth.render_html(truth_rows(get_task(name), shown.example.label, shown.example.evidence)),
        }

    def show_own(self, task, image, text, ticked, runs):
        """Updates that show a pair of the visitor's own, as another tab has it."""
        name = check_task(task)
        return {
            **self._around(name, None, ticked, runs),
            self.image: check_upload(image),
            self.text: check_text(text),
            self.truth: "",
        }

    def given(self, task, image, text, chosen, own, runs) -> Given:
        """The pair in the components; a `UserError` where it is none."""
        name = check_task(task)
        mine = ticked_students(own, runs, name)
        if chosen is None or not (text is None or self._still(name, chosen, text)):
            return Given(name, None, None, check_upload(image), check_text(text), mine)
        from analysis.examples import show

        shown = show(name, check_row(chosen))
        return Given(name, shown.row, shown.example, None, shown.example.text, mine)

    @staticmethod
    def _still(task, chosen, text) -> bool:
        """Whether a text is still that of the example."""
        from analysis.examples import show

        return text == show(check_task(task), check_row(chosen)).example.text

    def _around(self, task: str, row: int | None, ticked, runs):
        mine = own_students(runs, task)
        known = [*self.bundled.values(), *mine.values()]
        return {
            self.question: get_task(task).question,
            self.cards: cards_html(task, row),
            self.chosen: row,
            self.own: gr.update(
                choices=self._choices(mine), value=[run for run in listed(ticked) if run in known], visible=bool(known)
            ),
        }

    def _choices(self, mine: dict[str, str]) -> list[tuple[str, str]]:
        return [*self.bundled.items(), *mine.items()]


def listed(value) -> list:
    """A list as such, and none for what is no list."""
    return value if isinstance(value, list) else []


def cards_html(task: str, row: int | None) -> str:
    """The gallery of a task, the card of that row pressed."""
    from analysis.examples import gallery

    return Cards.render_html([(shown.row, shown.picture, shown.example.text) for shown in gallery(task)], row)
