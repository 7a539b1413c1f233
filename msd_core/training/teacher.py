"""What the teacher makes of a split, computed once and cached: its logits on all four views, what lies before them, and
what answers pairs that are recombined of it."""

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache

import numpy as np
import torch

from msd_core.cache import array_path, cached_array, open_array
from msd_core.errors import UserError
from msd_core.evaluate import by_pair, encode_split, hidden_alone, hidden_split, logits_by_view
from msd_core.features import hash_keys
from msd_core.inputs import as_tensor, read_inputs, text_keys
from msd_core.methods import Representations
from msd_core.models.base import Classifier, Encoded, Part, Sequence
from msd_core.models.files import LoadedModel
from msd_core.tasks import Split
from msd_core.training.config import CONTROL_PAIRS, Config, current_names
from msd_core.training.recombination import Fusion, Questions, questions
from msd_core.views import visible

Answers = Callable[[Split], torch.Tensor]  # to a split, its logits on the four views (N, 4, C)


def targets(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> torch.Tensor:
    """The teacher's logits on the four views, float32 `(N, 4, C)`, in the split's order; memory-mapped, not to be
    written to."""

    def compute() -> np.ndarray:
        return logits_by_view(_on(device, teacher), split).numpy()

    return as_tensor(cached_array(key_of(teacher, split), compute, split.place))


def representations(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> Representations:
    """What the teacher makes of every example on `both`, for methods that distil it: `(N, 2D)` and `(N, H)`."""

    @cache
    def compute() -> dict[str, np.ndarray]:
        model = _on(device, teacher)
        encoded = encode_split(model, read_inputs(model, split))
        return {
            "encodings": by_pair(encoded, split, model.encodings).numpy(),
            "hidden": hidden_split(model, encoded, split).numpy(),
        }

    key = key_of(teacher, split)

    def part(name: str) -> torch.Tensor:
        return as_tensor(cached_array({**key, "part": name}, lambda: compute()[name], split.place))

    return Representations(part("encodings"), part("hidden"))


def modality_features(teacher: LoadedModel, split: Split, device: torch.device | str = "cpu") -> Representations:
    """What the teacher makes of every example's image and text alone: `(N, 2, D)` and `(N, 2, H)`."""

    def compute() -> np.ndarray:
        model = _on(device, teacher)
        encoded = encode_split(model, read_inputs(model, split))
        return by_pair(encoded, split, lambda pairs: hidden_alone(model, pairs)).numpy()

    encodings = representations(teacher, split, device).encodings
    hidden = cached_array({**key_of(teacher, split), "part": "hidden alone"}, compute, split.place)
    return Representations(encodings.unflatten(1, (2, -1)), as_tensor(hidden))


def fusion_of(teacher: LoadedModel, split: Split, config: Config, device: torch.device | str = "cpu") -> Fusion:
    """What answers pairs that are recombined of a split: the teacher's head on its encodings, or its answers to as many
    questions as the config allows. No encodings where a control takes the place of these pairs."""
    model, of = _on(device, teacher), (split.image_of.to(device), split.text_of.to(device))
    if config.pairs in CONTROL_PAIRS:
        return Fusion(model, Encoded(), *of)
    if not config.questions:
        return Fusion(model, _encoded(teacher, model, split), *of)
    texts = questions(len(split), config.questions, config.seed)  # (N, Q)
    pictures, which = (texts >= 0).nonzero(as_tuple=True)
    other = split.gather(texts[pictures, which])
    pairs = replace(
        split.gather(pictures), texts=other.texts, text_of=other.text_of, evidence=None, language=other.language
    )
    answers = _answers(teacher, model, pairs)
    logits = torch.zeros(*texts.shape, answers.shape[1])  # (N, Q, C)
    logits[pictures, which] = answers
    return Fusion(model, Encoded(), *of, Questions(texts.to(device), logits.to(device)))


def _encoded(teacher: LoadedModel, model: Classifier, split: Split) -> Encoded:
    """A split's distinct pictures and texts, encoded by the teacher on its device. Vectors are kept; sequences would
    fill the disk."""
    key, device = key_of(teacher, split), next(model.parameters()).device

    @cache
    def compute() -> Encoded:
        return encode_split(model, read_inputs(model, split))

    def part(modality: str) -> Part:
        own = {**key, "encoded": modality}
        if open_array(array_path(own, split.place)) is None and isinstance(
            sequences := getattr(compute(), modality), Sequence
        ):
            return sequences
        values = cached_array(own, lambda: getattr(compute(), modality).float().cpu().numpy(), split.place)
        return as_tensor(values).to(device)

    return Encoded(part("image"), part("text"))


def _answers(teacher: LoadedModel, model: Classifier, split: Split) -> torch.Tensor:
    """The teacher's logits on both alone, float32 `(N, C)`; memory-mapped, not to be written to."""

    def both(pairs: Encoded) -> torch.Tensor:
        return model.fuse(pairs, visible(("both",), len(pairs), pairs.device)[0])

    def compute() -> np.ndarray:
        return by_pair(encode_split(model, read_inputs(model, split)), split, both).numpy()

    return as_tensor(cached_array({**key_of(teacher, split), "view": "both"}, compute, split.place))


def config_of(teacher: LoadedModel) -> Config:
    """How a teacher was trained, so that one like it can be. Raises `UserError` where nothing says so, or where it
    learned from more than labels."""
    if (known := teacher.info.get("config")) is None:
        raise UserError(
            f"Nothing says how the teacher {teacher.origin} was trained, so targets cannot be cross-fitted: give the "
            "folder of a run."
        )
    current = current_names(known)
    config = Config(**{field.name: current[field.name] for field in fields(Config) if field.name in current})
    if config.needs_teacher or config.pretraining != "none":
        raise UserError("Targets can be cross-fitted for a teacher that learned from labels alone: give such a one.")
    return config


def key_of(teacher: LoadedModel, split: Split) -> dict:
    """All that a teacher's answers to a split depend on."""
    return {
        "weights": teacher.weights_hash,
        "data": split.fingerprint,
        "tokens": hash_keys(text_keys(teacher.model, split.texts)),
        "preprocess": teacher.model.preprocess.key,
        "dtype": "float32",
    }


def _on(device: torch.device | str, teacher: LoadedModel) -> Classifier:
    """The teacher on a device: a copy, since others may be asking the one on the CPU."""
    return teacher.model if torch.device(device).type == "cpu" else copy.deepcopy(teacher.model).to(device)
