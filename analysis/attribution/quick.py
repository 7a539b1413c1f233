"""A quick look, before the full map: what the score loses without each cell of what a pretrained tower reads.

Its towers run once. A cell has seen its surroundings, so this is no attribution to pixels; it says roughly where.
"""

import torch
from torch import Tensor

from analysis.attribution.score import PairScore
from msd_core.models.base import Encoded, Sequence
from msd_core.models.efficientnet import EfficientNetImage
from msd_core.models.two_tower import TwoTower


@torch.inference_mode()
def quick_look(score: PairScore) -> Tensor | None:
    """The score less that without each cell of the model's square, `(G, G)`, in the unit of the score's output; None
    for a model whose tower has no such cells, and where it sees no picture."""
    model, pixels = score.model, score.pixels
    if pixels is None or not isinstance(model, TwoTower) or not isinstance(model.image_tower, EfficientNetImage):
        return None
    images = model.project_image(model.image_tower.without_cells(pixels))  # (1 + G^2, D)
    text = None
    if score.values is not None:
        text = model.encode(text=Sequence(score.values, score.mask)).text
        assert isinstance(text, Tensor)
        text = text.expand(len(images), -1)
    scores = score.read_out(Encoded(images, text), len(images))
    side = round((len(images) - 1) ** 0.5)
    return (scores[0] - scores[1:]).view(side, side)
