"""What a visitor sends, over the page or the API, is hostile until it has passed here. A refusal is a `UserError`."""

from pathlib import Path

from gradio.utils import get_upload_folder

from msd_core.config import Config
from msd_core.errors import UserError, choose
from msd_core.models.zoo import STUDENTS
from msd_core.tasks import TASKS
from ui import limits

_NO_PICTURE = "There is no picture: upload one, or pick an example."


def check_task(name: object) -> str:
    """The name of a task."""
    return choose("task", _string("task", name), TASKS)


def check_text(text: object) -> str:
    """A text as such; its length is the library's concern."""
    return _string("text", text)


def check_row(row: object) -> int:
    """The row of a test example; whether there is one the library says."""
    return _number("row", row, 0, 10**9)


def check_upload(image: object) -> str:
    """The path of a file that came in through Gradio's upload, from its `FileData` as a dict; no other file is read."""
    if not image:
        raise UserError(_NO_PICTURE)
    path = image.get("path") if isinstance(image, dict) else image
    if not isinstance(path, str) or "\0" in path or len(path) > 4096:
        raise UserError(_NO_PICTURE)
    try:
        file, folder = Path(path).resolve(), Path(get_upload_folder()).resolve()
        ours = file.is_relative_to(folder) and file.is_file()
    except (OSError, ValueError, RuntimeError):  # no path that could be
        ours = False
    if not ours:
        raise UserError("That picture was not uploaded here: upload it and try again.")
    return str(file)


def check_config(task, method, weighting, student, examples, epochs, seed) -> Config:
    """The config of a job within the limits."""
    return Config(
        task=check_task(task),
        method=_string("method", method),
        weighting=_string("weighting", weighting),
        student=choose("student", _string("student", student), STUDENTS),
        train_size=_number("examples", examples, *limits.EXAMPLES),
        epochs=_number("epochs", epochs, *limits.EPOCHS),
        seed=_number("seed", seed, *limits.SEED),
    )


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UserError(f"The {name} is not a text: give one.")
    return value


def _number(name: str, value: object, low: int, high: int) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # not NaN
    if not number or (low <= value <= high and value != int(value)):
        raise UserError(f"{name.capitalize()} is not a whole number: give one from {low:,} to {high:,}.")
    if not low <= value <= high:
        raise UserError(f"{name.capitalize()} is out of range: give one from {low:,} to {high:,}.")
    return int(value)
