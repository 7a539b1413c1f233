"""The Attribute tab's components, and what happens on them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import gradio as gr
from gradio.events import Dependency

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
        self.shown = gr.Textbox(visible=False)  # the key of that, as it came to the browser with these maps
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
            self.pair.own, self.sentences, self.viewer, self.request, self.shown, *self.settings.outputs,
            *self.details.outputs,
        ]  # fmt: skip
        self.outputs = [*self.pair.outputs, self.opened, *self.again[1:]]
        page.pair_tabs["attribute"] = self
        page.choosers.append(self.task)
        self._wire(tab)

    def _wire(self, tab: gr.Tab) -> None:
        """Connect the events. All are the page's own: the public way in is `/attribute`."""
        pair, runs, settings, details, refuse = self.pair, self.page.runs, self.settings, self.details, self.refuse
        compare = cast(CompareTab, self.page.pair_tabs["compare"])
        pair.wire(self.stale, self.request, self.again, refuse)
        picked = on(
            pair.cards.select, self.open_example, [pair.task, pair.own, runs, settings.method, pair.language],
            self.outputs, refuse, **QUICK,
        )  # fmt: skip
        first = on(tab.select, self.open_first, [self.opened, pair.task, runs], self.outputs, refuse, **QUICK)
        ready = pair.wire_opening(pair.task.input, trigger_mode="always_last")
        changed = on(ready.then, self.open_task, [settings.method, *pair.opening], self.outputs, refuse, **QUICK)
        asked = on(
            compare.why.click, self.open_pair, compare.pair.inputs, [self.page.tabs, pair.task, *self.outputs], refuse,
            **QUICK,
        )  # fmt: skip
        fitted = on(settings.method.input, settings.fit, [settings.method], settings.of_method, settings.keep, **QUICK)
        counted = on(
            settings.count.release, settings.choose_count, [settings.count], settings.of_method, settings.keep, **QUICK
        )  # fmt: skip
        for shown in (picked, first, changed, asked, fitted, counted):
            made = self.follow(shown)
            if shown is picked:
                made.then(None, js=_TO_MAPS)
        pressed = self._make(pair.button.click)
        pressed.then(None, js=_TO_MAPS)
        for trigger in (pair.text.submit, pair.own.input, *settings.changes):
            self._make(trigger)
        details.report.wire("msd-maps", details.make_report, [self.request], **_LIMITED)
        on(details.sensitivity.click, details.nudge, [self.request], details.nudged, details.refuse_nudge, **_LIMITED)

    def follow(self, shown: Dependency) -> Dependency:
        """The maps of a pair, after the event that showed it."""
        return self._make(shown.then)

    def _make(self, trigger: Callable[..., Dependency]) -> Dependency:
        """Maps of what the components say, and their measures. A visitor need not wait for them before the next choice,
        and what was asked for first may come last: so it is looked once more whether they are of what is chosen."""
        inputs = [self.shown, *self.pair.inputs, *self.settings.inputs]
        latest = {**_LIMITED, "trigger_mode": "always_last"}  # who presses ten times waits once more, not ten times
        watched = {**latest, "show_progress": "minimal", "show_progress_on": self.viewer}
        made = on(trigger, self.attribute, inputs, self.again, self.refuse, **watched)
        settled = on(made.then, self.attribute, inputs, self.again, self.refuse, **watched)
        on(
            settled.then, self.details.measure, [self.request, self.details.done], self.details.measured,
            self.details.refuse_measure, **latest,
        )  # fmt: skip
        return made

    def open_first(self, opened: bool, task: object, runs: object) -> Updates:
        """The first example, when the tab is seen for the first time."""
        return {self.opened: True} if opened else self._open(task, None, [*TICKED], runs)

    def open_task(self, method: object, *opening: Any) -> Updates:
        """A task's examples; its models may need fewer steps or bear more."""
        return {**self.pair.open(*opening), **self._unmade(method), **self.settings.fit(method)}

    def open_example(
        self, task: object, own: object, runs: object, method: object, language: object, event: gr.EventData
    ) -> Updates:
        """The example that was clicked."""
        return self._open(task, detail_of(event, "row"), own, runs, method, language)

    def open_with(self, task: object, own: list[str], runs: object, row: int | None = None) -> Updates:
        """A task's test example of that row, its first of the gallery where None, with these students of the visitor's
        ticked too; its maps are made once that is shown (`follow`)."""
        return {self.task: task, **self._nothing(), **self._open(task, row, [*TICKED, *listed(own)], runs)}

    def open_pair(
        self, task: object, image: object, text: object, chosen: int | None, own: object, runs: object
    ) -> Updates:
        """The pair that Compare shows, with its students."""
        here = {self.page.tabs: gr.Tabs(selected="attribute"), self.task: task, self.opened: True}
        if chosen is not None:
            return {**self.open_with(task, listed(own), runs, chosen), **here}
        pair = self.pair.show_own(task, image, text, [*TICKED, *listed(own)][-limits.BESIDE :], runs)
        return {**pair, self.request: None, self.shown: "", **self.settings.show(), **here}

    def _open(
        self,
        task: object,
        row: object,
        ticked: object,
        runs: object,
        method: object = None,
        language: object = "",
    ) -> Updates:
        return {
            **self.pair.show(task, row, listed(ticked)[-limits.BESIDE :], runs, language),
            **self._unmade(method),
        }

    def _unmade(self, method: object) -> Updates:
        return {self.opened: True, self.request: None, self.shown: "", **self.settings.show(method)}

    def attribute(
        self,
        shown: object,
        task: object,
        image: object,
        text: object,
        chosen: int | None,
        own: object,
        runs: object,
        *settings: object,
    ) -> Iterator[Updates]:
        """The maps of a pair, an example's or the visitor's own: after a quick look, where they take long. shown:
        the key of the maps on the page, which are not made again."""
        from analysis.attribution.sentences import quick_looks_note
        from ui.work.attributions import Request, beside, quick_looks_of

        pair = self.pair.read(task, image, text, chosen, own, runs)
        students = beside(pair.task, [*dict.fromkeys([*listed(own), *pair.own.values()])], pair.own)
        checked = check_settings(pair.task, *settings)
        now = Request(pair.task, pair.row, pair.upload, pair.text, students, checked)
        if shown == _key(now):
            yield {self.shown: gr.skip()}
            return
        if (looks := quick_looks_of(now)) is not None:
            yield {
                self.sentences: Sentences.render_html("", quick_looks_note(looks.label), []),
                self.viewer: quick_looks_html(looks),
                self.request: None,
                self.shown: "",
                **self.details.nothing(),
            }
        yield self._maps(now, listed(own))

    def _maps(self, request: "Request", ticked: list[str]) -> Updates:
        from analysis.attribution.scene import scene
        from analysis.attribution.sentences import headline, strongest
        from ui.work.attributions import attribution_of

        attribution = attribution_of(request)
        comparison = attribution.comparison
        students = [run or name for name, run in request.students]
        return {
            self.pair.own: gr.skip() if students == ticked else students,
            self.sentences: Sentences.render_html(
                headline(attribution), strongest(attribution), [], comparison.warnings
            ),
            self.viewer: Viewer.render_html(scene(attribution), comparison.is_ood),
            self.request: request,
            self.shown: _key(request),
            **self.settings.updates(attribution, request.settings),
            **self.details.waiting(attribution),
        }

    def stale(self, request: "Request | None", text: object = None) -> Updates:
        """The visitor changed the pair: the maps on the page are not of it."""
        if request is None or (isinstance(text, str) and text.strip() == (request.text or "").strip()):
            return {self.request: gr.skip()}
        note = Sentences.render_html("", "The pair has changed: press Attribute to see its maps.", [])
        return {**self._nothing(), self.sentences: note}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of maps; those that were there before would be taken for the maps of this."""
        return {**self._nothing(), self.sentences: error_html(sentence)}

    def _nothing(self) -> Updates:
        return {self.sentences: "", self.viewer: "", self.request: None, self.shown: "", **self.details.nothing()}


def _key(request: "Request") -> str:
    """By which maps on a page are known to be of a request, as long as the process runs."""
    return f"{hash(request):x}"
