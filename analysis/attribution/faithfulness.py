"""How far a map can be trusted: what happens to the score when what it points at is taken away, against chance.

The players are the patches and words of the map, in the order of their values: a good map's first ones, taken from the
pair, sink the score at once (deletion), and put into an empty pair lift it at once (insertion; both Petsiuk, Das,
Saenko 2018, arXiv:1806.07421). The same is done with random orders; a map that is no better than these says nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from captum.metrics import infidelity as captum_infidelity
from captum.metrics import sensitivity_max
from torch import Tensor

from analysis.attribution.attribution import Attribution, attribute
from analysis.attribution.methods import METHODS
from analysis.attribution.score import Game, PairScore

STEPS = 20  # of a curve: one for each 5 % of the players
ORDERS, FEW_ORDERS = 40, 19  # random ones; the second of a score whose every look is dear: a map must beat all
SURE = 0.95  # share of random orders that a map must beat
BINS = (0.05, 0.1, 0.2, 0.5)  # of ERASER's 1, 5, 10, 20 and 50 %: with some 70 players 1 % is nobody
_REMOVALS, _FEW_REMOVALS = 200, 50  # that infidelity averages over
_REMOVED = 0.2  # share of the players that each of them takes away
_NEIGHBOURS = 5  # pairs nearby that sensitivity tries
_RADIUS = 0.02  # how near: of pixels in [0, 1], and in deviations of the embeddings


@dataclass(frozen=True)
class Curves:
    """The score over the share of the players taken away (`deletion`) or put in (`insertion`), `(STEPS + 1,)` each, in
    the unit of the attribution's output."""

    deletion: list[float]
    insertion: list[float]

    @property
    def areas(self) -> tuple[float, float]:
        """The mean height of each: lower is better for deletion, higher for insertion."""
        return float(np.trapezoid(self.deletion, dx=1 / STEPS)), float(np.trapezoid(self.insertion, dx=1 / STEPS))

    @property
    def gap(self) -> float:
        """Area of insertion less that of deletion: one number, higher is better."""
        deletion, insertion = self.areas
        return insertion - deletion

    @property
    def comprehensiveness(self) -> float:
        """The score lost without the first players, mean over `BINS` (DeYoung et al. 2020, arXiv:1911.03429)."""
        return float(np.mean([self.deletion[0] - self.deletion[round(b * STEPS)] for b in BINS]))

    @property
    def sufficiency(self) -> float:
        """The score missing when there are the first players only, mean over `BINS`; lower is better."""
        return float(np.mean([self.insertion[-1] - self.insertion[round(b * STEPS)] for b in BINS]))


@dataclass(frozen=True)
class Faithfulness:
    """A map's curves beside those of random orders (`chance`: their mean), and Captum's two measures.

    `beaten` is the share of the `orders` random orders whose gap is smaller than the map's. `infidelity` (Yeh et al.
    2019, arXiv:1901.09392) is the mean squared difference between what the map foretells of a random removal and what
    the removal does, after the best scaling of the map, in squared units of the output; `sensitivity` (same) the
    largest relative change of the map when the pair is nudged, None where it was not measured.
    """

    map: Curves
    chance: Curves
    beaten: float
    infidelity: float
    sensitivity: float | None
    orders: int = ORDERS

    @property
    def beats_chance(self) -> bool:
        """Whether the map points at what matters more than random orders do."""
        return self.beaten >= SURE

    def to_dict(self) -> dict:
        """Plain data."""
        return {
            **{name: self._numbers(curves) for name, curves in (("map", self.map), ("chance", self.chance))},
            "beaten": self.beaten,
            "orders": self.orders,
            "beats_chance": self.beats_chance,
            "infidelity": self.infidelity,
            "sensitivity": self.sensitivity,
        }

    @staticmethod
    def _numbers(curves: Curves) -> dict:
        deletion, insertion = curves.areas
        return {
            **asdict(curves),
            "deletion_area": deletion,
            "insertion_area": insertion,
            "comprehensiveness": curves.comprehensiveness,
            "sufficiency": curves.sufficiency,
        }


