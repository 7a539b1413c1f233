"""Layers of a pretrained text tower that are frozen softly: each has a gate, the share of its updates that it takes.

AdamW's step is the same however large a gradient is, so a gate scales the learning rate of its layer. A gate is good if
the step that it shapes on labels in some languages lowers the label loss in another one: of the languages that labels
are learned in, each is held out in turn, which stands for those of zero-shot transfer.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from msd_core.models.base import Classifier
from msd_core.training.meta_weighting import EVERY, LookAhead
from msd_core.training.prepare import Data
from msd_core.training.pretraining import text_tower
from msd_core.training.sampler import drawn_rows

FIXED = {"none": 1.0, "half": 0.5, "all": 0.0}  # every gate, where none is learned
_LR = 0.1  # of Adam on the free numbers: a run of some hundred steps looks ahead some dozens of times

_TOWER = "text_tower"


def tower_layers(student: Classifier) -> dict[str, list[str]]:
    """The layers of a student's text tower by name, each with the names of its own parameters in the student."""
    text_tower(student)
    layers = {
        name: [own for own, _ in part.named_parameters(name, recurse=False)]
        for name, part in student.named_modules()
        if name.startswith(_TOWER)
    }
    return {name.removeprefix(f"{_TOWER}."): own for name, own in layers.items() if own}


class Gates(nn.Module):
    """A gate between 0 and 1 for each of so many layers, at first a half."""

    def __init__(self, layers: int):
        super().__init__()
        self.free = nn.Parameter(torch.zeros(layers))

    def forward(self) -> Tensor:
        """`(L,)`."""
        return self.free.sigmoid()


class SoftFreezing:
    """The gates and their training. Everything it draws follows from the seed and the step alone.

    layers: as `tower_layers` has them. train, meta: examples in two languages or more, whose labels are learned from;
    the step is shaped by the one, and judged by the other.
    """

    def __init__(self, look: LookAhead, layers: dict[str, list[str]], train: Data, meta: Data):
        self.look, self.layers, self.train, self.meta = look, layers, train, meta
        self.languages = [code for code in train.split.languages if code in meta.split.languages]
        self.net = Gates(len(layers)).to(train.labels.device)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=_LR)

    @torch.no_grad()
    def gates(self) -> dict[str, float]:
        """By layer what share of its updates it takes now."""
        return dict(zip(self.layers, self.net().tolist(), strict=True))

    def slopes(self, lr: float, *, rows: Tensor, meta_rows: Tensor) -> Tensor:
        """How the label loss of meta examples changes with each gate, after a plain gradient step on the label loss of
        training examples, `theta - lr * gate * gradient`; what is not of the tower has no gate.

        A gate enters the step linearly, so its slope is minus `lr` times the product of two gradients of its layer:
        nothing is differentiated twice. rows: of training examples `(B,)`. meta_rows: of meta examples. Returns `(L,)`,
        nats.
        """
        gate_of = {name: gate for layer, gate in self.gates().items() for name in self.layers[layer]}
        theta = {name: p.detach() for name, p in self.look.student.named_parameters() if p.requires_grad}
        here = self.look.label_gradient(theta, self.train, rows)
        ahead = {name: value - lr * gate_of.get(name, 1.0) * here[name] for name, value in theta.items()}
        there = self.look.label_gradient(ahead, self.meta, meta_rows)
        products = [torch.stack([(here[n] * there[n]).sum() for n in names]).sum() for names in self.layers.values()]
        return -lr * torch.stack(products)

    def update(self, step: int, lr: float, average: Callable[[Tensor], Tensor] = lambda slopes: slopes) -> None:
        """Look ahead from here, with the next language held out, and improve the gates.

        `average` averages slopes over processes: these draw the same examples, but drop other grams.
        """
        held_out = self.languages[step // EVERY % len(self.languages)]
        rows, meta_rows = self._drawn(self.train, step, held_out, False), self._drawn(self.meta, step, held_out, True)
        slopes = average(self.slopes(lr, rows=rows, meta_rows=meta_rows))
        self.optimizer.zero_grad()
        self.net().backward(slopes)
        self.optimizer.step()

    def _drawn(self, data: Data, step: int, language: str, inside: bool) -> Tensor:
        """A batch of the examples in a language, or of those in all others."""
        assert data.split.language is not None
        rows = torch.from_numpy(np.flatnonzero((data.split.language == language) == inside))
        config = self.look.config
        return rows[drawn_rows(len(rows), config.batch_size, config.seed, step)].to(data.labels.device)
