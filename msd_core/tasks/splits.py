"""A split as models read it: each distinct picture and text once, and the pairs as indices into them."""

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from datasets import Dataset, disable_progress_bars, load_from_disk

from msd_core.pictures import SIZE, letterbox
from msd_core.storage import home, is_folder, new_folder
from msd_core.tasks.base import Task


@dataclass(frozen=True)
class Split:
    """N examples over U distinct pictures and V distinct texts.

    `images` uint8 `(U, S, S, 3)`, memory-mapped; `texts` V strings; `image_of`, `text_of` int64 `(N,)` point into them;
    `labels` int64 `(N,)`, or float `(N, C)` of 0 and 1 for a multi-label task; `evidence` strings `(N,)` or `(N, C)`,
    or None; `keys` the pictures' keys in the task, `(U,)`.
    """

    images: np.ndarray
    keys: np.ndarray
    texts: list[str]
    image_of: torch.Tensor
    text_of: torch.Tensor
    labels: torch.Tensor
    evidence: np.ndarray | None

    def __len__(self) -> int:
        return len(self.image_of)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that a model reads, in order: pictures, texts, pairs and labels."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update("\0".join(self.texts).encode())
        for values in (self.image_of, self.text_of, self.labels):
            digest.update(values.numpy().tobytes())
        return digest.hexdigest()

    def take(self, size: int) -> "Split":
        """`size` examples (all of them where there are no more): one fixed shuffle, so smaller takes nest in larger."""
        if size >= len(self):
            return self
        rows = torch.randperm(len(self), generator=torch.Generator().manual_seed(0))[:size].sort().values
        return self.rows(rows)

    def withhold(self, share: float) -> tuple["Split", "Split"]:
        """The split without this share of its pictures, and the withheld rest: no picture is in both. A fixed draw."""
        order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(0))
        kept = torch.ones(len(self.images), dtype=torch.bool)
        kept[order[: round(share * len(self.images))]] = False
        inside = kept[self.image_of]
        return self.rows(inside.nonzero()[:, 0]), self.rows((~inside).nonzero()[:, 0])

    def rows(self, rows: torch.Tensor) -> "Split":
        """Only these examples, and only the pictures and texts that they use."""
        images, image_of = self.image_of[rows].unique(return_inverse=True)
        texts, text_of = self.text_of[rows].unique(return_inverse=True)
        return replace(
            self,
            images=self.images[images.numpy()],
            keys=self.keys[images.numpy()],
            texts=[self.texts[i] for i in texts],
            image_of=image_of,
            text_of=text_of,
            labels=self.labels[rows],
            evidence=None if self.evidence is None else self.evidence[rows.numpy()],
        )


def load_split(task: Task, split: str, pictures: int | None = None) -> Split:
    """The split from its Arrow files, memory-mapped; they are built at the first call and kept under `home()`.

    With `pictures` only the examples of the first so many pictures: no more than these are drawn.
    """
    name = f"{split}-{pictures}" if pictures else split
    folder = home() / "tasks" / f"{task.name}-{task.version}-{SIZE}" / name
    if is_folder(folder):
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, pa.ArrowException):
            return _read(task, folder)
        shutil.rmtree(folder, ignore_errors=True)  # damaged: it is made anew
    _build(task, split, pictures, folder)
    return _read(task, folder)


def _read(task: Task, folder: Path) -> Split:
    images = load_from_disk(str(folder / "images"))
    examples = load_from_disk(str(folder / "examples")).with_format("arrow")[:]
    text, label, evidence = (examples[column] for column in ("text", "label", "evidence"))
    distinct = text.combine_chunks().dictionary_encode()
    labels = torch.from_numpy(np.array(label.to_pylist()))
    return Split(
        images=_pixels_of(images),
        keys=images.with_format("numpy")["key"][:],
        texts=distinct.dictionary.to_pylist(),
        image_of=torch.from_numpy(examples["image"].to_numpy().copy()),
        text_of=torch.from_numpy(distinct.indices.to_numpy().astype(np.int64)),
        labels=labels.float() if task.multilabel else labels,
        evidence=None if evidence.null_count else np.array(evidence.to_pylist()),
    )


def _build(task: Task, split: str, pictures: int | None, folder: Path) -> None:
    examples = task.examples(split)
    keys = sorted({example.image for example in examples})[:pictures]
    examples = [example for example in examples if example.image <= keys[-1]]
    row = {key: i for i, key in enumerate(keys)}
    pixels = np.stack([letterbox(task.picture(key)) for key in keys])
    disable_progress_bars()
    with new_folder(folder) as temporary:
        _save(temporary / "images", key=keys, pixels=pa.FixedSizeListArray.from_arrays(pixels.ravel(), pixels[0].size))
        _save(
            temporary / "examples",
            image=[row[example.image] for example in examples],
            text=[example.text for example in examples],
            label=[example.label for example in examples],
            evidence=[example.evidence for example in examples],
        )


def _save(folder: Path, **columns: list | pa.Array) -> None:
    Dataset(pa.table(columns)).save_to_disk(str(folder))


def _pixels_of(images: Dataset) -> np.ndarray:
    """The pixel column as one array, without a copy where Arrow holds it in one piece."""
    pieces = [
        chunk.flatten().to_numpy(zero_copy_only=True).reshape(-1, SIZE, SIZE, 3)
        for chunk in images.data.column("pixels").chunks
    ]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
