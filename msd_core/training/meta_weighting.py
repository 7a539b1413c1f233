"""Learned weighting: a small network says how much each modality's term counts, trained by looking one step ahead.

The way of Meta-Weight-Net (Shu et al. 2019, arXiv:1902.07379): a weight is good if the step that it shapes lowers the
label loss of examples that nothing was trained on, the meta split. What it reads (the two saliencies and the teacher's
entropy by view) and the normalisation are ours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp
from torch.nn import functional as F

from msd_core.losses import ce, log_probs
from msd_core.models.base import Classifier, Features
from msd_core.saliency import saliency
from msd_core.training.config import Config
from msd_core.training.objective import SINGLE_VIEWS, single_view_losses
from msd_core.training.prepare import Data
from msd_core.training.sampler import drawn_rows
from msd_core.views import visible

EVERY = 5  # steps between two looks ahead: an epoch then costs less than twice one of `instance`
_LR = 3e-3  # of Adam on the weight network: it takes some hundreds of looks
_HIDDEN = 32

_Pairs = tuple[Tensor | Features, Tensor | Features, Tensor, Tensor]  # as `Inputs.distinct` returns them


class WeightNet(nn.Module):
    """From the teacher's answers to an example under the four views to how much each modality's term should count.

    It starts as `uniform`: the last layer is 0.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, traits: Tensor):
        super().__init__()
        self.register_buffer("mean", traits.mean(0))
        self.register_buffer("spread", traits.std(0, correction=0).clamp(min=1e-6))
        last = nn.Linear(_HIDDEN, 2)
        self.layers = nn.Sequential(nn.Linear(traits.shape[1], _HIDDEN), nn.Tanh(), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, traits: Tensor, beta: float) -> Tensor:
        """Weights (w_image, w_text) of a batch `(B, 2)`, at least 0, mean over both axes `beta`."""
        free = F.softplus(self.layers((traits - self.mean) / self.spread))
        return beta * free / free.mean()


def traits_of(targets: Tensor, multilabel: bool) -> Tensor:
    """What the network reads of N examples, `(N, 6)`: both necessities (0 to 1), and the teacher's entropy on each view
    (nats; multi-label: mean over labels), of its logits `(N, 4, C)`."""
    log_p = log_probs(targets, multilabel)
    entropy = -(log_p.exp() * log_p).sum(-1).mean(-1)  # (N, 4)
    return torch.cat([saliency(targets, "necessity", multilabel), entropy], dim=1)


@dataclass(frozen=True)
class LookAhead:
    """Where a plain gradient step would lead the student, and how the label loss there changes with each weight."""

    student: Classifier
    config: Config
    multilabel: bool

    def slopes(
        self, gradients: dict[str, Tensor], lr: float, *, train: Data, rows: Tensor, meta: Data, meta_rows: Tensor
    ) -> Tensor:
        """How the label loss of meta examples, after the step, changes with the weights of the step's examples.

        A weight enters the step through its own term alone, so its slope is minus `lr` times the product of two
        gradients; all of a batch come from one forward derivative along the meta gradient, nothing is differentiated
        twice.

        gradients: those of the training loss by parameter, which the step `theta - lr * gradient` takes. rows: the
        step's examples `(B,)`. meta_rows: those of the meta split. Returns `(B, 2)`, nats a unit of weight.
        """
        theta = {name: p.detach() for name, p in self.student.named_parameters() if name in gradients}
        ahead = {name: value - lr * gradients[name] for name, value in theta.items()}
        own = _read(train, rows)  # before torch.func wraps what is read from disk
        along = self.label_gradient(ahead, meta, meta_rows)
        changes = jvp(lambda here: self._single(here, own, train, rows), (theta,), (along,))[1]  # (2, B)
        return -lr * (1 - self.config.lam) / len(rows) * changes.T

    def label_gradient(self, parameters: dict[str, Tensor], data: Data, rows: Tensor) -> dict[str, Tensor]:
        """The gradient of the mean label loss of these examples `(B,)`, nats, by parameter, where the student has these
        parameters."""
        pairs, labels = _read(data, rows), data.labels[rows]

        def loss(there: dict[str, Tensor]) -> Tensor:
            return ce(self._logits(there, pairs, (self.config.view,))[0], labels, self.multilabel).mean()

        return grad(loss)(parameters)

    def _single(self, parameters: dict[str, Tensor], pairs: _Pairs, data: Data, rows: Tensor) -> Tensor:
        logits = self._logits(parameters, pairs, SINGLE_VIEWS)
        return single_view_losses(data, rows, logits, self.config, self.multilabel)

    def _logits(self, parameters: dict[str, Tensor], pairs: _Pairs, views: tuple[str, ...]) -> Tensor:
        images, texts, image_of, text_of = pairs
        masks = visible(views, len(image_of), image_of.device)
        return functional_call(self.student, parameters, (images, texts, masks, image_of, text_of))


def _read(data: Data, rows: Tensor) -> _Pairs:
    return data.inputs.distinct(data.image_of[rows], data.text_of[rows])


class MetaWeights:
    """The weight network and its training. Everything it draws follows from the seed and the step alone."""

    def __init__(self, look: LookAhead, train: Data, meta: Data):
        assert train.teacher_logits is not None
        self.look, self.train, self.meta = look, train, meta
        self.traits = traits_of(train.teacher_logits, look.multilabel)
        with torch.random.fork_rng():
            torch.manual_seed(look.config.seed)
            self.net = WeightNet(self.traits).to(self.traits)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=_LR)

    def weights(self, rows: Tensor) -> Tensor:
        """The weights of a batch `(B, 2)` as they are now; gradients reach the network, not further."""
        return self.net(self.traits[rows], self.look.config.beta)

    @torch.no_grad()
    def all_weights(self) -> Tensor:
        """The weights that all training examples would have in one batch, `(N, 2)`."""
        return self.net(self.traits, self.look.config.beta)

    def update(
        self, step: int, rows: Tensor, lr: float, average: Callable[[Tensor], Tensor] = lambda gradient: gradient
    ) -> None:
        """After the training loss's backward pass: look ahead from its gradients and improve the network.

        `average` averages a gradient over processes.
        """
        gradients = {n: p.grad for n, p in self.look.student.named_parameters() if p.grad is not None}
        slopes = self.look.slopes(
            gradients, lr, train=self.train, rows=rows, meta=self.meta, meta_rows=self._meta_rows(step)
        )
        self.optimizer.zero_grad()
        self.weights(rows).backward(slopes)
        for parameter in self.net.parameters():
            if parameter.grad is not None:
                parameter.grad = average(parameter.grad)
        self.optimizer.step()

    def _meta_rows(self, step: int) -> Tensor:
        """The meta examples of a step."""
        config, labels = self.look.config, self.meta.labels
        return drawn_rows(len(labels), config.batch_size, config.seed, step).to(labels.device)
