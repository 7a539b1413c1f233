"""What a job can be asked to do. A request is pickled for the process of the job."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from msd_core.storage import write_json
from msd_core.tasks import Task
from msd_core.tasks.files import Options, read_task
from msd_core.training.config import Config, teacher_config
from msd_core.training.events import Done, OnEvent, Stage

LOOK = "look.json"
MOST_SHOWN = 200  # rows that are left out
_HASH, _NAME = 8, 31  # characters of a task's name


class Request(Protocol):
    """Anything that runs in a folder and reports what happens, `Done` at last."""

    def run(self, folder: Path, on_event: OnEvent) -> None: ...


@dataclass(frozen=True)
class Distillation:
    """A run of `distill`, in `run` below the job's folder; `teacher` as `load_teacher` names it, None for none."""

    task: Task
    config: Config
    teacher: str | None = None

    def run(self, folder: Path, on_event: OnEvent) -> None:
        """Distil, or train a teacher."""
        from msd_core.models.bundled import load_teacher
        from msd_core.training.distill import distill

        teacher = None if self.teacher is None else load_teacher(self.task, self.teacher)
        distill(self.task, self.config, folder / "run", teacher, on_event)


@dataclass(frozen=True)
class Reading:
    """Somebody's files and how to read them, see `read_task`. place: the folder that all that is made of them is kept
    in, and from whose `models` the task has its own."""

    data: Path
    images: Path | None
    options: Options
    title: str
    place: Path
    most_rows: int

    def task(self, report: Callable[[float, str], None] = lambda share, what: None) -> Task:
        """The task, its name unique to its content. Raises `UserError` where `read_task` does."""
        task = read_task(self.data, self.images, self.options, self.title, self.most_rows, report, self.place)
        assert task.files is not None
        name = f"{task.name[:_NAME]}-{task.files.content[:_HASH]}"
        return replace(task, name=name, models=self.place / "models")


@dataclass(frozen=True)
class Look:
    """A reading, and the report on its data, which lies in `look.json` of the job's folder afterwards: `sentence`,
    `warnings`, `sheets` (title, header, rows), `left_out` (row, reason; at most 200), `count_left_out`, `notes`,
    `labels`, `rows`, and `report` as plain data."""

    reading: Reading

    def run(self, folder: Path, on_event: OnEvent) -> None:
        """Read and look."""
        from msd_core.data_report.sheets import sheets
        from msd_core.training.looks import look

        task = self.reading.task(lambda share, what: on_event(Stage(what)))
        assert task.files is not None
        report = look(task, teacher_config(task), on_event)
        result = {
            "sentence": report.sentence, "warnings": list(report.warnings),
            "sheets": [[sheet.title, list(sheet.header), sheet.rows] for sheet in sheets(report)],
            "left_out": [[bad.row, bad.reason] for bad in task.files.left_out[:MOST_SHOWN]],
            "count_left_out": len(task.files.left_out), "notes": list(task.files.notes), "labels": list(task.labels),
            "rows": task.files.rows, "report": report.to_dict(),
        }  # fmt: skip
        write_json(folder / LOOK, result)
        on_event(Done(result))
