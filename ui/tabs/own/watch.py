"""The work on a visitor's own data: how far it is, what the look found, what the teacher is worth."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.events import Dependency

from msd_core.errors import UserError
from ui import limits
from ui.events import QUICK, Updates, on
from ui.help import figure_title, what_is_this
from ui.tabs.own.pace import Pace
from ui.tabs.own.widgets import Look, Sheets
from ui.tabs.shared import Page
from ui.visitor.own_tasks import own_choices, task_in
from ui.visitor.rooms import OWN, Room, forget, known_tokens, open_room
from ui.visitor.students import known_ids
from ui.visitor.take_away import use_brought
from ui.widgets.progress import Progress
from ui.widgets.sentences import Sentences
from ui.widgets.tiles import Tiles
from ui.work.housekeeping import is_read
from ui.work.jobs import stop
from ui.work.own import look_at, remembered, teach

_IDLE = Progress.render_html("Nothing yet: add pairs, or start from the example data.", None, "")
_TO_PROGRESS = """() => {
  if (innerWidth < 700) document.querySelector('#o-progress').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone it lies below what was pressed
_REDRAW = 0.4  # seconds between two drawings of the bar


class Watch:
    """The components, in the column that is being built, and what happens on them."""

    def __init__(self, page: Page):
        self.page = page
        self.current = gr.State("")  # the token of the room on the page
        with gr.Column(elem_classes="card", visible=False, elem_id="o-mine-card") as self.mine_card:
            self.mine = gr.Radio([], label="Your tasks", elem_id="o-mine", elem_classes="pair-task")
        with gr.Column(elem_classes="card"):
            self.progress = Progress.build(_IDLE, elem_id="o-progress")
            self.cancel = gr.Button("Cancel", elem_id="o-cancel", elem_classes="outlined", visible=False)
        self._result()
        self._look()
        self.buttons = [self.cancel, self.teach]
        self.cards = [self.look_card, self.look, self.sheets, self.result_card, self.verdict, self.tiles]
        self.starting = [self.current, self.progress, *self.buttons, self.look_card, self.result_card]
        self.mine_parts = [self.mine_card, self.mine]
        self.outputs = [self.current, self.progress, *self.buttons, *self.cards, *self.mine_parts, page.own, page.runs]
        self.jobs: list[Dependency] = []

    def _result(self) -> None:
        with gr.Column(elem_classes="card", visible=False, elem_id="o-result") as self.result_card:
            figure_title("Teacher", "How well it answers, by what it may see.")
            self.verdict = Sentences.build(elem_id="o-verdict")
            self.tiles = Tiles.build()
            with gr.Row():
                self.distil = gr.Button("Distil a student", variant="primary", elem_id="o-distil", min_width=140)
                self.compare = gr.Button("Open in Compare", elem_id="o-compare", elem_classes="outlined", min_width=140)
            what_is_this("own-teacher")

    def _look(self) -> None:
        with gr.Column(elem_classes="card", visible=False, elem_id="o-look-card") as self.look_card:
            figure_title("What is in the data", "Before anything is trained.")
            self.look = Look.build(elem_id="o-report")
            with gr.Accordion("All tables", open=False, elem_id="o-sheets"):
                self.sheets = Sheets.build()
            self.teach = gr.Button("Teach", variant="primary", size="lg", elem_id="o-teach", visible=False)
            what_is_this("own-report")

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events of what is here; `follow` was called for the others."""
        page, refuse = self.page, self.refuse
        self.follow(on(self.teach.click, self.restarted, [self.current], self.starting, refuse, **QUICK), "teach")
        on(self.cancel.click, self.stop, [self.current], [*self.outputs], refuse, **QUICK)
        self.shown = [
            on(tab.select, self.open, [self.current, page.own], self.outputs, refuse),
            on(self.mine.input, self.show, [self.mine, page.own], self.outputs, refuse),
        ]

    def follow(self, settled: Dependency, what: str) -> None:
        """Do the work once an event has settled what it is on: `look`, `teach` (after a look) or `bring`."""

        def watch(token: str, own: object, runs: object, request: gr.Request) -> Iterator[Updates]:
            yield from self._work(token, own, runs, request, what)

        outputs = [*self.outputs, *self.page.choosers]
        inputs = [self.current, self.page.own, self.page.runs]
        settled.then(None, js=_TO_PROGRESS)
        self.jobs.append(on(settled.success, watch, inputs, outputs, self.refuse, concurrency_limit=None))

    def started(self, token: str) -> Updates:
        """The room is settled, and its work begins."""
        return {
            self.current: token,
            self.progress: Progress.render_html("Waiting in the queue", 0.0, ""),
            self.look_card: gr.update(visible=False),
            self.result_card: gr.update(visible=False),
            **self._buttons(running=True),
        }

    def restarted(self, token: str) -> Updates:
        """The same, and what the look found stays."""
        open_room(token)
        return {**self.started(token), self.look_card: gr.skip()}

    def _work(self, token: str, own: object, runs: object, request: gr.Request, what: str) -> Iterator[Updates]:
        room = open_room(token)
        try:
            tokens = remembered(own, token)
            yield from self._paced(look_at(token, lambda: is_read(request)), Pace())
            brought = use_brought(room) if what == "bring" else []
        except UserError:
            if what == "bring":  # nothing of a refused one stays
                forget(room)
            raise
        runs = [*known_ids(runs), *brought][-limits.OWN_STUDENTS :]
        mine: Updates = {self.page.own: tokens, self.page.runs: known_ids(runs), **self.page.choices(tokens)}
        yield {**mine, **self.mine_of(tokens, token), **self._looked(room)}
        if what == "teach":
            yield from self._taught(token, room, request)
        yield {**self._finished(room), **self._buttons(False, room)}

    def _taught(self, token: str, room: Room, request: gr.Request) -> Iterator[Updates]:
        """The teacher's training; where that ends early, it can be begun again."""
        files = task_in(room).files
        try:
            yield from self._paced(teach(token, lambda: is_read(request)), Pace(files.folds if files else 0))
        except UserError:
            yield self._buttons(False, room)
            raise

    def _paced(self, events: Iterator[Any], pace: Pace) -> Iterator[Updates]:
        drawn = 0.0
        for event in events:
            pace.add(event, time.monotonic())
            if time.monotonic() - drawn > _REDRAW:
                drawn = time.monotonic()
                yield {self.progress: Progress.render_html(pace.stage, pace.share, pace.note)}

    def _looked(self, room: Room) -> Updates:
        look = room.look()
        if look is None:
            return {self.look_card: gr.update(visible=False)}
        return {
            self.look_card: gr.update(visible=True),
            self.look: Look.render_html(look),
            self.sheets: Sheets.render_html(look),
        }

    def _finished(self, room: Room) -> Updates:
        """What came of it so far."""
        from analysis.teaching import teacher_tiles, verdict

        result, look = room.result(), room.look()
        if result is None or look is None:
            said = "Read: teach it when the data are as they should be." if look else "Nothing was read yet."
            return {self.result_card: gr.update(visible=False), self.progress: Progress.render_html(said, None, "")}
        return {
            self.progress: Progress.render_html("Done", 1.0, ""),
            self.result_card: gr.update(visible=True),
            self.verdict: Sentences.render_html(verdict(result, look["report"]), "", []),
            self.tiles: Tiles.render_html(*teacher_tiles(result, look["report"])),
        }

    def mine_of(self, tokens: list[str], token: str | None) -> Updates:
        """The visitor's tasks to choose from, one of them chosen."""
        choices = own_choices(tokens)
        value = f"{OWN}{token}" if token else None
        return {
            self.mine_card: gr.update(visible=bool(choices)),
            self.mine: gr.update(choices=choices, value=value),
        }

    def open(self, current: str, own: object) -> Updates:
        """The newest of the visitor's tasks, where nothing is on the page yet."""
        tokens = known_tokens(own)
        if current or not tokens:
            return {self.current: gr.skip()}
        return {**self.mine_of(tokens, tokens[-1]), **self.show(OWN + tokens[-1], own)}

    def show(self, name: object, own: object) -> Updates:
        """One of the visitor's tasks, as far as it is."""
        token = str(name).removeprefix(OWN)
        room = open_room(token)
        return {
            self.current: token, **self._looked(room), **self._finished(room), **self._buttons(False, room),
        }  # fmt: skip

    def stop(self, token: str) -> Updates:
        """End the job on the room; what was done is kept."""
        stop(token)
        room = open_room(token)
        sentence = "Stopped. Start it again, and it goes on where it stopped."
        return {
            **self._looked(room),
            self.progress: Progress.render_html(sentence, None, ""),
            **self._buttons(False, room),
        }

    def nothing(self) -> Updates:
        """Nothing on the page."""
        return {
            self.current: "", self.progress: _IDLE, self.look_card: gr.update(visible=False),
            self.result_card: gr.update(visible=False), **self._buttons(running=False),
        }  # fmt: skip

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of progress; what can be begun again, can."""
        return {
            self.progress: Progress.render_html(sentence, None, "", failed=True),
            self.cancel: gr.update(visible=False),
        }

    def _buttons(self, running: bool, room: Room | None = None) -> Updates:
        """Whether there is something to cancel, or to teach."""
        ready = room is not None and room.look() is not None and room.result() is None
        return {self.cancel: gr.update(visible=running), self.teach: gr.update(visible=ready and not running)}
