"""The pair chooser: a task, its examples, an image and a text of one's own, and which students to ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from analysis.words import language_name, short_name
from msd_core.errors import UserError
from msd_core.tasks import TASKS, Example, Task, load_task
from ui.events import QUICK, Refuse, Updates, on
from ui.visitor.checks import check_language, check_optional_upload, check_row, check_task, check_text
from ui.visitor.students import known_ids, listed, own_students
from ui.widgets.base import enlarged
from ui.widgets.cards import Cards
from ui.widgets.truth import Truth
from ui.work.models import students_for, ticked_students

if TYPE_CHECKING:
    from msd_core.comparison import Picture

FIRST = next(iter(TASKS))
ANY = ("any language", "")


def task_choices() -> list[tuple[str, str]]:
    """The tasks by the names that people see."""
    return [(task.short_title or task.title, name) for name, task in ((name, load_task(name)) for name in TASKS)]


@dataclass(frozen=True)
class CheckedPair:
    """A pair that has passed the checks: an `example` of the task's test split, of that `row`, or the visitor's own
    picture (its path) and text, of which one may be None. own: the ids of the visitor's students to ask, by name."""

    task: Task
    row: int | None
    example: Example | None
    upload: str | None
    text: str | None
    own: dict[str, str]

    @property
    def picture(self) -> "Picture | None":
        """What the library reads: the example's picture, or the path of the upload."""
        from analysis.pair.examples import example_at

        return self.upload if self.row is None else example_at(self.task, self.row).picture


