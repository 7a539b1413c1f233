"""One plain sentence a model: what its answers under the four views mean. Pure functions of the probabilities."""

from dataclasses import dataclass

from analysis.words import listed, percent, subject
from msd_core.views import BOTH, MODALITIES, NEITHER, VIEWS, WITHOUT

SURE = 0.6  # below this an answer is called unsure: with two labels 0.5 is a coin
KINDS = ("both", "image", "text", "either", "nothing", "unsure")

Label = int | tuple[int, ...]  # a class index, or for a multi-label task one 0 or 1 a label
Table = list[list[float]]  # (4, C): the probability of each label under each view, in the order of VIEWS

_SENSES = {"image": "see", "text": "read"}
_MEANS = {
    "both": "needs both",
    "image": "answers from the image alone",
    "text": "answers from the text alone",
    "either": "would answer the same from either modality alone",
    "nothing": "would answer the same with nothing to {senses}",
    "unsure": "is unsure",
}
_INSTEAD = {
    "both": "gives a different answer, and needs both",
    "image": "gives a different answer, from the image alone",
    "text": "gives a different answer, from the text alone",
    "either": "gives a different answer, and would from either modality alone",
    "nothing": "gives a different answer, and would with nothing to {senses}",
}
_COMES = {
    "both": "needs both",
    "image": "comes from the image alone",
    "text": "comes from the text alone",
    "either": "comes from either modality alone",
    "nothing": "is its answer even with nothing to {senses}",
    "unsure": "is only a guess",
}
_COME = {
    "both": "need both",
    "image": "come from the image alone",
    "text": "come from the text alone",
    "either": "come from either modality alone",
    "nothing": "are its answers even with nothing to {senses}",
    "unsure": "are only guesses",
}


@dataclass(frozen=True)
class Line:
    """One model's answer to one pair, in words.

    `kind` (one of `KINDS`) is what its answer rests on; multi-label: the kinds of its labels, "mixed" where they
    differ. `right` is None where nobody knows the truth. `agrees`: the same answer as the teacher's.
    """

    model: str
    answer: str
    prob: float | None
    kind: str
    text: str
    right: bool | None
    agrees: bool


def rests_on(probs: list[float], same: list[bool]) -> str:
    """What an answer rests on, one of `KINDS`, from its probability under each view and whether it stays the answer.

    An answer stands without a modality if it stays the answer and keeps at least half of what both modalities added to
    its probability: with two labels, what merely stays above 50 % would else count.
    """
    if probs[BOTH] < SURE:
        return "unsure"
    floor = (probs[BOTH] + min(probs[NEITHER], probs[BOTH])) / 2
    stands = {m: same[VIEWS.index(m)] and probs[VIEWS.index(m)] >= floor for m in MODALITIES}
    if all(stands.values()):
        ever = same[NEITHER] and probs[NEITHER] >= SURE
        return "nothing" if ever else "either"
    return next((m for m in MODALITIES if stands[m]), "both")


def describe(
    labels: tuple[str, ...],
    answers: dict[str, Table],
    multilabel: bool,
    truth: Label | None = None,
    there: tuple[str, ...] = MODALITIES,
) -> list[Line]:
    """A `Line` for each model, the first of which the others are held against.

    `truth` is a class index, or for a multi-label task one 0 or 1 per label; None where nobody knows. `there`: the
    modalities that the pair has; no other can be hidden.
    """
    lines: list[Line] = []
    for model, table in answers.items():
        first = lines[0] if lines else None
        if multilabel:
            lines.append(_many(labels, model, table, first, truth if isinstance(truth, tuple) else None, there))
        else:
            lines.append(_one(labels, model, table, first, truth if isinstance(truth, int) else None, there))
    return lines


def _top(row: list[float]) -> int:
    return max(range(len(row)), key=row.__getitem__)


def _verb(verbs: dict[str, str], kind: str, there: tuple[str, ...]) -> str:
    return verbs[kind].format(senses=" or ".join(_SENSES[m] for m in there))


def _one(
    labels: tuple[str, ...], model: str, table: Table, first: Line | None, truth: int | None, there: tuple[str, ...]
) -> Line:
    top = _top(table[BOTH])
    probs = [row[top] for row in table]
    kind = rests_on(probs, [_top(row) == top for row in table])
    answer, who, right = labels[top], subject(model), None if truth is None else truth == top
    agrees = first is None or first.answer == answer
    if kind == "unsure":
        text = f"{who} is unsure: its best guess, “{answer}”, gets {percent(probs[BOTH])}."
    elif not agrees:
        text = f"{who} {_verb(_INSTEAD, kind, there)}: {_effects(labels, top, table, kind, there)}."
    elif first is not None and first.kind == kind:
        text = f"{who} agrees, and {_verb(_MEANS, kind, there)} too."
    else:
        text = f"{who} {_verb(_MEANS, kind, there)}: {_effects(labels, top, table, kind, there)}."
    return Line(model, answer, probs[BOTH], kind, text, right, agrees)


