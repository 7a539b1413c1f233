"""Which head relates the two modalities best? Students that differ in the head alone, validation metric, three seeds.

The winner is `msd_core.models.two_tower.ProductHead`; the others live here, to be measured against.
"""

import statistics

import torch
from torch import Tensor, nn

from msd_core.evaluate import logits_by_view, main_metric, metrics
from msd_core.inputs import read_inputs
from msd_core.models.two_tower import ProductHead
from msd_core.models.zoo import build, get_spec
from msd_core.steps import Data, EpochOrder, Mix, Objective, schedule
from msd_core.tasks import get_task, load_split

EPOCHS, SIZE, SEEDS = 10, 8000, 3


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


def score(task_name: str, head: type[nn.Module], seed: int) -> float:
    """The validation metric of a student with this head, trained on labels alone."""
    task, spec = get_task(task_name), get_spec("student")
    train, validation = load_split(task, "train").take(SIZE), load_split(task, "validation")
    torch.manual_seed(seed)
    student = build(spec, len(task.labels))
    student.head = head(spec.dim, spec.hidden, len(task.labels))
    data = Data(read_inputs(student, train), train.image_of, train.text_of, train.labels, None, None)
    optimizer = torch.optim.AdamW(student.parameters(), fused=True)
    order, objective = EpochOrder(train.image_of, seed), Objective(student, data, Mix(multilabel=task.multilabel))
    for epoch in range(EPOCHS):
        order.epoch = epoch
        batches = torch.tensor(list(order)).split(64)
        for i, rows in enumerate(batches, start=1):
            optimizer.param_groups[0]["lr"] = 2e-3 * schedule((epoch + i / len(batches)) / EPOCHS)
            objective(rows)[0].backward()
            optimizer.step()
            optimizer.zero_grad()
    return metrics(task, logits_by_view(student, validation)[:, 0], validation.labels)[main_metric(task)]


def main() -> None:
    for task in ("easy-vqa", "sarcasm"):
        for name, head in HEADS.items():
            scores = [score(task, head, seed) for seed in range(SEEDS)]
            each = ", ".join(f"{s:.4f}" for s in scores)
            print(f"{task}: {name}: mean {statistics.mean(scores):.4f} ({each})", flush=True)


if __name__ == "__main__":
    main()
