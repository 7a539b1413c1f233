"""The other way to hide a modality: average the prediction over many values of it, instead of showing a null embedding.

For a model that never trained on hidden views the two can lie far apart: a null embedding, be it the mean encoding, is
nothing that such a model has met, while every single term of the average is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from msd_core.evaluate import fuse_grid
from msd_core.losses import kl
from msd_core.models.base import Classifier, Encoded, Part, Sequence
from msd_core.saliency import probabilities
from msd_core.tasks import Split
from msd_core.views import VIEWS, visible

_AT_ONCE = 512  # images, or texts, that are averaged at once


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
    pairs = model.fuse(references, visible(("both",), len(references), references.device)[0])
    neither = probabilities(pairs, multilabel).mean(0)
    image, text = averages(model, encoded, references, multilabel)
    return Marginal(neither[None] if image is None else image, neither[None] if text is None else text, neither)


@torch.inference_mode()
def averages(
    model: Classifier, encoded: Encoded, others: Encoded, multilabel: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Probabilities of U encoded images averaged over the texts of others, `(U, C)`, and of V encoded texts averaged
    over the images of others, `(V, C)`; None where there is nothing of a modality."""
    image, text = None, None
    if encoded.image is not None and others.text is not None:
        parts = torch.arange(len(encoded.image)).split(_AT_ONCE)
        grids = (fuse_grid(model, Encoded(_some(encoded.image, rows), others.text)) for rows in parts)
        image = torch.cat([probabilities(grid, multilabel).mean(1) for grid in grids])
    if encoded.text is not None and others.image is not None:
        parts = torch.arange(len(encoded.text)).split(_AT_ONCE)
        grids = (fuse_grid(model, Encoded(others.image, _some(encoded.text, rows))) for rows in parts)
        text = torch.cat([probabilities(grid, multilabel).mean(0) for grid in grids])
    return image, text


def _some(part: Tensor | Sequence, rows: Tensor) -> Part:
    return part.gather(rows) if isinstance(part, Sequence) else part[rows]


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
