"""One image-text pair under the four views, for several models at once."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from msd_core.errors import UserError
from msd_core.inputs import Inputs, as_pixels
from msd_core.marginal import marginal
from msd_core.models.bundled import BUNDLED, load_bundled
from msd_core.models.files import Loaded
from msd_core.novelty import load_worlds, looks
from msd_core.pictures import letterbox, read_picture
from msd_core.saliency import probabilities, saliency, shapley, total_variation_necessity
from msd_core.tasks import Task, get_task
from msd_core.views import MODALITIES, VIEWS, visible

MAX_CHARACTERS = 2000  # no model reads more than 48 tokens: what is longer is no remark but a mistake


@dataclass(frozen=True)
class Answer:
    """One model's answer to one pair.

    `logits` and `probabilities` `(4, C)` by view; `marginal` `(4, C)` likewise, with what is hidden averaged over 64
    training examples; `necessity`, `sufficiency` (by Jensen-Shannon divergence) and `total_variation` (necessity by
    that) `(2,)` by modality (image, text), 0 to 1; `shapley` `(C, 3)`: phi_image, phi_text and interaction of each
    label's probability.
    """

    logits: torch.Tensor
    probabilities: torch.Tensor
    marginal: torch.Tensor
    necessity: torch.Tensor
    sufficiency: torch.Tensor
    total_variation: torch.Tensor
    shapley: torch.Tensor


@dataclass(frozen=True)
class Comparison:
    """Several models' answers to one pair, by the models' names, and what the reader should be warned of."""

    task: Task
    text: str
    answers: dict[str, Answer]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict:
        """Plain data: `predictions[model][view][label]`, `saliency[model][modality]`, `shapley[model]`."""
        labels = self.task.labels
        return {
            "task": self.task.name,
            "text": self.text,
            "predictions": {name: self._by_view(answer.probabilities) for name, answer in self.answers.items()},
            "marginal": {name: self._by_view(answer.marginal) for name, answer in self.answers.items()},
            "saliency": {name: _by_modality(answer.necessity) for name, answer in self.answers.items()},
            "sufficiency": {name: _by_modality(answer.sufficiency) for name, answer in self.answers.items()},
            "total_variation": {name: _by_modality(answer.total_variation) for name, answer in self.answers.items()},
            "shapley": {
                name: {
                    label: dict(zip(("image", "text", "interaction"), answer.shapley[i].tolist(), strict=True))
                    for i, label in enumerate(labels)
                }
                for name, answer in self.answers.items()
            },
            "warnings": list(self.warnings),
        }

    def _by_view(self, chances: torch.Tensor) -> dict[str, dict[str, float]]:
        labels = self.task.labels
        return {view: dict(zip(labels, chances[i].tolist(), strict=True)) for i, view in enumerate(VIEWS)}


def _by_modality(values: torch.Tensor) -> dict[str, float]:
    return dict(zip(MODALITIES, values.tolist(), strict=True))


def bundled_models(task: str) -> dict[str, Loaded]:
    """The teacher and students in the box, by name."""
    return {name: load_bundled(task, name) for name in BUNDLED}


def check_text(text: str) -> str:
    """The text without surrounding blanks; a `UserError` where there is none, or far too much."""
    text = text.encode("utf-8", "replace").decode().strip()  # a lone half of a surrogate pair is no character
    if not text:
        raise UserError("There is no text: write a sentence.")
    if len(text) > MAX_CHARACTERS:
        raise UserError(f"That text has {len(text):,} characters: keep it under {MAX_CHARACTERS:,}.")
    return text


@torch.inference_mode()
def compare(
    task: str, image: Image.Image | str | Path | bytes, text: str, models: dict[str, Loaded] | None = None
) -> Comparison:
    """Ask each model (the bundled ones where none are given) about one pair under the four views."""
    asked = get_task(task)
    text, picture = check_text(text), read_picture(image)
    models = bundled_models(task) if models is None else models
    pictures = torch.from_numpy(letterbox(picture).copy())[None]  # uint8 (1, S, S, 3)
    pixels = as_pixels(pictures)
    answers, cut = {}, False
    for name, loaded in models.items():
        tokens = loaded.model.tokenize([text])
        cut = cut or tokens.cut[0]
        answers[name] = _answer(loaded, pixels, tokens.ids, asked.multilabel)
    warnings = ["The text is longer than the models read: its end was cut off."] if cut else []
    return Comparison(asked, text, answers, (*warnings, *_foreign(asked, pictures, text)))


def _answer(loaded: Loaded, pixels: torch.Tensor, tokens: torch.Tensor, multilabel: bool) -> Answer:
    encoded = loaded.model.encode(pixels, tokens)
    logits = torch.cat([loaded.model.fuse(encoded, mask) for mask in visible()])  # (4, C)
    chances, averaged = probabilities(logits, multilabel), marginal(loaded.model, encoded, multilabel)
    return Answer(
        logits,
        chances,
        torch.stack([chances[0], averaged.image[0], averaged.text[0], averaged.neither]),
        saliency(logits, "necessity", multilabel),
        saliency(logits, "sufficiency", multilabel),
        total_variation_necessity(logits, multilabel),
        shapley(chances.T),
    )


def _foreign(task: Task, pictures: torch.Tensor, text: str) -> list[str]:
    """A warning for each half of the pair that lies far from what the task's teacher was trained on."""
    teacher, worlds = load_bundled(task.name, "teacher").model, load_worlds(task.name)
    judged = looks(teacher, Inputs(pictures, teacher.tokenize([text]).ids))
    trust = "the models were never shown such, so do not trust their answers."
    said = {
        "image": f"This picture is unlike any in {task.name}: {trust}",
        "text": f"This text is unlike any in {task.name}: {trust}",
    }
    return [said[m] for m in MODALITIES if bool(worlds[m].foreign(judged[m])[0])]
