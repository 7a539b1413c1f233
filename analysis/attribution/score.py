"""What an attribution is of: one model's score of one label of one pair, as functions that Captum can call.

Two forms of it. A `PairScore` is differentiable in pixels and token embeddings at once, for gradient methods.
`Game.value` takes which patches and words are present, for methods that take things away; it encodes each distinct
picture and text once, so that a change of the image alone does not encode the text again, nor the other way round.

Patches are of the picture in its own frame, not of the square that a model reads: models of different sizes have the
same patches, and a letterbox's bars belong to none. What the pair lacks and what the view hides has no part in either
form: there is then one input less, and there are no players of it.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import torch
from PIL import Image
from torch import Tensor
from torch.autograd.graph import Node, saved_tensors_hooks
from torch.nn import functional as F

from msd_core.errors import choose
from msd_core.models.base import Classifier, Encoded, Part, Sequence, cat
from msd_core.models.preprocess import Frame, as_pixels
from msd_core.saliency import probabilities
from msd_core.views import MODALITIES, visible
from msd_core.writing import word_spans

OUTPUTS = ("probability", "logit")
VISIBLE = ("both", "image", "text")  # views that there are maps of
BASELINES = ("white", "grey", "black", "blur")  # of an absent patch; an absent word is a zero embedding
GRID = 8  # patches on a side
_PICTURES = 64  # that a model encodes at once: of 224 pixels on a side some 0.3 GB between two layers
_LARGE = 128  # pixels on a side of what a model reads, from which on every look at a picture is dear
_NOWHERE = Frame(0, 0, 0, 0)  # where no picture lies
_BLUR = 15 / 64  # of a side: what is averaged


@dataclass(frozen=True)
class Words:
    """The W words of a text that a model reads, and which of its L tokens are of which words.

    after: what stands between each word and the next, blanks or nothing; "" after the last. of: bool `(L, W)`, whether
    a token stands for any character of a word. It may be of several words (a piece or a pair of characters over the
    edge of two), or of none.
    """

    words: tuple[str, ...]
    after: tuple[str, ...]
    of: Tensor

    @property
    def of_any(self) -> Tensor:
        """Whether each token is of a word at all, bool `(L,)`."""
        return self.of.any(1)

    def sum(self, values: Tensor) -> Tensor:
        """Values of tokens `(..., L)` summed to words, `(..., W)`; a token of several is shared out evenly."""
        of = self.of.to(values)
        return values @ (of / of.sum(1, keepdim=True).clamp(min=1))

    def tokens(self, present: Tensor) -> Tensor:
        """Which tokens are present, bool `(B, L)`, when words are, bool `(B, W)`: all but those of an absent word, of
        which nothing may be left."""
        return (~present).float() @ self.of.T.float() == 0


def find_words(text: str, spans: list[tuple[int, int]]) -> Words:
    """The words of a text as far as it is read by tokens that stand for its characters `[start, end)`: a text may be
    longer than a model reads."""
    places = word_spans(text)
    (starts, ends), (first, last) = (torch.tensor(each, dtype=torch.long).view(-1, 2).T for each in (places, spans))
    of = (starts < last[:, None]) & (first[:, None] < ends)  # (L, W)
    read = int(of.any(0).nonzero().max()) + 1 if of.any() else 1
    places = places[:read]
    after = (*(text[end:start] for (_, end), (start, _) in pairwise(places)), "")[: len(places)]
    return Words(tuple(text[start:end] for start, end in places), after, of[:, :read])


def patch_index(frame: Frame, size: int, grid: int) -> Tensor:
    """Which patch of a picture each pixel of a model's square shows, int64 `(S, S)`: row by row from 0 to G^2 - 1, -1
    for a pixel that shows none of the picture."""
    places = torch.arange(size) + 0.5
    rows, columns = (
        ((places - start) / length * grid).floor().long()
        for start, length in ((frame.top, frame.height), (frame.left, frame.width))
    )
    inside = ((rows >= 0) & (rows < grid))[:, None] & ((columns >= 0) & (columns < grid))
    return torch.where(inside, rows[:, None] * grid + columns, -1)


def sum_patches(values: Tensor, index: Tensor, grid: int) -> Tensor:
    """Values of pixels `(S, S)` summed to patches, `(G, G)`."""
    cells = grid**2
    sums = values.new_zeros(cells + 1).index_add(0, index.flatten() % (cells + 1), values.flatten())
    return sums[:-1].view(grid, grid)


def spread_patches(patches: Tensor, index: Tensor) -> Tensor:
    """Values of patches `(G, G)` shared out evenly among their pixels, `(S, S)`; 0 where a pixel shows none."""
    flat = patches.flatten()
    counts = torch.bincount(index.flatten() % (len(flat) + 1), minlength=len(flat) + 1).clamp(min=1)
    share = torch.cat([flat / counts[:-1], flat.new_zeros(1)])
    return share[index % (len(flat) + 1)]


def background(pixels: Tensor, baseline: str) -> Tensor:
    """The picture of which nothing is present, like `pixels` `(B, 3, S, S)` in [0, 1]."""
    choose("baseline", baseline, BASELINES)
    if baseline == "blur":
        reach = max(1, round(_BLUR * pixels.shape[-1]) // 2)
        padded = F.pad(pixels, (reach,) * 4, mode="replicate")
        return F.avg_pool2d(padded, 2 * reach + 1, stride=1)
    return torch.full_like(pixels, {"grey": 0.5, "black": 0.0, "white": 1.0}[baseline])


@dataclass(frozen=True)
class PairScore:
    """How a model scores one label of what it sees of one pair.

    pixels: `(1, 3, S, S)` in [0, 1], in which the picture lies at `frame`; None where it sees none. values: token
    embeddings `(1, L, E)` with `mask` `(1, L)`; None where it sees no text, which then has no `words`. label: its
    index. output: the label's probability, 0 to 1, or its logit, nats. baseline: one of `BASELINES`.
    """

    model: Classifier
    pixels: Tensor | None
    frame: Frame
    values: Tensor | None
    mask: Tensor
    words: Words
    label: int
    multilabel: bool
    output: str = "probability"
    baseline: str = BASELINES[0]

    @property
    def seen(self) -> tuple[str, ...]:
        """The modalities that the model sees: those of `inputs`, of `start` and of a game's players, in their order."""
        return tuple(m for m, part in zip(MODALITIES, (self.pixels, self.values), strict=True) if part is not None)

    @property
    def view(self) -> str:
        """What it sees as a view: `both`, `image` or `text`."""
        return "both" if len(self.seen) == len(MODALITIES) else self.seen[0]

    @property
    def side(self) -> int:
        """S, pixels on a side of the square that the model reads; 0 where it sees no picture."""
        return 0 if self.pixels is None else self.pixels.shape[-1]

    @property
    def is_dear(self) -> bool:
        """Whether each look takes so long that fewer have to do."""
        return self.side >= _LARGE

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What is attributed to: pixels and token embeddings."""
        return tuple(part for part in (self.pixels, self.values) if part is not None)

    @property
    def spreads(self) -> tuple[float, ...]:
        """The unit of noise in each of the inputs: all of [0, 1] for pixels, a deviation of the embeddings."""
        parts = zip(self.seen, self.inputs, strict=True)
        return tuple(1.0 if modality == "image" else float(part.std()) for modality, part in parts)

    def patch_index(self, grid: int) -> Tensor:
        """Which patch each pixel shows, `(S, S)`; -1 for none."""
        return patch_index(self.frame, self.side, grid)

    @cached_property
    def start(self) -> tuple[Tensor, ...]:
        """Nothing present: the baseline in place of the picture, and zero embeddings for all tokens of words."""
        parts = []
        if self.pixels is not None:
            picture = self.patch_index(1) >= 0
            parts.append(torch.where(picture, background(self.pixels, self.baseline), self.pixels))
        if self.values is not None:
            parts.append(self.values.masked_fill(self.words.of_any.to(self.values.device)[:, None], 0.0))
        return tuple(parts)

    def near(self, *inputs: Tensor) -> "PairScore":
        """The score of a pair with other inputs, shaped like these."""
        part = dict(zip(self.seen, inputs, strict=True))
        return replace(self, pixels=part.get("image"), values=part.get("text"))

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The score of B pairs, `(B,)`, differentiable in pixels `(B, 3, S, S)` and embeddings `(B, L, E)`."""
        part, batch = dict(zip(self.seen, inputs, strict=True)), len(inputs[0])
        text = Sequence(part["text"], self.mask.expand(batch, -1)) if "text" in part else None
        with saved_tensors_hooks(_pack, _unpack):
            return self.read_out(self.model.encode(part.get("image"), text), batch)

    def read_out(self, encoded: Encoded, batch: int) -> Tensor:
        """The score of B encoded pairs, `(B,)`."""
        logits = self.model.fuse(encoded, visible((self.view,), batch, encoded.device)[0])
        scores = probabilities(logits, self.multilabel) if self.output == "probability" else logits
        return scores[:, self.label]


