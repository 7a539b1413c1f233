"""What an attribution is asked of: one model, one pair, one label, one view; as a function that Captum can call.

Two forms of it. `Question.score` is differentiable in pixels and token embeddings at once, for gradient methods.
`Game.value` takes which patches and words are present, for methods that take things away; it encodes each distinct
picture and text once, so that what changes in the image alone does not encode the text again, nor the other way round.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.autograd.graph import Node, saved_tensors_hooks
from torch.nn import functional as F

from msd_core.errors import UserError, choose
from msd_core.inputs import as_pixels
from msd_core.models.base import Classifier, Embedded
from msd_core.saliency import probabilities
from msd_core.views import visible

OUTPUTS = ("probability", "logit")
BASELINES = ("white", "grey", "black", "blur")  # what an absent patch looks like; an absent word is a zero embedding
GRID = 8  # patches on a side
_BLUR = 15  # pixels on a side of what is averaged


@dataclass(frozen=True)
class Words:
    """The words of a text, split at blanks, and for each token `(L,)` the index of its word, -1 for none."""

    words: tuple[str, ...]
    of: Tensor

    def sum(self, values: Tensor) -> Tensor:
        """Values of tokens `(..., L)` summed to words, `(..., W)`."""
        room = values.new_zeros(*values.shape[:-1], len(self.words) + 1)
        return room.index_add(-1, self.of.to(values.device) % (len(self.words) + 1), values)[..., :-1]


def find_words(text: str, spans: list[tuple[int, int]]) -> Words:
    """The words of a text that are read, and which of them each token, known by the characters it stands for, belongs
    to: a text may be longer than a model reads."""
    words = [(m.start(), m.end(), m.group()) for m in re.finditer(r"\S+", text)]
    of = [next((i for i, (a, b, _) in enumerate(words) if a < end and start < b), -1) for start, end in spans]
    return Words(tuple(word for *_, word in words[: max(0, *of) + 1]), torch.tensor(of, dtype=torch.long))


def background(pixels: Tensor, baseline: str) -> Tensor:
    """The picture of which nothing is present, like `pixels` `(B, 3, S, S)` in [0, 1]."""
    choose("baseline", baseline, BASELINES)
    if baseline == "blur":
        padded = F.pad(pixels, (_BLUR // 2,) * 4, mode="replicate")
        return F.avg_pool2d(padded, _BLUR, stride=1)
    return torch.full_like(pixels, {"grey": 0.5, "black": 0.0, "white": 1.0}[baseline])


@dataclass(frozen=True)
class Question:
    """How `model` scores label `label` of one pair: `pixels` `(1, 3, S, S)`, `values` `(1, L, E)` with `mask` `(1, L)`.

    `output` is the label's probability, 0 to 1, or its logit, nats; `view` is what the model may see.
    """

    model: Classifier
    pixels: Tensor
    values: Tensor
    mask: Tensor
    words: Words
    label: int
    multilabel: bool
    output: str = "probability"
    view: str = "both"
    baseline: str = BASELINES[0]

    @property
    def inputs(self) -> tuple[Tensor, Tensor]:
        """What is attributed to: pixels and token embeddings."""
        return self.pixels, self.values

    @cached_property
    def start(self) -> tuple[Tensor, Tensor]:
        """Nothing present: the baseline picture, and zero embeddings for all tokens that belong to a word."""
        return background(self.pixels, self.baseline), self._without(torch.ones_like(self.words.of, dtype=torch.bool))

    def score(self, pixels: Tensor, values: Tensor) -> Tensor:
        """The score of B pairs, `(B,)`, differentiable in pixels `(B, 3, S, S)` and embeddings `(B, L, E)`."""
        text = Embedded(values, self.mask.expand(len(values), -1))
        with saved_tensors_hooks(_pack, _unpack):
            return self._read_out(self.model.encode(pixels, text))

    def _read_out(self, encoded) -> Tensor:
        batch = len(encoded.image)
        logits = self.model.fuse(encoded, visible((self.view,), batch, encoded.image.device)[0])
        scores = probabilities(logits, self.multilabel) if self.output == "probability" else logits
        return scores[:, self.label]

    def _without(self, gone: Tensor) -> Tensor:
        """The embeddings with zero in place of tokens of words where `gone` `(..., L)`: `(..., L, E)`."""
        gone = (gone & (self.words.of >= 0)).to(self.values.device)[..., None]
        return self.values.masked_fill(gone, 0.0)


class Game:
    """The coalition game of patches and words: who is present, and what the model then says."""

    def __init__(self, question: Question, grid: int = GRID):
        side = question.pixels.shape[-1]
        if side % grid:
            raise UserError(f"A picture of {side} pixels has no grid of {grid}: choose a divisor of {side}.")
        self.question, self.grid = question, grid

    @property
    def players(self) -> tuple[Tensor, Tensor]:
        """Everybody present, as `value` takes them: `(1, 1, G, G)` and `(1, W)`."""
        return torch.ones(1, 1, self.grid, self.grid), torch.ones(1, len(self.question.words.words))

    @torch.no_grad()
    def value(self, patches: Tensor, words: Tensor) -> Tensor:
        """The score `(B,)` when patches `(B, 1, G, G)` and words `(B, W)` are present where 1, absent where 0."""
        pictures, image_of = (patches.flatten(1) > 0.5).unique(dim=0, return_inverse=True)
        texts, text_of = (words > 0.5).unique(dim=0, return_inverse=True)
        encoded = self.question.model.encode(self._picture(pictures), self._text(texts))
        return self.question._read_out(encoded.take(image_of, text_of))

    def _picture(self, present: Tensor) -> Tensor:
        side = self.question.pixels.shape[-1]
        shown = present.view(-1, 1, self.grid, self.grid).to(self.question.pixels)
        return torch.where(
            F.interpolate(shown, (side, side), mode="nearest") > 0.5, self.question.pixels, self.question.start[0]
        )

    def _text(self, present: Tensor) -> Embedded:
        padded = F.pad(present, (0, 1), value=True)  # tokens of no word, index -1, are always there
        gone = ~padded[:, self.question.words.of]
        return Embedded(self.question._without(gone), self.question.mask.expand(len(gone), -1))


def _pack(kept: Tensor) -> Tensor | Node:
    """What autograd keeps for the way back: of a SiLU's output only how it came about. A convolution keeps its input
    and the SiLU before it its own; with this, memory holds one of the two."""
    node = kept.grad_fn
    return node if node is not None and node.name() == "SiluBackward0" else kept


def _unpack(kept: Tensor | Node) -> Tensor:
    return kept if isinstance(kept, Tensor) else F.silu(kept._saved_self)


def ask(
    model: Classifier,
    picture: Tensor,
    text: str,
    label: int,
    multilabel: bool,
    output: str = "probability",
    view: str = "both",
    baseline: str = BASELINES[0],
) -> Question:
    """The question for a picture, uint8 `(S, S, 3)`, and a text."""
    choose("output", output, OUTPUTS)
    choose("baseline", baseline, BASELINES)
    embedded = model.embed(model.tokenize([text]).ids)
    return Question(
        model,
        as_pixels(picture[None]),
        embedded.values.detach(),
        embedded.mask,
        find_words(text, model.spans(text)),
        label,
        multilabel,
        output,
        choose("view", view, ("both", "image", "text")),
        baseline,
    )
