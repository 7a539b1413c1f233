"""A visitor's own task as one ZIP to take away, and such a ZIP brought back, which anybody may have made: only its
JSON, its safetensors and its data are read, each within limits, and what is refused leaves nothing behind."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import IO, Any

from msd_core.errors import UserError
from msd_core.methods import METHODS
from msd_core.models.files import MODEL_FORMATS, load_model, read_header
from msd_core.models.zoo import ZOO, Spec, spec_from_dict
from msd_core.ood import detector_file
from msd_core.tasks import Task
from msd_core.tasks.files import Options
from msd_core.tensors import read_tensors, write_tensors
from msd_core.views import VIEWS
from msd_core.weighting import WEIGHTINGS
from ui import limits
from ui.visitor.own_tasks import keep_teacher, students_in, task_in
from ui.visitor.own_uploads import TABLES, title
from ui.visitor.rooms import Room
from ui.visitor.students import folder_of, new_id

_MODEL, _DETECTOR, _RESULT = "model.safetensors", "model.ood.safetensors", "result.json"
_PART = re.compile(
    rf"(teacher|students/[1-{limits.OWN_STUDENTS}])/({_MODEL}|{_DETECTOR}|{_RESULT})".replace(".", r"\.")
)
_TABLE = re.compile(rf"data/table({'|'.join(map(re.escape, TABLES))})")
_PICTURES = "data/pictures.zip"
_ABOUT, _REPORT, _README = "task.json", "report.json", "README.txt"
_NO_ZIP = "That file is no ZIP of this page, or it is damaged: choose the one that Take it away gave."
_KEPT = ("metric", "seconds", "student", "teacher", "linear", "cost", "parameters", "cross_validated", "method",
         "weighting", "agreement")  # fmt: skip


def take_away(room: Room, runs: object) -> IO[bytes]:
    """An open temporary file with the ZIP of a room: data, teacher, the visitor's students of it, the report. Nothing
    in it says where the server keeps anything. Raises `UserError` before there is a teacher."""
    if room.result() is None:
        raise UserError("There is no teacher to take away yet: teach one first.")
    about, file = room.about, tempfile.TemporaryFile(dir=room.folder)  # noqa: SIM115 (whoever sends it closes it)
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(_README, _readme(about["title"]))
        made.writestr(_ABOUT, json.dumps({name: about[name] for name in ("title", "options")}, indent=1))
        made.writestr(_REPORT, json.dumps((room.look() or {})["report"], indent=1))
        if about["table"]:
            made.write(room.uploads / about["table"], f"data/{about['table']}", zipfile.ZIP_DEFLATED)
        made.write(room.uploads / about["pictures"], _PICTURES)
        parts = {"teacher": room.teacher_run, **{f"students/{i}": run for i, run in _numbered(room, runs)}}
        for name, run in parts.items():
            made.writestr(f"{name}/{_MODEL}", _plain_model(room, run.model_file))
            if detector_file(run.model_file).is_file():
                made.write(detector_file(run.model_file), f"{name}/{_DETECTOR}")
            result = {key: value for key, value in (run.result or {}).items() if key in _KEPT}
            made.writestr(f"{name}/{_RESULT}", json.dumps(result, indent=1))
    file.seek(0)
    return file


def _numbered(room: Room, runs: object) -> Iterator[tuple[int, Any]]:
    return enumerate(students_in(room, runs).values(), 1)


def _readme(called: str) -> str:
    return (
        f"{called}: a teacher, students, the report on the data, and the data.\n\n"
        'Ask them about a pair: msd compare --teacher teacher --student students/1 --image photo.jpg --text "..."\n'
        "To go on with them in the page: Your data, From a ZIP.\n"
    )


def _plain_model(room: Room, path: Path) -> bytes:
    """A model's file without where the data and the teacher lay."""
    header, tensors = read_tensors(path, *MODEL_FORMATS)
    config = {
        name: value for name, value in header["info"].get("config", {}).items() if name not in ("files", "teacher")
    }
    with tempfile.TemporaryDirectory(dir=room.folder) as folder:
        plain = Path(folder) / _MODEL
        write_tensors(plain, tensors, {**header, "info": {**header["info"], "config": config}})
        return plain.read_bytes()


