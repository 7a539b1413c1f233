"""The Study tab: what published studies do and do not show, with their controls."""

from types import SimpleNamespace

import gradio as gr

from msd_core.errors import UserError
from msd_core.study.arms import REFERENCES
from ui import explain_study as explain
from ui import limits
from ui.checks import check_choice, check_choices, check_task
from ui.explain import what_is_this
from ui.explore_models import titled
from ui.pair import FIRST, task_choices
from ui.saved import Saved
from ui.studies import alone_of, curve_of, evidence_of, files_of, forest_of, learning_of, named, study_of, told_of
from ui.study_views import ArmTable, NoStudy
from ui.views import Said

_OPTIONAL = {
    "evidence": "Where it gains",
    "train_size": "With more or fewer examples",
    "label_noise": "With wrong labels",
    "corrupt_text": "With misread words",
}
_FIGURE = {"show_label": False, "container": False, "elem_classes": "figure"}
_SHARED = {"api_visibility": "private", "preprocess": False, "show_progress": "hidden",
           "concurrency_limit": limits.STUDIES_AT_ONCE, "concurrency_id": "study"}  # fmt: skip


def build(shared: SimpleNamespace) -> "StudyTab":
    """Lay the tab out and wire it."""
    tab = StudyTab(shared)
    tab.wire()
    return tab


