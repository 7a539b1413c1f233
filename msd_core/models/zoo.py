"""The named specifications, and models built from them."""

import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from msd_core.errors import UserError, choose
from msd_core.models.grams import GramTower
from msd_core.models.tokenizer import vocabulary_of
from msd_core.models.towers import ConvTower, ImageTower, TextTower, WordTower
from msd_core.models.two_tower import TwoTower
from msd_core.models.weights import LOCAL, locate


@dataclass(frozen=True)
class Spec:
    """A two-tower classifier in words: each tower's kind with its options, and the widths of encodings and head."""

    image: str
    text: str
    dim: int
    hidden: int
    image_options: dict[str, Any] = field(default_factory=dict)
    text_options: dict[str, Any] = field(default_factory=dict)
    frozen: bool = False  # the towers keep their weights, and what they make of their inputs is computed once
    learns: str = ""  # but for this one, image or text, which learns
    unfreeze: int = 0  # but for the last so many layers of each, which learn
    dropout: float | None = None  # share of frozen features that are dropped while the head learns

    @property
    def needs_texts(self) -> bool:
        """Whether its vocabulary is still to be cut to a task's texts."""
        return isinstance(self.text_options.get("vocabulary"), str)


_CLIP = {"name": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"}
_EFFNET = {"name": "timm/tf_efficientnet_lite0.in1k"}
_MINILM = {"name": "sentence-transformers/all-MiniLM-L6-v2"}
_USE = {"name": "google/universal-sentence-encoder-multilingual-3"}
_GRAMS = {"buckets": 4096, "width": 64, "hidden": 256}
ZOO = {
    "teacher": Spec("conv", "words", 128, 256, {"widths": [32, 64, 128, 192]}, {"width": 64}),
    "student": Spec("conv", "words", 32, 64, {"widths": [8, 16, 32, 48]}, {"width": 12}),
    "student-tiny": Spec("conv", "words", 16, 32, {"widths": [8, 12, 16, 24]}, {"width": 6}),
    "minilm-effnet": Spec("efficientnet", "transformers", 128, 256, _EFFNET, _MINILM, frozen=True, dropout=0.3),
    "use-effnet": Spec(
        "efficientnet", "sentences", 128, 256, {**_EFFNET, "judged": 1}, _USE, frozen=True, dropout=0.3
    ),
    "cut-student": Spec(
        "efficientnet", "transformers", 64, 96, {**_EFFNET, "stages": 3}, {**_MINILM, "layers": 2},
        frozen=True, dropout=0.3,
    ),
    "photo-student": Spec(
        "conv", "words", 64, 128, {"widths": [24, 48, 96, 128]}, {"width": 24, "vocabulary": _MINILM["name"]}
    ),
    "gram-student": Spec("conv", "grams", 32, 64, {"widths": [8, 16, 32, 48]}, _GRAMS),
    "gram-effnet": Spec(
        "efficientnet", "grams", 128, 256, _EFFNET, _GRAMS, frozen=True, learns="text", dropout=0.3
    ),
    "clip-vit-b-32": Spec("open_clip", "open_clip", 256, 512, _CLIP, _CLIP, frozen=True, dropout=0.3),
    "mobilenet-minilm": Spec(
        "timm", "transformers", 128, 256, {"name": "timm/mobilenetv4_conv_small.e2400_r224_in1k"}, _MINILM,
        frozen=True, dropout=0.3,
    ),
}  # fmt: skip
STUDENTS = ("student", "student-tiny")  # those that a classroom CPU trains in seconds


def _image_tower(kind: str, options: dict[str, Any]) -> ImageTower:
    if kind == "conv":
        return ConvTower(**options)
    if kind == "efficientnet":
        from msd_core.models.efficientnet import EfficientNetImage

        return EfficientNetImage(**options)
    from msd_core.models import pretrained

    return {"open_clip": pretrained.OpenClipImage, "timm": pretrained.TimmImage}[kind](**options)


def _text_tower(kind: str, options: dict[str, Any]) -> TextTower:
    if kind == "words":
        return WordTower(**options)
    if kind == "grams":
        return GramTower(**options)
    if kind == "sentences":
        from msd_core.models.sentence_encoder import SentenceEncoder

        return SentenceEncoder(**options)
    from msd_core.models import pretrained

    return {"open_clip": pretrained.OpenClipText, "transformers": pretrained.TransformersText}[kind](**options)


def build(spec: Spec, classes: int, share: bool = False) -> TwoTower:
    """A new classifier with `classes` outputs; weights come from torch's global generator, or are pretrained.

    share: whether wholly frozen towers may be those of other models that were built so: a hundred megabytes that a
    process then reads, holds and hashes once. Such a model stays on the CPU.
    """
    written = json.dumps(spec_to_dict(spec), sort_keys=True)
    if not spec.frozen:
        image, text = _towers(written)
    else:
        with torch.random.fork_rng(devices=[]):  # the head's first weights are the same, whoever read the towers
            learns = spec.unfreeze or spec.learns
            image, text = (_shared_towers if share and not learns else _towers)(written)
    return TwoTower(image, text, spec.dim, spec.hidden, classes, spec.dropout)


def _towers(written: str) -> tuple[ImageTower, TextTower]:
    """The towers of a specification, which is written as JSON: a dict could not be looked up."""
    spec = spec_from_dict(json.loads(written))
    image = _image_tower(spec.image, spec.image_options)
    text = _text_tower(spec.text, spec.text_options)
    for modality, tower in (("image", image), ("text", text)):
        if modality == spec.learns:
            continue
        if spec.frozen:
            tower.requires_grad_(False)
        tower.unfreeze(spec.unfreeze)
    return image, text


@lru_cache(maxsize=8)
def _shared_towers(written: str) -> tuple[ImageTower, TextTower]:
    image, text = _towers(written)
    return image.eval().to(memory_format=torch.channels_last), text.eval()  # type: ignore[call-overload]


def fit_spec(spec: Spec, texts: list[str], unfreeze: int = 0) -> Spec:
    """The specification for a task: its vocabulary, where that is named by a pretrained model, cut to the words that
    the training texts use; and layers that learn.

    Raises `UserError` where layers of towers that are not pretrained shall learn.
    """
    if unfreeze and not spec.frozen:
        raise UserError("Only a model with pretrained towers has layers to unfreeze: all of the others learn anyway.")
    spec = replace(spec, unfreeze=unfreeze)
    if not spec.needs_texts:
        return spec
    name = spec.text_options["vocabulary"]
    folder = locate(name, ("tokenizer.json",))
    if not folder.startswith(LOCAL):
        raise UserError(f"The words of {name} are not on this machine: get the model, or choose another student.")
    vocabulary = vocabulary_of(texts, Path(folder.removeprefix(LOCAL)) / "tokenizer.json")
    return replace(spec, text_options={**spec.text_options, "vocabulary": vocabulary})


def get_spec(name: str) -> Spec:
    """The specification of that name; a `UserError` lists the names when there is none."""
    return ZOO[choose("model", name, ZOO)]


def spec_to_dict(spec: Spec) -> dict[str, Any]:
    """Plain data, for a model file's header."""
    return asdict(spec)


def spec_from_dict(values: dict[str, Any]) -> Spec:
    """The reverse; a `UserError` where the header is of another version."""
    try:
        return Spec(**values)
    except TypeError as error:
        raise UserError("This model file was made by another version of the program: make it anew.") from error


def parameters(model: nn.Module) -> int:
    """How many numbers a model learned or was given."""
    return sum(p.numel() for p in model.parameters())
