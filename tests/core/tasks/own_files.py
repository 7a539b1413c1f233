"""People's own files, made up: a dozen pictures of two kinds, and tables of them."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from msd_core.tasks import SPLITS, Task
from tests.files import picture_file, table

PETS = {f"{i}.png": picture_file(i) for i in range(12)}
ROWS = [{"image": name, "text": f"pet number {i}", "label": ("cat", "dog")[i % 2]} for i, name in enumerate(PETS)]


def put(folder: Path, files: dict[str, bytes] = PETS) -> Path:
    """The folder, with these files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def csv_of(rows: list[dict] = ROWS) -> bytes:
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    return table([[row.get(name, "") for name in header] for row in rows], header)


def jsonl_of(rows: list[dict] = ROWS) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def parquet_of(rows: list[dict] = ROWS) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def with_rows(*changes: dict) -> list[dict]:
    """The dozen rows with a few changed: the first by the first change, and so on."""
    return [row | change for row, change in zip(ROWS, (*changes, *[{}] * len(ROWS)), strict=False)]


def pairs(task: Task) -> list[tuple[str, str, str]]:
    """Picture, text and label of all examples, the labels of one with | between."""
    return sorted((e.image, e.text, _label(task, e.label)) for split in SPLITS for e in task.examples(split))


def _label(task: Task, label: int | tuple[int, ...]) -> str:
    if isinstance(label, int):
        return task.labels[label]
    return "|".join(name for name, mark in zip(task.labels, label, strict=True) if mark)


def left_out(task: Task) -> dict[int, str]:
    """Why rows were left out, by their numbers."""
    assert task.files is not None
    return {bad.row: bad.reason for bad in task.files.left_out}


EXPECTED = sorted(tuple(row.values()) for row in ROWS)
