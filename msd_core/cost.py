"""What a classifier costs: how many numbers it has, and the work and time of one answer."""

import logging
import statistics
import time
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from msd_core.models.base import Classifier
from msd_core.models.zoo import parameters
from msd_core.views import visible

_TEXTS = 4  # of which the work is counted: it goes by their length
_TIMES = 5  # that an answer is timed


@dataclass(frozen=True)
class Cost:
    """parameters: all numbers of a model. macs: multiplications with an addition that one pair takes on the view
    `both`, matrices and convolutions alone, the mean over some texts. milliseconds: the median time of one pair by
    itself on the model's device and torch's threads."""

    parameters: int
    macs: int
    milliseconds: float

    def to_dict(self) -> dict[str, float]:
        """Plain data."""
        return asdict(self)


@torch.inference_mode()
def cost(model: Classifier, texts: list[str]) -> Cost:
    """What a model in evaluation mode costs on pairs with texts like these."""
    spread = sorted(texts, key=len)[:: max(1, len(texts) // _TEXTS)] or [""]
    device = next(model.parameters()).device
    picture = torch.full((1, 3, model.preprocess.size, model.preprocess.size), 0.5, device=device)
    picture = picture.to(memory_format=torch.channels_last)
    ids = [model.tokenize([text]).ids.to(device) for text in spread]
    macs = [_macs(model, picture, one) for one in ids]
    seconds = [_seconds(model, picture, ids[len(ids) // 2]) for _ in range(_TIMES)]
    return Cost(parameters(model), round(statistics.mean(macs)), 1000 * statistics.median(seconds))


def _answer(model: Classifier, picture: Tensor, ids: Tensor) -> Tensor:
    return model(picture, ids, visible(("both",), 1, picture.device))


def _macs(model: Classifier, picture: Tensor, ids: Tensor) -> int:
    logging.getLogger("torch.utils.flop_counter").setLevel(logging.ERROR)  # it warns that Triton is not there
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):  # the others' work is not counted
        _answer(model, picture, ids)
    return counter.get_total_flops() // 2


def _seconds(model: Classifier, picture: Tensor, ids: Tensor) -> float:
    started = time.perf_counter()
    _answer(model, picture, ids).tolist()  # waits for a card
    return time.perf_counter() - started
