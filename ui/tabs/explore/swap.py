"""The swap matrix of Explore: every image with every text."""

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from analysis.words import short_name
from msd_core.tasks import Task
from ui import limits
from ui.events import Updates, on
from ui.help import figure_title, what_is_this
from ui.visitor.checks import check_choice, check_list, check_number, check_task, check_text, check_upload
from ui.visitor.students import known_ids, listed
from ui.widgets.base import Widget, data_uri
from ui.widgets.sentences import error_html
from ui.work.models import TEACHER, models_for, students_for, ticked_students

if TYPE_CHECKING:  # heavy
    from PIL import Image

    from analysis.dataset.swap import Swap
    from msd_core.models.files import LoadedModel
    from ui.tabs.shared import Page

_TELLING = "the one that varies most"
_UNTRAINED = "untrained"
_PLOT: dict[str, Any] = {"show_label": False, "container": False, "elem_classes": "figure"}
_LIMITED = {"concurrency_limit": limits.SWAPS_AT_ONCE, "concurrency_id": "swap"}


class SwapKey(Widget):
    """The images and the texts of a swap matrix by their numbers."""

    STYLE = """
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(62px, 1fr)); gap: 8px; margin: 0 0 14px;
  padding: 0; list-style: none; }
figure { margin: 0; } img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #8883; border-radius: 6px;
  margin: 0; } figcaption { font-size: 12.5px; text-align: center; color: var(--body-text-color-subdued); }
ol { margin: 0; padding-inline-start: 26px; font-size: 14px; line-height: 1.5; color: var(--body-text-color); }
ol li { overflow-wrap: anywhere; unicode-bidi: plaintext; } h4 { font-size: 13px; font-weight: 600; margin: 0 0 6px;
  color: var(--body-text-color-subdued); }"""

    @staticmethod
    def render_html(pictures: list[str], texts: list[str]) -> str:
        """The markup of images, as data URIs, and texts."""
        images = "".join(
            f'<li><figure><img src="{uri}" alt="Image {i}"><figcaption>{i}</figcaption></figure></li>'
            for i, uri in enumerate(pictures, 1)
        )
        lines = "".join(f'<li dir="auto">{escape(text)}</li>' for text in texts)
        return f'<h4>Images</h4><ul class="images">{images}</ul><h4>Texts</h4><ol>{lines}</ol>'


