"""EfficientNet-Lite0 as an image tower: what all of its stages see, the first of which know colours."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msd_core.models.preprocess import Preprocess
from msd_core.models.pretrained import Centred, load_from
from msd_core.models.towers import ImageTower
from msd_core.models.weights import LOCAL, locate


class EfficientNetImage(ImageTower):
    """Mean and max over places of the map of every stage of an EfficientNet-Lite (Tan, Le 2019, arXiv:1905.11946):
    its last stages, trained to name things, forget colours, which the first still have.

    stages: only the first so many; None for all. judged: first stages by which a detector judges a picture: later ones
    know less of how it was made. Of drawings one tells photographs apart, and takes a JPEG of one for the same thing.
    """

    def __init__(self, name: str, stages: int | None = None, judged: int = 3):
        super().__init__()
        self.judged = judged
        model = _efficientnet(name)
        self.preprocess = Preprocess(224, "letterbox", "bicubic")  # all of a picture: a crop would lose ends of strips
        self.centre = Centred(self.preprocess)
        self.stem = nn.Sequential(model.conv_stem, model.bn1)
        self.stages = model.blocks[:stages]
        self.tail = nn.ModuleList()  # the stages that learn on top of frozen ones
        self.widths = [stage[-1].bn3.num_features if hasattr(stage[-1], "bn3") else stage[-1].bn2.num_features
                       for stage in self.stages]  # fmt: skip
        self.features = 2 * sum(self.widths)

    def forward(self, images: Tensor) -> Tensor:
        return self.rest(self.front(images))

    @property
    def frozen_part(self) -> nn.Module | None:
        return nn.ModuleList([self.stem, self.stages]) if len(self.tail) else super().frozen_part

    def ood_part(self, features: Tensor) -> Tensor:
        return features[:, : 2 * sum(self.widths[: self.judged])]

    def front(self, batch: Tensor) -> Tensor:
        """What is read of the stages; before a tail, also the map that it starts from, on end."""
        grid, read = self.stem(self.centre(batch)), []
        for stage in self.stages:
            grid = stage(grid)
            read.append(_mean_and_max(grid))
        return torch.cat([*read, grid.flatten(1)] if len(self.tail) else read, dim=1)

    def rest(self, values: Tensor) -> Tensor:
        if not len(self.tail):
            return values
        widths = self.widths[: len(self.stages)]
        read, grid = values.tensor_split([2 * sum(widths)], dim=1)
        side = round((grid.shape[1] / widths[-1]) ** 0.5)
        grid, parts = grid.unflatten(1, (widths[-1], side, side)), [read]
        for stage in self.tail:
            grid = stage(grid)
            parts.append(_mean_and_max(grid))
        return torch.cat(parts, dim=1)

    def without_cells(self, images: Tensor) -> Tensor:
        """The features of one picture `(1, 3, S, S)`, and those when each cell of its last map, of G x G, is left out
        of what is read of every stage: `(1 + G^2, features)`. The stages run once; what a cell has seen of its
        surroundings stays."""
        grid, maps = self.stem(self.centre(images)), []
        for stage in (*self.stages, *self.tail):
            grid = stage(grid)
            maps.append(grid[0])
        side = maps[-1].shape[-1]
        return torch.cat([_without_each(each, side) for each in maps], dim=1)

    def unfreeze(self, layers: int) -> None:
        if layers:
            first = max(1, len(self.stages) - layers)
            self.tail = self.stages[first:].requires_grad_(True)
            self.stages = self.stages[:first]

    def train(self, mode: bool = True) -> "EfficientNetImage":
        """BatchNorm keeps what it knows of a million photographs: a batch of a few would tell it less."""
        super().train(mode)
        for part in self.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.eval()
        return self


def _mean_and_max(grid: Tensor) -> Tensor:
    return torch.cat([grid.mean((2, 3)), grid.amax((2, 3))], dim=1)


def _without_each(grid: Tensor, side: int) -> Tensor:
    """Mean and max of a map `(C, H, W)`, and without each of `side` x `side` cells, `(1 + side^2, 2C)`."""
    cells = F.adaptive_max_pool2d(grid[None], side)[0].flatten(1)  # (C, cells)
    sums = F.adaptive_avg_pool2d(grid[None], side)[0].flatten(1)
    count = cells.shape[1]
    mean = (sums.sum(1, keepdim=True) - sums) / (count - 1)
    first, second = cells.topk(2, dim=1).values.T
    largest = torch.where(cells == first[:, None], second[:, None], first[:, None])
    return torch.cat([_mean_and_max(grid[None]), torch.cat([mean, largest]).T])


def _efficientnet(name: str) -> Any:
    """timm's EfficientNet-Lite0: from a `.pth` with the names of EfficientNet-PyTorch, or as timm publishes one."""
    import timm

    place = locate(name)
    files = sorted(Path(place.removeprefix(LOCAL)).glob("*.pth")) if place.startswith(LOCAL) else []
    if not files:
        source = place if place.startswith(LOCAL) else f"hf-hub:{place}"
        return load_from(name, lambda: timm.create_model(source, pretrained=True))
    with torch.device("meta"):  # no time is spent on weights that are replaced at once
        model: Any = timm.create_model("tf_efficientnet_lite0")
    state = load_from(name, lambda: torch.load(files[0], map_location="cpu", weights_only=True))
    load_from(
        name, lambda: model.load_state_dict(_timm_names(state, [len(stage) for stage in model.blocks]), assign=True)
    )
    return model


_TOP = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
_PLAIN = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_EXPANDED = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}  # fmt: skip


def _timm_names(state: dict[str, Tensor], depths: list[int]) -> dict[str, Tensor]:
    """Weights under timm's names: blocks, which EfficientNet-PyTorch counts in one line, by stage. depths: blocks of
    each stage; those of the first have no expansion."""
    places = [f"blocks.{stage}.{i}" for stage, depth in enumerate(depths) for i in range(depth)]
    named = {}
    for name, values in state.items():
        first, *others = name.split(".")
        if first == "_blocks":
            number, layer, *last = others
            known = _PLAIN if int(number) < depths[0] else _EXPANDED
            named[".".join([places[int(number)], known[layer], *last])] = values
        else:
            named[".".join([_TOP[first], *others])] = values
    return named
