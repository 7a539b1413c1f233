"""The Study tab: what published studies do and do not show, with their controls."""

from typing import Any

import gradio as gr

from msd_core.errors import UserError
from msd_core.study.arms import REFERENCES
from msd_core.study.plan import CONDITION
from msd_core.tasks import Task
from ui import limits
from ui.events import Updates, on
from ui.help import figure_title, titled, what_is_this
from ui.tabs.shared import Page
from ui.tabs.study.widgets import ArmTable, NoStudy
from ui.visitor.checks import check_choice, check_choices, check_task
from ui.widgets.download import Download
from ui.widgets.pair import FIRST, task_choices
from ui.widgets.sentences import Sentences, error_html
from ui.work.studies import (
    Drawn,
    alone_of,
    curve_of,
    evidence_of,
    files_of,
    forest_of,
    learning_of,
    named,
    recombined_of,
    study_of,
    summary_of,
    transfer_of,
)  # fmt: skip

_OPTIONAL = {
    "recombined": "Recombined pairs",
    "evidence": "Gain by evidence",
    "transfer": "Across languages",
    "train_size": "With more or fewer examples",
    "label_noise": "With wrong labels",
    "corrupt_text": "With misread words",
}
_FIGURE: dict[str, Any] = {"show_label": False, "container": False, "elem_classes": "figure"}
_LIMITED = {"concurrency_limit": limits.STUDIES_AT_ONCE, "concurrency_id": "study"}


