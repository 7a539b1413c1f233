"""How much of a model is additive: the image says this, the text says that, and nothing comes of the two together.

EMAP (Hessel, Lee 2020, arXiv:2010.06572) is the best additive approximation of a model over a dataset. Of the scores
f(i, t) of every image with every text it keeps mean_t f(i, t) + mean_i f(i, t) - mean_it f(i, t); what is left is the
interaction. A model that decides as well by its EMAP as by itself has not been shown to need the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import t
from torch import Tensor

from msd_core.cache import cached_array
from msd_core.errors import choose
from msd_core.evaluate import encode_split, fuse_grid, main_metric, metrics
from msd_core.inputs import as_tensor, read_inputs
from msd_core.models.base import Classifier, Encoded
from msd_core.models.files import LoadedModel
from msd_core.saliency import probabilities
from msd_core.tasks import Split, Task

OUTPUTS = ("probability", "logit")
MOST_PAIRS = 500_000  # fused at most; a split with more pairs of an image and a text is sampled
_GROUPS = 20  # of draws, for the interval


@dataclass(frozen=True)
class Emap:
    """A model's EMAP over the N examples of a split.

    scores: `(N, C)`, probabilities or logits (`output`; as probabilities they may leave [0, 1]). metric: their value of
    the task's metric, 0 to 1; interval: its 95 % interval, owed to the sampling of pairs alone, None where every pair
    was fused. explained: the share of the variance of the model's own scores that they explain, at most 1. pairs: how
    many pairs were fused.
    """

    output: str
    scores: Tensor
    metric: float
    interval: tuple[float, float] | None
    explained: float
    pairs: int


@torch.inference_mode()
def grid(model: Classifier, encoded: Encoded, multilabel: bool, output: str = "probability") -> Tensor:
    """The scores of every one of I encoded images with every one of T encoded texts: `(I, T, C)`."""
    logits = fuse_grid(model, encoded)
    return probabilities(logits, multilabel) if output == "probability" else logits


def interaction(scores: Tensor) -> Tensor:
    """What is left of scores `(I, T, ...)` of every image with every text once their additive part is taken away."""
    return scores - scores.mean(1, keepdim=True) - scores.mean(0, keepdim=True) + scores.mean((0, 1), keepdim=True)


def emap(
    loaded: LoadedModel,
    task: Task,
    split: Split,
    logits: Tensor,
    output: str = "probability",
    most_pairs: int = MOST_PAIRS,
) -> Emap:
    """The EMAP of a model, whose logits on the view `both` are `(N, C)`, over a split; cached.

    The distinct images and texts are fused with each other and counted as often as they occur. Where that would be
    more than `most_pairs`, every image meets as many texts, and every text as many images, drawn from the examples, as
    that number allows.
    """
    choose("output", output, OUTPUTS)
    sizes = len(split.pictures), len(split.texts)
    sampled = sizes[0] * sizes[1] > most_pairs
    draws = max(2, most_pairs // sum(sizes)) if sampled else 0
    key: dict[str, Any] = {"kind": "emap-2", "weights": loaded.weights_hash, "data": split.fingerprint}
    key |= {"preprocess": loaded.model.preprocess.key, "output": output, "draws": draws}
    packed = as_tensor(cached_array(key, lambda: _packed(loaded, task, split, output, draws), split.place))
    scores, (low, high) = packed[:-2].view(len(split), -1), packed[-2:].tolist()
    own = probabilities(logits, task.multilabel) if output == "probability" else logits
    spread = (own - own.mean(0)).square().sum().clamp(min=1e-12)
    return Emap(
        output,
        scores,
        _metric(task, split, scores, output),
        (low, high) if sampled else None,
        float(1 - (own - scores).square().sum() / spread),
        draws * sum(sizes) if sampled else sizes[0] * sizes[1],
    )


def _metric(task: Task, split: Split, scores: Tensor, output: str) -> float:
    turn = 0.5 if output == "probability" and task.multilabel else 0.0  # where a decision on one label turns
    return metrics(task, scores - turn, split.labels)[main_metric(task)]


def _packed(loaded: LoadedModel, task: Task, split: Split, output: str, draws: int) -> np.ndarray:
    """The EMAP's scores in a row, and the two ends of its metric's interval."""
    encoded = encode_split(loaded.model, read_inputs(loaded.model, split))
    fused: dict[str, Any] = {"multilabel": task.multilabel, "output": output}
    if not draws:
        scores, ends = _exact(grid(loaded.model, encoded, **fused), split), [np.nan, np.nan]
    else:
        drawn = torch.randint(len(split), (2, draws), generator=torch.Generator().manual_seed(0))
        images, texts = torch.arange(len(split.pictures)), torch.arange(len(split.texts))
        some_texts = encoded.gather(images, split.text_of[drawn[0]])
        some_images = encoded.gather(split.image_of[drawn[1]], texts)
        by_image = grid(loaded.model, some_texts, **fused)  # (U, K, C)
        by_text = grid(loaded.model, some_images, **fused).transpose(0, 1)  # (V, K, C)
        scores = _sampled(split, by_image=by_image.mean(1), by_text=by_text.mean(1))
        ends = _interval(by_image, by_text, split, lambda values: _metric(task, split, values, output))
    return np.concatenate([scores.numpy().ravel(), np.array(ends, dtype=np.float32)])


def _exact(scores: Tensor, split: Split) -> Tensor:
    """The projection `(N, C)` from the scores `(U, V, C)` of all pairs."""
    images = torch.bincount(split.image_of, minlength=len(split.pictures)).to(scores) / len(split)
    texts = torch.bincount(split.text_of, minlength=len(split.texts)).to(scores) / len(split)
    by_image, by_text = torch.einsum("utc,t->uc", scores, texts), torch.einsum("utc,u->tc", scores, images)
    return by_image[split.image_of] + by_text[split.text_of] - images @ by_image


def _sampled(split: Split, *, by_image: Tensor, by_text: Tensor) -> Tensor:
    """The same from means over samples, `(U, C)` and `(V, C)`."""
    images, texts = by_image[split.image_of], by_text[split.text_of]
    return images + texts - (images.mean(0) + texts.mean(0)) / 2


def _interval(by_image: Tensor, by_text: Tensor, split: Split, metric: Callable[[Tensor], float]) -> list[float]:
    """The metric's 95 % interval that is owed to the K draws of each modality, `(U, K, C)` and `(V, K, C)`: by the
    jackknife over `_GROUPS` groups of each (Tukey 1958), whose variances add up."""
    means, variance = [by_image.mean(1), by_text.mean(1)], 0.0
    for part, whole in zip((by_image, by_text), means, strict=True):
        group, left = torch.arange(part.shape[1]) % _GROUPS, []
        for g in group.unique():
            fewer = [part[:, group != g].mean(1) if mean is whole else mean for mean in means]
            left.append(metric(_sampled(split, by_image=fewer[0], by_text=fewer[1])))
        variance += (len(left) - 1) * float(np.var(left))
    value = metric(_sampled(split, by_image=means[0], by_text=means[1]))
    reach = float(t.ppf(0.975, _GROUPS - 1)) * variance**0.5
    return [max(0.0, value - reach), min(1.0, value + reach)]
