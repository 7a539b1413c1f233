"""The settings of a run."""

from dataclasses import asdict, dataclass
from typing import Any

from msd_core.errors import UserError, choose
from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.tasks import WHOLE, Task, codes
from msd_core.views import MODALITIES, NEITHER, VIEWS, WITHOUT
from msd_core.weighting import DIRECTIONS, WEIGHTINGS

SHUFFLES = ("nothing", "weights", "targets", "lexicon", "recombined")
PRETRAININGS = ("none", "kd", "translation", "itself")
FREEZINGS = ("none", "half", "softly", "all")
TEXTS = 4  # without labels in a step for each labelled example: a text costs little beside a picture
UNLABELLED: dict[str, dict[str, Any]] = {  # what a student makes of texts without labels: nothing, or learns from them
    "unread": {},
    "beside": {"texts": float(TEXTS)},  # so that each counts as much as a pair does
    "before": {"pretraining": "kd", "freeze_text": "all"},
}
CONTROL_PAIRS = ("real", "noise", "neighbours")  # in place of recombined pairs
PAIRS = ("batch", "split", "interaction", "disagreement", "entropy", *CONTROL_PAIRS)
COMPARED = ("answers", "features", "both")
META = 0.1  # share of the training split's pictures that the meta split takes
ONE_LANGUAGE = (
    "Layers are frozen softly by holding out one language in turn: learn from two or more, or freeze all or none."
)

_RANGES = {
    "epochs": (1, 1000), "train_size": (1, 10**9), "batch_size": (1, 65536), "seed": (0, 2**31 - 1), "lr": (1e-8, 10),
    "temperature": (0.05, 100), "lam": (0, 1), "beta": (0, 100), "modality_dropout": (0, 1), "label_noise": (0, 1),
    "corrupt_text": (0, 1), "label_smoothing": (0, 0.99), "text_noise": (0, 1), "cross_fit": (0, 100),
    "unfreeze": (0, 100), "texts": (0, 100), "pretraining_epochs": (1, 1000), "code_switching": (0, 1),
    "adversary": (0, 100), "recombine": (0, 10**9), "gamma": (0, 100), "questions": (0, 10**9),
    "alpha": (0, 10**4),
}  # fmt: skip
_KNOWN = {
    "method": METHODS, "weighting": WEIGHTINGS, "model": ZOO, "saliency": SALIENCIES, "direction": DIRECTIONS,
    "shuffle": SHUFFLES, "view": VIEWS[:NEITHER], "pretraining": PRETRAININGS, "freeze_text": FREEZINGS,
    "pairs": PAIRS, "on": COMPARED,
}  # fmt: skip
_RENAMED = {
    "batch": "batch_size", "rate": "lr", "tau": "temperature", "hide": "modality_dropout", "withhold": "hold_out",
    "student": "model", "to": "direction",
}  # fmt: skip


