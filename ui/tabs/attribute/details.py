"""How far maps can be trusted and how alike they are: the lower half of the Attribute tab."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from analysis.words import short_name
from msd_core.errors import UserError
from ui.events import Updates
from ui.help import figure_title, what_is_this
from ui.widgets.progress import Progress
from ui.widgets.report import ReportCard
from ui.widgets.sentences import Sentences, error_html
from ui.widgets.tiles import Tiles

if TYPE_CHECKING:  # heavy
    from analysis.attribution.pair import PairAttribution
    from analysis.report import Report
    from ui.work.attributions import Request


class Details:
    """Measures of the maps on the page: their components, in the column that is being built."""

    def __init__(self) -> None:
        self.done = gr.State(None)  # the request that the measures on the page are of
        with gr.Column(visible=False, elem_id="attribute-details") as self.column:
            with gr.Column(elem_classes="card", elem_id="attribute-trust"):
                figure_title(
                    "How far to trust these maps", "How the score changes when the top patches and words are removed."
                )
                self.trust = Sentences.build()
                with gr.Column() as self.measures:
                    self.curves = gr.Plot(show_label=False, container=False, elem_classes="figure")
                    self.table = Tiles.build()
                    self.progress = Progress.build()
                    self.sensitivity = gr.Button("Measure sensitivity", elem_id="attribute-sensitivity")
                what_is_this("trust")
            with gr.Column(elem_classes="card", elem_id="attribute-alike") as self.alike_card:
                figure_title("How alike are the maps", "Each student’s map against the teacher’s.")
                self.alike = Sentences.build()
                self.alike_table = Tiles.build()
                what_is_this("alike")
            with gr.Column(elem_classes="card", elem_id="attribute-pointing") as self.pointing_card:
                figure_title(
                    "Do they point at the deciding region?", "Only for tasks where the deciding region is known."
                )
                self.pointing = Tiles.build()
                what_is_this("pointing")
            self.report = ReportCard("attribute-report")
        self.measured = [self.done, self.trust, self.measures, self.curves, self.table]
        self.nudged = [self.progress, self.sensitivity, self.table]
        self.outputs = [
            self.done, self.column, self.trust, self.measures, self.progress, self.sensitivity, self.alike_card,
            self.alike, self.alike_table, self.pointing_card, self.pointing, self.report.files,
        ]  # fmt: skip

    def waiting(self, attribution: "PairAttribution") -> Updates:
        """What is known once the maps are there; the rest is being measured."""
        from analysis.attribution.sentences import alike, alike_table, pointing_table

        pointing = pointing_table(attribution)
        several = len(attribution.maps) > 1
        return {
            self.done: None,
            self.column: gr.update(visible=True),
            self.trust: Sentences.render_html(
                "", "Measuring: each map against random orders of patches and words …", []
            ),
            self.measures: gr.update(elem_classes=["waiting"]),
            self.progress: "",
            self.sensitivity: gr.update(interactive=True),
            self.alike_card: gr.update(visible=several),
            self.alike: Sentences.render_html("", "", alike(attribution)),
            self.alike_table: Tiles.render_html([], *alike_table(attribution)) if several else "",
            self.pointing_card: gr.update(visible=pointing is not None),
            self.pointing: Tiles.render_html([], *pointing) if pointing else "",
            **self.report.nothing(),
        }

    def nothing(self) -> Updates:
        """No maps, no measures."""
        return {self.column: gr.update(visible=False)}

    def measure(self, request: "Request | None", done: "Request | None") -> Updates:
        """The faithfulness of the maps on the page, where it is not there already."""
        if request is None or request == done:
            return {self.trust: gr.skip()}
        from analysis.attribution.figures import curves_figure
        from analysis.attribution.sentences import Numbers, trust, trust_table
        from ui.work.attributions import attribution_of, faithfulness_of

        attribution, faithfulness = attribution_of(request), faithfulness_of(request)
        return {
            self.done: request,
            self.trust: Sentences.render_html("", "", trust(faithfulness)),
            self.measures: gr.update(elem_classes=[]),
            self.curves: curves_figure(faithfulness, attribution.label, request.settings.output),
            self.table: Tiles.render_html([], *trust_table(faithfulness, Numbers.of(attribution))),
        }

    def refuse_measure(self, sentence: str) -> Updates:
        """One sentence in place of measures; those that were there before are of another pair."""
        return {
            self.trust: error_html(sentence),
            self.measures: gr.update(elem_classes=[]),
            self.curves: None,
            self.table: "",
        }

    def make_report(self, request: "Request | None") -> "Report":
        """The report of the maps on the page."""
        from ui.work.attributions import report_of

        if request is None:
            raise UserError("There are no maps yet: make some first.")
        return report_of(request)

    def nudge(self, request: "Request | None") -> Iterator[Updates]:
        """The same with sensitivity, a model at a time."""
        if request is None:
            raise UserError("There are no maps yet: make some first.")
        from analysis.attribution.faithfulness import measure
        from analysis.attribution.sentences import Numbers, trust_table
        from ui.work.attributions import ROOM, attribution_of

        attribution, measured = attribution_of(request), {}
        for done, (name, each) in enumerate(attribution.maps.items()):
            stage = f"Measuring sensitivity: {short_name(name)}"
            count = f"{done + 1} of {len(attribution.maps)}"
            yield {
                self.progress: Progress.render_html(stage, done / len(attribution.maps), count),
                self.sensitivity: gr.update(interactive=False),
            }
            with ROOM.enter():
                measured[name] = measure(attribution.scores[name], each, sensitive=True)
        table = Tiles.render_html([], *trust_table(measured, Numbers.of(attribution)))
        yield {self.progress: "", self.table: table}

    def refuse_nudge(self, sentence: str) -> Updates:
        """One sentence, and the button to try again."""
        failed = Progress.render_html(sentence, None, "", failed=True)
        return {self.progress: failed, self.sensitivity: gr.update(interactive=True)}
