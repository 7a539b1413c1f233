"""How long the models of each task train, in the box and in studies."""

from dataclasses import dataclass

from msd_core.config import Config

WHOLE = 10**6  # examples: more than any task has


@dataclass(frozen=True)
class Recipe:
    """Epochs of a task's teacher and students, and the students' training examples: in the box, and in a study."""

    teacher_epochs: int
    student_epochs: int
    student_size: int
    study_epochs: int
    study_size: int


# Of a study: so few examples that students stay well below the teacher, and so many steps that they leave the plateau
# of guessing without the picture. Chosen on validation, with seeds that no study uses (trials: docs/findings.md).
RECIPES = {
    "easy-vqa": Recipe(12, 10, 8000, 40, 2000),  # on all of it every student is right, and there is nothing to compare
    "digits": Recipe(40, 20, WHOLE, 30, 8000),
    "sarcasm": Recipe(16, 12, WHOLE, 10, 8000),
    "posters": Recipe(24, 12, WHOLE, 10, 8000),
}


def teacher_config(task: str, **changes) -> Config:
    """How a teacher is trained: on labels alone, three examples in ten with a modality hidden."""
    chosen = {"train_size": WHOLE, "epochs": RECIPES[task].teacher_epochs, "rate": 1e-3, "hide": 0.3, **changes}
    return Config(
        **{"task": task, "method": "ce", "weighting": "none", "student": "teacher", "teacher": None, **chosen}
    )
