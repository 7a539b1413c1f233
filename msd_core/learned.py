"""Learned weighting: a small network says how much each modality's term counts, trained by looking one step ahead.

The way of Meta-Weight-Net (Shu et al. 2019, arXiv:1902.07379): a weight is good if the step that it shapes lowers the
label loss of examples that nothing was trained on, the meta split. What it reads (the two saliencies and the teacher's
entropy by view) and the normalisation are ours.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp
from torch.nn import functional as F

from msd_core.losses import ce, log_probs
from msd_core.saliency import saliency
from msd_core.steps import TRAINED_VIEWS, Data, Mix, distinct, single_view_losses
from msd_core.views import visible

EVERY = 5  # steps between two looks ahead: an epoch then costs less than twice one of `instance`
_RATE = 3e-3  # of Adam on the weight network: it takes some hundreds of looks
_HIDDEN = 32


class WeightNet(nn.Module):
    """What the teacher says of an example under the four views, to how much each modality's term should count.

    It starts as `uniform`: the last layer is 0.
    """

    def __init__(self, known: Tensor):
        super().__init__()
        self.register_buffer("mean", known.mean(0))
        self.register_buffer("spread", known.std(0, correction=0).clamp(min=1e-6))
        self.layers = nn.Sequential(nn.Linear(known.shape[1], _HIDDEN), nn.Tanh(), nn.Linear(_HIDDEN, 2))
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, known: Tensor, beta: float) -> Tensor:
        """Weights (w_image, w_text) of a batch `(B, 2)`, at least 0, mean over both axes `beta`."""
        free = F.softplus(self.layers((known - self.mean) / self.spread))
        return beta * free / free.mean()


def known_of(targets: Tensor, multilabel: bool) -> Tensor:
    """What the network reads of N examples, `(N, 6)`: both necessities (0 to 1), and the teacher's entropy on each view
    (nats; multi-label: mean over labels), of its logits `(N, 4, C)`."""
    log_p = log_probs(targets, multilabel)
    entropy = -(log_p.exp() * log_p).sum(-1).mean(-1)  # (N, 4)
    return torch.cat([saliency(targets, "necessity", multilabel), entropy], dim=1)


@dataclass(frozen=True)
class LookAhead:
    """Where a plain gradient step would lead the student, and how the label loss there changes with each weight."""

    student: nn.Module
    mix: Mix

    def slopes(self, gradients: dict[str, Tensor], rate: float, train: Data, rows: Tensor, meta: Data, held: Tensor):
        """d(label loss of the meta examples `held` after the step) / d(weights of the examples `rows`), `(B, 2)`.

        `gradients` are those of the training loss by parameter, which the step `theta - rate * gradient` takes. A
        weight enters the step through its own term alone, so its slope is minus `rate` times the product of two
        gradients; all of a batch come from one forward derivative along the meta gradient, nothing is differentiated
        twice.
        """
        theta = {name: p.detach() for name, p in self.student.named_parameters() if name in gradients}
        ahead = {name: value - rate * gradients[name] for name, value in theta.items()}
        along = grad(lambda there: self._label_loss(there, meta, held))(ahead)
        _, changes = jvp(lambda here: self._alone(here, train, rows), (theta,), (along,))  # (2, B)
        return -rate * (1 - self.mix.lam) / len(rows) * changes.T

    def _label_loss(self, parameters: dict[str, Tensor], data: Data, rows: Tensor) -> Tensor:
        logits = self._logits(parameters, data, rows, TRAINED_VIEWS[:1])[0]
        return ce(logits, data.labels[rows], self.mix.multilabel).mean()

    def _alone(self, parameters: dict[str, Tensor], data: Data, rows: Tensor) -> Tensor:
        logits = self._logits(parameters, data, rows, TRAINED_VIEWS[1:])
        return single_view_losses(data, self.mix, rows, logits)

    def _logits(self, parameters: dict[str, Tensor], data: Data, rows: Tensor, views: tuple[str, ...]) -> Tensor:
        images, texts, image_of, text_of = distinct(data, rows)
        masks = visible(views, len(rows), rows.device)
        return functional_call(self.student, parameters, (images, texts, masks, image_of, text_of))


class Learner:
    """The weight network and its training. Everything it draws follows from the seed and the step alone."""

    def __init__(self, look: LookAhead, train: Data, meta: Data, beta: float, batch: int, seed: int):
        self.look, self.train, self.meta = look, train, meta
        self.beta, self.batch, self.seed = beta, batch, seed
        self.known = known_of(train.targets, look.mix.multilabel)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = WeightNet(self.known).to(self.known)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=_RATE)

    def weights(self, rows: Tensor) -> Tensor:
        """The weights of a batch `(B, 2)` as they are now; gradients reach the network, not further."""
        return self.net(self.known[rows], self.beta)

    @torch.no_grad()
    def all_weights(self) -> Tensor:
        """The weights that all training examples would have in one batch, `(N, 2)`."""
        return self.net(self.known, self.beta)

    def update(self, step: int, rows: Tensor, rate: float, gather=lambda gradient: gradient) -> None:
        """After the training loss's backward pass: look ahead from its gradients and improve the network.

        `gather` averages a gradient over processes.
        """
        gradients = {n: p.grad for n, p in self.look.student.named_parameters() if p.grad is not None}
        slopes = self.look.slopes(gradients, rate, self.train, rows, self.meta, self._held(step))
        self.optimizer.zero_grad()
        self.weights(rows).backward(slopes)
        for parameter in self.net.parameters():
            parameter.grad = gather(parameter.grad)
        self.optimizer.step()

    def _held(self, step: int) -> Tensor:
        """The meta examples of a step."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        size = min(self.batch, len(self.meta.labels))
        return torch.randperm(len(self.meta.labels), generator=generator)[:size].to(self.meta.labels.device)
