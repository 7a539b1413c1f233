"""The Languages tab: one picture under two names, and what went across languages."""

from typing import Any

import gradio as gr

from analysis.words import VIEW_TITLES, short_name
from msd_core.study.languages import SHOWN
from ui import limits
from ui.events import Updates, on
from ui.help import titled, what_is_this
from ui.tabs.languages.names import Names
from ui.tabs.shared import Page
from ui.visitor.checks import check_choice, check_language_task
from ui.widgets.sentences import error_html
from ui.work.languages import claim_of, leanings_of, scores_of
from ui.work.models import students_for

_FIGURE: dict[str, Any] = {"show_label": False, "container": False, "elem_classes": "figure"}
_LIMITED = {"concurrency_limit": limits.STUDIES_AT_ONCE, "concurrency_id": "study"}
_TEACHER = "teacher"


class LanguagesTab:
    """The tab's components, and what happens on them."""

    def __init__(self, page: Page, tab: gr.Tab):
        self.page = page
        self.opened = gr.State("")  # the task shown, "" before the first
        self.names = Names(page)
        with gr.Row(equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_classes="card"):
                self.scores_title = gr.Markdown(elem_classes="figure-title", elem_id="l-scores-title")
                self.view = gr.Radio(
                    [(VIEW_TITLES[view], view) for view in SHOWN], value="text", label="View", container=False,
                    elem_id="l-view",
                )  # fmt: skip
                self.scores = gr.Plot(elem_id="l-scores", **_FIGURE)
                what_is_this("languages-scores")
            with gr.Column(scale=5, min_width=320, elem_classes="card"):
                self.means_title = gr.Markdown(elem_classes="figure-title", elem_id="l-means-title")
                self.means = gr.Plot(elem_id="l-means", **_FIGURE)
        with gr.Column(elem_classes="card"):
            self.leaning_title = gr.Markdown(elem_classes="figure-title", elem_id="l-leaning-title")
            self.who = gr.Dropdown(
                [], label="Model", container=False, filterable=False, elem_id="l-who", elem_classes="filters"
            )
            self.leaning = gr.Plot(elem_id="l-leaning", **_FIGURE)
            what_is_this("languages-leaning")
        self.drawn = [self.scores_title, self.scores, self.means_title, self.means]
        self.leans = [self.leaning_title, self.leaning]
        self._wire(tab)

    def _wire(self, tab: gr.Tab) -> None:
        names = self.names
        names.wire()
        who = [names.task, names.own, self.page.runs]
        every = [self.opened, self.view, self.who, *names.outputs]
        watched: dict[str, Any] = {
            "concurrency_limit": limits.COMPARES_AT_ONCE, "concurrency_id": "compare", "show_progress": "minimal",
            "show_progress_on": names.tables,
        }  # fmt: skip
        entered = on(tab.select, self.enter, [self.opened, *who], every, names.refuse, **watched)
        changed = on(names.task.input, self.open, who, every, names.refuse, **watched, trigger_mode="always_last")
        latest = {**_LIMITED, "trigger_mode": "always_last"}
        for event in (entered, changed):
            on(event.then, self.draw, [names.task, self.view], self.drawn, self._refuse_scores, **_LIMITED)
            on(event.then, self.lean, [names.task, self.who], self.leans, self._refuse_leaning, **_LIMITED)
        on(self.view.input, self.draw, [names.task, self.view], self.drawn, self._refuse_scores, **latest)
        on(self.who.input, self.lean, [names.task, self.who], self.leans, self._refuse_leaning, **latest)

    def enter(self, opened: str, task: object, own: object, runs: object) -> Updates:
        """Show the task when the tab is first seen."""
        return {self.opened: opened} if opened == task else self.open(task, own, runs)

    def open(self, task: object, own: object, runs: object) -> Updates:
        """The first example of a task under two names; the figures follow."""
        subject = check_language_task(task)
        models = [_TEACHER, *students_for(subject)]
        return {
            self.opened: subject.name,
            self.view: "text",
            self.who: gr.update(choices=[(short_name(name), name) for name in models], value=_TEACHER),
            **self.names.open(task, own, runs),
        }

    def draw(self, task: object, view: object) -> Updates:
        """What every recipe scores by language under a view."""
        from analysis.languages import figures, sentences
        from analysis.languages.scores import learned

        subject, shown = check_language_task(task), check_choice("view", view, SHOWN)
        scores, means, of = scores_of(subject.name)
        return {
            self.scores_title: titled("By recipe and language", f"{of}. {claim_of(subject.name)}"),
            self.scores: figures.heat_map(scores, shown, learned(subject)),
            self.means_title: titled("Over languages", sentences.recipes(means, shown)),
            self.means: figures.means_figure(means, shown),
        }

    def lean(self, task: object, who: object) -> Updates:
        """What one of the task's models leans on by language."""
        from analysis.languages import figures, sentences

        subject = check_language_task(task)
        model = check_choice("model", who, (_TEACHER, *students_for(subject)))
        leanings = leanings_of(subject.name)
        return {
            self.leaning_title: titled("What it leans on", sentences.leaning(leanings, model)),
            self.leaning: figures.leaning_figure(leanings, model),
        }

    def _refuse_scores(self, sentence: str) -> Updates:
        return {self.scores_title: error_html(sentence)}

    def _refuse_leaning(self, sentence: str) -> Updates:
        return {self.leaning_title: error_html(sentence)}
