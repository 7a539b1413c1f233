"""What linear models score on the features of frozen towers: beside every teacher stands what it has to beat."""

import torch
from torch import Tensor

from msd_core.evaluate import main_metric, metrics
from msd_core.linear import linear_model
from msd_core.models.base import Features
from msd_core.tasks import Task
from msd_core.training.prepare import Data


def linear_scores(task: Task, train: Data, test: Data) -> dict[str, float] | None:
    """The task's metric by view of linear models on the features that frozen towers make, which a model on top of them
    has to beat; None for a model without."""
    if not all(
        isinstance(part, Features) for data in (train, test) for part in (data.inputs.pictures, data.inputs.tokens)
    ):
        return None
    scores = {}
    for view, shown in {"both": (True, True), "image": (True, False), "text": (False, True)}.items():
        known, asked = (_side_by_side(data, *shown) for data in (train, test))
        parts = [known[0].shape[1]] if len(known) == 1 else [part.shape[1] for part in known]
        model = linear_model(torch.cat(known, 1), train.labels.cpu(), len(task.labels), parts)
        scores[view] = metrics(task, model.logits(torch.cat(asked, 1)), test.split.labels)[main_metric(task)]
    return scores


def _side_by_side(data: Data, image: bool, text: bool) -> list[Tensor]:
    """The features of each example, `(N, F)` a modality that is shown."""
    parts = []
    for inputs, rows, shown in ((data.inputs.pictures, data.image_of, image), (data.inputs.tokens, data.text_of, text)):
        if shown and isinstance(inputs, Features):
            parts.append(inputs.gather(rows).values.cpu())
    return parts
