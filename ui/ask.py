"""One question to all models, for the page and the API alike."""

from msd_core.compare import Comparison, bundled_models, compare
from msd_core.errors import UserError
from ui import limits
from ui.visitor import load_student


def ask(task: str, image, text: str, own: dict[str, str]) -> Comparison:
    """Compare the bundled models and the visitor's own (id by name) on one pair, all of them checked before."""
    if len(own) > limits.OWN_AT_ONCE:
        raise UserError(f"Those are {len(own)} students of your own: compare at most {limits.OWN_AT_ONCE} at once.")
    models = bundled_models(task) | {name: load_student(run, task) for name, run in own.items()}
    return compare(task, image, text, models)
