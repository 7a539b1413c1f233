"""The Attribute tab's components, and what happens on them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import gradio as gr

from msd_core.errors import UserError
from ui import limits
from ui.events import QUICK, Updates, detail_of, on
from ui.help import what_is_this
from ui.tabs.attribute.details import Details
from ui.tabs.attribute.settings import MapSettings
from ui.tabs.compare import CompareTab
from ui.tabs.shared import Page
from ui.visitor.checks import check_settings
from ui.visitor.students import listed
from ui.widgets.pair import Pair
from ui.widgets.sentences import Sentences, error_html
from ui.widgets.viewer import Viewer, quick_looks_html
from ui.work.models import TICKED

if TYPE_CHECKING:  # heavy
    from ui.work.attributions import Request

_TO_MAPS = """() => {
  if (innerWidth < 700) document.querySelector('#attribute-sentences').scrollIntoView({ behavior: 'smooth' });
}"""  # on a phone the maps lie below what was pressed
_LIMITED = {"concurrency_limit": None}  # who waits does so in `ui.work.attributions.ROOM`


class AttributeTab:
    """What a visitor sees lives in the components, never here."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.opened = gr.State(False)  # whether something was to be seen here before
        self.request = gr.State(None)  # what the maps on the page were made of
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.pair = Pair(page.runs, "Attribute", "attribute-", beside=True, ticked=TICKED)
            with gr.Column(scale=8, min_width=320):
                with gr.Column(elem_classes="card"):
                    self.settings = MapSettings()
                    self.sentences = Sentences.build(elem_id="attribute-sentences")
                    self.viewer = Viewer.build(elem_id="attribute-viewer")
                    what_is_this("maps")
                self.details = Details()
        self.task = self.pair.task
        self.again = [
            self.pair.own, self.sentences, self.viewer, self.request, *self.settings.outputs, *self.details.outputs
        ]  # fmt: skip
        self.outputs = [*self.pair.outputs, self.opened, *self.again[1:]]
        page.pair_tabs["attribute"] = self
        page.choosers.append(self.task)
        self._wire(tab)

    def _wire(self, tab: gr.Tab) -> None:
        """Connect the events. All are the page's own: the public way in is `/attribute`."""
        watched = {**_LIMITED, "show_progress": "minimal", "show_progress_on": self.viewer}
        pair, runs, settings, details, refuse = self.pair, self.page.runs, self.settings, self.details, self.refuse
        compare = cast(CompareTab, self.page.pair_tabs["compare"])
        pair.wire()
        inputs = [*pair.inputs, *settings.inputs]
        opening = [pair.task, pair.own, runs, *settings.inputs]
        picked = on(pair.cards.select, self.open_example, opening, self.outputs, refuse, **watched)
        pressed = on(pair.button.click, self.attribute, inputs, self.again, refuse, **watched)
        for event in (picked, pressed):
            event.then(None, js=_TO_MAPS)
        fitted = on(settings.method.input, settings.fit, [settings.method], [settings.count], settings.keep, **QUICK)
        made = [
            picked,
            pressed,
            on(tab.select, self.open_first, [self.opened, pair.task, runs], self.outputs, refuse, **watched),
            on(
                pair.task.input, self.open_task, opening, self.outputs, refuse,
                **watched, trigger_mode="always_last",
            ),
            on(
                compare.why.click, self.open_pair, compare.pair.inputs,
                [self.page.tabs, pair.task, *self.outputs], refuse, **watched,
            ),
            on(fitted.then, self.attribute, inputs, self.again, refuse, **watched),
        ]  # fmt: skip
        for trigger in (pair.text.submit, pair.own.input, *settings.changes):
            made.append(on(trigger, self.attribute, inputs, self.again, refuse, **watched))
        for trigger in (pair.image.upload, pair.image.clear):
            on(trigger, self.stale, [self.request], self.again, refuse, **QUICK)
        on(pair.text.change, self.stale, [self.request, pair.text], self.again, refuse, **QUICK)
        for event in made:
            on(
                event.then, details.measure, [self.request, details.done], details.measured, details.refuse_measure,
                **_LIMITED,
            )  # fmt: skip
        details.report.wire("msd-maps", details.make_report, [self.request], **_LIMITED)
        on(details.sensitivity.click, details.nudge, [self.request], details.nudged, details.refuse_nudge, **_LIMITED)

    def open_first(self, opened: bool, task: object, runs: object) -> Iterator[Updates]:
        """The first example's maps, when the tab is seen for the first time."""
        if opened:
            yield {self.opened: True}
            return
        yield from self._open(task, None, [*TICKED], runs)

    def open_task(self, task: object, own: object, runs: object, *settings: object) -> Iterator[Updates]:
        """A task's examples, and the maps of the first."""
        yield from self._open(task, None, own, runs, *self.settings.of_another_task(settings))

    def open_example(
        self,
        task: object,
        own: object,
        runs: object,
        method: object,
        label: object,
        output: object,
        view: object,
        baseline: object,
        count: object,
        event: gr.EventData,
    ) -> Iterator[Updates]:
        """The example that was clicked, and its maps."""
        yield from self._open(task, detail_of(event, "row"), own, runs, method, label, output, view, baseline, count)

    def open_with(self, task: object, own: list[str], runs: object, row: int | None = None) -> Iterator[Updates]:
        """A task's test example of that row, its first of the gallery where None, with the maps of these students of
        the visitor's too."""
        for updates in self._open(task, row, [*TICKED, *listed(own)], runs):
            yield {self.task: task, **updates}

    def open_pair(
        self, task: object, image: object, text: object, chosen: int | None, own: object, runs: object
    ) -> Iterator[Updates]:
        """The pair that Compare shows, with its students."""
        ticked = [*TICKED, *listed(own)][-limits.BESIDE :]
        here = {self.page.tabs: gr.Tabs(selected="attribute"), self.task: task, self.opened: True}
        if chosen is not None:
            for updates in self.open_with(task, listed(own), runs, chosen):
                yield {**here, **updates}
            return
        try:
            pair = self.pair.show_own(task, image, text, ticked, runs)
            yield {**here, **pair, self.request: None, **self.settings.show(())}
            yield from self.attribute(task, image, text, None, ticked, runs)
        except UserError as error:
            yield {**here, **self.refuse(str(error))}

    def _open(self, task: object, row: object, ticked: object, runs: object, *settings: object) -> Iterator[Updates]:
        ticked = listed(ticked)[-limits.BESIDE :]
        place, pair = self.pair.show(task, row, ticked, runs)
        try:
            settings = self.settings.of_another_pair(settings)
            yield {self.opened: True, **pair, self.request: None, **self.settings.show(settings)}
            yield from self.attribute(task, None, None, place, ticked, runs, *settings)
        except UserError as error:  # there is a pair to see, if no model to ask
            yield {self.opened: True, **pair, **self.refuse(str(error))}

    def attribute(
        self,
        task: object,
        image: object,
        text: object,
        chosen: int | None,
        own: object,
        runs: object,
        *settings: object,
    ) -> Iterator[Updates]:
        """The maps of a pair, an example's or the visitor's own: after a quick look, where they take long."""
        from analysis.attribution.scene import scene
        from analysis.attribution.sentences import headline, quick_looks_note, strongest
        from ui.work.attributions import Request, attribution_of, beside, quick_looks_of

        pair = self.pair.read(task, image, text, chosen, own, runs)
        checked = check_settings(pair.task, *(settings or self.settings.defaults))
        students = beside(pair.task, [*dict.fromkeys([*listed(own), *pair.own.values()])], pair.own)
        request = Request(pair.task, pair.row, pair.upload, pair.text, students, checked)
        if (looks := quick_looks_of(request)) is not None:
            yield {
                self.sentences: Sentences.render_html("", quick_looks_note(looks.label), []),
                self.viewer: quick_looks_html(looks),
                self.request: None,
                **self.details.nothing(),
            }
        attribution = attribution_of(request)
        comparison = attribution.comparison
        shown = [run or name for name, run in students]
        yield {
            self.pair.own: gr.skip() if shown == listed(own) else shown,
            self.sentences: Sentences.render_html(
                headline(attribution), strongest(attribution), [], comparison.warnings
            ),
            self.viewer: Viewer.render_html(scene(attribution), comparison.is_ood),
            self.request: request,
            **self.settings.updates(attribution, checked),
            **self.details.waiting(attribution),
        }

    def stale(self, request: "Request | None", text: object = None) -> Updates:
        """The visitor changed the pair: the maps on the page are not of it."""
        if request is None or (isinstance(text, str) and text.strip() == (request.text or "").strip()):
            return {self.request: gr.skip()}
        note = Sentences.render_html("", "The pair has changed: press Attribute to see its maps.", [])
        return {self.sentences: note, self.viewer: "", self.request: None, **self.details.nothing()}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of maps; those that were there before would be taken for the maps of this."""
        return {self.sentences: error_html(sentence), self.viewer: "", self.request: None, **self.details.nothing()}