class StudyTab:
    """The tab's components, and what happens on them."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.opened = gr.State("")  # the task shown, "" before the first
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card"):
                self.task = gr.Radio(
                    task_choices(), value=FIRST, label="Task", container=False, elem_id="st-task",
                    elem_classes="pair-task",
                )  # fmt: skip
                self.sentences = Sentences.build(elem_id="st-sentences")
                self.missing = NoStudy.build(elem_id="st-missing", visible=False)
            with gr.Column(scale=5, min_width=320, elem_classes="card", visible=False) as self.over_tasks:
                self.overview_title, self.overview = self._figure("overview")
        with gr.Column(visible=False, elem_id="st-body") as self.body:
            self._figures()
            self._tables()
        self.fixed = [
            self.opened, self.sentences, self.missing, self.over_tasks, self.overview_title, self.overview, self.body,
            self.against, self.arms, self.alone_title, self.alone, self.table,
            *(part for parts in self.optional.values() for part in parts),
        ]  # fmt: skip
        self.forest_parts = [self.forest_title, self.forest]
        self.learning_parts = [self.learning_title, self.learning]
        self._wire(tab)

    def _figures(self) -> None:
        self.optional = {}
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320):
                with gr.Column(elem_classes="card"):
                    self.against = gr.Radio(
                        [(f"Against {arm}", arm) for arm in REFERENCES], value=REFERENCES[0], label="Differences",
                        container=False, elem_id="st-against", render=False,
                    )  # fmt: skip
                    self.forest_title, self.forest = self._figure("forest", self.against)
                with gr.Column(elem_classes="card filters"):
                    self.arms = gr.Dropdown(
                        [], multiselect=True, max_choices=limits.ARMS_AT_ONCE, label="Arms", elem_id="st-arms",
                        render=False,
                    )  # fmt: skip
                    self.learning_title, self.learning = self._figure("learning", self.arms)
            with gr.Column(scale=5, min_width=320):
                with gr.Column(elem_classes="card"):
                    self.alone_title, self.alone = self._figure("alone")
                for name in ("recombined", "evidence", "transfer"):
                    self.optional[name] = self._optional(name, name)
        with gr.Row(equal_height=False):
            for column in CONDITION:
                self.optional[column] = self._optional(column, "curve")

    def _optional(self, name: str, text: str) -> tuple[gr.Column, gr.Markdown, gr.Plot]:
        """The card, the title and the plot of a figure that some studies have."""
        with gr.Column(min_width=320, elem_classes="card", visible=False) as card:
            return card, *self._figure(name.replace("_", "-"), text=text)

    def _figure(self, name: str, control: gr.Component | None = None, text: str = "") -> tuple[gr.Markdown, gr.Plot]:
        """A title, what the figure is controlled by, the figure and what it means, by the name of the help text."""
        title = gr.Markdown(elem_classes="figure-title", elem_id=f"st-{name}-title")
        if control is not None:
            control.render()
        plot = gr.Plot(elem_id=f"st-{name}", **_FIGURE)
        what_is_this(f"study-{text or name}")
        return title, plot

    def _tables(self) -> None:
        with gr.Column(elem_classes="card"):
            figure_title("All arms", "Every difference but the named one is exploratory. The files have every run.")
            self.table = ArmTable.build(elem_id="st-table")
            self.files = Download.build(elem_id="st-files")

    def _wire(self, tab: gr.Tab) -> None:
        """Connect the events. All are the page's own: the public way in is `/study`."""
        every = [*self.fixed, *self.forest_parts, *self.learning_parts]
        on(tab.select, self.enter, [self.opened, self.task], every, self.refuse, **_LIMITED)
        on(self.task.input, self.open, [self.task], every, self.refuse, **_LIMITED)
        on(self.opened.change, self.save, [self.opened], [self.files], self._refuse_files, **_LIMITED)
        latest = {**_LIMITED, "trigger_mode": "always_last"}
        on(
            self.against.input, self.compare, [self.task, self.against], self.forest_parts, self._refuse_forest,
            **latest,
        )  # fmt: skip
        on(self.arms.input, self.follow, [self.task, self.arms], self.learning_parts, self._refuse_learning, **latest)

    def enter(self, opened: str, task: object) -> Updates:
        """Show the task when the tab is first seen."""
        return {self.opened: opened} if opened == task else self.open(task)

    def open(self, task: object) -> Updates:
        """Everything on a task's study, or how to make one."""
        subject = check_task(task)
        there = {self.opened: subject.name, **self._overview(subject)}
        try:
            study_of(subject.name)
        except UserError:
            missing = gr.update(value=NoStudy.render_html(subject.name), visible=True)
            return {**there, self.sentences: "", self.missing: missing, self.body: gr.update(visible=False)}
        return {
            **there,
            self.missing: gr.update(visible=False),
            self.body: gr.update(visible=True),
            **self._figures_of(subject.name),
        }

    def _overview(self, task: Task) -> Updates:
        from analysis.study import forest, sentences
        from msd_core.study.published import NAMED_TASKS

        contrasts, titles = named(), {name: title for title, name in task_choices()}
        if contrasts.empty:
            return {self.over_tasks: gr.update(visible=False)}
        return {
            self.over_tasks: gr.update(visible=True),
            self.overview_title: titled("All tasks", sentences.overview(contrasts, list(NAMED_TASKS))),
            self.overview: forest.overview(contrasts, titles, task.name),
        }

    def _figures_of(self, task: str) -> Updates:
        from analysis.study import tables

        study, summary = study_of(task), summary_of(task)
        first, (sentence, figure) = tables.first_arms(study), alone_of(task)
        updates: Updates = {
            self.sentences: Sentences.render_html(summary.headline, summary.detail, list(summary.notes)),
            self.against: REFERENCES[0],
            self.arms: gr.update(choices=tables.arms_of(study), value=first),
            self.alone_title: titled("One modality alone", sentence),
            self.alone: figure,
            self.table: ArmTable.render_html(tables.caption(study), *tables.lines(study)),
            **self.compare(task, REFERENCES[0]),
            **self.follow(task, first),
        }
        for name, (card, title, plot) in self.optional.items():
            drawn = self._drawn(task, name)
            updates[card] = gr.update(visible=drawn is not None)
            updates |= {title: titled(_OPTIONAL[name], drawn[0]), plot: drawn[1]} if drawn else {}
        return updates

    @staticmethod
    def _drawn(task: str, name: str) -> Drawn | None:
        """An optional figure; None where the study has none."""
        whole = {"recombined": recombined_of, "evidence": evidence_of, "transfer": transfer_of}
        return whole[name](task) if name in whole else curve_of(task, name)

    def compare(self, task: object, against: object) -> Updates:
        """Every arm against one."""
        arm = check_choice("reference", against, REFERENCES)
        sentence, figure = forest_of(check_task(task).name, arm)
        return {self.forest_title: titled(f"Differences from {arm}", sentence), self.forest: figure}

    def follow(self, task: object, arms: object) -> Updates:
        """The learning curves of the arms chosen; of those first shown where none is."""
        from analysis.study import tables

        study = study_of(check_task(task).name)
        chosen = check_choices("arm", arms, tables.arms_of(study)) or tables.first_arms(study)
        sentence, figure = learning_of(study.task, tuple(chosen)[: limits.ARMS_AT_ONCE])
        return {self.learning_title: titled("Learning curves", sentence), self.learning: figure}

    def save(self, task: object) -> Updates:
        """The files of what is on the page: after the figures, which they would keep waiting."""
        name = check_task(task).name
        try:
            files = files_of(name)
        except UserError:  # no study: `open` has said so
            files = []
        return {self.files: "".join(Download.render_html(*file) for file in files)}

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of a study."""
        return {self.sentences: error_html(sentence), self.body: gr.update(visible=False)}

    def _refuse_forest(self, sentence: str) -> Updates:
        return {self.forest_title: error_html(sentence)}

    def _refuse_learning(self, sentence: str) -> Updates:
        return {self.learning_title: error_html(sentence)}

    def _refuse_files(self, sentence: str) -> Updates:
        return {self.files: error_html(sentence)}