def measure(score: PairScore, attribution: Attribution, sensitive: bool = False, seed: int = 0) -> Faithfulness:
    """The faithfulness of an attribution to its score.

    sensitive: whether to measure the sensitivity too, for which the map is made `_NEIGHBOURS` times anew.
    """
    game, orders = Game(score, len(attribution.patches)), FEW_ORDERS if score.is_dear else ORDERS
    values = torch.cat([attribution.patches.flatten(), attribution.word_values])  # (P,)
    draws = torch.Generator().manual_seed(seed)
    random_orders = [torch.randperm(len(values), generator=draws) for _ in range(orders)]
    first, *random = _curves(game, torch.stack([values.argsort(descending=True, stable=True), *random_orders]))
    infidelity = _infidelity(game, values, draws)
    sensitivity = _sensitivity(score, attribution, draws) if sensitive else None
    ordered = bool((values != values[0]).any())  # a map that is the same everywhere orders nobody
    beaten = float(np.mean([ordered and first.gap > other.gap for other in random]))
    return Faithfulness(first, _mean(random), beaten, infidelity, sensitivity, orders)


def _mean(curves: list[Curves]) -> Curves:
    sides = ([getattr(c, side) for c in curves] for side in ("deletion", "insertion"))
    return Curves(*(np.mean(values, axis=0).tolist() for values in sides))


def _curves(game: Game, orders: Tensor) -> list[Curves]:
    """The curves of orders of players `(R, P)`."""
    count, players = orders.shape
    ranks = orders.argsort(1)  # (R, P): when each player's turn comes
    taken = torch.linspace(0, players, STEPS + 1).round()  # (K,)
    gone = ranks[:, None, :] < taken[:, None]  # (R, K, P)
    present = torch.cat([~gone, gone]).float().flatten(0, 1)
    scores = [game.value_in_line(part) for part in present.split(512)]
    by_order = torch.cat(scores).double().cpu().view(2, count, STEPS + 1)
    return [Curves(by_order[0, i].tolist(), by_order[1, i].tolist()) for i in range(count)]


def _infidelity(game: Game, values: Tensor, draws: torch.Generator) -> float:
    def removal(present: Tensor) -> tuple[Tensor, Tensor]:
        removed = (torch.rand(present.shape, generator=draws) < _REMOVED).to(present)
        return removed, present - removed

    removals = _FEW_REMOVALS if game.score.is_dear else _REMOVALS
    everybody, values = torch.ones(1, len(values)), values[None].float()
    missed = captum_infidelity(
        game.value_in_line, removal, everybody, values, n_perturb_samples=removals, normalize=True
    )
    return float(missed[0])


def _sensitivity(score: PairScore, attribution: Attribution, draws: torch.Generator) -> float:
    count = METHODS[attribution.method].count
    options: dict[str, Any] = {"method": attribution.method, "grid": len(attribution.patches)}
    options |= {count: attribution.n} if count else {}

    def nudge(inputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        parts = zip(_parts(inputs), score.spreads, strict=True)
        return tuple(p + _RADIUS * spread * (torch.rand(p.shape, generator=draws) * 2 - 1) for p, spread in parts)

    def maps_of(inputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        nearby = zip(*(part.split(1) for part in _parts(inputs)), strict=True)
        maps = [attribute(score.near(*one), **options) for one in nearby]
        return torch.stack([m.patches for m in maps]), torch.stack([m.word_values for m in maps])

    return float(sensitivity_max(maps_of, score.inputs, perturb_func=nudge, n_perturb_samples=_NEIGHBOURS)[0])


def _parts(inputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Inputs as a tuple, which Captum undoes where there is one alone."""
    return (inputs,) if isinstance(inputs, Tensor) else inputs
