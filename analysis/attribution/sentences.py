"""A pair's maps in plain words: where maps lie, whether they add up, how far to trust them, how alike they are."""

import math
from dataclasses import dataclass

from analysis.attribution.agreement import Alike
from analysis.attribution.attribution import Attribution
from analysis.attribution.faithfulness import SURE, Faithfulness
from analysis.attribution.methods import METHODS
from analysis.attribution.pair import PairAttribution
from analysis.words import percent, short_name, subject
from msd_core.views import MODALITIES, VIEWS

_MISSED = 0.05  # share of what there is to explain by which values may miss it before people are told
_MOSTLY, _WHOLLY = 0.6, 0.9  # of a map's mass
_AS_FAR = 0.8  # of the other modality's necessity
_MOVED = 0.1  # bits: less is no necessity worth a sentence
_BLANK = "is close to 0 everywhere: no patch or word changes the score. Try the logit or another method"
Table = tuple[str, list[str], list[list[str]]]  # caption, header, rows


@dataclass(frozen=True)
class Numbers:
    """How values of an output are written where the largest is `scale`: three figures, in percentage points or nats."""

    output: str
    scale: float

    @classmethod
    def of(cls, pair: PairAttribution) -> "Numbers":
        """Those of a pair's maps."""
        return cls(pair.first.output, pair.scale)

    @property
    def unit(self) -> str:
        """The unit, in the plural."""
        return "percentage points" if self.output == "probability" else "nats"

    @property
    def short(self) -> str:
        """The unit where it has been named in full."""
        return "points" if self.output == "probability" else "nats"

    def plain(self, value: float, digits: int | None = None) -> str:
        """A value without a plus."""
        scaled = self._scaled(value)
        digits = self._digits if digits is None else digits
        number = f"{abs(scaled):.{digits}f}"
        return f"−{number}" if scaled < 0 and float(number) else number  # no minus before a zero

    def signed(self, value: float, digits: int | None = None) -> str:
        """A value with its sign."""
        number = self.plain(value, digits)
        return number if number.startswith("−") or not float(number) else f"+{number}"

    def bound(self, value: float) -> str:
        """A size that the value's is surely within."""
        step = 10.0**-self._digits
        return f"{max(1, math.ceil(abs(self._scaled(value)) / step)) * step:.{self._digits}f}"

    def _scaled(self, value: float) -> float:
        return 100 * value if self.output == "probability" else value

    @property
    def _digits(self) -> int:
        top = abs(self._scaled(self.scale))
        return min(4, max(1, 2 - math.floor(math.log10(top)))) if top else 1

    def score(self, value: float) -> str:
        """A score, no change of one: a probability in per cent, or a logit."""
        return percent(min(1.0, max(0.0, value))) if self.output == "probability" else f"{self.plain(value, 2)} nats"


def quick_looks_note(label: str) -> str:
    """What a quick look shows, and what it does not."""
    return (
        f"A quick look while the maps are made: how much less (orange) or more (violet) “{label}” scores without each "
        "square of what the model has read. A square knows its surroundings, so this says roughly where; the maps say "
        "which pixels and words."
    )


def total(attribution: Attribution, numbers: Numbers) -> str:
    """From what to what the values lead, and whether they add up to it."""
    seen = "pair" if attribution.view == "both" else f"{attribution.view} alone"
    path = f"From {numbers.score(attribution.start)} (baseline) to {numbers.score(attribution.value)} ({seen})"
    if attribution.delta is None:
        return f"{path}; this method does not promise values that add up to this change."
    error = numbers.bound(attribution.delta)
    if abs(attribution.delta) <= _MISSED * abs(attribution.value - attribution.start):
        return f"{path}: the values add up to this change within {error} {numbers.short}."
    more = f"Use more {METHODS[attribution.method].unit}"
    return f"{path}: the values are off by {error} {numbers.short} (more than 5 %). {more}."


