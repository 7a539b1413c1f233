"""Several models' maps of one pair, made to be read side by side."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from analysis.attribution.agreement import Alike, agreement
from analysis.attribution.attribution import Attribution, attribute
from analysis.attribution.faithfulness import Faithfulness, measure
from analysis.attribution.pointing import Pointing, as_read, point, region_of
from analysis.attribution.score import BASELINES, GRID, VISIBLE, PairScore, pair_score
from msd_core.comparison import Comparison, Picture, check_pair, compare
from msd_core.errors import UserError, choose
from msd_core.models.files import LoadedModel
from msd_core.tasks import Example, Task
from msd_core.views import BOTH


@dataclass(frozen=True)
class Settings:
    """How maps are made. label: a label's name, None for the teacher's likeliest. n_steps, n_samples: of methods that
    take such, None for their default. grid: patches on a side."""

    method: str = "integrated-gradients"
    label: str | None = None
    output: str = "probability"
    view: str = "both"
    baseline: str = BASELINES[0]
    n_steps: int | None = None
    n_samples: int | None = None
    grid: int = GRID


@dataclass(frozen=True)
class ScoredPair:
    """A pair and how each model scores one label of it, by model's name, the teacher's first: what maps are made of.

    picture: RGB, in its own frame; None where there is none. example: the pair's own where it is one of the task's.
    """

    comparison: Comparison
    label: str
    picture: Image.Image | None
    scores: dict[str, PairScore]
    settings: Settings
    example: Example | None

    def attribute(self) -> "PairAttribution":
        """The maps. Raises `UserError` for settings that cannot be used."""
        by = self.settings
        maps = {
            name: attribute(score, by.method, by.grid, by.n_steps, by.n_samples) for name, score in self.scores.items()
        }
        region = region_of(self.comparison.task, self.example) if self.example and self.picture else None
        return PairAttribution(self.comparison, self.label, self.picture, self.scores, maps, region)


@dataclass(frozen=True)
class PairAttribution:
    """Maps of one pair by model's name, the teacher's first, all of the same label.

    picture: RGB, in its own frame; None where there is none. region: where in it that lies which decides,
    boolean `(H, W)`; None where unknown.
    """

    comparison: Comparison
    label: str
    picture: Image.Image | None
    scores: dict[str, PairScore]
    maps: dict[str, Attribution]
    region: np.ndarray | None

    @property
    def task(self) -> Task:
        """The task of the pair."""
        return self.comparison.task

    @property
    def first(self) -> Attribution:
        """The first model's map, against which the others are held."""
        return next(iter(self.maps.values()))

    @cached_property
    def scale(self) -> float:
        """The largest |value| of a patch or word in any of the maps: all are coloured on one scale, 0 at its middle."""
        return max(each.largest for each in self.maps.values())

    @cached_property
    def agreements(self) -> dict[str, dict[str, Alike]]:
        """How alike each other model's map is to the first one's, by model and modality."""
        others = list(self.maps)[1:]
        return {name: agreement(teacher=self.first, student=self.maps[name]) for name in others}

    @cached_property
    def pointings(self) -> dict[str, Pointing]:
        """How each map points at what decides, where that is known and the models see the picture; otherwise empty."""
        if self.region is None or self.first.view == "text":
            return {}
        return {
            name: point(each.pixels, as_read(self.region, self.scores[name].model.preprocess))
            for name, each in self.maps.items()
        }

    def faithfulness(self, sensitive: bool = False) -> dict[str, Faithfulness]:
        """How far each map can be trusted; takes longer than the maps."""
        return {name: measure(self.scores[name], each, sensitive) for name, each in self.maps.items()}

    def to_dict(self) -> dict[str, Any]:
        """Plain data: `maps[model]`, with `saliency`, `shapley` (of the label) and `share` of each for comparison."""
        answers = self.comparison.to_dict()
        return {
            "task": answers["task"],
            "text": answers["text"],
            "label": self.label,
            "maps": {name: each.to_dict() for name, each in self.maps.items()},
            "scale": self.scale,
            "saliency": answers["saliency"],
            "shapley": {name: by_label[self.label] for name, by_label in answers["shapley"].items()},
            "agreement": self.agreements,
            "pointing": {
                name: {"hit": p.hit, "inside": p.inside, "area": p.area} for name, p in self.pointings.items()
            },
            "warnings": answers["warnings"],
        }


def attribute_pair(
    task: Task,
    image: Picture | None,
    text: str | None,
    models: dict[str, LoadedModel],
    settings: Settings | None = None,
    example: Example | None = None,
) -> PairAttribution:
    """Why each model gives a pair one label.

    image, text, models: as for `compare`; maps have no patches or no words where that half is missing or the view hides
    it. example: where the pair is one of the task's, so that it is known where that lies which decides. Raises
    `UserError` for a pair or settings that cannot be used.
    """
    return score_pair(task, image, text, models, settings, example).attribute()


def score_pair(
    task: Task,
    image: Picture | None,
    text: str | None,
    models: dict[str, LoadedModel],
    settings: Settings | None = None,
    example: Example | None = None,
) -> ScoredPair:
    """What `attribute_pair` makes maps of: quick, as no map is made yet."""
    settings = settings or Settings()
    picture, text = check_pair(image, text)
    comparison = compare(task, picture, text, models)
    label = choose("label", settings.label, task.labels) if settings.label else _likeliest(comparison)
    _check_view(settings.view, picture, text)
    scores = {
        name: pair_score(
            loaded.model, picture, text, task.labels.index(label), task.multilabel, settings.output, settings.view,
            settings.baseline,
        )
        for name, loaded in models.items()
    }  # fmt: skip
    return ScoredPair(comparison, label, picture, scores, settings, example)


def _check_view(view: str, picture: Image.Image | None, text: str | None) -> None:
    choose("view", view, VISIBLE)
    if (view == "image" and picture is None) or (view == "text" and text is None):
        missing = "picture" if picture is None else "text"
        raise UserError(f"There is no {missing}, so there are no maps of it alone: choose another view.")


def _likeliest(comparison: Comparison) -> str:
    first = next(iter(comparison.answers.values()))
    return comparison.task.labels[int(first.probs[BOTH].argmax())]
