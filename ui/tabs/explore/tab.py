"""The Explore tab: a task's whole test split, a swap matrix, and tables of one's own."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from msd_core.errors import UserError
from ui import limits
from ui.events import Updates, on
from ui.tabs.explore.batch import BatchCard
from ui.tabs.explore.examples import Examples, survey_on_page
from ui.tabs.explore.models import ModelFigures
from ui.tabs.explore.swap import SwapCard
from ui.tabs.explore.widgets import Headline
from ui.tabs.shared import Page
from ui.visitor.checks import check_choice, check_task
from ui.visitor.students import known_ids, listed, own_students
from ui.widgets.pair import FIRST, task_choices
from ui.widgets.progress import Progress
from ui.widgets.report import ReportCard
from ui.widgets.sentences import error_html
from ui.work.models import ticked_students
from ui.work.surveys import follow, survey_of
from ui.work.work import Result, WorkProgress

if TYPE_CHECKING:  # heavy
    from analysis.dataset.survey import Survey
    from analysis.report import Report

_SLOW = {"concurrency_limit": limits.EXPLORES_AT_ONCE, "concurrency_id": "explore"}
_FAST = {"concurrency_limit": limits.FILTERS_AT_ONCE, "concurrency_id": "filter"}


class ExploreTab:
    """What a visitor sees lives in the components, never here."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.opened = gr.State([])  # the task on the page and the ids of the visitor's students, [] before the first
        with gr.Column(elem_classes="card"):
            self.task = gr.Radio(
                task_choices(), value=FIRST, label="Task", container=False, elem_id="x-task", elem_classes="pair-task"
            )
            self.own = gr.CheckboxGroup([], label="Your students", visible=False, elem_id="x-own")
            self.progress = Progress.build(elem_id="x-progress")
            self.headline = Headline.build(elem_id="x-headline")
        page.choosers.append(self.task)
        self.who = [self.task, self.own, page.runs]
        with gr.Column(visible=False, elem_id="x-body") as self.body:
            self.examples = Examples(page, self.who)
            self.models = ModelFigures()
            self.report = ReportCard("x-report")
        self.swap = SwapCard(page, self.task, self.own)
        self.batch = BatchCard(page, self.task, self.own)
        self.all = [
            self.opened, self.own, self.progress, self.headline, self.body, *self.examples.outputs,
            *self.models.outputs, self.report.files,
        ]  # fmt: skip
        self._wire(tab)

    def _wire(self, tab: gr.Tab) -> None:
        """Connect the events. All are the page's own: the public ways in are `/swap` and `/batch`."""
        # one event: of several that take long, whatever came in last would stay on the page
        wanted = partial(gr.on, [tab.select, self.task.input, self.own.input])
        on(wanted, self.open, [self.opened, *self.who], self.all, self.refuse, trigger_mode="always_last", **_SLOW)
        self._wire_figures()
        self.report.wire("msd-dataset", self.make_report, self.who, **_SLOW)
        self.examples.wire()
        self.swap.wire(tab)
        self.batch.wire()

    def _wire_figures(self) -> None:
        models = self.models
        for part, draw, title, figure in (
            (models.density_label, models.draw_density, models.density_title, models.density),
            (models.gap_student, models.draw_by_label, models.gap_title, models.by_label),
        ):
            on(part.input, _of_survey(draw), [*self.who, part], [title, figure], _refuse_title(title), **_FAST)
        title, figure = models.calibration_title, models.calibration
        inputs = [*self.who, models.view, models.calibration_label]
        for trigger in (models.view.input, models.calibration_label.input):
            on(trigger, _of_survey(models.draw_calibration), inputs, [title, figure], _refuse_title(title), **_FAST)
        on(
            models.emap_output.input, self.change_output, [*self.who, models.emap_output],
            [models.emap_title, models.emap, models.emap_output], _refuse_title(models.emap_title),
            **{**_SLOW, "show_progress": "minimal", "show_progress_on": models.emap},
        )  # fmt: skip

    def open(self, opened: list[str], task: object, ticked_ids: object, runs: object) -> Iterator[Updates]:
        """Survey the task with the students that are ticked, with its progress, and show everything; where that is on
        the page already, only list the students that are new."""
        subject = check_task(task)
        ids = known_ids(runs)
        mine, ticked = own_students(ids, subject), ticked_students(listed(ticked_ids), ids, subject)
        # in one update only: of two in a row, the page loses ticks of a list that it did not show before
        own: Updates = {
            self.own: gr.update(choices=list(mine.items()), value=list(ticked.values()), visible=bool(mine))
        }
        wanted = [subject.name, *ticked.values()]
        if wanted == opened:
            yield own
            return
        try:
            for update in follow(subject, ticked):
                if isinstance(update, Result):
                    yield {self.opened: wanted, **own, **self._updates(update.value)}
                else:
                    yield self._underway(update)
        except UserError as error:
            yield {**own, **self.refuse(str(error))}

    def _underway(self, progress: WorkProgress) -> Updates:
        line = Progress.render_html(progress.what, progress.share, "Only the first time takes long")
        return {
            self.progress: gr.update(value=line, visible=True),
            self.headline: "",
            self.body: gr.update(visible=False),  # what is there is of other models
        }

    def _updates(self, survey: "Survey") -> Updates:
        from analysis.dataset import sentences

        return {
            self.progress: gr.update(value="", visible=False),
            self.headline: Headline.render_html(sentences.headline(survey)),
            self.body: gr.update(visible=True),
            **self.examples.fill(survey),
            **self.models.fill(survey, "probability"),
            **self.report.nothing(),
        }

    def change_output(self, task: object, own: object, runs: object, output: object) -> Updates:
        """EMAP on probabilities or on logits; the first time of a task it takes a while."""
        kind, subject = check_choice("output", output, ("probability", "logit")), check_task(task)
        survey = survey_of(subject, ticked_students(listed(own), known_ids(runs), subject), kind)
        return self.models.draw_emap(survey, kind)

    def make_report(self, task: object, own: object, runs: object) -> "Report":
        """The report of the dataset with the students on the page."""
        from analysis.report import dataset_report

        return dataset_report(survey_on_page(task, own, runs))

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of a survey."""
        failed = Progress.render_html(sentence, None, "", failed=True)
        return {
            self.opened: [],
            self.progress: gr.update(value=failed, visible=True),
            self.headline: "",
            self.body: gr.update(visible=False),
        }


def _of_survey(draw: Callable[..., Updates]) -> Callable[..., Updates]:
    """The event that draws a figure from the survey on the page and the values of its controls."""

    def event(task: object, own: object, runs: object, *values: object) -> Updates:
        return draw(survey_on_page(task, own, runs), *values)

    return event


def _refuse_title(title: gr.Markdown) -> Callable[[str], Updates]:
    """One sentence in place of a figure's title."""
    return lambda sentence: {title: error_html(sentence)}
