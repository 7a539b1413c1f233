"""The other way to hide a modality: average the prediction over many values of it, instead of showing a null embedding.

For a model that never trained on hidden views the two can lie far apart: a null embedding, be it the mean encoding, is
nothing that such a model has met, while every single term of the average is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from msd_core.losses import kl
from msd_core.models.base import Classifier, Encoded, Part, Sequence
from msd_core.saliency import probabilities
from msd_core.tasks import Split
from msd_core.views import VIEWS, visible


@dataclass(frozen=True)
class Marginal:
    """Probabilities with the other modality averaged over a model's references: `image` `(U, C)` of U images without a
    text, `text` `(V, C)` of V texts without an image, `neither` `(C,)`."""

    image: Tensor
    text: Tensor
    neither: Tensor


@torch.inference_mode()
def marginal(model: Classifier, encoded: Encoded, multilabel: bool) -> Marginal | None:
    """The averages for U encoded images and V encoded texts; each costs as many fusions as there are references. A
    modality that is missing is averaged over as one that is hidden. None for a model that keeps no references."""
    references = model.references
    if references is None:
        return None
    neither = _mean(model, references, multilabel)
    image = [_mean(model, Encoded(one, references.text), multilabel) for one in _each(encoded.image, references.text)]
    text = [_mean(model, Encoded(references.image, one), multilabel) for one in _each(encoded.text, references.image)]
    return Marginal(
        torch.stack(image) if image else neither[None], torch.stack(text) if text else neither[None], neither
    )


def _each(part: Part, others: Part) -> list[Part]:
    """Each encoding as often as there are others to meet."""
    if part is None or others is None:
        return []
    rows = torch.arange(len(part))
    if isinstance(part, Sequence):
        return [part.gather(row.expand(len(others))) for row in rows]
    return [one.expand(len(others), -1) for one in part]


def _mean(model: Classifier, pairs: Encoded, multilabel: bool) -> Tensor:
    return probabilities(model.fuse(pairs, visible(("both",), len(pairs), pairs.device)[0]), multilabel).mean(0)


def marginal_agreement(*, teacher: Tensor, student: Marginal, split: Split, multilabel: bool) -> dict[str, float]:
    """How far a student's averages are from its teacher.

    teacher: logits `(N, 4, C)`. student: the averages for the split's distinct images and texts. Returns the KL by
    view, nats, mean over the split.
    """
    log_p = log_outcomes(probabilities(teacher, multilabel), multilabel)  # (N, 4, G, K)
    averages = {
        "image": student.image.cpu()[split.image_of],
        "text": student.text.cpu()[split.text_of],
        "neither": student.neither.cpu().expand(len(split), -1),
    }
    return {
        view: float(kl(log_p=log_p[:, VIEWS.index(view)], log_q=log_outcomes(probs, multilabel)).mean())
        for view, probs in averages.items()
    }


def log_outcomes(probs: Tensor, multilabel: bool) -> Tensor:
    """Probabilities `(..., C)` to log-probabilities `(..., G, K)` as `losses.log_probs` gives them."""
    outcomes = torch.stack([probs, 1 - probs], dim=-1) if multilabel else probs.unsqueeze(-2)
    return outcomes.clamp(min=1e-12).log()