@dataclass(frozen=True)
class Config:
    """How a student is trained, whatever the task and the teacher. Defaults are those of a lesson: a minute on two CPU
    cores, and MSD. Raises `UserError` for what makes no sense."""

    method: str = "kd"  # what the student learns from on the view `both`
    weighting: str = "instance"  # the modality-specific terms; `none` is plain distillation
    model: str = "student"  # the architecture that is trained
    epochs: int = 10
    train_size: int = 8000  # enough to learn the tasks, few enough to wait for
    batch_size: int = 64  # small: these tasks need many steps to leave their plateau
    lr: float = 2e-3  # peak of AdamW's, after 5 % of warm-up, then down a cosine
    seed: int = 0  # of the initial weights and the order of examples
    temperature: float = 2.0  # softens the teacher, so that its runner-up labels count
    lam: float = 0.5  # the labels' share of the loss
    alpha: float = 1.0  # weight of the method's own term, on top of what its paper gives it
    beta: float = 1.0  # the mean weight of a modality-specific term: as much as kd on `both` has
    saliency: str = "necessity"  # what weights follow
    direction: str = "own"  # whether a modality's term is weighted by its own saliency or by the other's
    modality_dropout: float = 0.0  # share of examples whose label term sees a hidden modality: teachers learn nulls so
    shuffle: str = "nothing"  # a control: `weights`, single-view `targets`, a `lexicon`, targets of `recombined` pairs
    hold_out: bool = False  # keep the meta split out of training, as `learned` always does, so that arms compare
    label_noise: float = 0.0  # share of training labels made wrong
    corrupt_text: float = 0.0  # share of words that the student, not the teacher, reads wrong
    label_smoothing: float = 0.0  # share of each label that is dealt out evenly over all
    text_noise: float = 0.0  # share of words that it reads wrong as it trains, each time others; in use it reads all
    cross_fit: int = 0  # folds by which targets come from teachers that did not learn from the row; 0 for the teacher's
    unfreeze: int = 0  # last layers of each pretrained tower that learn as well
    languages: str = ""  # of the examples that it learns from and is validated on, with commas between; all if empty
    view: str = "both"  # what labels and method are learned on: a student of one modality never sees the other
    unlabelled: str = ""  # a table of more texts without labels, for `texts` and `pretraining`; none if empty
    texts: float = 0.0  # weight of kd on texts of every language, alone and without labels, `TEXTS` for each example
    pretraining: str = "none"  # what the text tower learns before, from the same texts: see `training/pretraining.py`
    pretraining_epochs: int = 40
    freeze_text: str = "none"  # how far the text tower keeps that: all, half of each update, or as its gates learn
    code_switching: float = 0.0  # share of words that come in another language as it learns: see `training/lexicon.py`
    adversary: float = 0.0  # weight of hiding a text's language from an adversary: see `training/adversary.py`

    on: str = "answers"  # what modality-specific terms compare: answers, the features that they come from, or both
    recombine: int = 0  # texts of other examples that each picture is asked about with; `WHOLE` for all of a batch
    gamma: float = 2.0  # weight of kd on these pairs: nobody labelled them, so only the teacher speaks there
    pairs: str = "batch"  # which: any of a `batch`, any of the training `split`, or those of a batch with most of that
    questions: int = 0  # pairs that the teacher is asked about in all; 0 for as many as there are

    def __post_init__(self) -> None:
        for name, known in _KNOWN.items():
            choose(name.replace("_", " "), getattr(self, name), known)
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}: give a number from {low} to {high}.")
        if self.shuffle == "weights" and self.weighting != "instance":
            raise UserError("Only instance weights differ between examples: shuffle them with that weighting.")
        if self.shuffle == "targets" and self.weighting == "none":
            raise UserError("Single-view targets are used by a weighting alone: choose one to shuffle them.")
        if self.cross_fit == 1:
            raise UserError("cross_fit is 1: give 0 for none, or 2 folds and more.")
        if self.cross_fit and (METHODS[self.method].reads_representations or not self.needs_teacher):
            raise UserError(
                f"{self.method} takes no answers from a teacher that could be cross-fitted: give no cross_fit."
            )
        if self.text_noise > 0 and self.weighting == "learned":
            raise UserError("Learned weights look ahead from what a step has read: give no text_noise with them.")
        if self.shuffle == "lexicon" and self.code_switching == 0:
            raise UserError("Only code switching looks words up: give it a share of words to shuffle its lexicon.")
        if self.code_switching > 0 and self.looks_ahead:
            raise UserError(
                "Learned weights and gates look ahead on texts as they are: give no code switching with them."
            )
        if self.code_switching > 0 and self.text_noise > 0:
            raise UserError(
                "Words are misread or come in other languages: give text_noise or code switching, not both."
            )
        if self.view != "both" and (self.weighting != "none" or self.modality_dropout > 0):
            raise UserError(f"A student of the {self.view} alone has no other views: give no weighting, no dropout.")
        if self.view != "both" and METHODS[self.method].reads_representations:
            raise UserError(f"{self.method} reads what a teacher makes of both: choose another method for one view.")
        of_texts = self.texts > 0 or self.pretraining != "none" or self.code_switching > 0 or self.adversary > 0
        if self.view == "image" and of_texts:
            raise UserError("A student of the image alone reads no texts: give it nothing that is about these.")
        if self.unlabelled and not self.texts and not self.adversary and self.pretraining == "none":
            raise UserError(
                "Nothing here learns from texts without labels: give texts, a pretraining or an adversary, or no "
                "unlabelled."
            )
        if self.unlabelled and self.pretraining == "translation":
            raise UserError("Translations are names of one picture, other texts are not: give no unlabelled with them.")
        if self.freeze_text != "none" and self.pretraining == "none":
            raise UserError("Only a text tower that learned before can be frozen: choose a pretraining.")
        if self.freeze_text == "softly" and len(codes(self.languages)) == 1:
            raise UserError(ONE_LANGUAGE)
        self._check_features()
        self._check_pairs()

    def _check_features(self) -> None:
        if self.on == "answers":
            return
        if self.weighting == "none":
            raise UserError("Features are compared by a weighting alone: choose one, or leave them away.")
        if self.weighting == "learned":
            raise UserError("Learned weights look ahead along answers: compare answers with them, not features.")
        if self.shuffle == "targets":
            raise UserError("Answers are dealt to other examples, features are not: compare answers with that.")
        if self.cross_fit:
            raise UserError("Features come from one teacher, so they cannot be cross-fitted: give no cross_fit.")

    def _check_pairs(self) -> None:
        if not self.recombine and (self.questions or self.pairs != PAIRS[0] or self.shuffle == "recombined"):
            raise UserError("No pairs are recombined: say how many with recombine, or leave what is about them away.")
        if self.questions and self.pairs not in ("split", "real"):
            raise UserError("Few questions are about pairs of the whole training split: give pairs split, or real.")
        if self.recombine and self.view != "both":
            raise UserError(f"A student of the {self.view} alone sees no pairs: recombine none.")
        if self.recombine and self.cross_fit:
            raise UserError("No row decides which teacher answers a recombined pair: give no cross_fit with them.")

    @property
    def needs_teacher(self) -> bool:
        """Whether anything of the loss, or of what goes before, compares with a teacher."""
        distils = METHODS[self.method].needs_teacher or self.weighting != "none" or self.recombine > 0
        return distils or self.texts > 0 or self.pretraining == "kd"

    @property
    def looks_ahead(self) -> bool:
        """Whether something is judged by where a step would lead, on the meta split: `learned` weights, and gates."""
        return self.weighting == "learned" or self.freeze_text == "softly"

    @property
    def holds_out(self) -> bool:
        """Whether the meta split is kept out of training."""
        return self.hold_out or self.looks_ahead

    @property
    def trained_views(self) -> tuple[str, ...]:
        """The views that the student is trained on."""
        if self.modality_dropout > 0:
            return VIEWS
        if self.weighting != "none":
            return ("both", "image", "text")
        return tuple(view for view in VIEWS if view == self.view or (view == "text" and self.texts > 0))

    @property
    def hidden(self) -> set[str]:
        """The modalities that one of these views hides: it learns what stands in for them."""
        return {modality for modality in MODALITIES if {"neither", WITHOUT[modality]} & {*self.trained_views}}

    @property
    def title(self) -> str:
        """What people call a student trained so: `kd`, `ce`, `kd + instance`, `kd + texts`, `kd, pretrained by kd`."""
        parts = [self.method, *([self.weighting] * (self.weighting != "none")), *(["texts"] * (self.texts > 0))]
        parts += ["recombined"] * (self.recombine > 0)
        parts += ["lexicon"] * (self.code_switching > 0) + ["adversary"] * (self.adversary > 0)
        title = " + ".join(parts)
        return title if self.pretraining == "none" else f"{title}, pretrained by {self.pretraining}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as it is written to disk."""
        return asdict(self)


