"""One image-text pair under the four views, for several models at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from msd_core.errors import UserError
from msd_core.marginal import marginal
from msd_core.models.base import Classifier, Encoded
from msd_core.models.files import LoadedModel, check_models
from msd_core.models.preprocess import Preprocess, as_pixels
from msd_core.saliency import probabilities, saliency, shapley, total_variation_necessity
from msd_core.tasks import Task
from msd_core.tasks.pictures import read_picture
from msd_core.text_notes import notes_on
from msd_core.views import BOTH, IMAGE, MODALITIES, TEXT, VIEWS, visible

MAX_CHARACTERS = 2000  # our models read 48 tokens, and few read more than 512: what is longer is a mistake
Picture = Image.Image | str | Path | bytes


@dataclass(frozen=True)
class Answer:
    """One model's answer to one pair.

    logits, probs: `(4, C)` by view. marginal: `(4, C)` likewise, with what is hidden averaged over 64 training
    examples; None for a model that keeps none. necessity, sufficiency (by Jensen-Shannon divergence, bits) and
    total_variation (necessity by that): `(2,)` by modality (image, text), 0 to 1. shapley: `(C, 3)`, phi_image,
    phi_text and interaction of each label's probability.
    """

    logits: Tensor
    probs: Tensor
    marginal: Tensor | None
    necessity: Tensor
    sufficiency: Tensor
    total_variation: Tensor
    shapley: Tensor


@dataclass(frozen=True)
class Comparison:
    """Several models' answers to one pair, by the models' names; `modalities` are those that the pair has, `text` is
    None for one without; what the reader should be warned of; and whether a half is out of the task's distribution, so
    that answers mean little."""

    task: Task
    text: str | None
    answers: dict[str, Answer]
    warnings: tuple[str, ...]
    is_ood: bool = False
    modalities: tuple[str, ...] = MODALITIES

    def to_dict(self) -> dict[str, Any]:
        """Plain data: `predictions[model][view][label]`, `saliency[model][modality]`, `shapley[model][label]`."""
        labels = self.task.labels
        return {
            "task": self.task.name,
            "text": self.text,
            "predictions": {name: self._by_view(answer.probs) for name, answer in self.answers.items()},
            "marginal": {name: self._by_view(answer.marginal) for name, answer in self.answers.items()},
            "saliency": {name: by_modality(answer.necessity) for name, answer in self.answers.items()},
            "sufficiency": {name: by_modality(answer.sufficiency) for name, answer in self.answers.items()},
            "total_variation": {name: by_modality(answer.total_variation) for name, answer in self.answers.items()},
            "shapley": {
                name: {
                    label: dict(zip((*MODALITIES, "interaction"), answer.shapley[i].tolist(), strict=True))
                    for i, label in enumerate(labels)
                }
                for name, answer in self.answers.items()
            },
            "warnings": list(self.warnings),
        }

    def _by_view(self, probs: Tensor | None) -> dict[str, dict[str, float]] | None:
        if probs is None:
            return None
        return {view: dict(zip(self.task.labels, probs[i].tolist(), strict=True)) for i, view in enumerate(VIEWS)}


def by_modality(values: Tensor) -> dict[str, float]:
    """A number a modality `(2,)`, by name."""
    return dict(zip(MODALITIES, values.tolist(), strict=True))


def check_text(text: str) -> str:
    """The text without surrounding blanks; a `UserError` where there is none, or far too much."""
    text = text.encode("utf-8", "replace").decode().strip()  # a lone half of a surrogate pair is no character
    if not text:
        raise UserError("There is no text: write a sentence.")
    if len(text) > MAX_CHARACTERS:
        raise UserError(f"That text has {len(text):,} characters: keep it under {MAX_CHARACTERS:,}.")
    return text


def check_pair(image: Picture | None, text: str | None) -> tuple[Image.Image | None, str | None]:
    """A picture and a text that may be used, of which one may be missing: None, and for a text blanks too. Raises
    `UserError` where both are, or one cannot be used."""
    text = check_text(text) if text is not None and text.strip() else None
    if image is None and text is None:
        raise UserError("There is neither a picture nor a text: give at least one of them.")
    return None if image is None else read_picture(image), text


_MISSING = {
    "image": "There is no picture: the models read the text alone.",
    "text": "There is no text: the models see the picture alone.",
}


@torch.inference_mode()
def compare(task: Task, image: Picture | None, text: str | None, models: dict[str, LoadedModel]) -> Comparison:
    """What each model answers to one pair under the four views.

    image: a path, the bytes of a file, or an opened picture; text: a sentence. One of them may be missing (None): views
    that would show it are then those without it. models: by name, the teacher first; the first that has a detector says
    whether the pair is out of distribution. Raises `UserError` for a pair that cannot be used, and where `check_models`
    does.
    """
    check_models(task, models)
    picture, text = check_pair(image, text)
    pixels: dict[Preprocess, Tensor] = {}
    there = {"image": picture is not None, "text": text is not None}
    answers, truncated, warnings = {}, False, [_MISSING[m] for m in MODALITIES if not there[m]]
    if text is not None:
        warnings += notes_on(text, next(iter(models.values())).model.languages)
    for name, loaded in models.items():
        encoded, cut = _encode(loaded.model, picture, text, pixels)
        truncated = truncated or cut
        answers[name] = _answer(loaded.model, encoded, task.multilabel)
    if truncated:
        warnings.append("The text is longer than the models read: its end was cut off.")
    ood_warnings = _ood_warnings(task, models, picture, text, pixels)
    return Comparison(
        task, text, answers, (*warnings, *ood_warnings), bool(ood_warnings), tuple(filter(there.get, MODALITIES))
    )


def _encode(
    model: Classifier, picture: Image.Image | None, text: str | None, pixels: dict[Preprocess, Tensor]
) -> tuple[Encoded, bool]:
    """The encodings of a pair, and whether its text was cut. `pixels` keeps what models of one size share."""
    images = None if picture is None else _pixels(model, picture, pixels)
    if text is None:
        return model.encode(images), False
    tokens = model.tokenize([text])
    return model.encode(images, tokens.ids), tokens.truncated[0]


def _pixels(model: Classifier, picture: Image.Image, pixels: dict[Preprocess, Tensor]) -> Tensor:
    """What a model reads of a picture, `(1, 3, S, S)` in [0, 1]."""
    if model.preprocess not in pixels:
        pixels[model.preprocess] = as_pixels(torch.from_numpy(model.preprocess(picture).copy())[None])
    return pixels[model.preprocess]


def _answer(model: Classifier, encoded: Encoded, multilabel: bool) -> Answer:
    logits = torch.cat([model.fuse(encoded, mask) for mask in visible()])  # (4, C)
    probs, averages = probabilities(logits, multilabel), marginal(model, encoded, multilabel)
    averaged = None
    if averages is not None:
        averaged = torch.stack([probs[BOTH], averages.image[0], averages.text[0], averages.neither])
        if encoded.image is None or encoded.text is None:
            averaged[BOTH] = averaged[TEXT if encoded.image is None else IMAGE]
    return Answer(
        logits,
        probs,
        averaged,
        saliency(logits, "necessity", multilabel),
        saliency(logits, "sufficiency", multilabel),
        total_variation_necessity(logits, multilabel),
        shapley(probs.T),
    )


def _ood_warnings(
    task: Task,
    models: dict[str, LoadedModel],
    picture: Image.Image | None,
    text: str | None,
    pixels: dict[Preprocess, Tensor],
) -> list[str]:
    """A warning for each half of the pair that lies far from what the models were trained on."""
    judge = next((loaded.model for loaded in models.values() if loaded.model.detector is not None), None)
    if judge is None or judge.detector is None:
        return []
    images = None if picture is None else _pixels(judge, picture, pixels)
    features = judge.ood_features(images, None if text is None else judge.tokenize([text]).ids)
    what = {"image": "picture", "text": "text"}
    return [
        f"This {what[m]} is unlike any in {task.name}: the models were not trained on anything like it, so do "
        "not trust their answers."
        for m, ood in judge.detector.is_ood(features).items()
        if bool(ood[0])
    ]
