"""The Explore tab: a whole dataset, what every model makes of it, and pairs of one's own by the hundred."""

from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from ui import explain_dataset as explain
from ui import limits
from ui.checks import check_choice, check_row, check_task
from ui.explain import what_is_this
from ui.explore_batch import BatchCard
from ui.explore_filters import Filters
from ui.explore_models import ModelFigures, titled
from ui.explore_swap import SwapCard
from ui.explore_views import Clicks, ExampleCard, ExampleTable, Headline
from ui.pair import FIRST, listed, task_choices
from ui.report import ReportCard
from ui.surveys import asked_of, follow, make_report, surveyed
from ui.views import Answers, Progress
from ui.visitor import own_students

_TO_CARD = """() => {
  if (innerWidth < 700) document.querySelector('#x-example').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the example lies below what was pressed
_GROUPS = {"True label": "label", "Decided by": "evidence", "Who is right": "right"}
_FIGURE = {"show_label": False, "container": False}
_SHARED = {"api_visibility": "private", "preprocess": False, "show_progress": "hidden"}  # `ui.checks` sees raw values
_SLOW = {**_SHARED, "concurrency_limit": limits.EXPLORES_AT_ONCE, "concurrency_id": "explore"}
_FAST = {**_SHARED, "concurrency_limit": limits.FILTERS_AT_ONCE, "concurrency_id": "filter"}


def build(shared: SimpleNamespace) -> "ExploreTab":
    """Lay the tab out and wire it."""
    tab = ExploreTab(shared)
    tab.wire()
    return tab


class ExploreTab:
    """The tab's components, and what happens on them. What a visitor sees lives in the components, never here."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        self.opened = gr.State("")  # the task shown, "" before the first
        self.chosen = gr.State(None)  # the row of the example in the card
        self.sort = gr.State(("row", False))  # the table's column, and whether its largest is on top
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(
                task_choices(), value=FIRST, label="Task", container=False, elem_id="x-task", elem_classes="pair-task"
            )
            self.own = gr.CheckboxGroup([], label="Your students", visible=False, elem_id="x-own")
            self.progress = Progress.build(elem_id="x-progress")
            self.headline = Headline.build(elem_id="x-headline")
        with gr.Column(visible=False, elem_id="x-body") as self.body:
            self._examples()
            self.models = ModelFigures()
            self.report = ReportCard("x-report")
        self.swap = SwapCard(shared, self.task, self.own)
        self.batch = BatchCard(shared, self.task, self.own)
        self.who = [self.task, self.own, shared.runs]
        self.asked = [*self.who, *self.filters.inputs, self.by, self.sort, self.chosen]
        self.listing = [self.filters.count, self.scatter, self.table]
        self.card = [self.chosen, self.example, self.clicks]
        self.all = [
            self.opened, self.own, self.progress, self.headline, self.body, self.sort, self.by, *self.filters.outputs,
            *self.listing, *self.card, *self.models.outputs, self.report.files,
        ]  # fmt: skip

    def _examples(self) -> None:
        with gr.Column(elem_classes="card filters"):
            self.filters = Filters()
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card clicks-beside"):
                gr.Markdown(
                    titled("Saliency of every example", "What the teacher rests on. Click a point to see its example."),
                    elem_classes="figure-title",
                )
                self.by = gr.Radio(
                    list(_GROUPS.items()), value="right", label="Tell apart by", elem_id="x-by", container=False
                )
                self.scatter = gr.Plot(elem_id="x-scatter", elem_classes="figure clickable", **_FIGURE)
                self.clicks = Clicks.build(elem_id="x-clicks")
                what_is_this(explain.SCATTER)
            with gr.Column(scale=5, min_width=320, elem_classes="card"):
                self.example = ExampleCard.build(elem_id="x-example")
                with gr.Row():
                    self.to_compare = gr.Button(
                        "Open in Compare", elem_id="x-compare", elem_classes="outlined", min_width=130
                    )
                    self.to_attribute = gr.Button(
                        "Open in Attribute", elem_id="x-attribute", elem_classes="outlined", min_width=130
                    )
        with gr.Column(elem_classes="card"):
            gr.Markdown(
                titled("Examples", "The first 200 that pass; click a column’s title to sort all of them by it."),
                elem_classes="figure-title",
            )
            self.table = ExampleTable.build(elem_id="x-table")

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public ways in are `/swap` and `/batch`."""
        shared, models = self.shared, self.models
        shared.tab.select(self.enter, [self.opened, *self.who], self.all, **_SLOW)
        self.task.input(self.open_task, [self.task, shared.runs], self.all, **_SLOW)
        self.own.input(self.open, self.who, self.all, **_SLOW)
        latest = {**_FAST, "trigger_mode": "always_last"}
        for part in (*self.filters.inputs, self.by):
            event = part.change if part is self.filters.words else part.input  # a pasted word is no `input` to Gradio
            event(self.refresh, self.asked, [*self.listing, *self.filters.titled], **latest)
        self.filters.clear.click(self.clear, self.asked, [*self.filters.inputs, *self.listing], **_FAST)
        self.table.click(self.sort_by, self.asked, [self.sort, self.table], **_FAST)
        for part in (self.clicks, self.table):
            part.select(self.pick, self.asked, [*self.card, self.table], **_FAST).then(None, js=_TO_CARD)
        for part, draw, drawn in (
            (models.density_label, models.draw_density, [models.density_title, models.density]),
            (models.gap_student, models.draw_by_label, [models.by_label]),
        ):
            part.input(self._with_survey(draw), [*self.who, part], drawn, **_FAST)
        for part in (models.view, models.calibration_label):
            drawn = [models.calibration_title, models.calibration]
            shown = [*self.who, models.view, models.calibration_label]
            part.input(self._with_survey(models.draw_calibration), shown, drawn, **_FAST)
        models.emap_output.input(
            self.change_output, [*self.who, models.emap_output], [models.emap_title, models.emap, models.emap_output],
            **{**_SLOW, "show_progress": "minimal", "show_progress_on": models.emap},
        )  # fmt: skip
        self._wire_opening(
            self.to_compare, "compare", concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare"
        )
        self._wire_opening(self.to_attribute, "attribute", concurrency_limit=None)
        self.report.wire(
            "msd-dataset", make_report, self.who,
            concurrency_limit=limits.EXPLORES_AT_ONCE, concurrency_id="explore",
        )  # fmt: skip
        self.swap.wire()
        self.batch.wire()

    def _wire_opening(self, button, name: str, **limited) -> None:
        tab = getattr(self.shared, name)

        def open_there(task, own, runs, chosen):
            there = {self.shared.tabs: gr.Tabs(selected=name)}
            return {**there, **tab.open_with(task, listed(own), runs, chosen)}

        button.click(
            open_there, [*self.who, self.chosen], [self.shared.tabs, tab.task, *tab.outputs], **_SHARED, **limited,
        )  # fmt: skip

    def enter(self, opened, task, own, runs):
        """Survey the task when the tab is first seen; later only list the students that are new."""
        if opened == task:
            yield {self.own: self._own(task, own, runs)}
        else:
            yield from self.open(task, own, runs)

    def open_task(self, task, runs):
        """Another task, with the bundled models."""
        yield from self.open(task, [], runs)

    def open(self, task, own, runs):
        """Survey a task with these students of the visitor's, saying how far it is, and show everything."""
        try:
            name, mine = asked_of(task, own, runs)
            following, survey = follow(name, mine), None
            while survey is None:
                try:
                    share, what = next(following)
                    said = Progress.render_html(what, share, "Only the first time takes long")
                    yield {
                        self.progress: gr.update(value=said, visible=True),
                        self.headline: "",
                        self.body: gr.update(visible=False),  # what is there is of other models
                    }
                except StopIteration as end:
                    survey = end.value
            yield {**self._shown(name, survey), self.own: self._own(name, own, runs)}
        except UserError as error:
            failed = Progress.render_html(str(error), None, "", failed=True)
            yield {
                self.progress: gr.update(value=failed, visible=True),
                self.headline: "",
                self.body: gr.update(visible=False),
            }

    def _shown(self, task: str, survey) -> dict:
        from analysis.dataset import story
        from analysis.examples import gallery

        row, student = gallery(task)[0].row, survey.students[-1]
        known = survey.table["evidence"].nunique() > 1 if "evidence" in survey.table else False
        groups = [(title, by) for title, by in _GROUPS.items() if by != "evidence" or known]
        filters = self.filters.fresh(survey, student, known)
        return {
            self.opened: task,
            self.progress: gr.update(value="", visible=False),
            self.headline: Headline.render_html(story.headline(survey)),
            self.body: gr.update(visible=True),
            self.sort: ("row", False),
            self.by: gr.update(choices=groups, value="evidence" if known else "right"),
            **filters,
            **self._listed(survey, student, None, "evidence" if known else "right", ("row", False), row),
            **self._picked(survey, row),
            **self.models.fill(survey, "probability"),
            **self.report.nothing(),
        }

    def _own(self, task, own, runs):
        mine = own_students(runs, check_task(task))
        ticked = [run for run in mine.values() if run in listed(own)]
        return gr.update(choices=list(mine.items()), value=ticked, visible=bool(mine))

    def refresh(self, *asked):
        """The examples that pass the filters, drawn and listed."""
        if asked[self.asked.index(self.filters.student)] is None:
            return {self.filters.count: gr.skip()}  # a text box says `change` when it is first shown, too
        try:
            survey, student, wanted, by, sort, chosen = self._read(*asked)
        except UserError as error:
            return {self.filters.count: Answers.error_html(str(error))}
        drawn = self._listed(survey, student, wanted, by, sort, chosen)
        return {**drawn, **self.filters.retitled(student, wanted)}

    def clear(self, *asked):
        """All examples again."""
        survey, student, _, by, sort, chosen = self._read(*asked)
        return {**self.filters.empty(), **self._listed(survey, student, None, by, sort, chosen)}

    def sort_by(self, event: gr.EventData, *asked):
        """The table by the column that was clicked: the other way round where it is so already."""
        from analysis.dataset.listing import columns

        survey, student, wanted, _, (key, down), chosen = self._read(*asked)
        wish = event._data.get("sort") if isinstance(event._data, dict) else None
        known = {column.key: column for column in columns(survey, student)}
        wish = check_choice("column", wish, known)
        sort = (wish, not down if wish == key else known[wish].number)
        return {self.sort: sort, self.table: self._table(survey, student, wanted, sort, chosen)}

    def pick(self, event: gr.EventData, *asked):
        """The example whose point or line was clicked."""
        try:
            survey, student, wanted, _, sort, _ = self._read(*asked)
            row = check_row(event._data.get("row") if isinstance(event._data, dict) else None)
            return {**self._picked(survey, row), self.table: self._table(survey, student, wanted, sort, row)}
        except UserError as error:
            return {self.example: Answers.error_html(str(error))}

    def change_output(self, task, own, runs, output):
        """EMAP on probabilities or on logits; the first time of a task it takes a while."""
        output = check_choice("output", output, ("probability", "logit"))
        name, mine = asked_of(task, own, runs)
        return self.models.draw_emap(surveyed(name, mine, output), output)

    def _with_survey(self, draw):
        """The event that draws a figure from the survey shown and what its controls say."""

        def event(task, own, runs, *chosen):
            name, mine = asked_of(task, own, runs)
            return draw(surveyed(name, mine), *chosen)

        return event

    def _read(self, task, own, runs, *rest):
        """The survey, the student chosen, the filter, what points are told apart by, the order, the example chosen."""
        *filters, by, sort, chosen = rest
        name, mine = asked_of(task, own, runs)
        survey = surveyed(name, mine)
        student, wanted = self.filters.read(survey, *filters)
        return survey, student, wanted, check_choice("grouping", by, _GROUPS.values()), tuple(sort), chosen

    def _listed(self, survey, student, wanted, by, sort, chosen) -> dict:
        from analysis.dataset import choose, figures, story

        rows = choose.choose_rows(survey, student, wanted or choose.Filter())
        said = story.shown_of(survey, len(rows), len(figures.sampled(rows)))
        return {
            self.filters.count: f"**{said}**",
            self.scatter: figures.saliency_scatter(survey, rows, by, student),
            self.table: self._table(survey, student, wanted, sort, chosen),
        }

    def _table(self, survey, student, wanted, sort, chosen) -> str:
        from analysis.dataset import choose, listing

        rows = choose.choose_rows(survey, student, wanted or choose.Filter())
        columns = [(column.key, column.title) for column in listing.columns(survey, student)]
        return ExampleTable.render_html(columns, listing.lines(survey, student, rows, *sort), *sort, chosen)

    def _picked(self, survey, row: int) -> dict:
        from analysis.dataset.listing import said_of
        from analysis.examples import show
        from analysis.story import truth_rows

        shown = show(survey.task.name, row)
        rows = [*truth_rows(survey.task, shown.example.label, shown.example.evidence), *said_of(survey, row)]
        return {
            self.chosen: row,
            self.example: ExampleCard.render_html(row, shown.picture, shown.example.text, rows),
            self.clicks: Clicks.render_html(*survey.saliency[row].tolist()),
        }
