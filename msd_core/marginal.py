"""The other way to hide a modality: average the prediction over many values of it, instead of showing a null embedding.

For a model that never trained on hidden views the two can lie far apart: a null embedding, be it the mean encoding, is
nothing that such a model has met, while every single term of the average is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from msd_core.losses import kl
from msd_core.models.base import Encoded
from msd_core.models.two_tower import TwoTower
from msd_core.saliency import probabilities
from msd_core.tasks import Split


@dataclass(frozen=True)
class Marginal:
    """Probabilities with the other modality averaged over a model's references: `image` `(U, C)` of U images without a
    text, `text` `(V, C)` of V texts without an image, `neither` `(C,)`."""

    image: Tensor
    text: Tensor
    neither: Tensor


@torch.inference_mode()
def marginal(model: TwoTower, encoded: Encoded, multilabel: bool) -> Marginal:
    """The averages for U encoded images and V encoded texts; each costs as many fusions as there are references."""
    images, texts = model.reference_image, model.reference_text
    return Marginal(
        torch.stack([_mean(model, one.expand_as(texts), texts, multilabel) for one in encoded.image]),
        torch.stack([_mean(model, images, one.expand_as(images), multilabel) for one in encoded.text]),
        _mean(model, images, texts, multilabel),
    )


def _mean(model: TwoTower, image: Tensor, text: Tensor, multilabel: bool) -> Tensor:
    seen = torch.ones(len(image), 2, dtype=torch.bool, device=image.device)
    return probabilities(model.fuse(Encoded(image, text), seen), multilabel).mean(0)


def marginal_agreement(teacher: Tensor, student: Marginal, split: Split, multilabel: bool) -> dict[str, float]:
    """KL of the student's averages from the teacher by view, nats, mean over a split: the teacher's logits `(N, 4, C)`,
    in the order of `views.VIEWS`, against the averages for the split's distinct images and texts."""
    log_p = _log(probabilities(teacher, multilabel), multilabel)  # (N, 4, G, K)
    averages = {
        "image": student.image.cpu()[split.image_of],
        "text": student.text.cpu()[split.text_of],
        "neither": student.neither.cpu().expand(len(split), -1),
    }
    return {
        view: float(kl(log_p[:, i], _log(averages[view], multilabel)).mean())
        for i, view in enumerate(averages, start=1)
    }


def _log(chances: Tensor, multilabel: bool) -> Tensor:
    """Probabilities `(..., C)` to log-probabilities `(..., G, K)` as `losses.log_probs` gives them."""
    outcomes = torch.stack([chances, 1 - chances], dim=-1) if multilabel else chances.unsqueeze(-2)
    return outcomes.clamp(min=1e-12).log()
