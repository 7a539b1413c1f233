"""What the process of a job does: one request, its events written as they come.

Nothing heavy is imported before it is sure to end when it should: with whoever started it, or when its time is up.
"""

import json
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import IO

from msd_core.training.events import LATE, Event, Failed, to_dict


def main(ready: bool) -> None:
    """Do what `jobs.start_job` writes to standard input: a line of JSON (`folder`, `seconds` after which the job ends
    itself, 0 for no limit, and `length`), and a `Request` pickled in so many bytes. ready: whether to import before
    that what jobs need."""
    if hasattr(os, "nice"):
        os.nice(10)
    if ready:
        _get_ready()
    header = json.loads(_read_line())
    folder, seconds = Path(header["folder"]), float(header["seconds"])
    with (folder / "events.jsonl").open("a", buffering=1, encoding="utf-8") as file:
        request = _read(header["length"])
        threading.Thread(target=_end_with_starter, daemon=True).start()
        if seconds:
            clock = threading.Timer(seconds, _end_late, (file,))
            clock.daemon = True
            clock.start()
        _do(request, folder, file)


def _get_ready() -> None:
    """Import what jobs need, and read and hash the towers of the teacher of people's own data."""
    from msd_core.models.zoo import build, get_spec
    from msd_core.tensors import hash_module
    from msd_core.training import looks  # noqa: F401
    from msd_core.views import MODALITIES

    model = build(get_spec("minilm-effnet"), 2, share=True)
    for part in filter(None, map(model.frozen_part, MODALITIES)):
        hash_module(part)


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += _read(1)
    return line


def _read(length: int) -> bytes:
    """So many bytes of standard input; ends at once where whoever started this is gone before they came."""
    content = b""
    while len(content) < length:  # not by `sys.stdin`, whose lock would be held when Python ends by itself
        if not (part := os.read(0, length - len(content))):
            os._exit(1)
        content += part
    return content


def _end_with_starter() -> None:
    """End at once when the pipe that the starter holds is closed, be it because it was killed."""
    while os.read(0, 1024):
        pass
    os._exit(1)


def _end_late(file: IO[str]) -> None:
    file.write(json.dumps(to_dict(Failed(LATE))) + "\n")
    os._exit(1)


def _do(request: bytes, folder: Path, file: IO[str]) -> None:
    from msd_core.errors import StorageError, UserError

    def write(event: Event) -> None:
        file.write(json.dumps(to_dict(event)) + "\n")

    try:
        pickle.loads(request).run(folder, write)
    except StorageError:  # names a path, and events are for visitors
        write(Failed("The disk or a folder cannot be used: see that the disk is not full, then start again."))
        raise
    except UserError as error:  # where even this cannot be written, the exit status tells
        write(Failed(str(error)))
    except Exception as error:  # the page must hear of it, whatever it was
        write(Failed(f"The job failed ({type(error).__name__}): please report this."))
        raise


if __name__ == "__main__":
    main(sys.argv[1:] == ["ready"])
