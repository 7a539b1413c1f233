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


def main(folder: Path, seconds: float, length: int) -> None:
    """Do what `jobs.start_job` wrote to standard input, a `Request` pickled in `length` bytes. The job ends itself
    after so many seconds; 0 for no limit."""
    if hasattr(os, "nice"):
        os.nice(10)
    with (folder / "events.jsonl").open("a", buffering=1, encoding="utf-8") as file:
        request = _read(length)
        threading.Thread(target=_end_with_starter, daemon=True).start()
        if seconds:
            clock = threading.Timer(seconds, _end_late, (file,))
            clock.daemon = True
            clock.start()
        _do(request, folder, file)


def _read(length: int) -> bytes:
    """So many bytes of standard input; ends at once where whoever started this is gone before they came."""
    request = b""
    while len(request) < length:  # not by `sys.stdin`, whose lock would be held when Python ends by itself
        if not (part := os.read(0, length - len(request))):
            os._exit(1)
        request += part
    return request


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
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
