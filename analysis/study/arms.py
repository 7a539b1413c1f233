"""How the arms of a study are called, grouped and drawn."""

from collections.abc import Iterable

from analysis.style import MODELS, Look
from msd_core.study.arms import ARMS, BAR, BASELINES, CONTRAST, CONTROLS, LANGUAGES, OPTIONS, WEIGHTED, ordered

NAMED, KD = CONTRAST
IN_WORDS = {
    "ce": "labels alone",
    "kd": "labels and teacher, image and text together",
    "kd+uniform": "each modality alone too, weighted equally",
    "kd+instance": "each modality alone too, by saliency: MSD",
    "kd+population": "by the mean saliency",
    "kd+population/other": "by the other’s mean saliency",
    "kd+learned": "weights set by a small network",
    "kd+instance/other": "each term by the other’s saliency",
    "kd+instance/sufficiency": "by sufficiency, not necessity",
    "kd+instance/sufficiency/other": "by the other’s sufficiency",
    "kd/share": "labels count as little as in MSD",
    "kd/time": "for as long as MSD takes",
    "kd/double": "twice the epochs",
    "kd/hide": "labels with a modality hidden, no teacher",
    "kd+instance/shuffled": "weights shuffled over examples",
    "kd+instance/targets-shuffled": "the teacher on other examples’ image or text",
    "kd/self": "the teacher is as small as the student",
    "dkd": "right label treated separately",
    "dist": "correlation with the teacher",
    "fitnets": "the teacher’s encodings",
    "simkd": "the teacher’s encodings, under its own head",
    "rkd": "distances and angles between examples",
    "sp": "which examples are similar",
    "crd": "contrast with other examples",
}
NAMED_FIRST = "Named beforehand"  # the group of the one difference that is not exploratory
GROUPS = {  # of what is held against a reference
    NAMED_FIRST: (NAMED,),
    "Weightings": (NAMED, BAR, *WEIGHTED),
    "Controls": ("ce", *CONTROLS),
    "Other methods": BASELINES,
    "Recipes across languages": tuple(arm for arm in LANGUAGES if arm not in ARMS),
}
_LOOKS = {
    "ce": MODELS["ce"],
    "kd": MODELS["kd"],
    BAR: Look("#2f7fc1", "", "circle", "solid"),
    NAMED: MODELS["msd"],
}
_COLOURS = ("#d6477f", "#0d8f83", "#9a6b3f", "#5b8def", "#6f9a1c")
_SYMBOLS = ("star", "cross", "pentagon", "x", "triangle-down", "hexagon", "hourglass")
_DASHES = ("longdash", "longdashdot", "solid", "dot", "dash", "dashdot")


def in_words(arm: str) -> str:
    """What an arm does, in a few words; of one that no lesson names, what its options say."""
    if arm in IN_WORDS:
        return IN_WORDS[arm]
    return "; ".join(OPTIONS.get(option, option) for option in arm.split("/")[1:])


def grouped(arms: Iterable[str], against: str) -> list[tuple[str, list[str]]]:
    """The arms held against a reference by group, each in one, empty groups left out."""
    left, groups = ordered(arms), []
    for title, members in GROUPS.items():
        if title != NAMED_FIRST or against == KD:
            groups.append((title, [arm for arm in left if arm in members]))
            left = [arm for arm in left if arm not in members]
    return [(title, mine) for title, mine in [*groups, ("Others", left)] if mine]


def look_of(arm: str) -> Look:
    """How an arm is drawn: no two of the lesson have the same mark and dash."""
    if arm in _LOOKS:
        return _LOOKS[arm]
    known = [*dict.fromkeys(ARMS + LANGUAGES)]
    place = known.index(arm) if arm in known else len(known)
    return Look(
        _COLOURS[place % len(_COLOURS)], "", _SYMBOLS[place % len(_SYMBOLS)], _DASHES[place % len(_DASHES)]
    )  # fmt: skip
