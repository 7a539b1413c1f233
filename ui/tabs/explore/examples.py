"""The upper half of Explore: a task's test examples filtered, drawn, listed, and one of them in full."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from ui import limits
from ui.events import Updates, detail_of, on
from ui.help import figure_title, what_is_this
from ui.tabs.explore.filters import Filters
from ui.tabs.explore.widgets import Clicks, ExampleCard, ExampleTable
from ui.tabs.shared import Page
from ui.visitor.checks import check_choice, check_row, check_task
from ui.visitor.students import known_ids, listed
from ui.widgets.sentences import error_html
from ui.work.models import ticked_students
from ui.work.surveys import survey_of

if TYPE_CHECKING:  # heavy
    from analysis.dataset.filters import Filter
    from analysis.dataset.survey import Survey

_TO_CARD = """() => {
  if (innerWidth < 700) document.querySelector('#x-example').scrollIntoView({ behavior: 'smooth', block: 'start' });
}"""  # on a phone the example lies below what was pressed
_GROUPS = {"True label": "label", "Decided by": "evidence", "Who is right": "right", "Language": "language"}
_FAST = {"concurrency_limit": limits.FILTERS_AT_ONCE, "concurrency_id": "filter"}
_BY_ROW = ("row", False)  # the order of the table: a column, and whether its largest is on top


def survey_on_page(task: object, own: object, runs: object) -> "Survey":
    """The survey of the task with those of the visitor's students that are ticked."""
    subject = check_task(task)
    return survey_of(subject, ticked_students(listed(own), known_ids(runs), subject))


@dataclass(frozen=True)
class Selection:
    """What is drawn and listed of a survey: the examples that pass a filter, where `student` is the one compared with
    the teacher, None where there is none. by: what points are grouped by. chosen: the row of the example in the card.
    """

    survey: "Survey"
    student: str | None
    wanted: "Filter"
    by: str
    sort: tuple[str, bool]
    chosen: int | None