class Pair:
    """The chooser's components, in the column that is being built. What a visitor sees lives in the components, never
    here.

    runs: the ids of the visitor's students. verb: on the button. prefix: what the ids of its elements begin with.
    beside: whether the task's own students can be ticked too; ticked: those that are at first.
    """

    def __init__(
        self, runs: gr.BrowserState, verb: str, prefix: str = "", beside: bool = False, ticked: tuple[str, ...] = ()
    ):
        self.beside = beside
        self.chosen = gr.State(None)  # the row of the test example on the page; None for a pair of one's own
        self.pending = gr.State(None)  # a task whose examples are made ready, and the pair on the page as that began
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(
                task_choices(), value=FIRST, label="Task", container=False, elem_id=f"{prefix}task",
                elem_classes="pair-task",
            )  # fmt: skip
            self.question = gr.Markdown(elem_classes="small")
            self.language = gr.Dropdown(
                [ANY], value="", label="Examples in", visible=False, filterable=False, elem_id=f"{prefix}language"
            )
            self.cards = Cards.build(elem_id=f"{prefix}examples")
        with gr.Column(elem_classes="card"):
            gr.Markdown(
                "**Image**: an example or your own. Leave the image or the text empty to ask about the other alone.",
                elem_classes="small",
            )
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
                self._choices(students_for(load_task(FIRST)), {}), value=list(ticked), elem_id=f"{prefix}own",
                visible=beside,
                label="Students to show beside the teacher (up to two)" if beside else "Your students",
            )  # fmt: skip
            self.button = gr.Button(verb, variant="primary", size="lg", elem_id=f"{prefix}{verb.lower()}")
        self.inputs = [self.task, self.image, self.text, self.chosen, self.own, runs]
        self.opening = [self.pending, self.task, self.image, self.text, self.own, runs]
        self.outputs = [
            self.question, self.language, self.cards, self.image, self.text, self.truth, self.chosen, self.own
        ]  # fmt: skip

    def wire(self, stale: Callable[..., Updates], made_of: gr.State, outputs: list[Block], refuse: Refuse) -> None:
        """Once the visitor changes the pair, forget that it was an example, and let the tab say that what is on the
        page is not of it: `stale` takes what that was made of, and the text where it is the text that changed."""
        forgotten = [self.chosen, self.truth, self.cards]
        known = [self.task, self.chosen, self.language]
        on(self.language.input, self.list_in, known, [self.cards, self.chosen], self._ignore, **QUICK)
        for trigger in (self.image.upload, self.image.clear):
            on(trigger, self.forget, known, forgotten, self._ignore, **QUICK)
            on(trigger, stale, [made_of], outputs, refuse, **QUICK)
        # not `input`, which Gradio leaves out where a text is pasted, dictated or deleted
        on(self.text.change, self.forget, [*known, self.text], forgotten, self._ignore, **QUICK)
        on(self.text.change, stale, [made_of, self.text], outputs, refuse, **QUICK)

    def wire_opening(self, trigger: Callable[..., Dependency], **options: Any) -> Dependency:
        """Connect what has the examples of the task in the components at hand, after which `open` takes no time."""
        known = [self.task, self.image, self.text]
        return on(trigger, self.prepare, known, [self.pending], self._unprepared, concurrency_limit=None, **options)

    def _ignore(self, sentence: str) -> Updates:
        return {self.chosen: gr.skip()}

    def _unprepared(self, sentence: str) -> Updates:
        return {self.pending: None}

    def list_in(self, task: object, chosen: int | None, language: object) -> Updates:
        """The examples in the language that was chosen; the pair on the page stays."""
        subject = check_task(task)
        return {self.cards: cards_html(subject, chosen, check_language(subject, language))}

    def forget(self, task: object, chosen: int | None, language: object, text: object = None) -> Updates:
        """The visitor changed the pair: it is no example any more, and its true label is not known."""
        if chosen is None or self._still(check_task(task), chosen, text):
            return {self.chosen: gr.skip()}
        return {self.chosen: None, self.truth: "", **self.list_in(task, None, language)}

    def prepare(self, task: object, image: object, text: object) -> Updates:
        """Find the examples of a task, which takes seconds where its teacher was not asked before."""
        from analysis.pair.examples import gallery

        gallery(check_task(task))
        return {self.pending: (task, check_optional_upload(image), text)}

    def open(
        self,
        pending: tuple[object, ...] | None,
        task: object,
        image: object,
        text: object,
        ticked: object,
        runs: object,
    ) -> Updates:
        """Updates that show the first example of a task; a picture or text that the visitor brought since it was
        chosen stays."""
        if pending is None or pending == (task, check_optional_upload(image), text):
            return self.show(task, None, ticked, runs)
        if pending[0] != task:  # another was chosen since, and is being made ready
            return {self.chosen: gr.skip()}
        return {**self._around(check_task(task), None, listed(ticked), known_ids(runs)), self.truth: ""}

    def show(self, task: object, row: object, ticked: object, runs: object, language: object = "") -> Updates:
        """Updates that show a test example of a task: that of the row, the first of its gallery where None. language:
        that of the gallery, empty for any."""
        from analysis.pair.examples import example_at, gallery
        from analysis.pair.summary import truth_rows

        subject = check_task(task)
        place = gallery(subject)[0].row if row is None else check_row(row)
        pick = example_at(subject, place)
        return {
            **self._around(subject, place, listed(ticked), known_ids(runs), check_language(subject, language)),
            self.image: enlarged(pick.picture),
            self.text: pick.example.text,
            self.truth: Truth.render_html(truth_rows(subject, pick.example.label, pick.example.evidence)),
        }

    def show_own(self, task: object, image: object, text: object, ticked: object, runs: object) -> Updates:
        """Updates that show a pair of the visitor's own, as another tab has it."""
        return {
            **self._around(check_task(task), None, listed(ticked), known_ids(runs)),
            self.image: check_optional_upload(image),
            self.text: check_text(text or ""),
            self.truth: "",
        }

    def read(
        self, task: object, image: object, text: object, chosen: int | None, own: object, runs: object
    ) -> CheckedPair:
        """The pair in the components; a `UserError` where it is none."""
        subject = check_task(task)
        mine = ticked_students(listed(own), known_ids(runs), subject)
        if chosen is None or not (text is None or self._still(subject, chosen, text)):
            upload, words = check_optional_upload(image), check_text(text or "").strip() or None
            if upload is None and words is None:
                raise UserError(
                    "There is neither a picture nor a text: upload a picture, write a text, or pick an example."
                )
            return CheckedPair(subject, None, None, upload, words, mine)
        from analysis.pair.examples import example_at

        pick = example_at(subject, chosen)
        return CheckedPair(subject, pick.row, pick.example, None, pick.example.text, mine)

    @staticmethod
    def _still(task: Task, chosen: int, text: object) -> bool:
        """Whether a text is still that of the example."""
        from analysis.pair.examples import example_at

        return text == example_at(task, chosen).example.text

    def _around(self, task: Task, row: int | None, ticked: list[str], runs: list[str], language: str = "") -> Updates:
        from analysis.languages.names import languages_of

        choices = self._choices(students_for(task), own_students(runs, task))
        kept = [*ticked, *ticked_students(ticked, runs, task).values()]
        return {
            self.question: about(task),
            self.language: gr.update(
                choices=[ANY, *((language_name(code), code) for code in languages_of(task))],
                value=language,
                visible=bool(languages_of(task)),
            ),
            self.cards: cards_html(task, row, language),
            self.chosen: row,
            self.own: gr.update(
                choices=choices, value=[value for _, value in choices if value in kept], visible=bool(choices)
            ),
        }

    def _choices(self, students: Iterable[str], own: dict[str, str]) -> list[tuple[str, str]]:
        """What can be ticked: a task's students, where they can be here, and the visitor's own, id by name."""
        beside = [(short_name(name), name) for name in students] if self.beside else []
        return [*beside, *own.items()]


def about(task: Task) -> str:
    """What a task asks, and whose pictures and words it shows, where their licence asks for that."""
    return task.question if task.credit is None else f"{task.question}\n\n<small>{task.credit}</small>"


def cards_html(task: Task, row: int | None, language: str = "") -> str:
    """The gallery of a task, in one language or in any, the card of that row pressed."""
    from analysis.pair.examples import gallery

    return Cards.render_html([(each.row, each.picture, each.example.text) for each in gallery(task, language)], row)
