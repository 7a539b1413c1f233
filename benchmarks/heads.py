"""Which head relates the two modalities best? Students that differ in the head alone, validation metric, three seeds.

The winner is `msd_core.models.two_tower.ProductHead`; the others live here, to be measured against.
"""

import statistics

import torch
from torch import Tensor, nn

from msd_core.evaluate import logits_by_view, main_metric, metrics
from msd_core.inputs import read_inputs
from msd_core.methods import METHODS
from msd_core.models.two_tower import ProductHead
from msd_core.models.zoo import build, get_spec
from msd_core.tasks import Task, load_split, load_task
from msd_core.training.config import Config
from msd_core.training.objective import Objective
from msd_core.training.prepare import Data
from msd_core.training.sampler import EpochOrder, schedule
from msd_core.views import BOTH

SEEDS = 3
CONFIG = Config(method="ce", weighting="none", epochs=10, train_size=8000)


class DifferenceHead(nn.Module):
    """The product head with the absolute difference of the two vectors beside their product."""

    def __init__(self, dim: int, hidden: int, classes: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4 * dim, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        return self.layers(torch.cat([image, text, image * text, (image - text).abs()], dim=1))


class FilmHead(nn.Module):
    """The text scales and shifts the image (Perez et al. 2018, arXiv:1709.07871); the text itself is kept beside it."""

    def __init__(self, dim: int, hidden: int, classes: int):
        super().__init__()
        self.film = nn.Linear(dim, 2 * dim)
        self.layers = nn.Sequential(nn.Linear(2 * dim, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        scale, shift = self.film(text).chunk(2, dim=1)
        return self.layers(torch.cat([(1 + scale) * image + shift, text], dim=1))


HEADS = {"product": ProductHead, "product and difference": DifferenceHead, "FiLM": FilmHead}


def score(task: Task, head: type[nn.Module], seed: int) -> float:
    """The validation metric of a student with this head, trained on labels alone."""
    spec = get_spec(CONFIG.model)
    train, validation = load_split(task, "train").subset(CONFIG.train_size), load_split(task, "validation")
    torch.manual_seed(seed)
    student = build(spec, len(task.labels))
    student.head = head(spec.dim, spec.hidden, len(task.labels))
    data = Data(train, read_inputs(student, train), train.image_of, train.text_of, train.labels)
    method = METHODS[CONFIG.method](CONFIG.temperature, task.multilabel)
    objective = Objective(student, method, data, CONFIG, task.multilabel)
    optimizer = torch.optim.AdamW(student.parameters(), fused=True)
    order = EpochOrder(train.image_of, seed)
    for epoch in range(CONFIG.epochs):
        order.epoch = epoch
        batches = torch.tensor(list(order)).split(CONFIG.batch_size)
        for i, rows in enumerate(batches, start=1):
            optimizer.param_groups[0]["lr"] = CONFIG.lr * schedule((epoch + i / len(batches)) / CONFIG.epochs)
            objective(rows)[0].backward()
            optimizer.step()
            optimizer.zero_grad()
    return metrics(task, logits_by_view(student, validation)[:, BOTH], validation.labels)[main_metric(task)]


def main() -> None:
    for task in map(load_task, ("easy-vqa", "sarcasm")):
        for name, head in HEADS.items():
            scores = [score(task, head, seed) for seed in range(SEEDS)]
            each = ", ".join(f"{s:.4f}" for s in scores)
            print(f"{task.name}: {name}: mean {statistics.mean(scores):.4f} ({each})", flush=True)


if __name__ == "__main__":
    main()
