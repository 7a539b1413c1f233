"""The attribution methods, all Captum's own: what each is given here, and in pieces of what size it runs.

Each returns values for pixels `(S, S)` (summed over colours; those of a patch sum to the patch's) and words `(W,)`, in
the unit of the question's output.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
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

Values = tuple[Tensor, Tensor]

_GENERATORS = threading.Lock()
_ROWS = 8  # of one gradient pass: its memory does not grow with the steps
_COALITIONS = 128  # of one pass without gradients
_NOISE = 0.02  # standard deviation that GradientSHAP adds, in pixels of [0, 1] and in deviations of the embeddings
_NOBODY = (0.0, 0.0)  # patches and words
_WINDOW = 2  # patches on a side that occlusion hides at once


@dataclass(frozen=True)
class Method:
    """`compute` the values of a question on a grid of patches with so much effort, in `unit`s, by default `effort`.

    `adds_up`: whether the method promises that they sum to the score less that of its baseline. `baselines`: those that
    it draws from instead of using the question's own.
    """

    title: str
    compute: Callable[[Question, int, int], Values]
    effort: int
    unit: str
    adds_up: bool
    baselines: tuple[str, ...] = ()


def _integrated_gradients(question: Question, grid: int, steps: int) -> Values:
    """Sundararajan, Taly, Yan 2017, arXiv:1703.01365."""
    values = IntegratedGradients(question.score).attribute(
        question.inputs, question.start, n_steps=steps, internal_batch_size=_ROWS
    )
    return _from_inputs(question, values)


def _input_x_gradient(question: Question, grid: int, _: int) -> Values:
    """Shrikumar et al. 2016, arXiv:1605.01713."""
    inputs = tuple(part.clone().requires_grad_() for part in question.inputs)
    return _from_inputs(question, InputXGradient(question.score).attribute(inputs))


def _gradient_shap(question: Question, grid: int, samples: int) -> Values:
    """From a baseline drawn anew for each sample, of all pictures in `BASELINES` with no words (Erion et al. 2021,
    arXiv:1906.10670)."""
    pictures = torch.cat([background(question.pixels, name) for name in BASELINES])
    baselines = pictures, question.start[1].expand(len(pictures), -1, -1)
    noise = _NOISE, _NOISE * float(question.values.std())
    found = [torch.zeros_like(part) for part in question.inputs]
    for first in range(0, samples, _ROWS):
        count = min(_ROWS, samples - first)
        values = GradientShap(question.score).attribute(question.inputs, baselines, n_samples=count, stdevs=noise)
        found = [total + count / samples * part for total, part in zip(found, values, strict=True)]
    return _from_inputs(question, found)


def _from_inputs(question: Question, values: Sequence[Tensor]) -> Values:
    pixels, tokens = (part.detach().double().cpu() for part in values)
    return pixels[0].sum(0), question.words.sum(tokens[0].sum(-1))


def _feature_ablation(question: Question, grid: int, _: int) -> Values:
    """What the score loses without each patch or word (Zeiler, Fergus 2014, arXiv:1311.2901)."""
    game = Game(question, grid)
    values = FeatureAblation(game.value).attribute(game.players, _NOBODY, perturbations_per_eval=_COALITIONS)
    return _from_players(question, values)


def _occlusion(question: Question, grid: int, _: int) -> Values:
    """The same with windows that overlap, of `_WINDOW` patches on a side; a patch has the mean of its windows."""
    game = Game(question, grid)
    windows = ((1, _WINDOW, _WINDOW), (1,))
    values = Occlusion(game.value).attribute(
        game.players, windows, strides=((1, 1, 1), (1,)), baselines=_NOBODY, perturbations_per_eval=_COALITIONS
    )
    return _from_players(question, values)


def _shapley(question: Question, grid: int, permutations: int) -> Values:
    """Castro, Gómez, Tejada 2009, doi:10.1016/j.cor.2008.04.004."""
    game = Game(question, grid)
    values = ShapleyValueSampling(game.value).attribute(
        game.players, _NOBODY, n_samples=permutations, perturbations_per_eval=_COALITIONS
    )
    return _from_players(question, values)


def _kernel_shap(question: Question, grid: int, samples: int) -> Values:
    """Lundberg, Lee 2017, arXiv:1705.07874."""
    game = Game(question, grid)
    values = KernelShap(game.value).attribute(
        game.players, _NOBODY, n_samples=samples, perturbations_per_eval=_COALITIONS
    )
    return _from_players(question, values)


def _from_players(question: Question, values: Sequence[Tensor]) -> Values:
    patches, words = (part.detach().double().cpu() for part in values)
    size = question.pixels.shape[-1] // patches.shape[-1]
    spread = patches[0, 0].repeat_interleave(size, 0).repeat_interleave(size, 1) / size**2
    return spread, words[0]


METHODS = {
    "integrated-gradients": Method("Integrated Gradients", _integrated_gradients, 128, "steps", True),
    "input-x-gradient": Method("Input × Gradient", _input_x_gradient, 1, "pass", False),
    "gradient-shap": Method("GradientSHAP", _gradient_shap, 128, "samples", True, BASELINES),
    "feature-ablation": Method("Feature Ablation", _feature_ablation, 1, "pass", False),
    "occlusion": Method("Occlusion", _occlusion, 1, "pass", False),
    "shapley": Method("Shapley value sampling", _shapley, 25, "permutations", True),
    "kernel-shap": Method("KernelSHAP", _kernel_shap, 1000, "samples", True),
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
