"""What one pair costs in FLOPs and bytes, counted on the real code: teacher, and `Objective` forward and backward.

Products of matrices, convolutions and attention count, a multiplication and an addition each. No two pairs share a
picture or a text. Weights are random: they change no count, and need no hub.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.plain import plain_loss
from msd_core.inputs import Inputs, as_pixels
from msd_core.methods import METHODS
from msd_core.models.two_tower import TwoTower
from msd_core.models.zoo import ZOO, build
from msd_core.pictures import SIZE
from msd_core.steps import Data, Mix, Objective
from msd_core.tokenizer import VOCABULARY
from msd_core.views import VIEWS, visible

SETUPS = ("bundled", "zoo, towers frozen", "zoo, towers trained")
_PAIRS = 2  # a pair costs the same however many there are


@dataclass(frozen=True)
class Pair:
    """What one pair costs, FLOPs and bytes, and how many numbers the student trains."""

    teacher: int  # four views, the towers once: once in all
    towers: int  # the student's, where they are frozen: once in all
    kd: int  # a step, forward and backward: every epoch
    msd: int
    plain: int  # an MSD step with teacher and student run whole on every trained view
    source: int  # bytes of the picture and the token ids
    features: int  # bytes of what frozen towers said
    targets: int  # bytes
    trained: int


def measure(setup: str, labels: int, tokens: int) -> Pair:
    """Count what one pair of a setup costs, its text of so many tokens."""
    torch.manual_seed(0)
    teacher, student, side = _models(setup, labels)
    pixels = torch.randint(0, 256, (_PAIRS, side, side, 3), dtype=torch.uint8)
    ids = torch.randint(1, VOCABULARY, (_PAIRS, tokens))
    images, rows, weights = as_pixels(pixels), torch.arange(_PAIRS), torch.ones(_PAIRS, 2)
    truth, targets = rows % labels, torch.randn(_PAIRS, len(VIEWS), labels)
    inputs, towers, kept = Inputs(pixels, ids), 0, []
    with torch.no_grad():
        four = count(lambda: teacher.fuse_views(teacher.encode(images, ids), visible(batch=_PAIRS)))
        if setup == "zoo, towers frozen":
            towers = count(lambda: kept.extend((student.image_features(images), student.text_features(ids))))
            inputs = Inputs(*kept)
    objective = Objective(student, Data(inputs, rows, rows, truth, targets), Mix(), METHODS["kd"](2.0, False))
    return Pair(
        teacher=four,
        towers=towers,
        kd=count(lambda: objective(rows)[0].backward()),
        msd=count(lambda: objective(rows, weights)[0].backward()),
        plain=count(lambda: plain_loss(student, teacher, images, ids, truth, weights, Mix()).backward()),
        source=(pixels.nbytes + ids.nbytes) // _PAIRS,
        features=sum(part.values.nbytes for part in kept) // _PAIRS,
        targets=targets.nbytes // _PAIRS,
        trained=sum(p.numel() for p in student.parameters() if p.requires_grad),
    )


def count(work: Callable[[], object], pairs: int = _PAIRS) -> int:
    """FLOPs a pair of a piece of work."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # fused attention is not in PyTorch's books
    corrected = {torch.ops.aten.convolution_backward: _convolution_backward}
    try:
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False, custom_mapping=corrected) as counter:
            work()
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return counter.get_total_flops() // pairs


def _convolution_backward(out, _inputs, weight, *others, out_shape) -> int:
    """Each of both gradients costs what the forward pass does; PyTorch 2.12's own formula forgets the groups."""
    return 2 * prod(out) * prod(weight[1:]) * sum(others[-1][:2])


class _Drawn(nn.Module):
    """A tower of a published architecture, its weights drawn at random."""

    def __init__(self, net: nn.Module, features: int, call=lambda net, values: net(values)):
        super().__init__()
        self.net, self.features, self.call = net, features, call

    def embed(self, tokens: Tensor) -> Tensor:
        return tokens

    def forward(self, values: Tensor) -> Tensor:
        return self.call(self.net, values)


def _models(setup: str, labels: int) -> tuple[TwoTower, TwoTower, int]:
    """The teacher, the student, and the side of the pictures they read."""
    if setup == "bundled":
        return build(ZOO["teacher"], labels), build(ZOO["student"], labels), SIZE
    import open_clip
    import timm
    from transformers import BertConfig, BertModel

    teacher, student = ZOO["clip-vit-b-32"], ZOO["mobilenet-minilm"]
    logging.disable(logging.WARNING)  # open_clip's, of random weights
    clip = open_clip.create_model(teacher.image_options["name"], pretrained=None)
    logging.disable(logging.NOTSET)
    mobile = timm.create_model(student.image_options["name"], num_classes=0)
    minilm = BertModel(BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536))
    large = (
        _Drawn(clip.visual, 512),
        _Drawn(clip, 512, lambda net, ids: net.encode_text(F.pad(ids, (0, net.context_length - ids.shape[1])))),
    )
    small = (
        _Drawn(mobile, mobile.head_hidden_size),
        _Drawn(minilm, 384, lambda net, ids: net(ids).last_hidden_state.mean(1)),
    )
    for tower in (*large, *(small if setup == "zoo, towers frozen" else ())):
        tower.requires_grad_(False)
    return (
        TwoTower(*large, teacher.dim, teacher.hidden, labels),
        TwoTower(*small, student.dim, student.hidden, labels),
        mobile.default_cfg["input_size"][-1],
    )