class Game:
    """The coalition game of patches and words: who is present, and what the score is then."""

    def __init__(self, score: PairScore, grid: int = GRID):
        self.score, self.grid, self.index = score, grid, score.patch_index(grid)

    @property
    def players(self) -> tuple[Tensor, ...]:
        """Everybody present, as `value` takes them: `(1, 1, G, G)` and `(1, W)`."""
        ones = {"image": (1, 1, self.grid, self.grid), "text": (1, len(self.score.words.words))}
        return tuple(torch.ones(ones[modality]) for modality in self.score.seen)

    @torch.no_grad()
    def value(self, *present: Tensor) -> Tensor:
        """The score `(B,)` when patches `(B, 1, G, G)` and words `(B, W)` are present where 1, absent where 0."""
        batch = len(present[0])
        distinct, rows = {}, dict.fromkeys(MODALITIES, torch.arange(batch))
        for modality, part in zip(self.score.seen, present, strict=True):
            distinct[modality], rows[modality] = (part.flatten(1) > 0.5).unique(dim=0, return_inverse=True)
        encoded = Encoded(self._images(distinct.get("image")), self._texts(distinct.get("text")))
        return self.score.read_out(encoded.gather(rows["image"], rows["text"]), batch)

    def value_in_line(self, present: Tensor) -> Tensor:
        """The same of players in one line `(B, P)`, patches row by row and then words."""
        everybody = self.players
        parts = present.split([part.numel() for part in everybody], dim=1)
        return self.value(*(part.reshape(-1, *ones.shape[1:]) for part, ones in zip(parts, everybody, strict=True)))

    def _images(self, present: Tensor | None) -> Part:
        """Encodings of pictures with some patches, some of them at a time: what lies between layers takes gigabytes."""
        if present is None:
            return None
        parts = (self.score.model.encode(self._picture(part)) for part in present.split(_PICTURES))
        return cat(parts, len(present)).image

    def _picture(self, present: Tensor) -> Tensor:
        assert self.score.pixels is not None
        padded = F.pad(present, (0, 1), value=True)  # pixels of no patch, index -1, are always there
        return torch.where(padded[:, None, self.index], self.score.pixels, self.score.start[0])

    def _texts(self, present: Tensor | None) -> Part:
        """Encodings of the text with some words."""
        return None if present is None else self.score.model.encode(text=self._text(present)).text

    def _text(self, present: Tensor) -> Sequence:
        assert self.score.values is not None
        kept = self.score.words.tokens(present).to(self.score.values.device)[..., None]
        values = torch.where(kept, self.score.values, self.score.start[-1])
        return Sequence(values, self.score.mask.expand(len(values), -1))


