"""Is an input out of its task's distribution? How much of it the directions that the task's own inputs vary in cannot
express (the residual of Wang et al. 2022, arXiv:2203.10807)."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from msd_core.tensors import read_tensors, write_tensors
from msd_core.views import MODALITIES

WITHIN = 0.99  # share of the validation split within the threshold
_FORMAT = "msd-ood-3"
_EARLIER = ("msd-ood-2", "msd-ood-1", "msd-world-2")  # of other features
_SHARE = {"image": 0.3125, "text": 0.75}  # of the features' dimensions, that directions are kept for


@dataclass(frozen=True)
class Subspace:
    """Where the training split lies in a feature space of F dimensions: its mean `(F,)`, the directions `(F, K)` that
    it varies in most, and the distance from there beyond which an input is out of distribution."""

    mean: Tensor
    directions: Tensor
    threshold: float

    def distance(self, features: Tensor) -> Tensor:
        """Euclidean distance of `(B, F)` to the subspace of the training split, `(B,)`."""
        centred = features.float() - self.mean
        return (centred - centred @ self.directions @ self.directions.T).norm(dim=1)

    def is_ood(self, features: Tensor) -> Tensor:
        """Whether `(B, F)` lie farther out than nearly all of the validation split: boolean `(B,)`."""
        return self.distance(features) > self.threshold


@dataclass(frozen=True)
class Detector:
    """A subspace a modality, in the features that a model is judged by (`Classifier.ood_features`)."""

    subspaces: dict[str, Subspace]

    def is_ood(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Whether inputs `(B, F)` are out of distribution, boolean `(B,)`, for each modality that is there."""
        return {m: self.subspaces[m].is_ood(values) for m, values in features.items() if m in self.subspaces}


def fit_subspace(*, train: Tensor, validation: Tensor, directions: int) -> Subspace:
    """The subspace of a training split `(N, F)`, its threshold from the validation split `(M, F)`."""
    basis = torch.linalg.svd(torch.cov(train.double().T)).U[:, :directions].half().float()  # as it is kept
    subspace = Subspace(train.float().mean(0), basis, 0.0)
    distances = subspace.distance(validation)
    return replace(subspace, threshold=float(distances.quantile(WITHIN, interpolation="higher")))


def fit_detector(*, train: dict[str, Tensor], validation: dict[str, Tensor]) -> Detector:
    """The detector of a model from its features of both splits, `(N, F)` and `(M, F)` by modality
    (`evaluate.split_features`); of a modality of which the training split has only one example, there is no telling
    what is out of distribution."""
    subspaces = {}
    for modality in MODALITIES:
        examples, dimensions = train[modality].shape
        if examples > 1:
            kept = max(1, min(round(_SHARE[modality] * dimensions), examples - 1))
            subspaces[modality] = fit_subspace(train=train[modality], validation=validation[modality], directions=kept)
    return Detector(subspaces)


def detector_file(model_file: Path) -> Path:
    """Where the detector of a model lies: beside it."""
    return model_file.with_suffix(".ood.safetensors")


def save_detector(path: Path, detector: Detector) -> None:
    """Write a detector, its directions as 16-bit numbers."""
    header = {"format": _FORMAT, "thresholds": {m: s.threshold for m, s in detector.subspaces.items()}}
    tensors = {f"{m}.mean": s.mean for m, s in detector.subspaces.items()}
    tensors |= {f"{m}.directions": s.directions.half() for m, s in detector.subspaces.items()}
    write_tensors(path, tensors, header)


def load_detector(path: Path) -> Detector | None:
    """A detector from its file, None where its features are those of an earlier version; `UserError` where it is
    damaged."""
    header, tensors = read_tensors(path, _FORMAT, *_EARLIER)
    if header["format"] in _EARLIER:
        return None
    return Detector(
        {
            m: Subspace(tensors[f"{m}.mean"], tensors[f"{m}.directions"].float(), threshold)
            for m, threshold in header["thresholds"].items()
        }
    )