def unpack(room: Room, archive: Path) -> None:
    """Put what a ZIP brings into an empty room: its data, settled, and its models, not yet to be used. Raises
    `UserError` for any ZIP that the page did not make."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [each for each in opened.infolist() if not each.is_dir()]
            names = [each.filename for each in entries]
            if len(set(names)) < len(names) or not {_ABOUT, _PICTURES, f"teacher/{_MODEL}", f"teacher/{_RESULT}"} <= {
                *names
            }:
                raise UserError(_NO_ZIP)
            tables = [name for name in names if _TABLE.fullmatch(name)]
            about = _object(_read(opened, _ABOUT, limits.OWN_JSON_BYTES))
            for name in names:
                _put(room, opened, name)
    except UserError:
        raise
    except Exception as error:  # whatever a damaged archive brings about
        raise UserError(_NO_ZIP) from error
    if len(tables) > 1:
        raise UserError(_NO_ZIP)
    table = tables[0].removeprefix("data/") if tables else None
    room.settle(title(about.get("title")), table, "pictures.zip", _options(about.get("options")))


def _put(room: Room, opened: zipfile.ZipFile, name: str) -> None:
    """One file of the ZIP, where it is known."""
    if name in (_ABOUT, _REPORT, _README):  # the report is made anew
        return
    if name == _PICTURES:
        target, most = room.uploads / "pictures.zip", limits.OWN_ARCHIVE_BYTES
    elif _TABLE.fullmatch(name):
        target, most = room.uploads / name.removeprefix("data/"), limits.OWN_TABLE_BYTES
    elif _PART.fullmatch(name):
        target = _brought(room) / name
        most = limits.OWN_JSON_BYTES if name.endswith(".json") else limits.OWN_MODEL_BYTES
    else:
        raise UserError(_NO_ZIP)
    target.parent.mkdir(parents=True, exist_ok=True)
    left = most
    with opened.open(name) as source, target.open("wb") as file:
        while piece := source.read(1 << 20):  # what the ZIP says of sizes may be a lie
            left -= len(piece)
            if left < 0:
                raise UserError(f"A part of that ZIP is larger than {most // 2**20} MB: it cannot be brought back.")
            file.write(piece)


def _read(opened: zipfile.ZipFile, name: str, most: int) -> bytes:
    with opened.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise UserError(_NO_ZIP)
    return content


def _brought(room: Room) -> Path:
    return room.folder / "brought"


def use_brought(room: Room) -> list[str]:
    """Make what a ZIP brought the room's teacher and the visitor's students, once its data were read: the ids of the
    students' runs. Raises `UserError` for any model that the page did not make of these data."""
    task, made = task_in(room), []
    try:
        _use(_brought(room) / "teacher", room.teacher_run.folder, task)
        keep_teacher(room)
        for folder in sorted((_brought(room) / "students").glob("*")):
            run = new_id()
            made.append(run)
            _use(folder, folder_of(run) / "run", task)
    except Exception as error:  # whatever a forged file brings about
        for run in made:
            shutil.rmtree(folder_of(run), ignore_errors=True)
        raise error if isinstance(error, UserError) else UserError(_NO_ZIP) from error
    shutil.rmtree(_brought(room), ignore_errors=True)
    return made


def _use(source: Path, target: Path, task: Task) -> None:
    """Make a run's folder of a model, after a look that it is one of ours and answers a pair of the task."""
    from msd_core.comparison import compare

    _check_spec(spec_from_dict(read_header(source / _MODEL)["spec"]))
    example = task.examples("test")[0]
    compare(task, task.picture(example.image), example.text, {"brought": load_model(source / _MODEL, task)})
    result = clean_result(_object((source / _RESULT).read_bytes()), task)
    target.mkdir(parents=True, exist_ok=True)
    for name in (_DETECTOR, _MODEL):
        if (source / name).is_file():
            shutil.move(source / name, target / name)
    (target / _RESULT).write_text(json.dumps(result))


def _check_spec(spec: Spec) -> None:
    """`UserError` where it is none that the page trains: another could be of any size, and read any file."""
    words = spec.text_options.get("vocabulary")
    known = [
        replace(each, text_options={**each.text_options, "vocabulary": words}) if each.needs_texts else each
        for each in ZOO.values()
    ]
    if spec not in known or not (words is None or isinstance(words, list)):
        raise UserError("A model in that ZIP is none of this page's: it cannot be brought back.")


def _object(content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(_NO_ZIP) from error
    if not isinstance(values, dict):
        raise UserError(_NO_ZIP)
    return values


def _options(values: object) -> Options:
    """Options of a ZIP, each of the kind that it should be."""
    known = values if isinstance(values, dict) else {}
    multilabel, least = known.get("multilabel"), known.get("least", 1)
    names = {
        field.name: known.get(field.name) for field in fields(Options) if field.name not in ("multilabel", "least")
    }
    good = all(each is None or (isinstance(each, str) and len(each) < 10_000) for each in names.values())
    low, high = limits.OWN_LEAST
    if not good or multilabel not in (None, True, False) or not isinstance(least, int) or not low <= least <= high:
        raise UserError(_NO_ZIP)
    return Options(**names, multilabel=multilabel, least=least)


def clean_result(values: dict[str, Any], task: Task) -> dict[str, Any]:
    """The result of a run, of which nothing but numbers and known names is kept. Raises `UserError` where it is
    none."""
    method, weighting = values.get("method"), values.get("weighting")
    metric = "macro_f1" if task.multilabel else "accuracy"
    if method not in METHODS or weighting not in WEIGHTINGS or values.get("metric") != metric:
        raise UserError(_NO_ZIP)
    whole, cost = values.get("cross_validated"), values.get("cost")
    student = _by_view(values.get("student"), VIEWS)
    if student is None:
        raise UserError(_NO_ZIP)
    return {
        "task": task.name, "method": method, "weighting": weighting, "metric": metric, "student": student,
        "teacher": _by_view(values.get("teacher"), VIEWS), "linear": _by_view(values.get("linear"), VIEWS[:3]),
        "agreement": None, "seconds": _number(values.get("seconds")), "run": "",
        "parameters": {who: _of(values.get("parameters"), who) for who in ("student", "teacher")},
        "cost": {who: _cost(_of(cost, who, dict)) for who in ("student", "teacher")} if cost else None,
        "cross_validated": None if not isinstance(whole, dict) else {
            "folds": int(_number(whole.get("folds"))), "rows": int(_number(whole.get("rows"))),
            "teacher": _by_view(whole.get("teacher"), VIEWS), "student": _by_view(whole.get("student"), VIEWS),
        },
    }  # fmt: skip


def _of(values: object, name: str, kind: type = int) -> Any:
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _cost(values: dict[str, Any] | None) -> dict[str, float] | None:
    return (
        None if values is None else {each: _number(values.get(each)) for each in ("parameters", "macs", "milliseconds")}
    )


def _by_view(values: object, views: tuple[str, ...]) -> dict[str, float] | None:
    return {view: _number(values.get(view)) for view in views} if isinstance(values, dict) else None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise UserError(_NO_ZIP)
    return float(value)
