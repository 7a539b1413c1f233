"""Weights that follow the student's lag: how far its answers on each modality alone still are from the teacher's.

Saliency says how much the teacher rests on a modality, not what the student still lacks of it. The lag is measured as
each epoch begins, so that it follows from the student alone and a resumed run has the same. The student's answer on one
modality is its average over other examples' encodings of the other, so that null embeddings play no part in it.
"""

import torch
from torch import Tensor

from msd_core.evaluate import encode_split
from msd_core.losses import kl
from msd_core.marginal import averages, log_outcomes
from msd_core.models.base import Classifier
from msd_core.saliency import probabilities
from msd_core.training.config import Config
from msd_core.training.prepare import Data
from msd_core.training.sampler import partners
from msd_core.views import SINGLE
from msd_core.weighting import LAGGING, weights

OTHERS = 16  # encodings that an answer is averaged over: a quarter of those that a finished model keeps


class LagWeights:
    """The weights of an epoch's modality-specific terms, `(N, 2)`, mean `beta`."""

    def __init__(self, student: Classifier, train: Data, config: Config, multilabel: bool):
        self.student, self.train, self.config, self.multilabel = student, train, config, multilabel
        self.values = torch.full((len(train.labels), 2), config.beta, device=train.labels.device)

    def update(self, epoch: int) -> None:
        """Measure the lag as an epoch begins."""
        rows = partners(len(self.train.labels), OTHERS, self.config.seed, epoch).to(self.values.device)
        self.student.eval()
        lagging = lag(self.student, self.train, rows, self.multilabel)
        fresh = weights(LAGGING[self.config.weighting], lagging, self.config.beta)
        assert fresh is not None
        self.values = fresh


def lag(student: Classifier, train: Data, others: Tensor, multilabel: bool) -> Tensor:
    """How far the student is from its teacher on the image and on the text of N examples, `(N, 2)` KL in nats.

    others: the examples `(R,)` whose texts, and images, its answers are averaged over.
    """
    assert train.teacher_logits is not None
    encoded = encode_split(student, train.inputs)
    image, text = averages(student, encoded, encoded.gather(train.image_of[others], train.text_of[others]), multilabel)
    assert image is not None and text is not None
    own = torch.stack([image[train.image_of], text[train.text_of]], dim=1).clone()  # no longer of inference mode
    teacher = log_outcomes(probabilities(train.teacher_logits[:, SINGLE], multilabel), multilabel)  # (N, 2, G, K)
    return kl(log_p=teacher, log_q=log_outcomes(own, multilabel)).clamp(min=0)
