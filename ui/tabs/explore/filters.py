"""Which examples to look at: the controls, and what they mean."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from analysis.words import language_name, short_name
from msd_core.tasks import EVIDENCE
from ui.events import Updates
from ui.visitor.checks import check_choice, check_choices, check_share, check_text

if TYPE_CHECKING:  # heavy
    from analysis.dataset.filters import Filter
    from analysis.dataset.survey import Survey

_AGREEMENT = {"any": "any", "the teacher’s": "same", "another": "other"}
_HALF: dict[str, Any] = {"min_width": 120}


class Filters:
    """The controls of Explore's upper half; `inputs` is what `read` takes, in this order."""

    def __init__(self) -> None:
        with gr.Row():
            self.labels = gr.Dropdown([], label="True label", multiselect=True, elem_id="x-labels", **_HALF)
            self.evidence = gr.Dropdown([], label="Decided by", multiselect=True, elem_id="x-evidence", **_HALF)
            self.languages = gr.Dropdown(
                [], label="Language", multiselect=True, visible=False, elem_id="x-languages", **_HALF
            )
            self.words = gr.Textbox(
                label="Text contains", placeholder="a word", elem_id="x-words", max_lines=1, **_HALF
            )
        with gr.Row():
            self.student = gr.Dropdown([], label="Student", filterable=False, elem_id="x-student", **_HALF)
            self.agreement = gr.Dropdown(
                list(_AGREEMENT.items()), value="any", label="Its answer is", filterable=False, elem_id="x-agreement",
                **_HALF,
            )  # fmt: skip
            self.right = gr.Dropdown([], label="Right", filterable=False, elem_id="x-right", **_HALF)
        with gr.Accordion("Ranges of saliency", open=False, elem_id="x-ranges"):
            self.ends = [
                gr.Slider(0, 1, value=value, step=0.01, label=f"{modality.capitalize()}, {end} (bits)", min_width=150)
                for modality in ("image", "text")
                for end, value in (("at least", 0), ("at most", 1))
            ]
        with gr.Row(elem_classes="x-count"):
            self.count = gr.Markdown(elem_id="x-count")
            self.clear = gr.Button(
                "Clear filters", size="sm", elem_id="x-clear", elem_classes="outlined", scale=0, min_width=130
            )
        self.inputs = [
            self.labels, self.evidence, self.languages, self.words, self.student, self.agreement, self.right,
            *self.ends,
        ]  # fmt: skip
        self.changes = [
            self.labels.input, self.evidence.input, self.languages.input, self.student.input, self.agreement.input,
            self.right.input,
            *(end.input for end in self.ends),
            self.words.change,  # a pasted word is no `input` to Gradio
        ]  # fmt: skip
        self.titled = [self.right]
        self.outputs = self.inputs

    def fresh(self, survey: "Survey", student: str | None, evidence: bool) -> Updates:
        """The controls for another survey, with nothing filtered; `evidence`: whether there is any to choose from."""
        students, beside = [(short_name(name), name) for name in survey.students], bool(survey.students)
        return {
            **self.empty(),
            self.labels: gr.update(choices=list(survey.task.labels), value=[]),
            self.evidence: gr.update(choices=list(EVIDENCE), value=[], visible=evidence),
            self.languages: gr.update(
                choices=[(language_name(code), code) for code in survey.split.languages],
                value=[],
                visible=bool(survey.split.languages),
            ),
            self.student: gr.update(choices=students, value=student, visible=beside),
            self.agreement: gr.update(value="any", visible=beside),
            self.right: gr.update(choices=self._right(student), value="any", visible=beside),
        }

    def empty(self) -> Updates:
        """Nothing filtered."""
        nothing: Updates = {
            self.labels: [], self.evidence: [], self.languages: [], self.words: "", self.agreement: "any",
            self.right: "any",
        }  # fmt: skip
        return {**nothing, **dict(zip(self.ends, (0, 1, 0, 1), strict=True))}

    def retitled(self, student: str | None, wanted: "Filter") -> Updates:
        """What is right, by the name of the student chosen."""
        return {self.right: gr.update(choices=self._right(student), value=wanted.right)}

    def _right(self, student: str | None) -> list[tuple[str, str]]:
        from analysis.dataset.filters import right_titles

        return [] if student is None else [(title, key) for key, title in right_titles(student).items()]

    def read(
        self,
        survey: "Survey",
        labels: object,
        evidence: object,
        languages: object,
        words: object,
        student: object,
        agreement: object,
        right: object,
        *ends: object,
    ) -> "tuple[str | None, Filter]":
        """The student chosen, None where there is none, and the filter."""
        from analysis.dataset.filters import RIGHT, Filter

        image_low, image_high, text_low, text_high = (check_share("saliency", end) for end in ends)
        wanted = Filter(
            labels=check_choices("label", labels, survey.task.labels),
            evidence=check_choices("evidence", evidence, EVIDENCE),
            agreement=check_choice("agreement", agreement, _AGREEMENT.values()),
            right=check_choice("choice of who is right", right, RIGHT),
            image=(image_low, image_high),
            text=(text_low, text_high),
            words=check_text(words or ""),
            languages=check_choices("language", languages, survey.split.languages),
        )
        return check_choice("student", student, survey.students) if survey.students else None, wanted
