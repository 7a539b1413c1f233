"""What a visitor sends, over the page or the API, is hostile until it has passed here. A refusal is a `UserError`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gradio.utils import get_upload_folder

from msd_core.errors import UserError, choose
from msd_core.methods import METHODS
from msd_core.tasks import TASKS, Task, load_task
from msd_core.training.config import UNLABELLED, Config, student_config
from ui import limits
from ui.visitor.own_tasks import own_task
from ui.visitor.rooms import OWN
from ui.work.languages import language_tasks
from ui.work.models import has_teacher, students_to_train

if TYPE_CHECKING:  # heavy: the page must be up soon
    from analysis.attribution.pair import Settings

_NOTHING = {"picture": "There is no picture: upload one, or pick an example."}


def check_task(name: object) -> Task:
    """The task of that name, which may be a visitor's own."""
    named = _string("task", name)
    return own_task(named) if named.startswith(OWN) else load_task(choose("task", named, TASKS))


def check_language_task(name: object) -> Task:
    """The task of that name, whose texts must be in several languages."""
    task, known = check_task(name), [each.name for each in language_tasks()]
    if task.name not in known:
        raise UserError(f"{task.title} has texts in one language: choose {' or '.join(known)}.")
    return task


def check_language(task: Task, code: object) -> str:
    """The code of one of a task's languages; empty for one that nobody names."""
    from analysis.languages.names import languages_of  # heavy: the page must be up soon

    return check_choice("language", code, languages_of(task)) if code else ""


def check_text(text: object) -> str:
    """A text as such; its length is the library's concern."""
    return _string("text", text)


def check_row(row: object) -> int:
    """The row of a test example; whether there is one the library says."""
    return _number("row", row, 0, 10**9)


def check_upload(upload: object, what: str = "picture") -> str:
    """The path of a file that came in through Gradio's upload, from its `FileData` as a dict; no other file is read."""
    path = upload.get("path") if isinstance(upload, dict) else upload
    if not path or not isinstance(path, str) or "\0" in path or len(path) > 4096:
        raise UserError(_NOTHING.get(what, f"There is no {what}: upload one."))
    try:
        file, folder = Path(path).resolve(), Path(get_upload_folder()).resolve()
        ours = file.is_relative_to(folder) and file.is_file()
    except (OSError, ValueError, RuntimeError):  # no path that could be
        ours = False
    if not ours:
        raise UserError(f"That {what} was not uploaded here: upload it and try again.")
    return str(file)


def check_optional_upload(upload: object) -> str | None:
    """The path of an uploaded picture; None where nothing was uploaded."""
    return None if upload is None or upload == "" else check_upload(upload)


def check_own(run: object) -> dict[str, str]:
    """The caller's student as models are named, id by name; none where the id is empty."""
    return {"own": _string("run", run)} if run else {}


def check_list(name: str, values: object, most: int) -> list[object]:
    """A list of at most so many; what is in it is not yet checked."""
    if not isinstance(values, list):
        raise UserError(f"The {name} must be a list.")
    if len(values) > most:
        raise UserError(f"There are {len(values):,} {name}: give at most {most}.")
    return values


def check_choice(kind: str, value: object, known: Iterable[str]) -> str:
    """One of the known names."""
    return choose(kind, _string(kind, value), known)


def check_choices(kind: str, values: object, known: Iterable[str]) -> tuple[str, ...]:
    """Some of the known names, each once; none where nothing was chosen."""
    known = tuple(known)
    return tuple(dict.fromkeys(check_choice(kind, value, known) for value in check_list(kind, values or [], 100)))


def check_number(name: str, value: object, low: int, high: int) -> int:
    """A whole number in a range."""
    return _number(name, value, low, high)


def check_share(name: str, value: object) -> float:
    """A number from 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UserError(f"{name.capitalize()} is out of range: give a number from 0 to 1.")
    return float(value)


def check_config(
    task: Task,
    method: object,
    weighting: object,
    model: object,
    examples: object,
    epochs: object,
    seed: object,
    texts: object = "unread",
    recombine: object = 0,
) -> Config:
    """The config of a job within the limits, of a method that is defined for the task; of a visitor's own task, in
    batches as its recipe says. texts: what becomes of those without labels, see `UNLABELLED`; recombine: other texts
    that the teacher is asked about beside each picture."""
    read = check_choice("use of unlabelled texts", texts, UNLABELLED)
    if read != "unread" and not reads_unlabelled(task):
        raise UserError(f"{task.name} has no texts without labels: choose unread.")
    config = student_config(
        task,
        method=_string("method", method),
        weighting=_string("weighting", weighting),
        model=choose("student", _string("student", model), students_to_train(task)),
        train_size=_number("examples", examples, *limits.EXAMPLES),
        epochs=_number("epochs", epochs, *epochs_for(task)),
        seed=_number("seed", seed, *limits.SEED),
        recombine=_number("recombined texts", recombine, *limits.RECOMBINED),
        **UNLABELLED[read],
    )
    if reason := METHODS[config.method].undefined_for(task):
        raise UserError(f"Choose another method: {config.method} does not apply to {task.name}, as {reason}.")
    if config.needs_teacher and not has_teacher(task):
        raise UserError(f"{task.name} has no teacher: choose labels alone (ce), the weighting none and no other texts.")
    return config


def reads_unlabelled(task: Task) -> bool:
    """Whether the labels of a task are known in some of its languages alone."""
    return task.recipe is not None and bool(task.recipe.languages)


def epochs_for(task: Task) -> tuple[int, int]:
    """The epochs that a student of the task may have, the fewest and the most."""
    return limits.OWN_EPOCHS if task.files else limits.EPOCHS


def check_flag(name: str, value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise UserError(f"{name.capitalize()} must be true or false.")
    return value


def check_settings(
    task: Task,
    method: object,
    label: object,
    output: object,
    view: object,
    baseline: object,
    count: object = None,
) -> "Settings":
    """How maps of a task are to be made; `label` "" is the teacher's likeliest, `count` the steps or samples of a
    method that takes such, None for its default."""
    from analysis.attribution.methods import METHODS
    from analysis.attribution.pair import Settings
    from analysis.attribution.score import BASELINES, OUTPUTS

    name = check_choice("method", method, METHODS)
    range_ = limits.COUNTS.get(name)
    counts = {} if count is None or range_ is None else {METHODS[name].count: _number("count", count, *range_)}
    return Settings(
        method=name,
        label=None if label == "" else check_choice("label", label, task.labels),
        output=check_choice("output", output, OUTPUTS),
        view=check_choice("view", view, ("both", "image", "text")),
        baseline=check_choice("baseline", baseline, BASELINES),
        **counts,
    )


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UserError(f"The {name} must be a string.")
    return value


def _number(name: str, value: object, low: int, high: int) -> int:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or value != value  # NaN
        or (low <= value <= high and value != int(value))
    ):
        raise UserError(f"{name.capitalize()} is not a whole number: give one from {low:,} to {high:,}.")
    if not low <= value <= high:
        raise UserError(f"{name.capitalize()} is out of range: give one from {low:,} to {high:,}.")
    return int(value)
