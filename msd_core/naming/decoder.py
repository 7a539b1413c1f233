"""The decoder: a recurrent network that writes a name in a language, piece by piece, of a picture's features."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.models.two_tower import Scale
from msd_core.naming.names import END, written

_EMBEDDING = 96  # numbers that a piece is read as


class Decoder(nn.Module):
    """A GRU (Cho et al. 2014, arXiv:1406.1078) that starts from the picture (Vinyals et al. 2015, arXiv:1411.4555) and
    the language, and sees both again at each piece.

    features: F, what is known of a picture. languages: K. pieces: V. hidden: H, its width. noise: share of a picture's
    features that are dropped as it learns.
    """

    def __init__(self, features: int, languages: int, pieces: int, hidden: int, noise: float = 0.0):
        super().__init__()
        self.scale = Scale(features, noise)
        self.picture = nn.Linear(features, hidden)
        self.language = nn.Embedding(languages, hidden)
        self.embedding = nn.Embedding(pieces, _EMBEDDING)
        self.gru = nn.GRU(_EMBEDDING + hidden, hidden, batch_first=True)
        self.output = nn.Linear(hidden, pieces)

    def start(self, pictures: Tensor, languages: Tensor) -> Tensor:
        """The state before the first piece, `(B, H)`, of features `(B, F)` and languages `(B,)` by number."""
        return torch.tanh(self.picture(self.scale(pictures)) + self.language(languages))

    def forward(self, pictures: Tensor, languages: Tensor, pieces: Tensor) -> Tensor:
        """Logits `(P, V)` of each piece that belongs to the names `(B, L)`, after those before it, name by name."""
        before = F.pad(pieces[:, :-1], (1, 0), value=END)
        start = self.start(pictures, languages)
        states, _ = self.gru(self._read(before, start[:, None]), start[None])  # (B, L, H)
        return self.output(states[written(pieces)])

    def step(self, pieces: Tensor, state: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities `(B, W, V)` of what follows the pieces `(B, W)` in a state `(B, W, H)`, and the state then.
        start: `(B, H)`."""
        read = self._read(pieces, start[:, None]).flatten(0, 1)
        states, _ = self.gru(read[:, None], state.flatten(0, 1)[None])
        after = states[:, 0].view_as(state)
        return F.log_softmax(self.output(after), dim=-1), after

    def _read(self, pieces: Tensor, start: Tensor) -> Tensor:
        """What the GRU takes at pieces `(B, L)`: these, and what the picture and the language are, `(B, 1, H)`."""
        return torch.cat([self.embedding(pieces), start.expand(-1, pieces.shape[1], -1)], dim=2)


@torch.inference_mode()
def beam(decoder: Decoder, pictures: Tensor, languages: Tensor, length: int, width: int) -> tuple[Tensor, Tensor]:
    """The likeliest name of those that a beam search finds, which goes on from the best `width` beginnings; with a
    width of 1 that is the likeliest piece after each other.

    pictures: features `(B, F)`. languages: `(B,)`. Returns pieces `(B, length)`, `END` behind a name that is not cut
    off there, and log-probabilities `(B,)` in nats. A width that holds all beginnings finds the likeliest name of all.
    """
    rows = torch.arange(len(pictures))[:, None]
    start = decoder.start(pictures, languages)
    state = start[:, None]  # (B, W, H): one beginning at first, nothing
    names = torch.full((len(rows), 1, 1), END)  # (B, W, 1 + pieces so far)
    scores, ended = torch.zeros(len(rows), 1), torch.zeros(len(rows), 1, dtype=torch.bool)  # (B, W)
    over = torch.full((decoder.output.out_features,), -torch.inf)
    over[END] = 0.0  # what follows a name's end, at no cost
    while names.shape[2] <= length and not ended[:, 0].all():  # scores only fall: a best one that ended stays the best
        follow, state = decoder.step(names[..., -1], state, start)
        follow = torch.where(ended[..., None], over, follow)  # (B, W, V)
        scores, best = (scores[..., None] + follow).flatten(1).topk(min(width, follow[0].numel()))
        of, piece = best // len(over), best % len(over)
        state, ended = state[rows, of], ended[rows, of] | (piece == END)
        names = torch.cat([names[rows, of], piece[..., None]], dim=2)
    return F.pad(names[:, 0, 1:], (0, length + 1 - names.shape[2]), value=END), scores[:, 0]
