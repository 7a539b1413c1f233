"""The upper half of Languages: a picture, two texts, and what the models answer to each."""

from collections.abc import Callable, Iterable
from typing import Any

import gradio as gr

from analysis.words import language_name
from msd_core.tasks import Task
from ui import limits
from ui.events import QUICK, Updates, detail_of, on
from ui.tabs.languages.widgets import NameTables
from ui.tabs.shared import Page
from ui.visitor.checks import (
    check_language,
    check_language_task,
    check_optional_upload,
    check_row,
    check_text,
)
from ui.visitor.students import known_ids, listed, own_students
from ui.widgets.base import enlarged
from ui.widgets.cards import Cards
from ui.widgets.pair import about, cards_html
from ui.widgets.sentences import Sentences, error_html
from ui.work.languages import ask_in, language_tasks
from ui.work.models import ticked_students

OTHER = ""  # a language that nobody names
_LIMITED = {"concurrency_limit": limits.COMPARES_AT_ONCE, "concurrency_id": "compare"}
_TO_ANSWER = """() => {
  if (innerWidth < 700) document.querySelector('#l-answers').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the answer lies below what was pressed


class Names:
    """The components, in the column that is being built. What a visitor sees lives in the components, never here."""

    def __init__(self, page: Page):
        self.page = page
        tasks = language_tasks()
        self.chosen = gr.State(None)  # the row of the test example whose picture is on the page; None for one's own
        self.answered = gr.State(None)  # the texts that the answers on the page are to; None where there are none
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._chooser(tasks)
            with gr.Column(scale=8, min_width=320, elem_classes="card"):
                self.sentences = Sentences.build(elem_id="l-answers")
                self.tables = NameTables.build(elem_id="l-tables")
        self.named = _in_turn(self.languages, self.texts)
        self.inputs = [self.task, self.image, self.chosen, self.own, page.runs, *self.named]
        self.answers = [self.sentences, self.tables, self.answered]
        self.outputs = [
            self.question, self.cards, self.image, self.chosen, self.own, *self.named, *self.answers
        ]  # fmt: skip

    def _chooser(self, tasks: list[Task]) -> None:
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(
                [(task.short_title or task.title, task.name) for task in tasks], value=tasks[0].name, label="Task",
                container=False, elem_id="l-task", elem_classes="pair-task",
            )  # fmt: skip
            self.question = gr.Markdown(elem_classes="small")
            self.cards = Cards.build(elem_id="l-examples")
        with gr.Column(elem_classes="card"):
            gr.Markdown("**One picture, two texts**: names of the example, or your own.", elem_classes="small")
            self.image = gr.Image(
                label="Image", show_label=False, type="filepath", format="png", height=160,
                sources=["upload", "clipboard"], buttons=[], elem_id="l-image", elem_classes="pair-picture",
                alt_text="The picture",
            )  # fmt: skip
            self.languages: list[gr.Dropdown] = []
            self.texts: list[gr.Textbox] = []
            for number, place in enumerate(("First", "Second"), start=1):
                with gr.Row(elem_classes="controls"):
                    self.languages.append(
                        gr.Dropdown(
                            [], label=f"{place} language", filterable=False, elem_id=f"l-language-{number}",
                            min_width=110, scale=2,
                        )
                    )  # fmt: skip
                    self.texts.append(
                        gr.Textbox(
                            label=f"{place} text", lines=1, max_lines=4, elem_id=f"l-text-{number}", min_width=160,
                            scale=3, placeholder="Write a name" if number == 1 else "Or leave it empty",
                        )
                    )  # fmt: skip
            self.own = gr.CheckboxGroup([], visible=False, label="Your students", elem_id="l-own")
            self.button = gr.Button("Ask in both", variant="primary", size="lg", elem_id="l-ask")

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/languages`."""
        watched: dict[str, Any] = {**_LIMITED, "show_progress": "minimal", "show_progress_on": self.tables}
        picked = on(
            self.cards.select, self.pick, [self.task, self.own, self.page.runs, *self.languages], self.outputs,
            self.refuse, **watched,
        )  # fmt: skip
        asked = on(self.button.click, self.ask, self.inputs, self.answers, self.refuse, **watched)
        for event in (picked, asked):
            event.then(None, js=_TO_ANSWER)
        on(self.own.input, self.ask, self.inputs, self.answers, self.refuse, **watched)
        for language, text in zip(self.languages, self.texts, strict=True):
            on(text.submit, self.ask, self.inputs, self.answers, self.refuse, **watched)
            # not `input`, which Gradio leaves out where a text is pasted, dictated or deleted
            on(text.change, self.stale, [self.answered, *self.texts], self.answers, self.refuse, **QUICK)
            named = on(
                language.input, self._naming(text), [self.task, self.chosen, language], [text, *self.answers],
                self.refuse, **QUICK,
            )  # fmt: skip
            on(named.then, self.ask, self.inputs, self.answers, self.refuse, **watched)
        for trigger in (self.image.upload, self.image.clear):
            forgotten = [self.chosen, self.cards, *self.answers]
            on(trigger, self.forget, [self.task, self.answered], forgotten, self.refuse, **QUICK)

    def open(self, task: object, own: object, runs: object) -> Updates:
        """A task's examples, and the first one under two of its names."""
        return self._show(check_language_task(task), None, own, runs, ())

    def pick(self, event: gr.EventData, task: object, own: object, runs: object, *languages: object) -> Updates:
        """The example that was clicked, in the languages that are chosen."""
        return self._show(check_language_task(task), check_row(detail_of(event, "row")), own, runs, languages)

    def _show(self, task: Task, row: int | None, own: object, runs: object, wanted: tuple[object, ...]) -> Updates:
        from analysis.languages.names import names_at
        from analysis.languages.scores import learned
        from analysis.pair.examples import example_at, examples_of, gallery

        place = gallery(task)[0].row if row is None else row
        picture, rows = enlarged(example_at(task, place).picture), names_at(task, place)
        first = next((code for code in learned(task) if code in rows), next(iter(rows), OTHER))
        usual = first, next((code for code in rows if code != first), first)
        codes = [code if code in rows else other for code, other in zip(wanted or usual, usual, strict=True)]
        texts = [examples_of(task)[rows[code]].text for code in codes]
        known, mine = known_ids(runs), own_students(known_ids(runs), task)
        choices = [*((language_name(code), code) for code in rows), ("another", OTHER)]
        ticked = list(ticked_students(listed(own), known, task).values())
        return {
            self.question: about(task),
            self.cards: cards_html(task, place),
            self.image: picture,
            self.chosen: place,
            self.own: gr.update(choices=list(mine.items()), value=ticked, visible=bool(mine)),
            **{part: gr.update(choices=choices, value=code) for part, code in zip(self.languages, codes, strict=True)},
            **dict(zip(self.texts, texts, strict=True)),
            **self.ask(task.name, None, place, ticked, runs, *_in_turn(codes, texts)),
        }

    def _naming(self, text: gr.Textbox) -> Callable[..., Updates]:
        """The event that fills in a name."""

        def event(task: object, chosen: int | None, language: object) -> Updates:
            return self.name(text, task, chosen, language)

        return event

    def name(self, text: gr.Textbox, task: object, chosen: int | None, language: object) -> Updates:
        """The name of the example in the language that was chosen; a picture of one's own has none."""
        from analysis.languages.names import names_at
        from analysis.pair.examples import examples_of

        subject = check_language_task(task)
        rows = {} if chosen is None else names_at(subject, chosen)
        return {text: examples_of(subject)[rows[str(language)]].text if language in rows else gr.skip()}

    def ask(
        self, task: object, image: object, chosen: int | None, own: object, runs: object, *named: object
    ) -> Updates:
        """What the models answer to the picture with each of the texts. named: language and text, twice."""
        subject = check_language_task(task)
        codes = [check_language(subject, code) for code in named[::2]]
        texts = [check_text(text or "").strip() for text in named[1::2]]
        upload = check_optional_upload(image) if chosen is None else None
        mine = ticked_students(listed(own), known_ids(runs), subject)
        answer = ask_in(subject, chosen, upload, [*zip(codes, texts, strict=True)], mine)
        return {
            self.sentences: Sentences.render_html(answer.headline, answer.note, [], answer.warnings),
            self.tables: NameTables.render_html(answer.names),
            self.answered: texts,
        }

    def forget(self, task: object, answered: list[str] | None) -> Updates:
        """The visitor has a picture of their own: whose names are not known."""
        stale = self.stale(answered) if answered is not None else {}
        return {self.chosen: None, self.cards: cards_html(check_language_task(task), None), **stale}

    def stale(self, answered: list[str] | None, *texts: object) -> Updates:
        """The visitor changed something: the answers on the page are not to it."""
        if answered is None or answered == [str(text or "").strip() for text in texts]:
            return {self.answered: gr.skip()}
        changed = Sentences.render_html("", "That has changed: press the button to see the answers to it.", [])
        return {self.sentences: changed, self.tables: "", self.answered: None}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of the answers."""
        return {self.sentences: error_html(sentence), self.tables: "", self.answered: None}


def _in_turn(languages: Iterable[Any], texts: Iterable[Any]) -> list[Any]:
    """Language, text, language, text."""
    return [part for pair in zip(languages, texts, strict=True) for part in pair]
