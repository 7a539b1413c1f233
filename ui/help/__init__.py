"""What the figures mean, for a class and for those who want the formula: texts as files, a folder a language."""

from functools import cache
from pathlib import Path

import gradio as gr


@cache
def text(name: str, language: str = "en") -> str:
    """A help text in Markdown."""
    return (Path(__file__).parent / language / f"{name}.md").read_text(encoding="utf-8")


def what_is_this(name: str) -> None:
    """A help text that opens for those who ask, in the column that is being built."""
    with gr.Accordion("What is this?", open=False):
        gr.Markdown(text(name), latex_delimiters=[{"left": "$", "right": "$", "display": False}])


def titled(name: str, sentence: str) -> str:
    """A figure's name over one sentence on it, in Markdown."""
    return f"### {name}\n{sentence}"


def figure_title(name: str, sentence: str) -> None:
    """The same as a component, in the column that is being built."""
    gr.Markdown(titled(name, sentence), elem_classes="figure-title")
