"""The task that a command is about: built in, from files, or the one that a model was trained on."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msd_core.errors import UserError
from msd_core.tasks import Example, Task, load_task
from msd_core.tasks.files import Options, Report, read_again, read_task

_ROLES = ("image", "text", "label", "split", "id", "language")


def read_options(columns: Sequence[str], blank: str | None, least: int, multilabel: bool | None) -> Options:
    """Options of the command line: columns as `role=name`. Raises `UserError` for another role."""
    named: dict[str, Any] = {}
    for each in columns:
        role, _, name = each.partition("=")
        if role not in _ROLES or not name:
            raise UserError(f"--column has {each!r}: give role=name, where the role is one of {', '.join(_ROLES)}.")
        named[role] = name
    return Options(**named, blank=blank, least=least, multilabel=multilabel)


def find_task(
    name: str | None,
    data: Path | None,
    images: Path | None,
    options: Options,
    models: Sequence[str] = (),
    report: Report = lambda share, what: None,
    default: str | None = None,
) -> Task:
    """The task of a command.

    name: of a built-in task. data, images: people's own files, read as `options` say; where these say nothing, as the
    first of the models was trained. models: folders of runs and names of bundled models; where neither a name nor data
    are given, the task is the one that the first folder was trained on, or else the default. Raises `UserError` where
    there is none.
    """
    trained = next((Path(model) for model in models if (Path(model) / "config.json").is_file()), None)
    record = _record(trained)
    if name is not None and data is not None:
        raise UserError("--task is one of those that are built in, --data are your own: give one of them.")
    if data is not None:
        known = json.loads(record) if record else {}
        if options == Options() and known:
            options = Options(**known["options"])
        return read_task(data, images, options, known.get("name"), report=report)
    if name is not None:
        return load_task(name)
    if record is not None:
        return read_again(record, report)
    if trained is not None:
        return load_task(_config(trained)["task"])
    if default is not None:
        return load_task(default)
    raise UserError("There is no task: give --task, --data, or the folder of a model.")


def task_of_model(folder: str) -> Task:
    """The task that a model was made for, without its data: enough to ask the model about a pair."""
    from msd_core.models.files import read_header

    header = read_header(Path(folder))
    name = str(header["task"])
    return Task(
        name=name,
        title=str(header.get("title", name)),
        question=str(header.get("question", "")),
        labels=tuple(header["labels"]),
        examples=partial(_no_examples, name),
        picture=partial(_no_picture, name),
        source=partial(str, name),
        multilabel=bool(header.get("multilabel", False)),
    )


def _no_examples(name: str, split: str) -> list[Example]:
    raise UserError(f"The data of {name} are not here: give them with --data.")


def _no_picture(name: str, key: str) -> bytes:
    raise UserError(f"The data of {name} are not here: give them with --data.")


def _config(folder: Path) -> dict[str, Any]:
    from msd_core.training.runs import Run

    return Run(folder).config


def _record(folder: Path | None) -> str | None:
    """What reads the data of a run again; None for a run on a built-in task."""
    return None if folder is None else _config(folder).get("files")
