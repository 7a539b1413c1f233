"""Reports, for handing in or printing: made when asked for, saved from the page."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from ui.events import Updates, on
from ui.help import figure_title
from ui.widgets.download import Download
from ui.widgets.sentences import error_html

if TYPE_CHECKING:  # heavy
    from analysis.report import Report

_WAIT = '<p role="status">Making the report …</p>'


class ReportCard:
    """A button that makes a report, and what it is saved by; in the column that is being built."""

    def __init__(self, elem_id: str):
        with gr.Column(elem_classes="card", elem_id=elem_id):
            figure_title("Report", "All of this in one file that opens offline, to hand in or print; and its numbers.")
            self.button = gr.Button("Make a report", elem_classes="outlined")
            self.files = Download.build()

    def wire(self, name: str, make: "Callable[..., Report]", inputs: Sequence[Component], **options: Any) -> None:
        """Let the button make the report that `make` returns of the inputs, under a file name of this beginning."""

        def handler(*values: object) -> Iterator[Updates]:
            yield {self.files: _WAIT, self.button: gr.update(interactive=False)}
            report = make(*values)
            html = Download.render_html("Save the report (HTML)", f"{name}.html", report.html, main=True)
            numbers = Download.render_html("Save its numbers (JSON)", f"{name}.json", json.dumps(report.numbers))
            yield {self.files: html + numbers, self.button: gr.update(interactive=True)}

        on(self.button.click, handler, inputs, [self.files, self.button], self.refuse, **options)

    def refuse(self, sentence: str) -> Updates:
        """One sentence in place of a report."""
        return {self.files: error_html(sentence), self.button: gr.update(interactive=True)}

    def nothing(self) -> Updates:
        """What was made is of something else."""
        return {self.files: ""}
