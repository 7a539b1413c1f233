"""What a run is asked to do."""

from dataclasses import dataclass

from msd_core.errors import UserError, choose
from msd_core.methods import METHODS
from msd_core.models.zoo import ZOO
from msd_core.saliency import SALIENCIES
from msd_core.tasks import TASKS
from msd_core.weighting import TO, WEIGHTINGS

SHUFFLES = ("nothing", "weights", "targets")


@dataclass(frozen=True)
class Config:
    """What a run is asked to do. Defaults are those of a lesson: a minute on two CPU cores, and MSD."""

    task: str = "easy-vqa"
    method: str = "kd"  # what the student learns from on the view `both`
    weighting: str = "instance"  # the modality-specific terms; `none` is plain distillation
    student: str = "student"
    teacher: str | None = "bundled"  # or the folder of a run; None to do without
    epochs: int = 10
    train_size: int = 8000  # enough to learn the tasks, few enough to wait for
    batch: int = 64  # small: these tasks need many steps to leave their plateau
    rate: float = 2e-3  # peak of AdamW's, after 5 % of warm-up, then down a cosine to 0
    seed: int = 0  # of the initial weights and the order of examples
    tau: float = 2.0  # softens the teacher, so that its runner-up labels count
    lam: float = 0.5  # the labels' share of the loss
    beta: float = 1.0  # the mean weight of a modality-specific term: as much as kd on `both` has
    saliency: str = "necessity"
    to: str = "same"
    hide: float = 0.0  # share of examples whose label term sees a hidden modality (teachers learn their nulls so)
    shuffle: str = "nothing"  # a control: the `weights` over examples, or the teacher's single-view `targets`
    withhold: bool = False  # keep the meta split out of training, as `learned` always does, so that arms compare
    label_noise: float = 0.0  # share of training labels made wrong
    corrupt_text: float = 0.0  # share of words that the student, not the teacher, reads wrong

    def __post_init__(self):
        for name, known in (
            ("task", TASKS), ("method", METHODS), ("weighting", WEIGHTINGS), ("student", ZOO), ("saliency", SALIENCIES),
            ("to", TO), ("shuffle", SHUFFLES),
        ):  # fmt: skip
            choose(name, getattr(self, name), known)
        for name, low, high in (
            ("epochs", 1, 1000), ("train_size", 1, 10**9), ("batch", 1, 65536), ("seed", 0, 2**31 - 1),
            ("rate", 1e-8, 10), ("tau", 0.05, 100), ("lam", 0, 1), ("beta", 0, 100), ("hide", 0, 1),
            ("label_noise", 0, 1), ("corrupt_text", 0, 1),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise UserError(f"{name} is {getattr(self, name)}: give a number from {low} to {high}.")
        if self.teacher is None and self.needs_teacher:
            raise UserError(f"{self.method} with weighting {self.weighting} needs a teacher: name one.")
        if self.shuffle == "weights" and self.weighting != "instance":
            raise UserError("Only instance weights differ between examples: shuffle them with that weighting.")
        if self.shuffle == "targets" and self.weighting == "none":
            raise UserError("Single-view targets are used by a weighting alone: choose one to shuffle them.")

    @property
    def needs_teacher(self) -> bool:
        return self.method != "ce" or self.weighting != "none"

    @property
    def withholds(self) -> bool:
        """Whether the meta split is kept out of training: `learned` weights are judged by it."""
        return self.withhold or self.weighting == "learned"

    @property
    def trains_nulls(self) -> bool:
        """Whether the student trains on hidden views, and so learns what a hidden modality looks like."""
        return self.weighting != "none" or self.hide > 0