def headline(pair: PairAttribution) -> str:
    """Where the teacher's map lies."""
    model, first = next(iter(pair.maps.items()))
    if first.view == "both":
        return f"The teacher’s map of “{pair.label}” {reading(pair, model)}"
    probability = percent(min(1.0, max(0.0, _probability(pair, model))))
    return f"From the {first.view} alone, the teacher gives “{pair.label}” {probability}."


def reading(pair: PairAttribution, model: str) -> str:
    """Where a map lies, and whether the model needs the other modality as much: a sentence without its subject."""
    each = pair.maps[model]
    if each.view != "both":
        return f"covers the {each.view} alone." if each.share else "is 0 everywhere."
    return f"{_lies(each.share)}{_yet(pair, model)}."


def _probability(pair: PairAttribution, model: str) -> float:
    rows = pair.comparison.answers[model].probs[VIEWS.index(pair.maps[model].view)]
    return float(rows[pair.task.labels.index(pair.label)])


def _lies(share: dict[str, float] | None) -> str:
    if share is None:
        return _BLANK
    top = max(MODALITIES, key=share.__getitem__)
    if share[top] < _MOSTLY:
        return f"lies on image and text ({percent(share['image'])} of its mass on the image)"
    much = "almost wholly" if share[top] >= _WHOLLY else "mostly"
    return f"lies {much} on the {top} ({percent(share[top])} of its mass)"


def _yet(pair: PairAttribution, model: str) -> str:
    """Where a map lies on one modality, and the model needs the other as much: mass is not need."""
    share = pair.maps[model].share
    if share is None:
        return ""
    top = max(MODALITIES, key=share.__getitem__)
    if share[top] < _MOSTLY:
        return ""
    other = MODALITIES[1 - MODALITIES.index(top)]
    needed = dict(zip(MODALITIES, pair.comparison.answers[model].necessity.tolist(), strict=True))
    if needed[other] < max(_MOVED, _AS_FAR * needed[top]):
        return ""
    far = "further" if needed[other] * _AS_FAR > needed[top] else "as far"
    return f", yet hiding the {other} moves its answer {far}"


def strongest(pair: PairAttribution) -> str:
    """The patch and the word that speak most strongly in the teacher's map."""
    first, numbers = pair.first, Numbers.of(pair)
    if first.blank:
        return ""
    parts = []
    if first.patches.any():
        at, side = int(first.patches.abs().argmax()), len(first.patches)
        value = numbers.signed(float(first.patches.flatten()[at]))
        parts.append(f"the patch in row {at // side + 1}, column {at % side + 1} ({value})")
    if first.word_values.any():
        at = int(first.word_values.abs().argmax())
        word = f"\u2068{first.words[at]}\u2069"  # isolated: the number after a word of Arabic is no part of it
        parts.append(f"the word “{word}” ({numbers.signed(float(first.word_values[at]))})")
    return f"Strongest: {' and '.join(parts)}, in {numbers.unit}." if parts else ""


def trust(faithfulness: dict[str, Faithfulness]) -> list[str]:
    """Whether each map beats random orders; a sentence for each that does not."""
    doubtful = [name for name, each in faithfulness.items() if not each.beats_chance]
    lines = [
        f"{subject(name)}’s map does no better here than random orders (it beats "
        f"{_percent(faithfulness[name].beaten)} of {faithfulness[name].orders} random orders; {_percent(SURE)} are "
        "needed): do not read much into it."
        for name in doubtful
    ]
    sure = [name for name in faithfulness if name not in doubtful]
    if sure:
        who = "Every map" if not doubtful else _first_only(" and ".join(f"{subject(name)}’s map" for name in sure))
        verb = "beat" if len(sure) > 1 and doubtful else "beats"
        orders = min(faithfulness[name].orders for name in sure)
        lines.append(
            f"{who} {verb} at least {_percent(SURE)} of {orders} random orders: what it points at does matter to its "
            "model."
        )
    return lines


def _first_only(names: str) -> str:
    """A list of names with a capital at its start alone."""
    return names.replace(" and The ", " and the ")