class Examples:
    """The components, in the column that is being built, and what happens on them.

    who: the components of the task, the visitor's ticked students and the ids of all of them.
    """

    def __init__(self, page: Page, who: list[Component]):
        self.page, self.who = page, who
        self.chosen = gr.State(None)  # the row of the example in the card
        self.sort = gr.State(_BY_ROW)
        with gr.Column(elem_classes="card filters"):
            self.filters = Filters()
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card clicks-beside"):
                self._scatter()
            with gr.Column(scale=5, min_width=320, elem_classes="card"):
                self._card()
        with gr.Column(elem_classes="card"):
            figure_title(
                "Examples", "The first 200 that match the filters. Click a column’s title to sort all matches by it."
            )
            self.table = ExampleTable.build(elem_id="x-table")
        self.inputs = [*who, self.by, self.sort, self.chosen, *self.filters.inputs]
        self.listing = [self.filters.count, self.scatter, self.table]
        self.card = [self.chosen, self.example, self.clicks]
        self.outputs = [self.sort, self.by, *self.filters.outputs, *self.listing, *self.card]

    def _scatter(self) -> None:
        figure_title(
            "Saliency of every example",
            "How much the teacher relies on each modality. Click a point to see its example.",
        )
        self.by = gr.Radio(list(_GROUPS.items()), value="right", label="Group by", elem_id="x-by", container=False)
        self.scatter = gr.Plot(elem_id="x-scatter", elem_classes="figure clickable", show_label=False, container=False)
        self.clicks = Clicks.build(elem_id="x-clicks")
        what_is_this("scatter")

    def _card(self) -> None:
        self.example = ExampleCard.build(elem_id="x-example")
        with gr.Row():
            self.to_compare = gr.Button("Open in Compare", elem_id="x-compare", elem_classes="outlined", min_width=130)
            self.to_attribute = gr.Button(
                "Open in Attribute", elem_id="x-attribute", elem_classes="outlined", min_width=130
            )

    def wire(self) -> None:
        """Connect the events."""
        filters, refuse = self.filters, self.refuse
        latest = {**_FAST, "trigger_mode": "always_last"}
        for trigger in (*filters.changes, self.by.input):
            on(trigger, self.refresh, self.inputs, [*self.listing, *filters.titled], refuse, **latest)
        on(filters.clear.click, self.clear, self.inputs, [*filters.inputs, *self.listing], refuse, **_FAST)
        on(self.table.click, self.sort_by, self.inputs, [self.sort, self.table, filters.count], refuse, **_FAST)
        for trigger in (self.clicks.select, self.table.select):
            picked = on(trigger, self.pick, self.inputs, [*self.card, self.table], self.refuse_card, **_FAST)
            picked.then(None, js=_TO_CARD)
        self._wire_opening(self.to_compare, "compare")
        self._wire_opening(self.to_attribute, "attribute")

    def _wire_opening(self, button: gr.Button, name: str) -> None:
        pair_tab = self.page.pair_tabs[name]

        def open_there(task: object, own: object, runs: object, chosen: int | None) -> Updates:
            check_task(task)
            updates = pair_tab.open_with(str(task), listed(own), known_ids(runs), chosen)
            return {self.page.tabs: gr.Tabs(selected=name), **updates}

        opened = on(
            button.click, open_there, [*self.who, self.chosen],
            [self.page.tabs, self.example, pair_tab.task, *pair_tab.outputs], self.refuse_card, concurrency_limit=None,
        )  # fmt: skip
        pair_tab.follow(opened)

    def fill(self, survey: "Survey") -> Updates:
        """Everything anew, for another task or other models: nothing filtered, the gallery's first example chosen."""
        from analysis.dataset.filters import Filter
        from analysis.pair.examples import gallery

        row = gallery(survey.task)[0].row
        student = survey.students[-1] if survey.students else None
        known = survey.table["evidence"].nunique() > 1 if "evidence" in survey.table else False
        there = {
            "label": True,
            "evidence": known,
            "right": student is not None,
            "language": bool(survey.split.languages),
        }
        groups = [(title, by) for title, by in _GROUPS.items() if there[by]]
        by = next(by for by in ("evidence", "right", "label") if there[by])
        return {
            self.sort: _BY_ROW,
            self.by: gr.update(choices=groups, value=by),
            **self.filters.fresh(survey, student, known),
            **self._drawn(Selection(survey, student, Filter(), by, _BY_ROW, row)),
            **self._card_of(survey, row),
        }

    def refresh(self, *values: Any) -> Updates:
        """The examples that pass the filters, drawn and listed."""
        if values[self.inputs.index(self.filters.right)] is None:
            return {self.filters.count: gr.skip()}  # a text box says `change` when it is first shown, too
        selection = self._read(*values)
        return {**self._drawn(selection), **self.filters.retitled(selection.student, selection.wanted)}

    def clear(self, *values: Any) -> Updates:
        """All examples again."""
        from analysis.dataset.filters import Filter

        return {**self.filters.empty(), **self._drawn(replace(self._read(*values), wanted=Filter()))}

    def sort_by(self, event: gr.EventData, *values: Any) -> Updates:
        """The table by the column that was clicked: the other way round where it is so already."""
        from analysis.dataset.listing import columns

        selection = self._read(*values)
        known = {column.key: column for column in columns(selection.survey, selection.student)}
        (key, down), column = selection.sort, check_choice("column", detail_of(event, "sort"), known)
        sort = (column, not down if column == key else known[column].number)
        return {self.sort: sort, self.table: self._listed(replace(selection, sort=sort))}

    def pick(self, event: gr.EventData, *values: Any) -> Updates:
        """The example whose point or line was clicked."""
        selection, row = self._read(*values), check_row(detail_of(event, "row"))
        return {**self._card_of(selection.survey, row), self.table: self._listed(replace(selection, chosen=row))}

    def _read(
        self,
        task: object,
        own: object,
        runs: object,
        by: object,
        sort: tuple[str, bool],
        chosen: int | None,
        *filters: object,
    ) -> Selection:
        """What the values of `inputs` choose; `sort` and `chosen` are states, which no visitor sends."""
        survey = survey_on_page(task, own, runs)
        student, wanted = self.filters.read(survey, *filters)
        grouping = check_choice("grouping", by, _GROUPS.values())
        return Selection(survey, student, wanted, grouping, sort, chosen)

    def _drawn(self, selection: Selection) -> Updates:
        from analysis.dataset import figures, filters, sentences

        survey, student = selection.survey, selection.student
        rows = filters.filter_rows(survey, student, selection.wanted)
        count = sentences.count_of(survey, len(rows), len(figures.sampled(rows)))
        return {
            self.filters.count: f"**{count}**",
            self.scatter: figures.saliency_scatter(survey, rows, selection.by, student),
            self.table: self._listed(selection),
        }

    def _listed(self, selection: Selection) -> str:
        """The markup of the table."""
        from analysis.dataset import filters, listing

        survey, student, sort = selection.survey, selection.student, selection.sort
        rows = filters.filter_rows(survey, student, selection.wanted)
        columns = [(column.key, column.title) for column in listing.columns(survey, student)]
        return ExampleTable.render_html(columns, listing.lines(survey, student, rows, *sort), *sort, selection.chosen)

    def _card_of(self, survey: "Survey", row: int) -> Updates:
        from analysis.dataset.listing import facts_of
        from analysis.pair.examples import example_at
        from analysis.pair.summary import truth_rows

        pick = example_at(survey.task, row)
        rows = [*truth_rows(survey.task, pick.example.label, pick.example.evidence), *facts_of(survey, row)]
        return {
            self.chosen: row,
            self.example: ExampleCard.render_html(row, pick.picture, pick.example.text, rows),
            self.clicks: Clicks.render_html(*survey.saliency[row].tolist()),
        }

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of how many examples pass."""
        return {self.filters.count: error_html(sentence)}

    def refuse_card(self, sentence: str) -> Updates:
        """One sentence in place of an example."""
        return {self.example: error_html(sentence)}
