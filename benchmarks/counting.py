"""What one pair costs in FLOPs and bytes, counted on the real code: teacher, and `Objective` forward and backward.

Products of matrices, convolutions and attention count, a multiplication and an addition each. No two pairs share a
picture or a text. Weights are random: they change no count, and need no hub.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.plain import plain_loss
from msd_core.inputs import Inputs
from msd_core.methods import METHODS
from msd_core.models.preprocess import Preprocess, as_pixels
from msd_core.models.tokenizer import VOCABULARY
from msd_core.models.towers import ImageTower, TextTower
from msd_core.models.two_tower import TwoTower
from msd_core.models.zoo import ZOO, build
from msd_core.pixels import read_pixels
from msd_core.tasks import load_split, load_task
from msd_core.training.config import Config
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.views import VIEWS, visible

SETUPS = ("bundled", "zoo, towers frozen", "zoo, towers trained")
_CLIP, _MOBILENET = "ViT-B-32", "mobilenetv4_conv_small.e2400_r224_in1k"  # what the zoo's hub ids stand for
_CONFIG = Config(method="kd")
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
    features: int  # bytes of what frozen towers made of them
    targets: int  # bytes
    trained: int


def measure(setup: str, labels: int, tokens: int) -> Pair:
    """Count what one pair of a setup costs, its text of so many tokens."""
    torch.manual_seed(0)
    teacher, student = _models(setup, labels)
    data = _drawn_data(student, labels, tokens)
    rows, weights = torch.arange(_PAIRS), torch.ones(_PAIRS, 2)
    pixels, ids = data.inputs.pictures.gather(rows), data.inputs.texts(rows)
    images = as_pixels(pixels)
    towers, kept = 0, []
    with torch.no_grad():
        four = count(lambda: teacher.fuse_views(teacher.encode(images, ids), visible(batch=_PAIRS)))
        if setup == "zoo, towers frozen":
            towers = count(lambda: kept.extend((student.image_features(images), student.text_features(ids))))
            data = replace(data, inputs=Inputs(*kept))
    objective = Objective(student, METHODS["kd"](_CONFIG.temperature, False), data, _CONFIG, multilabel=False)

    def plain_step() -> None:
        plain_loss(
            student=student, teacher=teacher, images=images, tokens=ids, labels=data.labels, weights=weights,
            config=_CONFIG,
        ).backward()  # fmt: skip

    return Pair(
        teacher=four,
        towers=towers,
        kd=count(lambda: objective(rows)[0].backward()),
        msd=count(lambda: objective(rows, weights)[0].backward()),
        plain=count(plain_step),
        source=(pixels.nbytes + ids.nbytes) // _PAIRS,
        features=sum(part.values.nbytes for part in kept) // _PAIRS,
        targets=data.teacher_logits.nbytes // _PAIRS,
        trained=sum(p.numel() for p in student.parameters() if p.requires_grad),
    )


def _drawn_data(student: TwoTower, labels: int, tokens: int) -> Data:
    """Pairs of a picture of easy-vqa, at the student's size, and random token ids; random targets."""
    split = load_split(load_task("easy-vqa"), "test", _PAIRS)
    ids, rows = torch.randint(1, VOCABULARY, (_PAIRS, tokens)), torch.arange(_PAIRS)
    inputs = Inputs(read_pixels(split.pictures, student.preprocess), ids)
    return Data(split, inputs, rows, rows, rows % labels, torch.randn(_PAIRS, len(VIEWS), labels))


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


class _DrawnImage(ImageTower):
    """A backbone of a published architecture, its weights drawn at random."""

    def __init__(self, net: nn.Module, features: int, size: int):
        super().__init__()
        self.net, self.features, self.preprocess = net, features, Preprocess(size)

    def forward(self, images: Tensor) -> Tensor:
        return self.net(images)


class _DrawnText(TextTower):
    """The same for texts; `call` runs it on token ids `(B, L)`."""

    def __init__(self, net: nn.Module, features: int, call: Callable[[nn.Module, Tensor], Tensor]):
        super().__init__()
        self.net, self.features, self.call = net, features, call

    def embed(self, tokens: Tensor) -> Tensor:
        return tokens  # the network embeds them itself

    def forward(self, text: Tensor) -> Tensor:
        return self.call(self.net, text)


def _models(setup: str, labels: int) -> tuple[TwoTower, TwoTower]:
    """The teacher and the student, which read pictures of one size."""
    if setup == "bundled":
        return build(ZOO["teacher"], labels), build(ZOO["student"], labels)
    import open_clip
    import timm
    from transformers import BertConfig, BertModel

    teacher, student = ZOO["clip-vit-b-32"], ZOO["mobilenet-minilm"]
    logging.disable(logging.WARNING)  # open_clip's, of random weights
    clip = open_clip.create_model(_CLIP, pretrained=None)
    logging.disable(logging.NOTSET)
    mobile = timm.create_model(_MOBILENET, num_classes=0)
    minilm = BertModel(BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536))
    size = mobile.default_cfg["input_size"][-1]
    large = (
        _DrawnImage(clip.visual, 512, size),
        _DrawnText(clip, 512, lambda net, ids: net.encode_text(F.pad(ids, (0, net.context_length - ids.shape[1])))),
    )
    small = (
        _DrawnImage(mobile, mobile.head_hidden_size, size),
        _DrawnText(minilm, 384, lambda net, ids: net(ids).last_hidden_state.mean(1)),
    )
    for tower in (*large, *(small if setup == "zoo, towers frozen" else ())):
        tower.requires_grad_(False)
    return (
        TwoTower(*large, teacher.dim, teacher.hidden, labels),
        TwoTower(*small, student.dim, student.hidden, labels),
    )