def _percent(share: float) -> str:
    """A share as measured; it may well be 0 or 100 %."""
    return f"{share:.0%}".replace("%", " %")


def trust_table(faithfulness: dict[str, Faithfulness], numbers: Numbers) -> Table:
    """The measures of faithfulness, a column a map."""
    unit, squared = ("%", "probability²") if numbers.output == "probability" else ("nats", "nats²")
    measures = {
        f"Area of deletion ({unit}) ↓": lambda c: c.areas[0],
        f"Area of insertion ({unit}) ↑": lambda c: c.areas[1],
        f"Comprehensiveness ({numbers.short}) ↑": lambda c: c.comprehensiveness,
        f"Sufficiency ({numbers.short}) ↓": lambda c: c.sufficiency,
    }
    rows = [
        [title, *(f"{numbers.plain(of(f.map), 1)} ({numbers.plain(of(f.chance), 1)})" for f in faithfulness.values())]
        for title, of in measures.items()
    ]
    rows.append(["Random orders beaten ↑", *(_percent(f.beaten) for f in faithfulness.values())])
    rows.append([f"Infidelity ({squared}) ↓", *(f"{f.infidelity:.3g}" for f in faithfulness.values())])
    if all(f.sensitivity is not None for f in faithfulness.values()):
        rows.append(["Sensitivity (no unit) ↓", *(f"{f.sensitivity:.2f}" for f in faithfulness.values())])
    caption = "↑ higher is better, ↓ lower is better; in brackets: random orders"
    return caption, ["Measure", *map(short_name, faithfulness)], rows


def alike(pair: PairAttribution) -> list[str]:
    """How alike each student's map is to the teacher's, in words."""
    lines = []
    for name, by_modality in pair.agreements.items():
        parts = [f"on the {part} {_degree(each['rank'])}" for part, each in by_modality.items()]
        lines.append(f"{subject(name)}’s map and the teacher’s: {', '.join(parts)}.")
    return lines


def _degree(rank: float | None) -> str:
    if rank is None:
        return "there is too little to compare"
    degree = "much alike" if rank >= 0.7 else "somewhat alike" if rank >= 0.3 else "hardly alike"
    return f"{'opposed' if rank <= -0.3 else degree} (rank correlation {_rank(rank)})"


def _common(alike: Alike) -> str:
    overlap = alike["overlap"]
    return f"{'–' if overlap is None else _percent(overlap)} ({_percent(alike['chance'])})"


def alike_table(pair: PairAttribution) -> Table:
    """Rank correlation, and overlap of the highest beside chance, by modality; a column a student."""
    things, rows = {"image": "patches", "text": "words"}, []
    for part in next(iter(pair.agreements.values()), {}):
        each = [by_modality[part] for by_modality in pair.agreements.values()]
        rows.append([f"Rank correlation of {things[part]} (−1 to 1)", *(_rank(e["rank"]) for e in each)])
        rows.append([
            f"Highest {things[part]} in common",
            *(_common(e) for e in each),
        ])  # fmt: skip
    caption = "Against the teacher’s map; in brackets: what unrelated maps would have in common"
    return caption, ["Measure", *map(short_name, pair.agreements)], rows


def _rank(rank: float | None) -> str:
    return "–" if rank is None else f"{rank:.2f}".replace("-", "−")


def pointing_table(pair: PairAttribution) -> Table | None:
    """Whether maps point at what decides; None where that is unknown, or the models see no picture."""
    if not pair.pointings:
        return None
    points = pair.pointings.values()
    rows = [
        ["Largest value in the deciding region", *("✓ yes" if p.hit else "✗ no" for p in points)],
        ["Share of the image’s mass in the region", *(_percent(p.inside) for p in points)],
        ["The region’s share of the picture", *(_percent(p.area) for p in points)],
    ]
    return "The deciding region is outlined in the picture", ["Measure", *map(short_name, pair.pointings)], rows
