"""Arms by name: a method, a weighting, and options, as in `kd`, `kd+instance`, `kd+instance/other`, `kd/hide`."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from msd_core.errors import UserError, choose
from msd_core.methods import METHODS
from msd_core.tasks import WHOLE
from msd_core.training.config import PAIRS, UNLABELLED, Config
from msd_core.weighting import WEIGHTINGS

CONTRAST = ("kd+instance", "kd")  # the one comparison that is named before any run; everything else is exploratory
SEEDS = 20  # of the named comparison
BAR = "kd+uniform"  # what weighting by saliency must pass
REFERENCES = (CONTRAST[1], BAR, CONTRAST[0])  # what arms are held against: without, with equal weights, MSD itself
STEP_RATIO = 1.15  # an MSD step takes less than that of a KD step: python -m benchmarks.msd_step

MAIN = ("ce", "kd", "kd+uniform", "kd+instance")
WEIGHTED = (
    "kd+population",
    "kd+population/other",
    "kd+learned",
    "kd+instance/other",
    "kd+instance/sufficiency",
    "kd+instance/sufficiency/other",
)
CONTROLS = ("kd/share", "kd/time", "kd/double", "kd/hide", "kd+instance/shuffled", "kd+instance/targets-shuffled")
BASELINES = ("kd/self", "dkd", "dist", "fitnets", "simkd", "rkd", "sp", "crd")
ARMS = MAIN + WEIGHTED + CONTROLS + BASELINES
LANGUAGES = (  # recipes for a task in several languages, whose labels are known in one
    "ce", "kd", "kd+instance", "ce/hide", "kd/texts", "kd+instance/texts",
    "ce/pretrained", "kd/pretrained", "kd+instance/pretrained", "ce/hide/pretrained",
    "ce/pretrained/thawed", "kd/pretrained/thawed", "ce/translated", "ce/itself",
    "kd/minilm", "kd/scratch", "kd/pretrained/minilm", "kd/pretrained/scratch",
    "kd/text-only", "kd/text-only/pretrained",
)  # fmt: skip
RECOMBINED = (  # what recombined pairs do, named before their runs, on every task and at every size
    ("kd/recombined", "fitnets"),  # answers alone, against what reading the teacher's inner layers gives
    ("kd/recombined", BAR),  # against asking about each modality, which is the same in the mean
    ("fitnets/recombined", "fitnets"),  # whether the two add up
)
GRIDS: dict[str, tuple[float, ...]] = {  # weights that are searched, the default among them
    "alpha": (0.0625, 0.25, 1, 4, 16, 64),
    "beta": (0.0625, 0.25, 1, 4, 16, 64),
    "gamma": (0.125, 0.5, 2, 8, 32),
    "recombine": (2, 8, 32, WHOLE),
}
COUNTS = (1, 2, 4, 16, 32)  # of texts beside each picture
QUESTIONS = (1000, 4000, 16000)  # that the teacher answers in all
FOLDS = 5  # of cross-fitted targets
SMOOTHING, NOISE = 0.1, 0.2  # shares of a label and of a text's words
ADVERSARY = 0.01  # of that, 0.1 and 1 the best on validation beside a lexicon; at 1 it can but guess
TEACHERS: dict[str, dict[str, Any]] = {  # options, and how the teachers differ from most
    "self": {},
    "smoothed-self": {"label_smoothing": SMOOTHING},
    "smoothed-teacher": {"label_smoothing": SMOOTHING},
    "minilm": {"model": "minilm-effnet"},
    "scratch": {"model": "gram-effnet"},
    "untrained": {"epochs": 1, "lr": 1e-8},  # the least that there is: it answers as it was drawn
}
OF_OWN_SHAPE = ("self", "smoothed-self")  # of these options the teacher is a student

_OF_INSTANCE = ("other", "sufficiency")
_PRETRAININGS = {"pretrained": "kd", "translated": "translation", "itself": "itself"}
_OF_RECOMBINED: dict[str, dict[str, Any]] = {
    **{f"k{count}": {"recombine": count} for count in COUNTS},
    **{f"q{count}": {"questions": count, "pairs": "split"} for count in QUESTIONS},
    "all": {"recombine": WHOLE}, **{pairs: {"pairs": pairs} for pairs in PAIRS[1:]},
    "pairs-shuffled": {"shuffle": "recombined"},
}  # fmt: skip
_FREEZINGS = {"thawed": "none", "half": "half", "softly": "softly"}
OPTIONS = {
    "other": "a modality's term is weighted by the other's saliency",
    "sufficiency": "weights follow sufficiency, not necessity",
    "shuffled": "weights shuffled over examples",
    "targets-shuffled": "the teacher's single-view targets shuffled over examples",
    "share": "labels count so little that distillation has MSD's share of the loss",
    "time": "as many epochs more as MSD's steps take longer",
    "double": "twice the epochs",
    "hide": "modality dropout on labels: hidden views without the teacher",
    "self": "the teacher is a student of the same shape",
    "smoothed-self": "the same, which has learned smoothed labels",
    "smoothed-teacher": "the teacher has learned smoothed labels",
    "smoothed": "smoothed labels",
    "noisy": "the student misreads words as it trains, each time others",
    "cross-fitted": "targets of each row from a teacher that did not learn from it",
    "texts": "kd also on texts of every language, alone and without their labels",
    "pretrained": "the text tower has learned the teacher's vectors of these texts before, and keeps them",
    "translated": "it has learned which of them name the same picture instead, without a teacher",
    "itself": "it has learned to tell each of them from all others instead, without a teacher",
    "keywords": "more texts without labels, from the study's table",
    "thawed": "it learns on with the labels",
    "half": "it takes half of each update",
    "softly": "each of its layers takes the share that serves labelled languages which are held out in turn",
    "lexicon": "half of the words come in another language, by a lexicon from names of one picture",
    "lexicon-shuffled": "half of the words come in another language, as other words would",
    "adversary": "an adversary must not tell the language of a text from its encoding",
    "text-only": "a student that never sees a picture",
    "features": "features of each modality alone instead of answers",
    "features-too": "features of each modality alone beside answers",
    "recombined": "kd also on pictures with texts of other examples of the batch",
    **{f"k{count}": f"each picture with {count} of them, not 8" for count in COUNTS},
    "all": "each picture with every text of the batch",
    **{f"q{count}": f"{count:,} pairs of the whole training split, chosen once" for count in QUESTIONS},
    "split": "with texts of the whole training split",
    "interaction": "those where the teacher relates the two most, beyond what each says alone",
    "disagreement": "those where student and teacher differ most",
    "entropy": "those of which the teacher is least sure",
    "real": "as many other real pairs in their place, without their labels",
    "noise": "pictures of dots under shuffled words in their place",
    "neighbours": "answered by the labels of the nearest examples instead, without a teacher",
    "pairs-shuffled": "the teacher's answers to these pairs shuffled over them",
    "minilm": "the teacher reads with MiniLM, which knows English alone",
    "scratch": "the teacher reads with a tower that was not pretrained",
    "untrained": "the teacher has learned nothing",
}


def arm_config(name: str, base: Config, unlabelled: str = "") -> Config:
    """The config of an arm: the base's, with what the name stands for. unlabelled: the table that `keywords` reads.
    `UserError` where no arm has that name."""
    head, *options = name.split("/")
    method, plus, weighting = head.partition("+")
    weighting = weighting if plus else "none"
    changes: dict[str, Any] = {
        "method": choose("method", method, METHODS), "weighting": choose("weighting", weighting, WEIGHTINGS)
    }  # fmt: skip
    for option in options:
        changes |= _option(choose("option", option, OPTIONS), base)
    if weighting == "none" and plus:
        raise UserError(f"{name} is {method}: name it so.")
    useless = [option for option in options if option in _OF_INSTANCE and weighting not in ("population", "instance")]
    if useless:
        raise UserError(f"{name}: {useless[0]} changes nothing here, it is of weights that follow saliency.")
    for place, option in enumerate(options):
        if option in _FREEZINGS and not {*options[:place]} & {*_PRETRAININGS}:
            raise UserError(f"{name}: {option} changes nothing here, name what was learned before it.")
        if option in _OF_RECOMBINED and "recombined" not in options[:place]:
            raise UserError(f"{name}: {option} is of recombined pairs, name recombined before it.")
    if "keywords" in options:
        if not {*options} & {"texts", *_PRETRAININGS}:
            raise UserError(f"{name}: keywords change nothing here, name what learns from texts without labels.")
        changes["unlabelled"] = unlabelled
    return replace(base, **changes)


def hyperparameters(name: str) -> tuple[str, ...]:
    """The weights of an arm's own terms, which a search of weights settles beside the learning rate: those on top of
    what every arm has."""
    config = arm_config(name, Config())
    method, recombined, weighted = METHODS[config.method], config.recombine > 0, config.weighting != "none"
    own = method.reads_representations or (method.needs_teacher and not recombined and not weighted)
    options = name.split("/")  # which may say how many, and other real pairs cost a tower each
    counted = "real" in options or any("recombine" in _OF_RECOMBINED.get(option, {}) for option in options)
    return ("alpha",) * own + ("beta",) * weighted + ("gamma",) * recombined + ("recombine",) * (recombined > counted)


def other_teacher(name: str) -> str | None:
    """The option of `TEACHERS` by which an arm has another teacher than most; None for most."""
    return next((option for option in name.split("/")[1:] if option in TEACHERS), None)


def check_arms(names: list[str]) -> None:
    """`UserError` where one of the names is no arm, or comes twice."""
    for name in names:
        arm_config(name, Config())
    if len(set(names)) < len(names):
        raise UserError("An arm is named twice: name each once.")


def ordered(arms: Iterable[str]) -> list[str]:
    """Arms in the order of the lesson, those that it does not name last."""
    distinct, known = set(arms), dict.fromkeys(ARMS + LANGUAGES)
    return [arm for arm in known if arm in distinct] + sorted(distinct - {*known})


def _option(name: str, base: Config) -> dict[str, Any]:
    if name == "share":  # the labels' part against 1 + 2 beta terms of kd instead of 1
        soft = (1 - base.lam) * (1 + 2 * base.beta)
        return {"lam": base.lam / (base.lam + soft)}
    if name == "time":
        return {"epochs": math.ceil(base.epochs * STEP_RATIO)}
    if name == "double":
        return {"epochs": 2 * base.epochs}
    changes: dict[str, dict[str, Any]] = {
        "other": {"direction": "other"},
        "sufficiency": {"saliency": "sufficiency"},
        "shuffled": {"shuffle": "weights"},
        "targets-shuffled": {"shuffle": "targets"},
        "hide": {"modality_dropout": 0.3},  # as the teachers learned
        "smoothed": {"label_smoothing": SMOOTHING},
        "noisy": {"text_noise": NOISE},
        "cross-fitted": {"cross_fit": FOLDS},
        "texts": UNLABELLED["beside"],
        **{option: {"pretraining": kind, "freeze_text": "all"} for option, kind in _PRETRAININGS.items()},
        **{option: {"freeze_text": how} for option, how in _FREEZINGS.items()},
        "lexicon": {"code_switching": 0.5},
        "lexicon-shuffled": {"code_switching": 0.5, "shuffle": "lexicon"},
        "adversary": {"adversary": ADVERSARY},
        "text-only": {"view": "text"},
        "features": {"on": "features"},
        "features-too": {"on": "both"},
        "recombined": {"recombine": 8},  # the texts of an eighth of a batch
        **_OF_RECOMBINED,
        **{option: {} for option in ("keywords", *TEACHERS)},
    }
    return changes[name]
