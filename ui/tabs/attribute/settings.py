"""How maps are made: the controls of the Attribute tab."""

from typing import TYPE_CHECKING

import gradio as gr

from analysis.attribution.score import BASELINES, OUTPUTS
from ui import limits
from ui.events import Updates

if TYPE_CHECKING:  # heavy
    from analysis.attribution.pair import PairAttribution, Settings

_METHOD = "integrated-gradients"
_OUTPUTS = {"probability": "Probability", "logit": "Logit"}
_VIEWS = {"both": "Both", "image": "Image only", "text": "Text only"}
_LIKELIEST = "the teacher’s likeliest"


class MapSettings:
    """The settings' components, in the column that is being built; `inputs` is what `check_settings` takes."""

    def __init__(self) -> None:
        with gr.Row(elem_classes="controls"):
            self.label = gr.Dropdown(
                [(_LIKELIEST, "")], value="", label="Label", filterable=False, elem_id="attribute-label", min_width=150
            )
            self.method = gr.Dropdown(
                [], value=None, label="Method", filterable=False, elem_id="attribute-method", min_width=150
            )
        with gr.Accordion("More settings", open=False, elem_id="attribute-more"):
            low, high = limits.COUNTS[_METHOD]
            self.count = gr.Slider(low, high, value=128, step=1, label="Steps", elem_id="attribute-count")
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
        self.chosen_count = gr.State(None)  # None where the method's and the model's own is taken
        self.inputs = [self.method, self.label, self.output, self.view, self.baseline, self.chosen_count]
        self.outputs = [*self.inputs, self.count]
        self.of_method = [self.count, self.chosen_count]
        self.changes = [self.label.input, self.output.input, self.view.input, self.baseline.input]

    def fit(self, method: object) -> Updates:
        """The range of steps or samples that a method has, none of them chosen."""
        from analysis.attribution.methods import METHODS

        name = method if isinstance(method, str) else ""
        known, range_ = METHODS.get(name), limits.COUNTS.get(name)
        if known is None or range_ is None:
            return {self.count: gr.update(visible=False), self.chosen_count: None}
        low, high = range_
        shown = gr.update(minimum=low, maximum=high, label=known.unit.capitalize(), visible=True)
        return {self.count: shown, self.chosen_count: None}

    def choose_count(self, count: object) -> Updates:
        """The visitor's own number of steps or samples."""
        return {self.chosen_count: count}

    def keep(self, sentence: str) -> Updates:
        """Nothing changes: the maps that follow say what is wrong."""
        return {self.count: gr.skip()}

    def show(self, method: object = None) -> Updates:
        """For another pair: its likeliest label, by the same method; by the defaults where that is None.

        What a visitor chose stays, here and once maps are there (`updates`): else a choice made meanwhile would be
        undone.
        """
        label: Updates = {self.label: gr.update(choices=[(_LIKELIEST, "")], value="")}
        if method is not None:
            return label
        return {
            **label,
            **self.fit(_METHOD),
            self.method: gr.update(choices=self._methods(), value=_METHOD),
            self.output: OUTPUTS[0],
            self.view: "both",
            self.baseline: BASELINES[0],
        }

    def updates(self, attribution: "PairAttribution", settings: "Settings") -> Updates:
        """What can be chosen once maps are there, and how many steps or samples they took."""
        likeliest = f"{_LIKELIEST} ({attribution.label})" if settings.label is None else _LIKELIEST
        labels = [(likeliest, ""), *((label, label) for label in attribution.task.labels)]
        return {
            self.label: gr.update(choices=labels),
            self.count: gr.update(value=attribution.first.n) if attribution.first.n else gr.skip(),
        }

    @staticmethod
    def _methods() -> list[tuple[str, str]]:
        from analysis.attribution.methods import METHODS

        return [(method.title, name) for name, method in METHODS.items()]