def _effects(labels: tuple[str, ...], top: int, table: Table, kind: str, there: tuple[str, ...]) -> str:
    """What hiding each modality does to an answer, the telling one first."""
    if kind == "nothing":
        hidden = "both" if len(there) == len(MODALITIES) else f"the {there[0]}"
        return f"hiding {hidden} leaves “{labels[top]}” at {percent(table[NEITHER][top])}"
    if kind == "either":
        return "hiding one of the two leaves it as it is"
    idle = kind if kind in MODALITIES else None  # the modality whose partner is not missed
    effect = {m: _effect(labels, top, table, m) for m in there if WITHOUT[m] != idle}
    if idle and WITHOUT[idle] in there:
        return f"hiding the {WITHOUT[idle]} leaves its answer, hiding the {idle} {effect[idle]}"
    if len(effect) > 1 and len(set(effect.values())) == 1:
        return f"hiding either one {effect['image']}"
    return ", ".join(f"hiding the {m} {change}" for m, change in effect.items())


def _effect(labels: tuple[str, ...], top: int, table: Table, hidden: str) -> str:
    row = table[VIEWS.index(WITHOUT[hidden])]
    now = _top(row)
    if now != top:
        return f"flips its answer to “{labels[now]}”"
    return f"drops it from {percent(table[BOTH][top])} to {percent(row[top])}"


def _many(
    labels: tuple[str, ...],
    model: str,
    table: Table,
    first: Line | None,
    truth: tuple[int, ...] | None,
    there: tuple[str, ...],
) -> Line:
    decisions = [p >= 0.5 for p in table[BOTH]]
    kinds = {i: _kind_of_label(table, i) for i in range(len(labels)) if decisions[i]}
    answer = listed([labels[i] for i in kinds]) if kinds else "none of the labels"
    right = None if truth is None else [bool(t) for t in truth] == decisions
    agrees, who = first is None or first.answer == answer, subject(model)
    parts = [_parts(labels, table, kinds, there)] if kinds else []
    parts += _ruled_out(labels, table, there)
    opening = f"{who} finds {answer}"
    if first is not None:
        opening = f"{who} finds the same" if agrees else f"{who} finds {answer} instead"
    kind = next(iter(kinds.values())) if len(set(kinds.values())) == 1 else "mixed"
    text = f"{opening}: {'; '.join(parts)}." if parts else f"{opening}."
    return Line(model, answer, None, kind, text, right, agrees)


def _kind_of_label(table: Table, label: int) -> str:
    probs = [row[label] for row in table]
    return rests_on(probs, [p >= 0.5 for p in probs])


def _parts(labels: tuple[str, ...], table: Table, kinds: dict[int, str], there: tuple[str, ...]) -> str:
    """The labels that are answered, grouped by what they rest on."""
    parts = []
    for kind in KINDS:
        mine = [i for i, k in kinds.items() if k == kind]
        if mine:
            verb = _verb(_COMES if len(mine) == 1 else _COME, kind, there)
            all_of_them = "it" if len(mine) == 1 else "they"
            who = all_of_them if len(mine) == len(kinds) else listed([labels[i] for i in mine])
            parts.append(f"{who} {verb}{_lost(table, mine, kind)}")
    return "; ".join(parts)


def _lost(table: Table, of: list[int], kind: str) -> str:
    """For labels that need both: which modality loses them all when it is hidden."""
    gone = [m for m in MODALITIES if all(table[VIEWS.index(WITHOUT[m])][label] < 0.5 for label in of)]
    if kind != "both" or not gone:
        return ""
    hidden = "either" if len(gone) == 2 else f"the {gone[0]}"
    return f" (hiding {hidden} loses {'it' if len(of) == 1 else 'them'})"


def _ruled_out(labels: tuple[str, ...], table: Table, there: tuple[str, ...]) -> list[str]:
    """Labels that a model would wrongly add if one modality were hidden."""
    parts = []
    for m in there:
        row = table[VIEWS.index(WITHOUT[m])]
        added = [labels[i] for i, p in enumerate(table[BOTH]) if p < 1 - SURE and row[i] >= SURE]
        if added:
            parts.append(f"hiding the {m} would add {listed(added)}")
    return parts
