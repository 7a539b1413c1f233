"""Saliency against known evidence: does the measure find what the maker of a task put there?"""

import numpy as np
from sklearn.metrics import roc_auc_score
from torch import Tensor

from msd_core.saliency import SALIENCIES, saliency, saliency_by_label
from msd_core.tasks import Task
from msd_core.views import MODALITIES

_POSITIVE = {"necessity": "both", "sufficiency": "either"}  # beside the modality itself


def evidence_auroc(task: Task, logits: Tensor, evidence: np.ndarray) -> dict[str, dict[str, float | None]]:
    """AUROC of each saliency of each modality against evidence.

    Necessity of m should be high where the evidence is m or `both`, sufficiency where it is m or `either`.

    logits: `(N, 4, C)`. evidence: `(N,)` or, for a multi-label task, `(N, C)`: every label is then a case. Returns
    `[kind][modality]`, 0 to 1; None where only one class occurs.
    """
    by_kind: dict[str, dict[str, float | None]] = {}
    for kind in SALIENCIES:
        scores = saliency_by_label(logits, kind) if task.multilabel else saliency(logits, kind)
        by_kind[kind] = {}
        for i, modality in enumerate(MODALITIES):
            positive = np.isin(evidence, (modality, _POSITIVE[kind])).ravel()
            both_occur = 0 < positive.sum() < positive.size
            auroc = float(roc_auc_score(positive, scores[..., i].ravel())) if both_occur else None
            by_kind[kind][modality] = auroc
    return by_kind
