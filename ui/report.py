"""Reports, for handing in or printing: made when asked for, saved from the page."""

import json
from collections.abc import Callable

import gradio as gr

from msd_core.errors import UserError
from ui.saved import Saved
from ui.views import Answers

_WAIT = '<p role="status">Making the report …</p>'


class ReportCard:
    """A button that makes a report, and what it is saved by; in the column that is being built."""

    def __init__(self, elem_id: str):
        with gr.Column(elem_classes="card", elem_id=elem_id):
            gr.Markdown(
                "### Report\nAll of this in one file that opens offline, to hand in or print; and its numbers.",
                elem_classes="figure-title",
            )
            self.button = gr.Button("Make a report", elem_classes="outlined")
            self.files = Saved.build()

    def wire(self, name: str, make: Callable, inputs: list, **options) -> None:
        """Let the button make the report that `make` returns of the inputs, or refuses with a `UserError`."""

        def made(*values):
            yield _WAIT
            try:
                report = make(*values)
            except UserError as error:
                yield Answers.error_html(str(error))
                return
            yield Saved.render_html("Save the report (HTML)", f"{name}.html", report.html, main=True) + (
                Saved.render_html("Save its numbers (JSON)", f"{name}.json", json.dumps(report.numbers))
            )

        self.button.click(
            made, inputs, self.files, api_visibility="private", preprocess=False, show_progress="hidden", **options
        )

    def nothing(self):
        """What was made is of something else: update for `files`."""
        return {self.files: ""}
