"""Parts of the page, built alone."""

from collections.abc import Callable
from typing import TypeVar

import gradio as gr

from ui.tabs.shared import Page

_T = TypeVar("_T")


def page_with(build: Callable[[Page, gr.Tab], _T]) -> _T:
    """A tab in a page of its own."""
    with gr.Blocks() as blocks:
        runs, own = gr.BrowserState([]), gr.BrowserState([])
        with gr.Tabs() as tabs, gr.Tab("One") as tab:
            return build(Page(blocks, tabs, runs, own), tab)
