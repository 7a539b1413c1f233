"""The attribution methods, all Captum's own: what each is given here, and in pieces of what size it runs.

Each returns values for pixels `(S, S)` (summed over colours; those of a patch sum to the patch's) and words `(W,)`, in
the unit of the score's output, by modality: of those that the score sees.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from captum.attr import (
    FeatureAblation,
    GradientShap,
    InputXGradient,
    IntegratedGradients,
    KernelShap,
    Occlusion,
    ShapleyValueSampling,
)
from torch import Tensor

from analysis.attribution.score import BASELINES, Game, PairScore, spread_patches

Values = dict[str, Tensor]

_GENERATORS = threading.Lock()
_ROWS = 8  # of one gradient pass: its memory does not grow with the steps
_COALITIONS = 128  # of one pass without gradients
_NOISE = 0.02  # standard deviation that GradientSHAP adds, in pixels of [0, 1] and in deviations of the embeddings
_WINDOWS = {"image": (1, 2, 2), "text": (1,)}  # what occlusion hides at once
_STRIDES = {"image": (1, 1, 1), "text": (1,)}


@dataclass(frozen=True)
class Method:
    """How a method computes values of a score on a grid of patches.

    compute: takes the score, the grid and how many steps or samples. count: which of the two it takes, `n_steps` or
    `n_samples`, "" for neither; default: how many; few: how many of a score whose every look is dear. adds_up: whether
    the method promises that the values sum to the score less that of its baseline. baselines: those that it draws from
    instead of the score's own.
    """

    title: str
    compute: Callable[[PairScore, int, int], Values]
    default: int
    few: int
    count: str
    adds_up: bool
    baselines: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What it takes so many of, for people: steps, samples, or passes."""
        return self.count.removeprefix("n_") or "passes"


def _integrated_gradients(score: PairScore, grid: int, n_steps: int) -> Values:
    """Sundararajan, Taly, Yan 2017, arXiv:1703.01365."""
    values = IntegratedGradients(score).attribute(score.inputs, score.start, n_steps=n_steps, internal_batch_size=_ROWS)
    return _from_inputs(score, values)


def _input_x_gradient(score: PairScore, grid: int, _: int) -> Values:
    """Shrikumar et al. 2016, arXiv:1605.01713."""
    inputs = tuple(part.clone().requires_grad_() for part in score.inputs)
    return _from_inputs(score, InputXGradient(score).attribute(inputs))


def _gradient_shap(score: PairScore, grid: int, n_samples: int) -> Values:
    """From a baseline drawn anew for each sample, of all pictures in `BASELINES` with no words (Erion et al. 2021,
    arXiv:1906.10670)."""
    starts = zip(*(replace(score, baseline=name).start for name in BASELINES), strict=True)
    baselines = tuple(map(torch.cat, starts))
    noise = tuple(_NOISE * spread for spread in score.spreads)
    sums = [torch.zeros_like(part) for part in score.inputs]
    for first in range(0, n_samples, _ROWS):
        count = min(_ROWS, n_samples - first)
        values = GradientShap(score).attribute(score.inputs, baselines, n_samples=count, stdevs=noise)
        sums = [total + count / n_samples * part for total, part in zip(sums, values, strict=True)]
    return _from_inputs(score, sums)


def _from_inputs(score: PairScore, values: Sequence[Tensor]) -> Values:
    sums: dict[str, Callable[[Tensor], Tensor]] = {
        "image": lambda pixels: pixels.sum(0),
        "text": lambda tokens: score.words.sum(tokens.sum(-1)),
    }
    return {m: sums[m](part[0].detach().double().cpu()) for m, part in zip(score.seen, values, strict=True)}


def _feature_ablation(score: PairScore, grid: int, _: int) -> Values:
    """What the score loses without each patch or word (Zeiler, Fergus 2014, arXiv:1311.2901)."""
    game = Game(score, grid)
    values = FeatureAblation(game.value).attribute(game.players, perturbations_per_eval=_COALITIONS)
    return _from_players(score, values)


def _occlusion(score: PairScore, grid: int, _: int) -> Values:
    """The same with windows that overlap, of two patches on a side; a patch has the mean of its windows."""
    game = Game(score, grid)
    windows, strides = (tuple(sizes[modality] for modality in score.seen) for sizes in (_WINDOWS, _STRIDES))
    values = Occlusion(game.value).attribute(game.players, windows, strides=strides, perturbations_per_eval=_COALITIONS)
    return _from_players(score, values)


def _shapley(score: PairScore, grid: int, n_samples: int) -> Values:
    """Castro, Gómez, Tejada 2009, doi:10.1016/j.cor.2008.04.004."""
    game = Game(score, grid)
    values = ShapleyValueSampling(game.value).attribute(
        game.players, n_samples=n_samples, perturbations_per_eval=_COALITIONS
    )
    return _from_players(score, values)


def _kernel_shap(score: PairScore, grid: int, n_samples: int) -> Values:
    """Lundberg, Lee 2017, arXiv:1705.07874."""
    game = Game(score, grid)
    if sum(part.numel() for part in game.players) == 1:  # a word alone: Captum finds no coalitions to draw
        return _feature_ablation(score, grid, n_samples)
    values = KernelShap(game.value).attribute(game.players, n_samples=n_samples, perturbations_per_eval=_COALITIONS)
    return _from_players(score, values)


def _from_players(score: PairScore, values: Sequence[Tensor]) -> Values:
    spread: dict[str, Callable[[Tensor], Tensor]] = {
        "image": lambda patches: spread_patches(patches[0], score.patch_index(patches.shape[-1])),
        "text": lambda words: words,
    }
    return {m: spread[m](part[0].detach().double().cpu()) for m, part in zip(score.seen, values, strict=True)}


METHODS = {
    "integrated-gradients": Method("Integrated Gradients", _integrated_gradients, 128, 32, "n_steps", True),
    "input-x-gradient": Method("Input × Gradient", _input_x_gradient, 1, 1, "", False),
    "gradient-shap": Method("GradientSHAP", _gradient_shap, 128, 32, "n_samples", True, BASELINES),
    "feature-ablation": Method("Feature Ablation", _feature_ablation, 1, 1, "", False),
    "occlusion": Method("Occlusion", _occlusion, 1, 1, "", False),
    "shapley": Method("Shapley value sampling", _shapley, 25, 5, "n_samples", True),
    "kernel-shap": Method("KernelSHAP", _kernel_shap, 1000, 300, "n_samples", True),
}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The draws of torch and numpy (Captum uses both) from a seed, and their own state afterwards; one thread at a
    time, since both generators are the process's."""
    with _GENERATORS, torch.random.fork_rng(devices=[]):
        kept = np.random.get_state()
        torch.manual_seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(kept)
