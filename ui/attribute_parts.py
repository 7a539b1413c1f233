"""Parts of the Attribute tab: how maps are made, and what is measured of them."""

import gradio as gr

from analysis.attribution.question import BASELINES, OUTPUTS
from analysis.words import short_name
from msd_core.errors import UserError
from ui import explain, limits
from ui.compare import figure_title
from ui.report import ReportCard
from ui.views import Answers, Progress, Said, Tiles

_METHOD = "integrated-gradients"
_OUTPUTS = {"probability": "Probability", "logit": "Logit"}
_VIEWS = {"both": "Both", "image": "Image only", "text": "Text only"}
_LIKELIEST = "the teacher’s likeliest"


class How:
    """The settings of maps: their components, in the column that is being built."""

    def __init__(self):
        with gr.Row(elem_classes="controls"):
            self.label = gr.Dropdown(
                [(_LIKELIEST, "")], value="", label="Label", filterable=False, elem_id="attribute-label", min_width=150
            )
            self.method = gr.Dropdown(
                [], value=None, label="Method", filterable=False, elem_id="attribute-method", min_width=150
            )
        with gr.Accordion("More settings", open=False, elem_id="attribute-more"):
            low, high = limits.EFFORT[_METHOD]
            self.effort = gr.Slider(low, high, value=128, step=1, label="Steps", elem_id="attribute-effort")
            self.output = gr.Radio(
                [(_OUTPUTS[o], o) for o in OUTPUTS], value=OUTPUTS[0], label="Score to explain",
                elem_id="attribute-output",
            )  # fmt: skip
            self.view = gr.Radio(
                [(title, view) for view, title in _VIEWS.items()], value="both", label="What the models may see",
                elem_id="attribute-view",
            )  # fmt: skip
            self.baseline = gr.Radio(
                [(b.capitalize(), b) for b in BASELINES], value=BASELINES[0], label="What an absent patch looks like",
                elem_id="attribute-baseline",
            )  # fmt: skip
        self.defaults = (_METHOD, "", OUTPUTS[0], "both", BASELINES[0], None)
        self.inputs = [self.method, self.label, self.output, self.view, self.baseline, self.effort]
        self.outputs = [self.method, self.label, self.effort]
        self.changes = [
            self.label.input, self.output.input, self.view.input, self.baseline.input, self.effort.release
        ]  # fmt: skip

    def of_another_pair(self, how: tuple) -> tuple:
        """The same settings for another pair, whose likeliest label may be another."""
        return (how[0], "", *how[2:]) if how and how[0] else ()

    def fit(self, method):
        """The range of effort that a method has."""
        from analysis.attribution.methods import METHODS

        name = method if isinstance(method, str) else ""
        known, range_ = METHODS.get(name), limits.EFFORT.get(name)
        if known is None or range_ is None:
            return gr.update(visible=False)
        low, high = range_
        return gr.update(minimum=low, maximum=high, value=known.effort, label=known.unit.capitalize(), visible=True)

    def shown(self, found, settings):
        """What the components show once maps are there."""
        from analysis.attribution.methods import METHODS

        likeliest = f"{_LIKELIEST} ({found.label})" if settings.label is None else _LIKELIEST
        return {
            self.method: gr.update(
                choices=[(method.title, name) for name, method in METHODS.items()], value=settings.method
            ),
            self.label: gr.update(
                choices=[(likeliest, ""), *((label, label) for label in found.comparison.task.labels)],
                value=settings.label or "",
            ),
            self.effort: gr.skip(),
        }


