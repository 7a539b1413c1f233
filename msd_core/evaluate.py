"""Metrics of a model, and its agreement with another, under each view."""

import numpy as np
import torch
from sklearn.metrics import f1_score, roc_auc_score
from torch import Tensor

from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import kl, log_probs
from msd_core.models.base import Classifier, Encoded
from msd_core.models.two_tower import REFERENCES
from msd_core.tasks import Split, Task
from msd_core.views import VIEWS, visible

_PAIRS = 4096  # pairs fused at once: large enough to be quick, small enough for any machine


@torch.inference_mode()
def encode_split(model: Classifier, inputs: Inputs) -> Encoded:
    """Every distinct picture and text of a split encoded once: `Encoded` of `(U, D)` and `(V, D)`."""
    image = [model.encode(images=inputs.images(rows)).image for rows in inputs.image_rows()]
    text = [model.encode(text=inputs.texts(rows)).text for rows in inputs.text_rows()]
    return Encoded(torch.cat(image), torch.cat(text))


@torch.inference_mode()
def fuse_split(model: Classifier, encoded: Encoded, split: Split) -> Tensor:
    """Logits of every example under the four views, `(N, 4, C)` float32 on the CPU, from the encodings of a split."""
    pieces = []
    for rows in torch.arange(len(split)).split(_PAIRS):
        pairs = encoded.take(split.image_of[rows].to(encoded.image.device), split.text_of[rows].to(encoded.text.device))
        masks = visible(batch=len(rows), device=encoded.image.device)
        pieces.append(torch.stack([model.fuse(pairs, mask) for mask in masks], dim=1).float().cpu())
    return torch.cat(pieces)


@torch.inference_mode()
def hidden_split(model: Classifier, encoded: Encoded, split: Split) -> Tensor:
    """The last features of every example on `both`, `(N, H)` float32 on the CPU."""
    pieces = []
    for rows in torch.arange(len(split)).split(_PAIRS):
        pairs = encoded.take(split.image_of[rows].to(encoded.image.device), split.text_of[rows].to(encoded.text.device))
        pieces.append(model.hidden(pairs, visible(("both",), len(rows), encoded.image.device)[0]).float().cpu())
    return torch.cat(pieces)


def logits_by_view(model: Classifier, split: Split) -> Tensor:
    """Logits of every example under the four views, `(N, 4, C)` float32 on the CPU; each tower runs once a picture."""
    return fuse_split(model, encode_split(model, read_inputs(model, split)), split)


def mean_encoding(encoded: Encoded, split: Split) -> tuple[Tensor, Tensor]:
    """The mean encoding of each modality over the examples of a split, `(D,)` each: the null of an untrained view."""
    image = torch.bincount(split.image_of, minlength=len(split.images)).to(encoded.image)
    text = torch.bincount(split.text_of, minlength=len(split.texts)).to(encoded.text)
    return image @ encoded.image / len(split), text @ encoded.text / len(split)


def references(encoded: Encoded, split: Split) -> Encoded:
    """`REFERENCES` encodings of each modality, by one fixed draw with replacement from the examples of a split."""
    image, text = torch.randint(len(split), (2, REFERENCES), generator=torch.Generator().manual_seed(0))
    device = encoded.image.device
    return encoded.take(split.image_of[image].to(device), split.text_of[text].to(device))


def main_metric(task: Task) -> str:
    """The metric that stands for a task in tables: accuracy, or macro F1 for a multi-label one."""
    return "macro_f1" if task.multilabel else "accuracy"


def metrics(task: Task, logits: Tensor, labels: Tensor) -> dict[str, float]:
    """The metrics of logits `(N, C)`, each 0 to 1: accuracy (and AUROC where binary), or macro and micro F1."""
    if task.multilabel:
        truth, said = labels.numpy().astype(int), (logits > 0).numpy().astype(int)
        return {
            f"{kind}_f1": float(f1_score(truth, said, average=kind, zero_division=0)) for kind in ("macro", "micro")
        }
    found = {"accuracy": float((logits.argmax(-1) == labels).float().mean())}
    if len(task.labels) == 2 and len(np.unique(labels)) == 2:
        found["auroc"] = float(roc_auc_score(labels, (logits[:, 1] - logits[:, 0]).numpy()))
    return found


def metrics_by_view(task: Task, logits: Tensor, labels: Tensor) -> dict[str, dict[str, float]]:
    """`metrics` of logits `(N, 4, C)` for each view by name."""
    return {view: metrics(task, logits[:, i], labels) for i, view in enumerate(VIEWS)}


def agreement_by_view(task: Task, teacher: Tensor, student: Tensor) -> dict[str, dict[str, float]]:
    """For each view, from logits `(N, 4, C)`: `kl` of the student from the teacher (nats, mean), and `top`, the share
    of equal top labels (multi-label: of equal decisions)."""
    divergence = kl(log_probs(teacher, task.multilabel), log_probs(student, task.multilabel)).mean(0)  # (4,)
    same = (teacher > 0) == (student > 0) if task.multilabel else teacher.argmax(-1, True) == student.argmax(-1, True)
    top = same.float().mean((0, 2))
    return {view: {"kl": float(divergence[i]), "top": float(top[i])} for i, view in enumerate(VIEWS)}
