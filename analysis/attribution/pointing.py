"""Does a map point at what decides? Only a task whose maker knows where that lies can tell."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from analysis.attribution.attribute import attribute
from analysis.attribution.question import BASELINES, ask
from msd_core.errors import UserError
from msd_core.models.files import Loaded
from msd_core.pictures import SIZE, letterbox
from msd_core.tasks import Example, Task


@dataclass(frozen=True)
class Pointing:
    """`hit`: whether the largest value lies where that is which decides (Zhang et al. 2018, arXiv:1608.00507; without
    a margin); `inside`: the share of the mass, summed |value|, that lies there; `area`: the share of the picture that
    it covers, which is what a random map scores on average in both."""

    hit: bool
    inside: float
    area: float


def region_of(task: Task, example: Example) -> Tensor | None:
    """Where that lies which decides an example, as the models see it: boolean `(S, S)`; None where unknown."""
    found = task.region(example) if task.region else None
    if found is None or not found.any():
        return None
    shades = letterbox(Image.fromarray(np.repeat(found[..., None], 3, axis=2).astype(np.uint8) * 255))
    return torch.from_numpy(shades[..., 0] > 127)


def point(pixels: Tensor, region: Tensor) -> Pointing:
    """How a map `(S, S)` points at a region, boolean `(S, S)`."""
    mass = pixels.abs()
    inside = float(mass[region].sum() / mass.sum()) if mass.sum() else 0.0
    hit = bool(pixels.any()) and bool(region.flatten()[pixels.argmax()])
    return Pointing(hit, inside, float(region.float().mean()))


def pointing_game(
    loaded: Loaded,
    task: Task,
    examples: list[Example],
    method: str = "integrated-gradients",
    effort: int | None = None,
    baseline: str = BASELINES[0],
) -> dict[str, float]:
    """Means over those of the examples whose region is known: `accuracy` of pointing, `inside`, `area`, and how many
    there were, `examples`. Each map is of the model's logit of the true label. Beside it the first two for `random`
    maps, and for `contrast` maps: how far each pixel is from the baseline, which is all that is owed to that choice."""
    if task.multilabel or task.region is None:
        raise UserError(f"Nobody knows where in a picture of {task.name} that lies which decides: choose another task.")
    noise = torch.Generator().manual_seed(0)
    maps, random, contrast = [], [], []
    for example in examples:
        region = region_of(task, example)
        if region is None:
            continue
        picture = torch.from_numpy(letterbox(task.picture(example.image)).copy())
        question = ask(loaded.model, picture, example.text, example.label, task.multilabel, "logit", baseline=baseline)
        maps.append(point(attribute(question, method, effort=effort).pixels, region))
        random.append(point(torch.randn(SIZE, SIZE, generator=noise), region))
        contrast.append(point((question.pixels - question.start[0])[0].abs().sum(0), region))
    if not maps:
        raise UserError("None of these examples is decided by something in the picture: give others.")
    means = {"area": float(np.mean([p.area for p in maps])), "examples": len(maps)}
    for prefix, points in (("", maps), ("random_", random), ("contrast_", contrast)):
        means[f"{prefix}accuracy"] = float(np.mean([p.hit for p in points]))
        means[f"{prefix}inside"] = float(np.mean([p.inside for p in points]))
    return means
