"""The Your data tab: two ways in, and what becomes of the data."""

from typing import Any

import gradio as gr

from ui.events import Updates, on
from ui.tabs.own.bring import Bring
from ui.tabs.own.handful import Handful
from ui.tabs.own.table import TableCard
from ui.tabs.own.watch import Watch
from ui.tabs.own.widgets import TakeAway
from ui.tabs.shared import Page
from ui.visitor.rooms import OWN, known_tokens, open_room, room_of
from ui.visitor.students import known_ids
from ui.widgets.pair import FIRST
from ui.work.own import forget


class OwnTab:
    """The tab's components, and what happens on them. It is built last: it goes to the other tabs."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        with gr.Row(equal_height=False):
            with gr.Column(scale=6, min_width=320), gr.Column(elem_classes="card"):
                ways = gr.Tabs(elem_id="o-ways")
            with gr.Column(scale=7, min_width=320):
                self.watch = Watch(page)
                self._leave()
        with ways:
            with gr.Tab("A handful"):
                self.handful = Handful(self.watch)
            with gr.Tab("A table"):
                self.table = TableCard(self.watch)
            with gr.Tab("From a ZIP"):
                self.bring = Bring(self.watch)
        self._wire(tab)

    def _leave(self) -> None:
        with gr.Column(elem_classes="card"):
            gr.Markdown(
                "Nobody else can see your data. They are deleted after a day, or when you say so.", elem_classes="small"
            )
            self.take_away = TakeAway.build(elem_id="o-take-away")
            self.delete = gr.Button("Delete my data", elem_id="o-delete", elem_classes="outlined")

    def _wire(self, tab: gr.Tab) -> None:
        """Connect the events. All are the page's own: the public ways in are `/teach` and `/forget`."""
        page, watch = self.page, self.watch
        on(page.blocks.load, self.load, [page.own], page.choosers, self._ignore)
        for way in (self.handful, self.table, self.bring):
            way.wire()
        watch.wire(tab)
        compare, attribute, distil = page.pair_tabs["compare"], page.pair_tabs["attribute"], page.distil
        opened = on(
            watch.compare.click, self.open_in_compare, [watch.current, page.own, page.runs],
            [page.tabs, watch.progress, watch.cancel, *page.choosers, *compare.outputs], watch.refuse,
        )  # fmt: skip
        compare.follow(opened)
        on(
            watch.distil.click, self.open_in_distil, [watch.current, page.own],
            [watch.progress, watch.cancel, *page.choosers, *distil.opening], watch.refuse,
        )  # fmt: skip
        for event in (*watch.jobs, *watch.shown):
            on(event.then, self.offer, [watch.current, page.runs], [self.take_away], self._offer_nothing)
        deleted = on(
            self.delete.click, self.forget,
            [watch.current, self.handful.draft, self.table.draft, page.own, page.runs, *page.choosers],
            [
                *dict.fromkeys([
                    *watch.outputs, *self.handful.outputs, *self.table.outputs, *page.choosers, *compare.outputs,
                    *attribute.outputs, *distil.opening, self.take_away,
                ])
            ],
            watch.refuse,
        )  # fmt: skip
        compare.follow(deleted)

    def _ignore(self, sentence: str) -> Updates:
        return {self.page.choosers[0]: gr.skip()}

    def load(self, own: object) -> Updates:
        """Every choice of tasks with the visitor's own in it, where they have any."""
        return self.page.choices(own) if known_tokens(own) else self._ignore("")

    def _offer_nothing(self, sentence: str) -> Updates:
        return {self.take_away: ""}

    def open_in_compare(self, token: str, own: object, runs: object) -> Updates:
        """Go to Compare, with this task."""
        compare, name = self.page.pair_tabs["compare"], OWN + token
        open_room(token)
        updates = compare.open_with(name, known_ids(runs), known_ids(runs))
        chosen = self.page.chosen(compare.task, name, own)
        return {self.page.tabs: gr.Tabs(selected="compare"), **self.page.choices(own), **updates, **chosen}

    def open_in_distil(self, token: str, own: object) -> Updates:
        """Go to Distil, with this task."""
        open_room(token)
        return {**self.page.choices(own), **self.page.distil.open_with(OWN + token, own)}

    def offer(self, token: str, runs: object) -> Updates:
        """What takes the task on the page away."""
        there = bool(token) and open_room(token).result() is not None
        return {self.take_away: TakeAway.render_html(token, known_ids(runs)) if there else ""}

    def forget(self, current: str, handful: str, table: str, own: object, runs: object, *chosen: Any) -> Updates:
        """Delete the task on the page, and what was begun and is no task yet: data, teacher and students, now."""
        mine = known_tokens(own)
        gone = {token for token in (current, handful, table) if token and (token == current or token not in mine)}
        left = known_ids(runs)
        for token in gone:
            left = forget(room_of(token), left)
        tokens = known_tokens(own)
        ways = ((handful, self.handful), (table, self.table))
        cleared: Updates = {part: to for draft, way in ways if draft in gone for part, to in way.nothing().items()}
        return {
            **self.watch.nothing(), **self.watch.mine_of(tokens, None), self.page.own: tokens, self.page.runs: left,
            **cleared, self.take_away: "", **self.page.choices(tokens),
            **self._elsewhere({OWN + token for token in gone}, chosen, left),
        }  # fmt: skip

    def _elsewhere(self, gone: set[str], chosen: tuple[Any, ...], runs: list[str]) -> Updates:
        """What other tabs show of deleted tasks goes, too."""
        first: Updates = {}
        shown = [chooser for chooser, value in zip(self.page.choosers, chosen, strict=True) if value in gone]
        for chooser in shown:
            first |= self.page.chosen(chooser, FIRST, [])
        for tab in self.page.pair_tabs.values():
            if tab.task in shown:
                opened = tab.open_with(FIRST, [], runs)
                first |= {part: value for part, value in opened.items() if part is not tab.task}
        if self.page.distil.task in shown:
            first |= self.page.distil.fit(FIRST)
        return first
