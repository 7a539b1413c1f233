"""What the tabs share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from ui.events import Updates
from ui.visitor.own_tasks import own_choices
from ui.widgets.pair import task_choices


class PairTab(Protocol):
    """A tab that shows one pair, which other tabs can open there."""

    task: gr.Radio

    @property
    def outputs(self) -> Sequence[Block]:
        """What the updates are of, beside the task."""
        ...

    def open_with(self, task: str, own: list[str], runs: list[str], row: int | None = None) -> Updates:
        """Updates that show a task's test example of that row, its first where None, with these students too, the last
        of them in full. runs: the ids of all of the visitor's."""
        ...

    def follow(self, shown: Dependency) -> object:
        """Connect what is made of a pair after the event that showed it (`open_with`)."""
        ...


class TaskTab(Protocol):
    """A tab that other tabs can open with a task; `opening` is what the updates are of."""

    task: gr.Dropdown
    opening: list[Any]

    def fit(self, task: object) -> Updates:
        """What depends on the task."""
        ...

    def open_with(self, task: str, own: object) -> Updates:
        """Updates that show it, with a task chosen. own: the tokens of the visitor's tasks."""
        ...


@dataclass
class Page:
    """What the tabs share.

    runs: the ids of the visitor's students, own: the tokens of their own tasks, both in their browser. pair_tabs: those
    that show one pair, by their ids; choosers: the components that a task is chosen in; distil: the tab of that
    name; all as far as they are built.
    """

    blocks: gr.Blocks
    tabs: gr.Tabs
    runs: gr.BrowserState
    own: gr.BrowserState
    pair_tabs: dict[str, PairTab] = field(default_factory=dict)
    choosers: list[gr.Radio | gr.Dropdown] = field(default_factory=list)
    distil: TaskTab = field(init=False)

    def choices(self, own: object) -> Updates:
        """The choosers with the visitor's own tasks in them. own: their tokens."""
        choices = [*task_choices(), *own_choices(own)]
        return {chooser: gr.update(choices=choices) for chooser in self.choosers}

    def chosen(self, chooser: gr.Radio | gr.Dropdown, task: str, own: object) -> Updates:
        """One chooser with a task chosen, which may be new to it."""
        return {chooser: gr.update(choices=[*task_choices(), *own_choices(own)], value=task)}
