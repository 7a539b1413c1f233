"""What the tabs share."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import gradio as gr


class PairTab(Protocol):
    """A tab that shows one pair, which other tabs can open there."""

    task: gr.Radio
    outputs: list[Any]

    def open_with(self, task: object, own: list[str], runs: object, row: int | None = None) -> dict[Any, Any]:
        """Updates that show a task's test example of that row, its first where None, with these students too."""
        ...


@dataclass
class Page:
    """What the tabs share. runs: the ids of the visitor's students, in their browser. pair_tabs: those that show one
    pair, by their ids, as far as they are built."""

    blocks: gr.Blocks
    tabs: gr.Tabs
    runs: gr.BrowserState
    pair_tabs: dict[str, PairTab] = field(default_factory=dict)
