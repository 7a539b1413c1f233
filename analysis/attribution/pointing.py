"""Does a map point at what decides? Only a task whose maker knows where that lies can tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from analysis.attribution.attribution import attribute
from analysis.attribution.score import BASELINES, pair_score, patch_index
from msd_core.errors import UserError
from msd_core.models.files import LoadedModel
from msd_core.models.preprocess import Preprocess
from msd_core.tasks import Example, Task
from msd_core.tasks.pictures import read_picture


@dataclass(frozen=True)
class Pointing:
    """`hit`: whether the largest value lies where that is which decides (Zhang et al. 2018, arXiv:1608.00507; without
    a margin); `inside`: the share of the mass, summed |value|, that lies there; `area`: the share of the picture that
    it covers, which is what a random map scores on average in both."""

    hit: bool
    inside: float
    area: float


def region_of(task: Task, example: Example) -> np.ndarray | None:
    """Where in an example's picture that lies which decides: boolean `(H, W)`; None where unknown."""
    region = task.region(example) if task.region else None
    return region if region is not None and region.any() else None


@dataclass(frozen=True, kw_only=True)
class Masks:
    """Which pixels of the square that a model reads show the region that decides, and which show the picture: boolean
    `(S, S)` each."""

    region: Tensor
    picture: Tensor


def as_read(region: np.ndarray, preprocess: Preprocess) -> Masks:
    """A region of a picture, boolean `(H, W)`, in the square that a model reads; bars are no part of the picture."""
    height, width = region.shape
    shades = preprocess(Image.fromarray(np.repeat(region[..., None], 3, axis=2).astype(np.uint8) * 255))
    picture = patch_index(preprocess.frame(width, height), preprocess.size, 1) >= 0
    return Masks(region=torch.from_numpy(shades[..., 0] > 127) & picture, picture=picture)


def point(pixels: Tensor, masks: Masks) -> Pointing:
    """How a map `(S, S)` points at the region, among the pixels that show the picture."""
    values, there = pixels[masks.picture], masks.region[masks.picture]
    mass = values.abs()
    inside = float(mass[there].sum() / mass.sum()) if mass.sum() else 0.0
    hit = bool(values.any()) and bool(there[values.argmax()])
    return Pointing(hit, inside, float(there.float().mean()))


def pointing_game(
    loaded: LoadedModel,
    task: Task,
    examples: Sequence[Example],
    method: str = "integrated-gradients",
    baseline: str = BASELINES[0],
    **count: Any,
) -> dict[str, float]:
    """The pointing game over those of the examples whose region is known.

    Each map is of the model's logit of the true label. Beside it stand `random` maps, and `contrast` maps: how far each
    pixel is from the baseline, which is all that is owed to that choice.

    count: `n_steps` or `n_samples` of the method. Returns means: `accuracy` of pointing, `inside` and `area`, 0 to 1,
    the first two also with `random_` and `contrast_` before them; and how many `examples` there were. Raises
    `UserError` for a task without regions, or where no example has one.
    """
    if task.multilabel or task.region is None:
        raise UserError(f"The deciding region of {task.name} pictures is not known: choose another task.")
    noise = torch.Generator().manual_seed(0)
    points: dict[str, list[Pointing]] = {"": [], "random_": [], "contrast_": []}
    for example in examples:
        region = region_of(task, example)
        if region is None or not isinstance(example.label, int):
            continue
        masks = as_read(region, loaded.model.preprocess)
        picture = read_picture(task.picture(example.image))
        score = pair_score(
            loaded.model, picture, example.text, example.label, task.multilabel, "logit", baseline=baseline
        )
        points[""].append(point(attribute(score, method, **count).pixels, masks))
        points["random_"].append(point(torch.randn(masks.region.shape, generator=noise), masks))
        points["contrast_"].append(point((score.inputs[0] - score.start[0])[0].abs().sum(0), masks))
    if not points[""]:
        raise UserError("None of these examples is decided by something in the picture: give others.")
    means = {"area": float(np.mean([p.area for p in points[""]])), "examples": len(points[""])}
    for prefix, each in points.items():
        means[f"{prefix}accuracy"] = float(np.mean([p.hit for p in each]))
        means[f"{prefix}inside"] = float(np.mean([p.inside for p in each]))
    return means
