"""The decoder: a recurrent network that writes a name in a language, piece by piece, of a picture's features."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.models.two_tower import Scale
from msd_core.naming.names import END, written

_EMBEDDING = 64  # numbers that a piece is read as


class Decoder(nn.Module):
    """A GRU (Cho et al. 2014, arXiv:1406.1078) that starts from the picture (Vinyals et al. 2015, arXiv:1411.4555) and
    the language.

    features: F, what is known of a picture. languages: K. pieces: V. hidden: H, its width. noise: share of a picture's
    features that are dropped as it learns.
    """

    def __init__(self, features: int, languages: int, pieces: int, hidden: int, noise: float = 0.0):
        super().__init__()
        self.scale = Scale(features, noise)
        self.picture = nn.Linear(features, hidden)
        self.language = nn.Embedding(languages, hidden)
        self.embedding = nn.Embedding(pieces, _EMBEDDING)
        self.gru = nn.GRU(_EMBEDDING, hidden, batch_first=True)
        self.output = nn.Linear(hidden, pieces)

    def start(self, pictures: Tensor, languages: Tensor) -> Tensor:
        """The state before the first piece, `(B, H)`, of features `(B, F)` and languages `(B,)` by number."""
        return torch.tanh(self.picture(self.scale(pictures)) + self.language(languages))

    def forward(self, pictures: Tensor, languages: Tensor, pieces: Tensor) -> Tensor:
        """Logits `(P, V)` of each piece that belongs to the names `(B, L)`, after those before it, name by name."""
        before = F.pad(pieces[:, :-1], (1, 0), value=END)
        states, _ = self.gru(self.embedding(before), self.start(pictures, languages)[None])  # (B, L, H)
        return self.output(states[written(pieces)])

    def step(self, pieces: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities `(..., V)` of what follows the pieces `(...)`, and the state `(..., H)` then."""
        flat = state.flatten(0, -2)
        states, _ = self.gru(self.embedding(pieces.flatten())[:, None], flat[None])
        after = states[:, 0].view_as(state)
        return F.log_softmax(self.output(after), dim=-1), after


@torch.inference_mode()
def beam(decoder: Decoder, pictures: Tensor, languages: Tensor, length: int, width: int) -> tuple[Tensor, Tensor]:
    """The likeliest name of those that a beam search finds, which goes on from the best `width` beginnings; with a
    width of 1 that is the likeliest piece after each other.

    pictures: features `(B, F)`. languages: `(B,)`. Returns pieces `(B, length)`, `END` behind a name that is not cut
    off there, and log-probabilities `(B,)` in nats. A width that holds all beginnings finds the likeliest name of all.
    """
    rows = torch.arange(len(pictures))[:, None]
    state = decoder.start(pictures, languages)[:, None]  # (B, W, H): one beginning at first, nothing
    names = torch.full((len(rows), 1, 1), END)  # (B, W, 1 + pieces so far)
    scores, ended = torch.zeros(len(rows), 1), torch.zeros(len(rows), 1, dtype=torch.bool)  # (B, W)
    over = torch.full((decoder.output.out_features,), -torch.inf)
    over[END] = 0.0  # what follows a name's end, at no cost
    while names.shape[2] <= length and not ended[:, 0].all():  # scores only fall: a best one that ended stays the best
        follow, state = decoder.step(names[..., -1], state)
        follow = torch.where(ended[..., None], over, follow)  # (B, W, V)
        scores, best = (scores[..., None] + follow).flatten(1).topk(min(width, follow[0].numel()))
        of, piece = best // len(over), best % len(over)
        state, ended = state[rows, of], ended[rows, of] | (piece == END)
        names = torch.cat([names[rows, of], piece[..., None]], dim=2)
    return F.pad(names[:, 0, 1:], (0, length + 1 - names.shape[2]), value=END), scores[:, 0]