class SwapCard:
    """The section's components, and what happens on them."""

    def __init__(self, page: "Page", task: gr.Radio, own: gr.CheckboxGroup):
        self.page, self.task, self.own = page, task, own
        self.suggested = gr.State("")  # the task whose texts were put in, "" before the first
        with gr.Column(elem_classes="card", elem_id="s-card"):
            figure_title("Swap matrix", "Every image with every text: shows which answers depend on the combination.")
            with gr.Row(equal_height=False):
                with gr.Column(scale=5, min_width=300):
                    self._choice()
                with gr.Column(scale=5, min_width=300):
                    self.key = SwapKey.build(elem_id="s-key")
            with gr.Column(visible=False, elem_id="s-maps") as self.maps:
                self.teacher = self._pair("s-teacher", ("probability", "interaction"))
                with gr.Column() as self.other_row:
                    self.other = self._pair("s-student", ("probability", "interaction"))
                with gr.Column() as self.distance_row:
                    self.distance = self._pair("s-distance", ("before", "after"))
            what_is_this("swap")
        self.form = [task, self.count, self.images, self.texts, self.label, self.student, own, page.runs]
        self.outputs = [
            self.key, self.maps, self.label, self.other_row, self.distance_row, *self.teacher, *self.other,
            *self.distance,
        ]  # fmt: skip

    def _choice(self) -> None:
        self.count = gr.Slider(
            2, limits.SWAPPED, value=6, step=1, label="Images and texts of the test split", elem_id="s-count"
        )
        self.texts = gr.Textbox(
            label="Texts, one per line: these or your own (2 to 12)", lines=6, max_lines=12, elem_id="s-texts"
        )
        self.images = gr.File(
            label="Or use your own images (2 to 12)", file_count="multiple", file_types=["image"], height=150,
            elem_id="s-images",
        )  # fmt: skip
        with gr.Row(elem_classes="filters"):
            self.label = gr.Dropdown(
                [_TELLING], label="Probability of", filterable=False, elem_id="s-label", min_width=140
            )
            self.student = gr.Dropdown(
                [], label="Student beside the teacher", filterable=False, elem_id="s-student-choice", min_width=140
            )
        self.button = gr.Button("Swap", variant="primary", elem_id="s-swap")

    def _pair(self, name: str, kinds: tuple[str, str]) -> list[Component]:
        """Title and figure of a model's probabilities, and of its interactions; or of two distances."""
        parts: list[Component] = []
        with gr.Row(equal_height=False):
            for kind in kinds:
                with gr.Column(min_width=300):
                    parts.append(gr.Markdown(elem_classes="figure-title"))
                    parts.append(gr.Plot(elem_id=f"{name}-{kind}", **_PLOT))
        return parts

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events; the public way in is `/swap`."""
        suggestion = [self.suggested, self.texts, self.label, self.student, self.key, self.maps]
        values = [self.suggested, self.task, self.count, self.own, self.page.runs]
        watched = {**_LIMITED, "show_progress": "minimal", "show_progress_on": self.key}
        opened = partial(gr.on, [tab.select, self.task.input])
        suggested = on(opened, self.suggest, values, suggestion, self.refuse, trigger_mode="always_last")
        on(suggested.success, self.swap, self.form, self.outputs, self.refuse, **watched)
        resized = [self.texts, self.key, self.maps]
        on(self.count.release, self.resize, [self.task, self.count], resized, self.refuse)
        ticked = on(
            self.own.input, self.list_students, [self.task, self.own, self.page.runs, self.student],
            [self.student, self.key, self.maps], self.refuse,
        )  # fmt: skip
        on(ticked.success, self.swap, self.form, self.outputs, self.refuse, **watched)
        for trigger in (self.button.click, self.label.input, self.student.input):
            on(trigger, self.swap, self.form, self.outputs, self.refuse, **watched)

    def suggest(self, suggested: str, task: object, count: object, own: object, runs: object) -> Iterator[Updates]:
        """A task's texts and labels, when the tab is first seen and whenever the task changes."""
        subject = check_task(task)
        if suggested == subject.name:
            yield {self.suggested: subject.name}
            return
        yield {self.key: "", self.maps: gr.update(visible=False)}  # what is there is another task's
        mine = ticked_students(listed(own), known_ids(runs), subject)
        yield {
            self.suggested: subject.name,
            **self.resize(task, count),
            self.label: gr.update(choices=[_TELLING, *subject.labels], value=_TELLING),
            self.student: gr.update(choices=_choices(subject, mine), value=_last(subject, mine)),
        }

    def resize(self, task: object, count: object) -> Updates:
        """The texts of so many test examples, one a line."""
        from analysis.pair.examples import distinct_pairs

        pairs = distinct_pairs(check_task(task), check_number("count", count, 2, limits.SWAPPED))
        return {self.texts: "\n".join(" ".join(pair.example.text.split()) for pair in pairs)}

    def list_students(self, task: object, own: object, runs: object, student: object) -> Updates:
        """The students that can stand beside the teacher: the task's own and the visitor's that are ticked. The one
        that is chosen stays, as long as it is there."""
        subject = check_task(task)
        mine = ticked_students(listed(own), known_ids(runs), subject)
        choices = _choices(subject, mine)
        kept = student if student in students_for(subject, mine) else _last(subject, mine)
        return {self.student: gr.update(choices=choices, value=kept)}

    def swap(
        self,
        task: object,
        count: object,
        images: object,
        texts: object,
        label: object,
        student: object,
        own: object,
        runs: object,
    ) -> Updates:
        """The maps of teacher and student."""
        from analysis.dataset.swap import swap

        subject = check_task(task)
        models = self._models(subject, student, ticked_students(listed(own), known_ids(runs), subject))
        pictures = self._pictures(subject, count, images)
        lines = [line for line in check_text(texts).splitlines() if line.strip()]
        matrix = swap(subject, list(pictures), lines, {**models, **_untrained(subject, models)})
        return self._drawn(matrix, pictures, None if label in (None, _TELLING) else str(label))

    def _models(self, task: Task, student: object, own: dict[str, str]) -> "dict[str, LoadedModel]":
        """The teacher and the student chosen; where there is no teacher, the student alone."""
        if student is None:
            return models_for(task, own, (TEACHER,))
        name = check_choice("student", student, students_for(task, own))
        return models_for(task, {name: own[name]} if name in own else {}, (TEACHER, name))

    def _pictures(self, task: Task, count: object, images: object) -> "list[Image.Image]":
        """The visitor's own pictures, or else those of the task's first examples."""
        from analysis.pair.examples import distinct_pairs
        from msd_core.tasks.pictures import read_picture

        if images:
            return [read_picture(check_upload(image)) for image in check_list("images", images, limits.SWAPPED)]
        return [pair.picture for pair in distinct_pairs(task, check_number("count", count, 2, limits.SWAPPED))]

    def _drawn(self, matrix: "Swap", pictures: "list[Image.Image]", chosen: str | None) -> Updates:
        from analysis.dataset.swap_figures import interaction_figure, probability_figure

        label = chosen or matrix.likeliest()
        uris = [data_uri(_square(picture), 96) for picture in pictures]
        names = [name for name in matrix.probabilities if name != _UNTRAINED]
        drawn: Updates = {
            self.key: SwapKey.render_html(uris, list(matrix.texts)),
            self.maps: gr.update(visible=True),
            self.other_row: gr.update(visible=len(names) > 1),
        }
        for model, parts in zip(names, (self.teacher, self.other), strict=False):
            name = short_name(model)
            drawn |= {
                parts[0]: f"### {name}: probability of “{label}”\nIn percent.",
                parts[1]: probability_figure(matrix, model, label, uris),
                parts[2]: f"### {name}: interaction of image and text\nPercentage points; rows and columns sum to 0.",
                parts[3]: interaction_figure(matrix, model, label, uris),
            }
        drawn |= self._distances(matrix, names, uris)
        choices = [_TELLING, *matrix.task.labels]  # left at the first, it follows the next images and texts
        return {**drawn, self.label: gr.update(choices=choices, value=chosen or _TELLING)}

    def _distances(self, matrix: "Swap", names: list[str], uris: list[str]) -> Updates:
        """How far the student is from the teacher on every pair, before its first step and now, on one scale."""
        from analysis.dataset.swap_figures import distance_figure

        if names[0] != TEACHER or _UNTRAINED not in matrix.probabilities:
            return {self.distance_row: gr.update(visible=False)}
        both = {_UNTRAINED: "before its first step", names[1]: "after distilling"}
        most = max(1.0, *(float(matrix.distance(model).max()) for model in both))
        drawn: Updates = {self.distance_row: gr.update(visible=True)}
        for place, (model, when) in enumerate(both.items()):
            mean = float(matrix.distance(model).mean())
            title = f"### {short_name(names[1])}: distance from the teacher, {when}"
            drawn |= {
                self.distance[2 * place]: f"{title}\nKL in nats, both maps on one scale; {mean:.2f} in the mean.",
                self.distance[2 * place + 1]: distance_figure(matrix, model, most, uris),
            }
        return drawn

    def refuse(self, sentence: str) -> Updates:
        """One sentence on why there are no maps."""
        return {self.key: error_html(sentence), self.maps: gr.update(visible=False)}


def _untrained(task: Task, models: "dict[str, LoadedModel]") -> "dict[str, LoadedModel]":
    """The student beside the teacher as it was before its first step, where that is known."""
    from msd_core.training.distill import initial_student

    *_, (name, student) = models.items()
    first = None if name == TEACHER else initial_student(student, len(task.labels), models.get(TEACHER))
    return {} if first is None else {_UNTRAINED: first}


def _choices(task: Task, own: Iterable[str]) -> list[tuple[str, str]]:
    """The students that can stand beside the teacher, by the names that people see."""
    return [(short_name(name), name) for name in students_for(task, own)]


def _last(task: Task, own: Iterable[str] = ()) -> str | None:
    """The student that is chosen before anybody chooses."""
    names = students_for(task, own)
    return names[-1] if names else None


def _square(picture: "Image.Image") -> "Image.Image":
    """Small and whole, so that a panorama takes no more room than any other."""
    small = picture.copy()
    small.thumbnail((96, 96))
    return small
