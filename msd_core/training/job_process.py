"""What the process of a job does: one run, its events written as they come.

Nothing heavy is imported before it is sure to end when it should: with whoever started it, or when its time is up.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import IO, Any


def main(request: dict[str, Any]) -> None:
    """Run what `jobs.start` asked for."""
    if hasattr(os, "nice"):
        os.nice(10)
    with (Path(request["folder"]) / "events.jsonl").open("a", buffering=1, encoding="utf-8") as file:
        threading.Thread(target=_end_with_starter, daemon=True).start()
        if request["seconds"]:
            clock = threading.Timer(request["seconds"], _end_late, (file,))
            clock.daemon = True
            clock.start()
        _distill(request, file)


def _end_with_starter() -> None:
    """End at once when the pipe that the starter holds is closed, be it because it was killed."""
    while os.read(0, 1024):  # not by `sys.stdin`, whose lock would be held when Python ends by itself
        pass
    os._exit(1)


def _end_late(file: IO[str]) -> None:
    file.write(json.dumps({"kind": "error", "text": "The job took too long and was ended: give it less to do."}) + "\n")
    os._exit(1)


def _distill(request: dict[str, Any], file: IO[str]) -> None:
    from msd_core.errors import UserError
    from msd_core.models.bundled import load_teacher
    from msd_core.tasks import task_in
    from msd_core.training.config import Config
    from msd_core.training.distill import distill
    from msd_core.training.events import Event, Failed, to_dict

    def write(event: Event) -> None:
        file.write(json.dumps(to_dict(event)) + "\n")

    try:
        task = task_in(request["task"])
        teacher = None if request["teacher"] is None else load_teacher(request["teacher"], task)
        distill(task, Config(**request["config"]), Path(request["folder"]) / "run", teacher, write)
    except UserError as error:  # where even this cannot be written, the exit status tells
        write(Failed(str(error)))
    except Exception as error:  # the page must hear of it, whatever it was
        write(Failed(f"The job failed ({type(error).__name__}): please report this."))
        raise


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
