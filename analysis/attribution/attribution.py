"""One model's attribution for one pair, with all that one must know to read it."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from analysis.attribution.methods import METHODS, Method, seeded
from analysis.attribution.score import GRID, PairScore, sum_patches
from msd_core.errors import UserError, choose
from msd_core.models.preprocess import Frame
from msd_core.views import MODALITIES

MOST = 10_000  # steps or samples
_NOTHING = 1e-3  # of value - start


@dataclass(frozen=True)
class Attribution:
    """What each pixel and word did for the label of index `target`, signed.

    output: the unit of all values, `probability` or `logit` (nats). n: the steps or samples that were taken; None for a
    method that takes none. pixels: `(S, S)`, in the square that the model reads, in which the picture lies at `frame`.
    patches: `(G, G)`, their sums over patches of the picture; where the model sees no picture there are none of either,
    S and G are 0. words: the W words with `word_values` `(W,)`, and what stands `after` each, blanks or nothing; where
    it sees no text W is 0. value: the score of the pair; start: that of the baseline. delta: by how much the values
    miss `value - start`, None where the method promises nothing of the kind.
    """

    method: str
    n: int | None
    target: int
    output: str
    view: str
    baseline: str
    pixels: Tensor
    frame: Frame
    patches: Tensor
    words: tuple[str, ...]
    after: tuple[str, ...]
    word_values: Tensor
    value: float
    start: float
    delta: float | None

    @property
    def blank(self) -> bool:
        """Whether all values together are next to nothing beside `value - start`: what is left is rounding."""
        mass = float(self.patches.abs().sum() + self.word_values.abs().sum())
        return mass <= max(_NOTHING * abs(self.value - self.start), 1e-6)

    @property
    def largest(self) -> float:
        """The largest |value| of a patch or word."""
        return float(torch.cat([self.patches.flatten(), self.word_values]).abs().max())

    @property
    def share(self) -> dict[str, float] | None:
        """Each modality's share of the attribution mass, the summed |value| of patches and of words; None where the
        map is `blank`. With `shapley` the text's share is MM-SHAP's T-SHAP (Parcalabescu, Frank 2023,
        arXiv:2212.08158).

        Patches and not pixels, so that methods with and without gradients count alike.
        """
        mass = [float(part.abs().sum()) for part in (self.patches, self.word_values)]
        return None if self.blank else dict(zip(MODALITIES, (m / sum(mass) for m in mass), strict=True))

    @property
    def pixels_in_picture(self) -> Tensor:
        """The values of pixels in the picture's own frame, `(H, W)` at the model's resolution; 0 where the model does
        not read the picture."""
        return in_picture(self.pixels, self.frame)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        method = METHODS[self.method]
        return {
            "method": self.method,
            **({method.count: self.n} if method.count else {}),
            "target": self.target,
            "output": self.output,
            "view": self.view,
            "baseline": self.baseline,
            "patches": self.patches.tolist(),
            "words": [[word, value] for word, value in zip(self.words, self.word_values.tolist(), strict=True)],
            "after": list(self.after),
            "value": self.value,
            "start": self.start,
            "delta": self.delta,
            "share": self.share,
        }


def in_picture(pixels: Tensor, frame: Frame) -> Tensor:
    """Values `(S, S)` of the square that a model reads as values of the picture at `frame`, `(H, W)` at the model's
    resolution; 0 where the model does not read the picture."""
    height, width = int(frame.height), int(frame.width)
    top, left, size = int(frame.top), int(frame.left), pixels.shape[-1]
    whole = pixels.new_zeros(height, width)
    rows = slice(max(0, top), min(size, top + height))
    columns = slice(max(0, left), min(size, left + width))
    whole[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = pixels[rows, columns]
    return whole


def attribute(
    score: PairScore,
    method: str = "integrated-gradients",
    grid: int = GRID,
    n_steps: int | None = None,
    n_samples: int | None = None,
    seed: int = 0,
) -> Attribution:
    """The attribution of a score; equal for equal arguments.

    method: one of `METHODS`. grid: G, patches on a side. n_steps, n_samples: of a method that takes such, None for its
    default; a `UserError` for one that does not, or out of range.
    """
    how = METHODS[choose("method", method, METHODS)]
    chosen = chosen_count(method, how, n_steps, n_samples)
    n = chosen if chosen is not None else how.few if score.is_dear else how.default
    with seeded(seed), torch.enable_grad():
        values = how.compute(score, grid, n)
    none = torch.zeros(0, dtype=torch.float64)
    pixels, word_values = values.get("image", none.view(0, 0)), values.get("text", none)
    inside = score.patch_index(1) >= 0
    pixels = pixels.masked_fill(~inside, 0.0)  # bars are no part of the picture
    value, start = _ends(score, how.baselines)
    patches = sum_patches(pixels, score.patch_index(grid), grid if "image" in values else 0)
    delta = float(pixels.sum() + word_values.sum()) - (value - start) if how.adds_up else None
    baseline = f"drawn from {', '.join(how.baselines)}" if how.baselines else score.baseline
    settings = method, n if how.count else None, score.label, score.output, score.view, baseline
    parts = pixels, score.frame, patches, score.words.words, score.words.after, word_values
    return Attribution(*settings, *parts, value, start, delta)


def chosen_count(name: str, method: Method, n_steps: int | None, n_samples: int | None) -> int | None:
    """The steps or samples that were chosen for a method, None for its default; `UserError` where it takes none of
    that kind, or not so many."""
    counts = {"n_steps": n_steps, "n_samples": n_samples}
    for count, n in counts.items():
        if n is not None and count != method.count:
            takes = method.count or "neither n_steps nor n_samples"
            raise UserError(f"{name} takes {takes}, not {count}: leave it out.")
        if n is not None and not 1 <= n <= MOST:
            raise UserError(f"{count} is {n}: give 1 to {MOST:,}.")
    return counts.get(method.count or "")


@torch.no_grad()
def _ends(score: PairScore, baselines: tuple[str, ...]) -> tuple[float, float]:
    """The score of the pair, and that of the baseline, or the mean over several."""
    starts = [replace(score, baseline=name).start for name in baselines] or [score.start]
    value, *rest = score(*map(torch.cat, zip(score.inputs, *starts, strict=True))).tolist()
    return value, sum(rest) / len(rest)