class StudyTab:
    """The tab's components, and what happens on them."""

    def __init__(self, shared: SimpleNamespace):
        self.shared = shared
        self.opened = gr.State("")  # the task shown, "" before the first
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card"):
                self.task = gr.Radio(
                    task_choices(), value=FIRST, label="Task", container=False, elem_id="st-task",
                    elem_classes="pair-task",
                )  # fmt: skip
                self.said = Said.build(elem_id="st-said")
                self.missing = NoStudy.build(elem_id="st-missing", visible=False)
            with gr.Column(scale=5, min_width=320, elem_classes="card", visible=False) as self.over_tasks:
                self.overview_title, self.overview = self._figure("overview", explain.OVERVIEW)
        with gr.Column(visible=False, elem_id="st-body") as self.body:
            self._figures()
            self._tables()
        self.fixed = [
            self.opened, self.said, self.missing, self.over_tasks, self.overview_title, self.overview, self.body,
            self.against, self.arms, self.alone_title, self.alone, self.table,
            *(part for parts in self.optional.values() for part in parts),
        ]  # fmt: skip
        self.forest_parts = [self.forest_title, self.forest]
        self.learning_parts = [self.learning_title, self.learning]

    def _figures(self) -> None:
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card"):
                self.against = gr.Radio(
                    [(f"Against {arm}", arm) for arm in REFERENCES], value=REFERENCES[0], label="Differences",
                    container=False, elem_id="st-against", render=False,
                )  # fmt: skip
                self.forest_title, self.forest = self._figure("forest", explain.FOREST, self.against)
            with gr.Column(scale=5, min_width=320):
                with gr.Column(elem_classes="card"):
                    self.alone_title, self.alone = self._figure("alone", explain.ALONE)
                self.optional = {"evidence": self._optional("evidence", explain.EVIDENCE)}
        with gr.Row(equal_height=False):
            with gr.Column(min_width=320, elem_classes="card filters"):
                self.arms = gr.Dropdown(
                    [], multiselect=True, max_choices=limits.ARMS_AT_ONCE, label="Arms", elem_id="st-arms",
                    render=False,
                )  # fmt: skip
                self.learning_title, self.learning = self._figure("learning", explain.LEARNING, self.arms)
            self.optional["train_size"] = self._optional("train_size", explain.CURVE)
        with gr.Row(equal_height=False):
            for column in ("label_noise", "corrupt_text"):
                self.optional[column] = self._optional(column, explain.CURVE)

    def _optional(self, name: str, text: str) -> tuple:
        """The card, the title and the plot of a figure that some studies have."""
        with gr.Column(min_width=320, elem_classes="card", visible=False) as card:
            return card, *self._figure(name.replace("_", "-"), text)

    def _figure(self, name: str, text: str, control=None) -> tuple[gr.Markdown, gr.Plot]:
        """A title, what the figure is controlled by, the figure and what it means."""
        title = gr.Markdown(elem_classes="figure-title", elem_id=f"st-{name}-title")
        if control is not None:
            control.render()
        plot = gr.Plot(elem_id=f"st-{name}", **_FIGURE)
        what_is_this(text)
        return title, plot

    def _tables(self) -> None:
        with gr.Column(elem_classes="card"):
            gr.Markdown(
                titled("All arms", "Every difference but the named one is exploratory. The files have every run."),
                elem_classes="figure-title",
            )
            self.table = ArmTable.build(elem_id="st-table")
            self.files = Saved.build(elem_id="st-files")

    def wire(self) -> None:
        """Connect the events. All are the page's own: the public way in is `/study`."""
        every = [*self.fixed, *self.forest_parts, *self.learning_parts]
        self.shared.tab.select(self.enter, [self.opened, self.task], every, **_SHARED)
        self.task.input(self.open, [self.task], every, **_SHARED)
        self.opened.change(self.save, self.opened, self.files, **_SHARED)
        latest = {**_SHARED, "trigger_mode": "always_last"}
        self.against.input(self.compare, [self.task, self.against], self.forest_parts, **latest)
        self.arms.input(self.follow, [self.task, self.arms], self.learning_parts, **latest)

    def enter(self, opened, task):
        """Show the task when the tab is first seen."""
        return {self.opened: opened} if opened == task else self.open(task)

    def open(self, task):
        """Everything on a task's study, or how to make one."""
        name = check_task(task)
        shown = {self.opened: name, **self._overview(name)}
        try:
            study_of(name)
        except UserError:
            missing = gr.update(value=NoStudy.render_html(name), visible=True)
            return {**shown, self.said: "", self.missing: missing, self.body: gr.update(visible=False)}
        return {
            **shown,
            self.missing: gr.update(visible=False),
            self.body: gr.update(visible=True),
            **self._shown(name),
        }

    def _overview(self, task: str) -> dict:
        from analysis.study import forest, story

        found, titles = named(), {name: title for title, name in task_choices()}
        if found.empty:
            return {self.over_tasks: gr.update(visible=False)}
        return {
            self.over_tasks: gr.update(visible=True),
            self.overview_title: titled("All tasks", story.overview(found, list(titles))),
            self.overview: forest.overview(found, titles, task),
        }

    def _shown(self, task: str) -> dict:
        from analysis.study import tables

        study, told = study_of(task), told_of(task)
        first, (said, figure) = tables.shown_first(study), alone_of(task)
        shown = {
            self.said: Said.render_html(told.headline, told.detail, list(told.notes)),
            self.against: REFERENCES[0],
            self.arms: gr.update(choices=tables.arms_of(study), value=first),
            self.alone_title: titled("One half alone", said),
            self.alone: figure,
            self.table: ArmTable.render_html(tables.caption(study), *tables.lines(study)),
            **self.compare(task, REFERENCES[0]),
            **self.follow(task, first),
        }
        for name, (card, title, plot) in self.optional.items():
            drawn = evidence_of(task) if name == "evidence" else curve_of(task, name)
            shown[card] = gr.update(visible=drawn is not None)
            shown |= {title: titled(_OPTIONAL[name], drawn[0]), plot: drawn[1]} if drawn else {}
        return shown

    def compare(self, task, against):
        """Every arm against one."""
        against = check_choice("reference", against, REFERENCES)
        said, figure = forest_of(check_task(task), against)
        return {self.forest_title: titled(f"Differences from {against}", said), self.forest: figure}

    def follow(self, task, arms):
        """The learning curves of the arms chosen; of those first shown where none is."""
        from analysis.study import tables

        study = study_of(check_task(task))
        chosen = check_choices("arm", arms, tables.arms_of(study)) or tables.shown_first(study)
        said, figure = learning_of(study.task, tuple(chosen)[: limits.ARMS_AT_ONCE])
        return {self.learning_title: titled("As they learn", said), self.learning: figure}

    def save(self, task):
        """The files of what is shown: after the figures, which they would keep waiting."""
        try:
            return "".join(Saved.render_html(*file) for file in files_of(check_task(task)))
        except UserError:
            return ""