def _pack(kept: Tensor) -> Tensor | Node:
    """What autograd keeps for the way back: of a SiLU's output only how it came about. A convolution keeps its input
    and the SiLU before it its own; with this, memory holds one of the two."""
    node = kept.grad_fn
    return node if node is not None and node.name() == "SiluBackward0" else kept


def _unpack(kept: Tensor | Node) -> Tensor:
    if isinstance(kept, Tensor):
        return kept
    return F.silu(kept._saved_self)  # type: ignore[attr-defined]  # of a node's own, torch's annotations say nothing


def pair_score(
    model: Classifier,
    picture: Image.Image | None,
    text: str | None,
    label: int,
    multilabel: bool,
    output: str = "probability",
    view: str = "both",
    baseline: str = BASELINES[0],
) -> PairScore:
    """How a model scores a label of a pair, its settings checked; `UserError` where one is not known.

    picture, text: None for what the pair lacks. view: what of it the model may see, `both`, `image` or `text`; that
    must not be nothing.
    """
    choose("output", output, OUTPUTS)
    choose("view", view, VISIBLE)
    choose("baseline", baseline, BASELINES)
    pixels, frame = (None, _NOWHERE) if picture is None or view == "text" else _read_picture(model, picture)
    no_text = None, torch.zeros(1, 0, dtype=torch.bool), find_words("", [])
    values, mask, words = no_text if text is None or view == "image" else _read_text(model, text)
    return PairScore(model, pixels, frame, values, mask, words, label, multilabel, output, baseline)


def _read_picture(model: Classifier, picture: Image.Image) -> tuple[Tensor, Frame]:
    square = torch.from_numpy(model.preprocess(picture).copy())
    return as_pixels(square[None]), model.preprocess.frame(*picture.size)


def _read_text(model: Classifier, text: str) -> tuple[Tensor, Tensor, Words]:
    embedded = model.embed(model.tokenize([text]).ids)
    return embedded.values.detach(), embedded.mask, find_words(text, model.spans(text))