class Details:
    """How far maps can be trusted and how alike they are: components, in the column that is being built."""

    def __init__(self):
        self.done = gr.State(None)  # what the measures shown are of
        with gr.Column(visible=False, elem_id="attribute-details") as self.column:
            with gr.Column(elem_classes="card", elem_id="attribute-trust"):
                figure_title("How far to trust these maps", "What happens when what a map points at is taken away.")
                self.trust = Said.build()
                with gr.Column() as self.measures:
                    self.curves = gr.Plot(show_label=False, container=False, elem_classes="figure")
                    self.table = Tiles.build()
                    self.progress = Progress.build()
                    self.sensitivity = gr.Button("Measure sensitivity", elem_id="attribute-sensitivity")
                explain.what_is_this(explain.TRUST)
            with gr.Column(elem_classes="card", elem_id="attribute-alike") as self.alike_card:
                figure_title("How alike are the maps", "Each student’s map against the teacher’s.")
                self.alike = Said.build()
                self.alike_table = Tiles.build()
                explain.what_is_this(explain.ALIKE)
            with gr.Column(elem_classes="card", elem_id="attribute-pointing") as self.pointing_card:
                figure_title("Do they point at what decides?", "Only where the task’s maker knows where that lies.")
                self.pointing = Tiles.build()
                explain.what_is_this(explain.POINTING)
            self.report = ReportCard("attribute-report")
        self.measured = [self.done, self.trust, self.measures, self.curves, self.table]
        self.nudged = [self.progress, self.sensitivity, self.table]
        self.outputs = [
            self.done, self.column, self.trust, self.measures, self.progress, self.sensitivity, self.alike_card,
            self.alike, self.alike_table, self.pointing_card, self.pointing, self.report.files,
        ]  # fmt: skip

    def waiting(self, found):
        """What is known once the maps are there; the rest is being measured."""
        from analysis.attribution.story import alike, alike_table, pointing_table

        pointing = pointing_table(found)
        several = len(found.maps) > 1
        return {
            self.done: None,
            self.column: gr.update(visible=True),
            self.trust: Said.render_html("", "Measuring: each map against random orders of patches and words …", []),
            self.measures: gr.update(elem_classes=["waiting"]),
            self.progress: "",
            self.sensitivity: gr.update(interactive=True),
            self.alike_card: gr.update(visible=several),
            self.alike: Said.render_html("", "", alike(found)),
            self.alike_table: Tiles.render_html([], *alike_table(found)) if several else "",
            self.pointing_card: gr.update(visible=pointing is not None),
            self.pointing: Tiles.render_html([], *pointing) if pointing else "",
            **self.report.nothing(),
        }

    def nothing(self):
        """No maps, no measures."""
        return {self.column: gr.update(visible=False)}

    def measure(self, asked, done):
        """The faithfulness of the maps shown, where it is not there already."""
        if asked is None or asked == done:
            return {self.trust: gr.skip()}
        from analysis.attribution.figures import curves_figure
        from analysis.attribution.story import Numbers, trust, trust_table
        from ui.why import ROOM, explained

        try:
            found = explained(asked)
            with ROOM.enter():
                measured = found.faithfulness()
        except UserError as error:
            return {self.trust: Answers.error_html(str(error))}
        return {
            self.done: asked,
            self.trust: Said.render_html("", "", trust(measured)),
            self.measures: gr.update(elem_classes=[]),
            self.curves: curves_figure(measured, found.label, asked.settings.output),
            self.table: Tiles.render_html([], *trust_table(measured, Numbers.of(found))),
        }

    def make_report(self, asked):
        """The report of the maps shown."""
        from ui.why import report

        if asked is None:
            raise UserError("There are no maps yet: make some first.")
        return report(asked)

    def nudge(self, asked):
        """The same with sensitivity, a model at a time."""
        if asked is None:
            yield {self.progress: gr.skip()}
            return
        from analysis.attribution.faithfulness import measure
        from analysis.attribution.story import Numbers, trust_table
        from ui.why import ROOM, explained

        found, measured = explained(asked), {}
        for done, (name, each) in enumerate(found.maps.items()):
            stage = f"Nudging the pair: {short_name(name)}"
            count = f"{done + 1} of {len(found.maps)}"
            yield {
                self.progress: Progress.render_html(stage, done / len(found.maps), count),
                self.sensitivity: gr.update(interactive=False),
            }
            with ROOM.enter():
                measured[name] = measure(found.questions[name], each, sensitive=True)
        yield {self.progress: "", self.table: Tiles.render_html([], *trust_table(measured, Numbers.of(found)))}
