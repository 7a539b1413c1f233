"""One model's attribution for one pair, with all that one must know to read it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from analysis.attribution.methods import METHODS, seeded
from analysis.attribution.question import GRID, Question
from msd_core.errors import UserError, choose
from msd_core.views import MODALITIES

MOST_EFFORT = 10_000
_NOTHING = 1e-3  # of value - start


@dataclass(frozen=True)
class Attribution:
    """What each pixel and word did for the label of index `target`, in the unit of `output` (probability, or logit in
    nats); signed.

    `pixels` `(S, S)`, `patches` `(G, G)` their sums, `words` the words with `word_values` `(W,)`. `value` is the score
    of the pair and `start` that of the baseline; `delta` is by how much the values miss `value - start`, None where
    the method promises nothing of the kind.
    """

    method: str
    effort: int
    target: int
    output: str
    view: str
    baseline: str
    pixels: Tensor
    patches: Tensor
    words: tuple[str, ...]
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
    def share(self) -> dict[str, float] | None:
        """Each modality's share of the attribution mass, the summed |value| of patches and of words; None where the
        map is `blank`. With `shapley` the text's share is MM-SHAP's T-SHAP (Parcalabescu, Frank 2023,
        arXiv:2212.08158).

        Patches and not pixels, so that methods with and without gradients count alike.
        """
        mass = [float(part.abs().sum()) for part in (self.patches, self.word_values)]
        return None if self.blank else dict(zip(MODALITIES, (m / sum(mass) for m in mass), strict=True))

    def to_dict(self) -> dict:
        """Plain data."""
        return {
            "method": self.method,
            "effort": self.effort,
            "target": self.target,
            "output": self.output,
            "view": self.view,
            "baseline": self.baseline,
            "patches": self.patches.tolist(),
            "words": [[word, value] for word, value in zip(self.words, self.word_values.tolist(), strict=True)],
            "value": self.value,
            "start": self.start,
            "delta": self.delta,
            "share": self.share,
        }


def attribute(
    question: Question, method: str = "integrated-gradients", grid: int = GRID, effort: int | None = None, seed: int = 0
) -> Attribution:
    """The attribution of a question by one of `METHODS`; equal for equal arguments. `effort` is the method's own unit:
    steps, samples or permutations."""
    how = METHODS[choose("method", method, METHODS)]
    effort = how.effort if effort is None else effort
    if not 1 <= effort <= MOST_EFFORT:
        raise UserError(f"{effort} {how.unit} is out of range: give 1 to {MOST_EFFORT:,}.")
    with seeded(seed), torch.enable_grad():
        pixels, words = how.compute(question, grid, effort)
    value, start = _ends(question, how.baselines)
    side = pixels.shape[-1] // grid
    patches = F.avg_pool2d(pixels[None, None], side)[0, 0] * side**2
    delta = float(pixels.sum() + words.sum()) - (value - start) if how.adds_up else None
    baseline = f"drawn from {', '.join(how.baselines)}" if how.baselines else question.baseline
    settings = method, effort, question.label, question.output, question.view, baseline
    return Attribution(*settings, pixels, patches, question.words.words, words, value, start, delta)


@torch.no_grad()
def _ends(question: Question, baselines: tuple[str, ...]) -> tuple[float, float]:
    """The score of the pair, and that of the baseline, or the mean over several."""
    starts = [replace(question, baseline=name).start for name in baselines] or [question.start]
    pixels, values = (torch.cat(parts) for parts in zip(question.inputs, *starts, strict=True))
    value, *rest = question.score(pixels, values).tolist()
    return value, sum(rest) / len(rest)
