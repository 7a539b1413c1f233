"""The attribution methods, all Captum's own: what each is given here, and in pieces of what size it runs.

Each returns values for pixels `(S, S)` (summed over colours; those of a patch sum to the patch's) and words `(W,)`, in
the unit of the question's output, and the convergence delta where the method promises that the values add up.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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

from analysis.attribution.question import BASELINES, Game, Question, background

Values = tuple[Tensor, Tensor, float | None]

_ROWS = 4  # of one gradient pass: its memory does not grow with the steps
_COALITIONS = 64  # of one pass without gradients
_NOISE = 0.02  # standard deviation that GradientSHAP adds, in pixels of [0, 1] and in deviations of the embeddings
_NOBODY = (0.0, 0.0)  # patches and words
_WINDOW = 2  # patches on a side that occlusion hides at once


@dataclass(frozen=True)
class Method:
    """`compute` the values of a question on a grid of patches, with so many `effort` units (by default `effort`)."""

    title: str
    compute: Callable[[Question, int, int], Values]
    effort: int
    unit: str  # of effort


def _integrated_gradients(question: Question, grid: int, steps: int) -> Values:
    """Sundararajan, Taly, Yan 2017, arXiv:1703.01365."""
    values, delta = IntegratedGradients(question.score).attribute(
        question.inputs, question.start, n_steps=steps, internal_batch_size=_ROWS, return_convergence_delta=True
    )
    return *_from_inputs(question, values), float(delta[0])


def _input_x_gradient(question: Question, grid: int, _: int) -> Values:
    """Shrikumar et al. 2016, arXiv:1605.01713."""
    inputs = tuple(part.clone().requires_grad_() for part in question.inputs)
    return *_from_inputs(question, InputXGradient(question.score).attribute(inputs)), None


def _gradient_shap(question: Question, grid: int, samples: int) -> Values:
    """From a baseline drawn anew for each sample, of all pictures in `BASELINES` with no words (Erion et al. 2021,
    arXiv:1906.10670)."""
    pictures = torch.cat([background(question.pixels, name) for name in BASELINES])
    baselines = pictures, question.start[1].expand(len(pictures), -1, -1)
    noise = _NOISE, _NOISE * float(question.values.std())
    found, deltas, left = None, [], samples
    while left > 0:
        count = min(left, _ROWS)
        values, delta = GradientShap(question.score).attribute(
            question.inputs, baselines, n_samples=count, stdevs=noise, return_convergence_delta=True
        )
        values = tuple(count / samples * part for part in values)
        found = values if found is None else tuple(a + b for a, b in zip(found, values, strict=True))
        deltas.append(delta)
        left -= count
    return *_from_inputs(question, found), float(torch.cat(deltas).mean())


def _from_inputs(question: Question, values: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    pixels, tokens = (part.detach().double().cpu() for part in values)
    return pixels[0].sum(0), question.words.sum(tokens[0].sum(-1))


def _feature_ablation(question: Question, grid: int, _: int) -> Values:
    """What the score loses without each patch or word (Zeiler, Fergus 2014, arXiv:1311.2901)."""
    game = Game(question, grid)
    values = FeatureAblation(game.value).attribute(game.players, _NOBODY, perturbations_per_eval=_COALITIONS)
    return *_from_players(question, values), None


def _occlusion(question: Question, grid: int, _: int) -> Values:
    """The same with windows that overlap, of `_WINDOW` patches on a side; a patch has the mean of its windows."""
    game = Game(question, grid)
    windows = ((1, _WINDOW, _WINDOW), (1,))
    values = Occlusion(game.value).attribute(
        game.players, windows, strides=((1, 1, 1), (1,)), baselines=_NOBODY, perturbations_per_eval=_COALITIONS
    )
    return *_from_players(question, values), None


def _shapley(question: Question, grid: int, permutations: int) -> Values:
    """Castro, Gómez, Tejada 2009, doi:10.1016/j.cor.2008.04.004."""
    game = Game(question, grid)
    values = ShapleyValueSampling(game.value).attribute(
        game.players, _NOBODY, n_samples=permutations, perturbations_per_eval=_COALITIONS
    )
    return *_from_players(question, values), _gap(game, values)


def _kernel_shap(question: Question, grid: int, samples: int) -> Values:
    """Lundberg, Lee 2017, arXiv:1705.07874."""
    game = Game(question, grid)
    values = KernelShap(game.value).attribute(
        game.players, _NOBODY, n_samples=samples, perturbations_per_eval=_COALITIONS
    )
    return *_from_players(question, values), _gap(game, values)


def _gap(game: Game, values: tuple[Tensor, Tensor]) -> float:
    """How far the players' values are from adding up to what all of them make together."""
    all_of_them, nobody = game.value(*game.players), game.value(*(torch.zeros_like(part) for part in game.players))
    return float(sum(part.double().sum() for part in values) - (all_of_them - nobody))


def _from_players(question: Question, values: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    patches, words = (part.detach().double().cpu() for part in values)
    size = question.pixels.shape[-1] // patches.shape[-1]
    spread = patches[0, 0].repeat_interleave(size, 0).repeat_interleave(size, 1) / size**2
    return spread, words[0]


METHODS = {
    "integrated-gradients": Method("Integrated Gradients", _integrated_gradients, 128, "steps"),
    "input-x-gradient": Method("Input × Gradient", _input_x_gradient, 1, "pass"),
    "gradient-shap": Method("GradientSHAP", _gradient_shap, 128, "samples"),
    "feature-ablation": Method("Feature Ablation", _feature_ablation, 1, "pass"),
    "occlusion": Method("Occlusion", _occlusion, 1, "pass"),
    "shapley": Method("Shapley value sampling", _shapley, 25, "permutations"),
    "kernel-shap": Method("KernelSHAP", _kernel_shap, 1000, "samples"),
}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The draws of torch and numpy (Captum uses both) from a seed, and their own state afterwards."""
    kept = np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(kept)
