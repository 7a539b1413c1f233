"""Metrics of a model, and its agreement with another, under each view."""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.metrics import f1_score, roc_auc_score
from torch import Tensor

from msd_core.inputs import Inputs, read_inputs
from msd_core.losses import kl, log_probs
from msd_core.models.base import Classifier, Encoded, Part, Sequence, cat
from msd_core.tasks import Split, Task
from msd_core.tensors import join
from msd_core.views import SINGLE, VIEWS, visible

_PAIRS = 4096  # pairs fused at once: large enough to be quick, small enough for any machine


@torch.inference_mode()
def encode_split(model: Classifier, inputs: Inputs) -> Encoded:
    """Every distinct picture and text of a split encoded once: `Encoded` of U images and V texts."""
    images = cat((model.encode(images=inputs.images(rows)) for rows in inputs.image_rows()), len(inputs.pictures))
    texts = cat((model.encode(text=inputs.texts(rows)) for rows in inputs.text_rows()), len(inputs.tokens))
    return Encoded(images.image, texts.text)


@torch.inference_mode()
def split_features(model: Classifier, inputs: Inputs) -> dict[str, Tensor]:
    """What a detector judges every distinct picture and text of a split by: `(U, F)` and `(V, F)` by modality."""
    images = (model.ood_features(images=inputs.images(rows))["image"].cpu() for rows in inputs.image_rows())
    texts = (model.ood_features(text=inputs.texts(rows))["text"].cpu() for rows in inputs.text_rows())
    return {"image": join(images, len(inputs.pictures)), "text": join(texts, len(inputs.tokens))}


@torch.inference_mode()
def by_pair(encoded: Encoded, split: Split, make: Callable[[Encoded], Tensor]) -> Tensor:
    """What `make` returns of every pair of a split, some thousand at a time, from the split's encodings: `(N, ...)`
    float32 on the CPU."""
    batches = torch.arange(len(split)).split(_PAIRS)
    pairs = (encoded.gather(split.image_of[rows], split.text_of[rows]) for rows in batches)
    return join((make(part).float().cpu() for part in pairs), len(split))


def fuse_grid(model: Classifier, encoded: Encoded) -> Tensor:
    """Logits on both of every one of I encoded images with every one of T encoded texts, `(I, T, C)`, some thousand
    pairs at a time."""
    assert encoded.image is not None and encoded.text is not None
    images, texts = (torch.arange(len(part), device=encoded.device) for part in (encoded.image, encoded.text))
    pairs = torch.cartesian_prod(images, texts)
    logits = [model.fuse_pairs(encoded, *part.T) for part in pairs.split(_PAIRS)]
    return torch.cat(logits).unflatten(0, (len(images), len(texts)))


def fuse_split(model: Classifier, encoded: Encoded, split: Split) -> Tensor:
    """Logits of every example under the four views, `(N, 4, C)` float32 on the CPU, from the encodings of a split."""

    def four_views(pairs: Encoded) -> Tensor:
        masks = visible(batch=len(pairs), device=pairs.device)
        return torch.stack([model.fuse(pairs, mask) for mask in masks], dim=1)

    return by_pair(encoded, split, four_views)


def hidden_split(model: Classifier, encoded: Encoded, split: Split) -> Tensor:
    """The last features of every example on `both`, `(N, H)` float32 on the CPU."""

    def both(pairs: Encoded) -> Tensor:
        return model.hidden(pairs, visible(("both",), len(pairs), pairs.device)[0])

    return by_pair(encoded, split, both)


def hidden_alone(model: Classifier, pairs: Encoded) -> Tensor:
    """The last features of B pairs on the image and on the text alone, `(B, 2, H)`."""
    masks = visible(VIEWS[SINGLE], len(pairs), pairs.device)
    return torch.stack([model.hidden(pairs, mask) for mask in masks], dim=1)


def logits_by_view(model: Classifier, split: Split) -> Tensor:
    """Logits of every example under the four views, `(N, 4, C)` float32 on the CPU; each picture is encoded once."""
    return fuse_split(model, encode_split(model, read_inputs(model, split)), split)


def mean_encoding(encoded: Encoded, split: Split) -> Encoded:
    """The mean encoding of each modality over the examples of a split, `(D,)` each: the null of an untrained view."""
    return Encoded(
        _mean(encoded.image, split.image_of, len(split.pictures)), _mean(encoded.text, split.text_of, len(split.texts))
    )


def _mean(part: Part, of: Tensor, distinct: int) -> Tensor | None:
    if part is None:
        return None
    vectors = part.mean() if isinstance(part, Sequence) else part
    return torch.bincount(of, minlength=distinct).to(vectors) @ vectors / len(of)


def references(encoded: Encoded, split: Split, count: int) -> Encoded:
    """`count` encodings of each modality, by one fixed draw with replacement from the examples of a split."""
    image, text = torch.randint(len(split), (2, count), generator=torch.Generator().manual_seed(0))
    return encoded.gather(split.image_of[image], split.text_of[text])


def main_metric(task: Task) -> str:
    """The metric that stands for a task in tables: accuracy, or macro F1 for a multi-label one."""
    return "macro_f1" if task.multilabel else "accuracy"


def metrics(task: Task, logits: Tensor, labels: Tensor) -> dict[str, float]:
    """The metrics of logits `(N, C)`, each 0 to 1: accuracy (and AUROC where binary), or macro and micro F1."""
    if task.multilabel:
        truth, answers = labels.numpy().astype(int), (logits > 0).numpy().astype(int)
        return {
            f"{kind}_f1": float(f1_score(truth, answers, average=kind, zero_division=0)) for kind in ("macro", "micro")
        }
    scores = {"accuracy": float((logits.argmax(-1) == labels).float().mean())}
    if len(task.labels) == 2 and len(np.unique(labels)) == 2:
        scores["auroc"] = float(roc_auc_score(labels, (logits[:, 1] - logits[:, 0]).numpy()))
    return scores


def metrics_by_view(task: Task, logits: Tensor, labels: Tensor) -> dict[str, dict[str, float]]:
    """`metrics` of logits `(N, 4, C)` for each view by name."""
    return {view: metrics(task, logits[:, i], labels) for i, view in enumerate(VIEWS)}


def scores_by_language(task: Task, logits: Tensor, split: Split) -> dict[str, dict[str, float]]:
    """The main metric of logits `(N, 4, C)` by language and view; empty where no example states its language."""
    scores = {}
    for language in split.languages:
        rows = torch.from_numpy(split.language == language)
        by_view = metrics_by_view(task, logits[rows], split.labels[rows])
        scores[language] = {view: by_view[view][main_metric(task)] for view in VIEWS}
    return scores


def agreement_by_view(task: Task, *, teacher: Tensor, student: Tensor) -> dict[str, dict[str, float]]:
    """How close a student is to its teacher on each view.

    teacher, student: logits `(N, 4, C)`. Returns by view `kl` (nats, mean over examples) and `top`, the share of equal
    top labels (multi-label: of equal decisions), 0 to 1.
    """
    log_p, log_q = (log_probs(logits, task.multilabel) for logits in (teacher, student))
    divergence = kl(log_p=log_p, log_q=log_q).mean(0)  # (4,)
    same = (teacher > 0) == (student > 0) if task.multilabel else teacher.argmax(-1, True) == student.argmax(-1, True)
    top = same.float().mean((0, 2))
    return {view: {"kl": float(divergence[i]), "top": float(top[i])} for i, view in enumerate(VIEWS)}
