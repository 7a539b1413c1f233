"""The swap matrix of Explore: every image with every text."""

from html import escape
from types import SimpleNamespace

import gradio as gr
from PIL import Image

from analysis.words import short_name
from msd_core.errors import UserError
from ui import explain_dataset as explain
from ui import limits
from ui.checks import check_choice, check_list, check_number, check_task, check_text, check_upload
from ui.compare import figure_title
from ui.explain import what_is_this
from ui.views import Answers, View, data_uri
from ui.visitor import load_student, ticked_students

_TELLING = "the one that varies most"
_STUDENTS = ("ce", "kd", "msd")
_PLOT = {"show_label": False, "container": False, "elem_classes": "figure"}
_SHARED = {
    "api_visibility": "private", "preprocess": False, "concurrency_limit": limits.SWAPS_AT_ONCE,
    "concurrency_id": "swap",
}  # fmt: skip


class SwapKey(View):
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
        said = "".join(f'<li dir="auto">{escape(text)}</li>' for text in texts)
        return f'<h4>Images</h4><ul class="images">{images}</ul><h4>Texts</h4><ol>{said}</ol>'


class SwapCard:
    """The section's components, and what happens on them."""

    def __init__(self, shared: SimpleNamespace, task: gr.Radio, own: gr.CheckboxGroup):
        self.shared, self.task, self.own = shared, task, own
        self.suggested = gr.State("")  # the task whose texts were put in, "" before the first
        with gr.Column(elem_classes="card", elem_id="s-card"):
            figure_title("Swap matrix", "Every image with every text: the picture of what “needs both” means.")
            with gr.Row(equal_height=False):
                with gr.Column(scale=5, min_width=300):
                    self._choice()
                with gr.Column(scale=5, min_width=300):
                    self.key = SwapKey.build(elem_id="s-key")
            with gr.Column(visible=False, elem_id="s-maps") as self.maps:
                self.teacher = self._pair("s-teacher")
                self.other = self._pair("s-student")
            what_is_this(explain.SWAP)
        self.form = [task, self.count, self.images, self.texts, self.label, self.student, own, shared.runs]
        self.outputs = [self.key, self.maps, self.label, *self.teacher, *self.other]

    def _choice(self) -> None:
        self.count = gr.Slider(2, 12, value=6, step=1, label="Images and texts of the test split", elem_id="s-count")
        self.texts = gr.Textbox(label="Texts, one a line", lines=6, max_lines=12, elem_id="s-texts")
        self.images = gr.File(
            label="Images of your own, instead (2 to 12)", file_count="multiple", file_types=["image"], height=150,
            elem_id="s-images",
        )  # fmt: skip
        with gr.Row(elem_classes="filters"):
            self.label = gr.Dropdown(
                [_TELLING], label="Probability of", filterable=False, elem_id="s-label", min_width=140
            )
            self.student = gr.Dropdown(
                [(short_name(name), name) for name in _STUDENTS], value=_STUDENTS[-1], label="Beside the teacher",
                filterable=False, elem_id="s-student-choice", min_width=140,
            )  # fmt: skip
        self.button = gr.Button("Swap", variant="primary", elem_id="s-swap")

    def _pair(self, name: str) -> list:
        """Title and figure of a model's probabilities, and of its interactions."""
        parts = []
        with gr.Row(equal_height=False):
            for kind in ("probability", "interaction"):
                with gr.Column(min_width=300):
                    parts.append(gr.Markdown(elem_classes="figure-title"))
                    parts.append(gr.Plot(elem_id=f"{name}-{kind}", **_PLOT))
        return parts

    def wire(self) -> None:
        """Connect the events; the public way in is `/swap`."""
        suggestion = [self.suggested, self.texts, self.label, self.student, self.key, self.maps]
        given = [self.suggested, self.task, self.count, self.own, self.shared.runs]
        quiet = {"api_visibility": "private", "show_progress": "hidden"}
        watched = {**_SHARED, "show_progress": "minimal", "show_progress_on": self.key}
        for event in (self.shared.tab.select, self.task.input):
            event(self.suggest, given, suggestion, **quiet).success(self.swap, self.form, self.outputs, **watched)
        self.count.release(self.resize, [self.task, self.count], self.texts, **quiet)
        self.own.input(self.list_students, [self.task, self.own, self.shared.runs], self.student, **quiet)
        for event in (self.button.click, self.label.input, self.student.input):
            event(self.swap, self.form, self.outputs, **watched)

    def suggest(self, suggested, task, count, own, runs):
        """A task's texts and labels, when the tab is first seen and whenever the task changes."""
        name = check_task(task)
        if suggested == name:
            yield {self.suggested: name}
            return
        from msd_core.tasks import get_task

        yield {self.key: "", self.maps: gr.update(visible=False)}  # what is there is another task's
        yield {
            self.suggested: name,
            self.texts: self.resize(name, count),
            self.label: gr.update(choices=[_TELLING, *get_task(name).labels], value=_TELLING),
            self.student: self.list_students(name, own, runs),
        }

    def resize(self, task, count):
        """The texts of so many test examples, one a line."""
        from analysis.dataset.pairs import first_pairs

        shown = first_pairs(check_task(task), check_number("count", count, 2, 12))
        return "\n".join(" ".join(s.example.text.split()) for s in shown)

    def list_students(self, task, own, runs):
        """The students that can stand beside the teacher: the bundled ones and the visitor's own that are ticked."""
        mine = list(ticked_students(own, runs, check_task(task)))
        names = [*_STUDENTS, *mine]
        return gr.update(choices=[(short_name(name), name) for name in names], value="msd")

    def swap(self, task, count, images, texts, label, student, own, runs):
        """The maps of teacher and student, or one sentence on why there are none."""
        try:
            return self._drawn(check_task(task), count, images, texts, label, student, own, runs)
        except UserError as error:
            return {self.key: Answers.error_html(str(error)), self.maps: gr.update(visible=False)}

    def _drawn(self, task, count, images, texts, label, student, own, runs) -> dict:
        from analysis.dataset.pairs import first_pairs
        from analysis.dataset.swap import swap
        from analysis.dataset.swap_figures import interaction_figure, probability_figure
        from msd_core.models.bundled import load_bundled
        from msd_core.pictures import read_picture

        mine = ticked_students(own, runs, task)
        student = check_choice("student", student, (*_STUDENTS, *mine))
        beside = load_student(mine[student], task) if student in mine else load_bundled(task, student)
        if images:
            pictures = [read_picture(check_upload(image)) for image in check_list("images", images, limits.SWAPPED)]
        else:
            pictures = [shown.picture for shown in first_pairs(task, check_number("count", count, 2, 12))]
        lines = [line for line in check_text(texts).splitlines() if line.strip()]
        found = swap(task, pictures, lines, {"teacher": load_bundled(task, "teacher"), student: beside})
        chosen = None if label in (None, _TELLING) else label
        label = chosen or found.likeliest()
        uris = [data_uri(_square(picture), 96) for picture in pictures]
        drawn = {self.key: SwapKey.render_html(uris, list(found.texts)), self.maps: gr.update(visible=True)}
        for model, parts in (("teacher", self.teacher), (student, self.other)):
            name = short_name(model)
            drawn |= {
                parts[0]: f"### {name}: probability of “{label}”\nIn percent.",
                parts[1]: probability_figure(found, model, label, uris),
                parts[2]: f"### {name}: only the two together\nPercentage points; rows and columns sum to 0.",
                parts[3]: interaction_figure(found, model, label, uris),
            }  # fmt: skip
        choices = [_TELLING, *found.task.labels]  # left at the first, it follows the next images and texts
        return {**drawn, self.label: gr.update(choices=choices, value=chosen or _TELLING)}


def _square(picture: Image.Image) -> Image.Image:
    """Small and whole, so that a panorama takes no more room than any other."""
    small = picture.copy()
    small.thumbnail((96, 96))
    return small
