"""The Attribute tab: why teacher and students say what they say, and how far their maps can be trusted."""

from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from ui import explain, limits
from ui.attribute_parts import Details, How
from ui.checks import check_settings
from ui.pair import FIRST, QUICK, Pair, listed
from ui.viewer import Viewer
from ui.views import Answers, Said

_TO_MAPS = """() => {
  if (innerWidth < 700) document.querySelector('#attribute-said').scrollIntoView({ behavior: 'smooth' });
}"""  # on a phone the maps lie below what was pressed
_STUDENTS = {"Labels only": "ce", "KD": "kd", "MSD": "msd"}
_BESIDE = ("kd", "msd")
_SHARED = {  # as in ui.compare: `ui.checks` sees the raw values
    "api_visibility": "private",
    "preprocess": False,
    "concurrency_limit": None,  # who waits does so in `ui.why.ROOM`
}


def warm_up() -> None:
    """Load all that the first maps need, and make them."""
    from analysis.attribution.explain import Settings
    from analysis.examples import gallery
    from ui.why import Asked, beside, explained

    first = gallery(FIRST)[0]
    explained(Asked(FIRST, first.row, None, first.example.text, beside([*_BESIDE], {}), Settings()))


def build(shared: SimpleNamespace) -> "AttributeTab":
    """Lay the tab out and wire it."""
    tab = AttributeTab(shared)
    tab.wire()
    return tab


class AttributeTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        self.opened = gr.State(False)  # whether something was shown here before
        self.asked = gr.State(None)  # what the maps shown were made of
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self.pair = Pair(shared, "Attribute", "attribute-", _STUDENTS, _BESIDE)
            with gr.Column(scale=8, min_width=320):
                with gr.Column(elem_classes="card"):
                    self.how = How()
                    self.said = Said.build(elem_id="attribute-said")
                    self.viewer = Viewer.build(elem_id="attribute-viewer")
                    explain.what_is_this(explain.MAPS)
                self.details = Details()
        self.task = self.pair.task
        self.again = [self.pair.own, self.said, self.viewer, self.asked, *self.how.outputs, *self.details.outputs]
        self.outputs = [*self.pair.outputs, self.opened, *self.again[1:]]

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/attribute`."""
        watched = {**_SHARED, "show_progress": "minimal", "show_progress_on": self.viewer}
        pair, runs, how, compare = self.pair, self.shared.runs, self.how, self.shared.compare
        pair.wire()
        made = [
            self.shared.tab.select(self.open_first, [self.opened, pair.task, runs], self.outputs, **watched),
            pair.task.input(self.open_task, [pair.task, pair.own, runs, *how.inputs], self.outputs, **watched),
            compare.why.click(
                self.open_pair, compare.pair.inputs, [self.shared.tabs, pair.task, *self.outputs], **watched
            ),
        ]
        asked = [*pair.inputs, *how.inputs]
        picked = pair.cards.select(self.open_example, [pair.task, pair.own, runs, *how.inputs], self.outputs, **watched)
        pressed = pair.button.click(self.attribute, asked, self.again, **watched)
        for event in (picked, pressed):
            event.then(None, js=_TO_MAPS)
        fitted = how.method.input(how.fit, how.method, how.effort, **QUICK)
        made += [picked, pressed, fitted.then(self.attribute, asked, self.again, **watched)]
        for event in (pair.text.submit, pair.own.input, *how.changes):
            made.append(event(self.attribute, asked, self.again, **watched))
        for event in (pair.image.upload, pair.image.clear):
            event(self.stale, self.asked, self.again, **QUICK)
        pair.text.change(self.stale, [self.asked, pair.text], self.again, **QUICK)
        for event in made:
            event.then(
                self.details.measure, [self.asked, self.details.done], self.details.measured,
                **_SHARED, show_progress="hidden",
            )  # fmt: skip
        self.details.report.wire(
            "msd-maps", self.details.make_report, [self.asked],
            concurrency_limit=None,
        )  # fmt: skip
        self.details.sensitivity.click(
            self.details.nudge, self.asked, self.details.nudged, **_SHARED, show_progress="hidden"
        )

    def open_first(self, opened, task, runs):
        """The first example's maps, when the tab is seen for the first time."""
        if opened:
            return {self.opened: True}
        return self._open(task, None, [*_BESIDE], runs)

    def open_task(self, task, own, runs, *how):
        """A task's examples, and the maps of the first."""
        return self._open(task, None, own, runs, *how)

    def open_example(self, task, own, runs, method, label, output, view, baseline, effort, event: gr.EventData):
        """The example that was clicked, and its maps."""
        row = event._data.get("row") if isinstance(event._data, dict) else None
        return self._open(task, row, own, runs, method, label, output, view, baseline, effort)

    def open_with(self, task, own: list[str], runs, row: int | None = None):
        """A task's test example of that row, its first of the gallery where None, with the maps of these students of
        the visitor's too."""
        return {self.task: task, **self._open(task, row, [*_BESIDE, *listed(own)], runs)}

    def open_pair(self, task, image, text, chosen, own, runs):
        """The pair that Compare shows, with its students."""
        ticked = [*_BESIDE, *listed(own)][-limits.BESIDE :]
        here = {self.shared.tabs: gr.Tabs(selected="attribute"), self.task: task, self.opened: True}
        if chosen is not None:
            return {**here, **self.open_with(task, own, runs, chosen)}
        try:
            shown = self.pair.show_own(task, image, text, ticked, runs)
        except UserError as error:
            return {**here, **self._refuse(error)}
        return {**here, **shown, **self.attribute(task, image, text, None, ticked, runs)}

    def _open(self, task, row, ticked, runs, *how):
        ticked = listed(ticked)[-limits.BESIDE :]
        try:
            row, shown = self.pair.show(task, row, ticked, runs)
        except UserError as error:
            return {self.opened: True, **self._refuse(error)}
        found = self.attribute(task, None, None, row, ticked, runs, *self.how.of_another_pair(how))
        return {self.opened: True, **found, **shown}

    def attribute(self, task, image, text, chosen, own, runs, *how):
        """The maps of a pair, an example's or the visitor's own."""
        try:
            from analysis.attribution.scene import scene
            from analysis.attribution.story import headline, strongest
            from ui.why import Asked, beside, explained

            given = self.pair.given(task, image, text, chosen, own, runs)
            settings = check_settings(given.task, *(how or self.how.defaults))
            students = beside(listed(own), given.mine)
            asked = Asked(given.task, given.row, given.upload, given.text, students, settings)
            found = explained(asked)
        except UserError as error:
            return self._refuse(error)
        warnings = found.comparison.warnings
        return {
            self.pair.own: [student for _, student in students],
            self.said: Said.render_html(headline(found), strongest(found), [], warnings),
            self.viewer: Viewer.render_html(scene(found), bool(warnings)),
            self.asked: asked,
            **self.how.shown(found, settings),
            **self.details.waiting(found),
        }

    def stale(self, asked, text=None):
        """The visitor changed the pair: the maps shown are not of it."""
        if asked is None or (text is not None and text.strip() == asked.text.strip()):
            return {self.asked: gr.skip()}
        said = Said.render_html("", "The pair has changed: press Attribute to see its maps.", [])
        return {self.said: said, self.viewer: "", self.asked: None, **self.details.nothing()}

    def _refuse(self, error: UserError):
        """One sentence in place of maps; what was shown before would be taken for the maps of this."""
        return {
            self.said: Answers.error_html(str(error)),
            self.viewer: "",
            self.asked: None,
            **self.details.nothing(),
        }
