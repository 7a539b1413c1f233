"""Several models' maps of one pair, made to be read side by side."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from analysis.attribution.agreement import agreement
from analysis.attribution.attribute import Attribution, attribute
from analysis.attribution.faithfulness import Faithfulness, measure
from analysis.attribution.pointing import Pointing, point, region_of
from analysis.attribution.question import BASELINES, GRID, Question, ask
from msd_core.compare import Comparison, bundled_models, check_text, compare
from msd_core.errors import choose
from msd_core.models.files import Loaded
from msd_core.pictures import letterbox, read_picture
from msd_core.tasks import Example, get_task
from msd_core.views import VIEWS


@dataclass(frozen=True)
class Settings:
    """How maps are made. `label` is a label's name, None for the teacher's likeliest; `effort` is in the method's own
    unit, None for its default."""

    method: str = "integrated-gradients"
    label: str | None = None
    output: str = "probability"
    view: str = "both"
    baseline: str = BASELINES[0]
    effort: int | None = None
    grid: int = GRID


@dataclass(frozen=True)
class Explanation:
    """Maps by model's name, the teacher's first, all of the same label. `picture` is the pair's, uint8 `(S, S, 3)` as
    the models see it; `region` `(S, S)`, where known, is where that lies in it which decides."""

    comparison: Comparison
    label: str
    picture: Tensor
    questions: dict[str, Question]
    maps: dict[str, Attribution]
    region: Tensor | None

    @cached_property
    def scale(self) -> float:
        """The largest |value| of a patch or word in any of the maps: all are coloured on one scale, 0 at its middle."""
        return max(float(values.abs().max()) for m in self.maps.values() for values in (m.patches, m.word_values))

    @cached_property
    def agreements(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """How alike each other model's map is to the first one's, by model and modality."""
        first, *others = self.maps
        return {name: agreement(self.maps[first], self.maps[name]) for name in others}

    @cached_property
    def pointings(self) -> dict[str, Pointing]:
        """How each map points at what decides, where that is known; otherwise empty."""
        return {} if self.region is None else {name: point(m.pixels, self.region) for name, m in self.maps.items()}

    def faithfulness(self, sensitive: bool = False) -> dict[str, Faithfulness]:
        """How far each map can be trusted; takes longer than the maps."""
        return {name: measure(self.questions[name], m, sensitive) for name, m in self.maps.items()}

    def to_dict(self) -> dict:
        """Plain data: `maps[model]`, with `saliency`, `shapley` (of the label) and `share` of each for comparison."""
        compared = self.comparison.to_dict()
        return {
            "task": compared["task"],
            "text": compared["text"],
            "label": self.label,
            "maps": {name: found.to_dict() for name, found in self.maps.items()},
            "scale": self.scale,
            "saliency": compared["saliency"],
            "shapley": {name: by_label[self.label] for name, by_label in compared["shapley"].items()},
            "agreement": self.agreements,
            "pointing": {
                name: {"hit": p.hit, "inside": p.inside, "area": p.area} for name, p in self.pointings.items()
            },
            "warnings": compared["warnings"],
        }


def explain(
    task: str,
    image: Image.Image | str | Path | bytes,
    text: str,
    models: dict[str, Loaded] | None = None,
    settings: Settings | None = None,
    example: Example | None = None,
) -> Explanation:
    """Ask each model (the bundled ones where none are given) why it gives a pair one label.

    `example`, where the pair is one of the task's, tells where that lies which decides.
    """
    asked, settings = get_task(task), settings or Settings()
    models = bundled_models(task) if models is None else models
    picture, text = read_picture(image), check_text(text)
    compared = compare(task, picture, text, models)
    label = choose("label", settings.label, asked.labels) if settings.label else _likeliest(compared)
    pixels = torch.from_numpy(letterbox(picture).copy())
    questions, maps = {}, {}
    for name, loaded in models.items():
        index = asked.labels.index(label)
        scored = settings.output, settings.view, settings.baseline
        questions[name] = ask(loaded.model, pixels, text, index, asked.multilabel, *scored)
        maps[name] = attribute(questions[name], settings.method, settings.grid, settings.effort)
    region = region_of(asked, example) if example else None
    return Explanation(compared, label, pixels, questions, maps, region)


def _likeliest(found: Comparison) -> str:
    first = next(iter(found.answers.values()))
    return found.task.labels[int(first.probabilities[VIEWS.index("both")].argmax())]