def current_names(values: dict[str, Any]) -> dict[str, Any]:
    """Settings under the names that they have now."""
    current = {_RENAMED.get(name, name): value for name, value in values.items()}
    if current.get("direction") == "same":
        current["direction"] = "own"
    if isinstance(frozen := current.get("freeze_text"), bool):
        current["freeze_text"] = "all" if frozen else "none"
    return current


def teacher_config(task: Task, **changes: Any) -> Config:
    """How a teacher is trained: on labels alone, three examples in ten with a modality hidden; as the task's recipe
    says, or the default."""
    recipe = task.recipe
    own: dict[str, Any] = {"model": "teacher", "epochs": Config.epochs, "lr": 1e-3}
    if recipe is not None:
        own = {
            "model": recipe.teacher, "epochs": recipe.teacher_epochs, "lr": recipe.teacher_lr,
            "batch_size": recipe.batch_size, "languages": recipe.languages,
        }  # fmt: skip
    settings = {"train_size": WHOLE, "modality_dropout": 0.3, **own, **changes}
    return Config(**{"method": "ce", "weighting": "none", **settings})


def default_config(task: Task, **changes: Any) -> Config:
    """How a student is trained where nobody says more: of the small worlds of the lessons with the defaults of
    `Config`, a minute's; of people's own rows, and of several languages, as the task's recipe says."""
    lesson = task.files is None and not (task.recipe and task.recipe.languages)
    return Config(**changes) if lesson else student_config(task, **changes)


def student_config(task: Task, **changes: Any) -> Config:
    """How a student is trained: as the task's recipe says, or the default. The recipe's learning rate is that of its
    own architecture."""
    recipe, own = task.recipe, {}
    if recipe is not None:
        own = {
            "model": recipe.student, "train_size": recipe.student_size, "epochs": recipe.student_epochs,
            "batch_size": recipe.batch_size, "languages": recipe.languages,
        }  # fmt: skip
        if changes.get("model", recipe.student) == recipe.student:
            own["lr"] = recipe.student_lr
    return Config(**{**own, **changes})
