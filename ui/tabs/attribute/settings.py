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
        self.defaults: tuple[str | None, ...] = (_METHOD, "", OUTPUTS[0], "both", BASELINES[0], None)
        self.inputs = [self.method, self.label, self.output, self.view, self.baseline, self.count]
        self.outputs = [self.method, self.label, self.count]
        self.changes = [
            self.label.input, self.output.input, self.view.input, self.baseline.input, self.count.release
        ]  # fmt: skip

    def of_another_pair(self, values: tuple[object, ...]) -> tuple[object, ...]:
        """The same settings for another pair, whose likeliest label may be another."""
        return (values[0], "", *values[2:]) if values and values[0] else ()

    def of_another_task(self, values: tuple[object, ...]) -> tuple[object, ...]:
        """The same for another task, whose models may need fewer steps or bear more."""
        return (*values[:-1], None)

    def fit(self, method: object) -> Updates:
        """The range of steps or samples that a method has."""
        from analysis.attribution.methods import METHODS

        name = method if isinstance(method, str) else ""
        known, range_ = METHODS.get(name), limits.COUNTS.get(name)
        if known is None or range_ is None:
            return {self.count: gr.update(visible=False)}
        low, high = range_
        label = known.unit.capitalize()
        return {self.count: gr.update(minimum=low, maximum=high, value=known.default, label=label, visible=True)}

    def keep(self, sentence: str) -> Updates:
        """Nothing changes: the maps that follow say what is wrong."""
        return {self.count: gr.skip()}

    def show(self, values: tuple[object, ...]) -> Updates:
        """These settings, none where they are the defaults: for a pair that the visitor did not choose them for.

        Maps never set what a visitor chooses (`updates`): what was chosen while they were made would be undone.
        """
        method, label, *_ = values or self.defaults
        return {
            self.method: gr.update(choices=self._methods(), value=method),
            self.label: gr.update(choices=[(_LIKELIEST, "")], value=label),
        }

    def updates(self, attribution: "PairAttribution", settings: "Settings") -> Updates:
        """What can be chosen once maps are there, and how many steps or samples they took where none were chosen."""
        likeliest = f"{_LIKELIEST} ({attribution.label})" if settings.label is None else _LIKELIEST
        labels = [(likeliest, ""), *((label, label) for label in attribution.task.labels)]
        count = attribution.first.n if settings.n_steps is None and settings.n_samples is None else None
        return {
            self.label: gr.update(choices=labels),
            self.count: gr.update(value=count) if count else gr.skip(),
        }

    @staticmethod
    def _methods() -> list[tuple[str, str]]:
        from analysis.attribution.methods import METHODS

        return [(method.title, name) for name, method in METHODS.items()]
