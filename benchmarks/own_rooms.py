"""What many visitors' own tasks cost the server that holds them: its resident memory, and the disk. Bar: 200 tasks of
100 pairs, memory flat after the first 40, the disk within the limit once the rooms were swept.

    python -m benchmarks.own_rooms --rooms 200

Every visitor's task is read, gets a teacher and a student (of first weights: training is in processes of their own),
and is compared, attributed and surveyed as the page does it.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import psutil

from benchmarks.own_data import make_pairs

PAIRS = 100


def visit(data: Path, number: int) -> None:
    """All that a visitor asks the page about a task of their own."""
    from analysis.attribution.pair import Settings
    from msd_core.comparison import compare
    from msd_core.models.files import save_model
    from msd_core.models.zoo import build, get_spec
    from msd_core.storage import write_json
    from msd_core.tasks.files import Options
    from msd_core.training.requests import LOOK
    from ui.visitor.own_tasks import put_teacher, task_in
    from ui.visitor.rooms import new_room
    from ui.work.attributions import Request, attribution_of
    from ui.work.models import models_for
    from ui.work.surveys import survey_of

    _, room = new_room()
    shutil.make_archive(str(room.uploads / "pictures"), "zip", data)
    shutil.copyfile(data / "pairs.csv", room.uploads / "table.csv")
    room.settle(f"Visitor {number}", "table.csv", "pictures.zip", Options())
    room.looking.mkdir()
    write_json(room.looking / LOOK, {"report": {}})
    task = task_in(room)
    spec = get_spec("minilm-effnet")
    save_model(room.folder / "made.safetensors", build(spec, len(task.labels), share=True), spec, task)
    put_teacher(room, room.folder / "made.safetensors")
    example = task.examples("test")[0]
    compare(task, task.picture(example.image), example.text, models_for(task, {}))
    attribution_of(Request(task, 0, None, example.text, (), Settings(n_steps=8)))
    survey_of(task, {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=200)
    rooms = parser.parse_args().rooms
    with tempfile.TemporaryDirectory() as place:
        os.environ["MSD_HOME"] = f"{place}/home"
        from ui import limits
        from ui.visitor.rooms import sweep_rooms

        here, used = psutil.Process(), []
        for number in range(rooms):
            data = Path(place) / "data"
            data.mkdir()
            make_pairs(data, PAIRS, seed=number)
            visit(data, number)
            shutil.rmtree(data)
            used.append(here.memory_info().rss / 2**20)
            if (number + 1) % 20 == 0:
                print(
                    f"{number + 1:4d} tasks: {used[-1]:6.0f} MB resident, {on_disk(place):6.0f} MB on disk", flush=True
                )
        limits.OWN_BYTES = int(on_disk(place) / 2 * 2**20)  # as if half of it were the limit
        sweep_rooms()
        print(f"Swept to a limit of {limits.OWN_BYTES / 2**20:.0f} MB: {on_disk(place):.0f} MB on disk")


def on_disk(place: str) -> float:
    """Megabytes of all rooms."""
    return sum(path.stat().st_size for path in Path(place, "home").rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    main()
