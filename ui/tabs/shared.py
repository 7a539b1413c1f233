"""What the tabs share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import gradio as gr
from gradio.blocks import Block

from ui.events import Updates


class PairTab(Protocol):
    """A tab that shows one pair, which other tabs can open there."""

    task: gr.Radio

    @property
    def outputs(self) -> Sequence[Block]:
        """What the updates are of, beside the task."""
        ...

    def open_with(self, task: str, own: list[str], runs: list[str], row: int | None = None) -> Updates:
        """Updates that show a task's test example of that row, its first where None, with these students too. runs:
        the ids of all of the visitor's."""
        ...


@dataclass
class Page:
    """What the tabs share. runs: the ids of the visitor's students, in their browser. pair_tabs: those that show one
    pair, by their ids, as far as they are built."""

    blocks: gr.Blocks
    tabs: gr.Tabs
    runs: gr.BrowserState
    pair_tabs: dict[str, PairTab] = field(default_factory=dict)
