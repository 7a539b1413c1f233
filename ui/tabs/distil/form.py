"""What a visitor chooses of a distillation."""

from dataclasses import fields
from typing import Any

import gradio as gr

from msd_core.methods import METHODS
from msd_core.models.zoo import STUDENTS
from msd_core.tasks import Task
from msd_core.training.config import UNLABELLED, Config, default_config
from msd_core.weighting import WEIGHTINGS
from ui import limits
from ui.events import Updates
from ui.visitor.checks import check_task, epochs_for, reads_unlabelled
from ui.widgets.pair import FIRST, task_choices
from ui.work.models import students_to_train

_DEFAULT: dict[str, Any] = {field.name: field.default for field in fields(Config)}
_METHODS = {
    "ce": "Labels alone (ce)",
    "kd": "The teacher’s answers (kd)",
    "dkd": "The teacher’s answers, with the right label treated separately (dkd)",
    "dist": "How the teacher’s answers rank and spread (dist)",
    "fitnets": "The teacher’s encodings of image and text (fitnets)",
    "simkd": "The teacher’s encodings, with the teacher’s head on top (simkd)",
    "rkd": "Distances and angles between examples (rkd)",
    "sp": "Which examples the teacher treats as similar (sp)",
    "crd": "The teacher’s features, against other examples’ (crd)",
}
_WEIGHTINGS = {
    "none": "none: only image and text together",
    "uniform": "uniform: image and text weighted equally",
    "population": "population: by the mean saliency",
    "instance": "instance: by each example’s saliency (MSD)",
    "learned": "learned: set by a small network during training",
    "lag": "lag: by how far the student still is behind on it, by example",
    "lag-population": "lag-population: the same, on average",
}
_STUDENTS = {
    "student": "Student",
    "student-tiny": "Tiny student",
    "cut-student": "First layers of the teacher",
    "photo-student": "Student for photographs",
    "gram-student": "Student for all languages",
}
_TEXTS = {
    "unread": "Not read: labels in English alone",
    "beside": "Read beside the labels: the teacher’s answers to them",
    "before": "Read before the labels: the teacher’s vectors of them",
}
_TINY = "The tiny one has about 40 % as many parameters."
_PHOTOS = "The first layers are kept and a small part learns; the others learn as a whole."
_LANGUAGES = "The first reads the letters of every script alike; the other two were made for English."


class Form:
    """The form's components, in the column that is being built.

    inputs: in the order of `check_config`. fitted: what depends on the task.
    """

    def __init__(self) -> None:
        self.task = gr.Dropdown(task_choices(), value=FIRST, label="Task", filterable=False, elem_id="d-task")
        self.method = gr.Dropdown(
            [(_METHODS.get(m, m), m) for m in METHODS], value=_DEFAULT["method"], label="Method", filterable=False,
            info="What the student learns from, beside the labels, when it sees image and text.", elem_id="d-method",
        )  # fmt: skip
        self.weighting = gr.Radio(
            [(_WEIGHTINGS.get(w, w), w) for w in WEIGHTINGS], value=_DEFAULT["weighting"], label="Weighting",
            info="Whether it also learns the teacher’s answers to each modality alone, and with what weight.",
            elem_id="d-weighting",
        )  # fmt: skip
        self.recombine = gr.Slider(
            *limits.RECOMBINED, value=_DEFAULT["recombine"], step=1, label="Other texts beside each picture",
            info="The teacher also answers each picture with so many texts of other examples, pairs that nobody has "
            "labelled, and the student learns to agree. 0 for none.",
            elem_id="d-recombine",
        )  # fmt: skip
        self.model = gr.Radio(
            [(_STUDENTS.get(s, s), s) for s in STUDENTS], value=_DEFAULT["model"], label="Student", info=_TINY,
            elem_id="d-student",
        )  # fmt: skip
        self.texts = gr.Radio(
            [(_TEXTS.get(t, t), t) for t in UNLABELLED], value="unread", label="Names in all languages, without labels",
            visible=False, elem_id="d-texts",
        )  # fmt: skip
        low, high = limits.EXAMPLES
        self.examples = gr.Slider(
            low, high, value=_DEFAULT["train_size"], step=100, label="Training examples",
            info="If the task has fewer, all are used.", elem_id="d-examples",
        )  # fmt: skip
        self.epochs = gr.Slider(*limits.EPOCHS, value=_DEFAULT["epochs"], step=1, label="Epochs", elem_id="d-epochs")
        self.seed = gr.Number(
            _DEFAULT["seed"], label="Seed", precision=0, elem_id="d-seed",
            info="Sets the first weights and the order of examples: the same seed gives the same student.",
        )  # fmt: skip
        chosen = [self.task, self.method, self.weighting, self.model, self.examples, self.epochs, self.seed]
        self.inputs = [*chosen, self.texts, self.recombine]
        self.fitted = [self.model, self.epochs, self.texts]

    def fit(self, task: object) -> Updates:
        """The students that a task can have, how long they may learn, and whether there are names without labels."""
        subject = check_task(task)
        students, (low, high) = students_to_train(subject), epochs_for(subject)
        epochs = default_config(subject).epochs
        return {
            self.model: gr.update(
                choices=[(_STUDENTS.get(s, s), s) for s in students], value=students[0], info=_info(subject)
            ),
            self.epochs: gr.update(minimum=low, maximum=high, value=min(max(epochs, low), high)),
            self.texts: gr.update(visible=reads_unlabelled(subject), value="unread"),
        }


def _info(task: Task) -> str:
    return _PHOTOS if task.files else _LANGUAGES if reads_unlabelled(task) else _TINY
