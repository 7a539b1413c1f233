"""A split as models read it: each distinct picture and text once, and the pairs as indices into them."""

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from msd_core.cache import is_sealed, read_sealed, write_sealed
from msd_core.errors import UserError
from msd_core.parquet import from_parquet, to_parquet
from msd_core.storage import atomic_folder, home, is_folder
from msd_core.tasks.base import Task
from msd_core.tasks.pictures import PictureFiles, Pictures, read_picture

_CHUNK = 256  # pictures read at once
_EXAMPLES, _PICTURES, _FILES = "examples.parquet", "pictures.parquet", "pictures.bin"


@dataclass(frozen=True, eq=False)
class Split:
    """N examples over U distinct pictures and V distinct texts.

    texts: V strings. image_of, text_of: int64 `(N,)`, point into pictures and texts. labels: int64 `(N,)`, or float
    `(N, C)` of 0 and 1 for a multi-label task. evidence: strings `(N,)` or `(N, C)`, or None. language: of each
    example's text, strings `(N,)`, empty where it is not known; None where no example states one.
    """

    pictures: Pictures
    texts: list[str]
    image_of: torch.Tensor
    text_of: torch.Tensor
    labels: torch.Tensor
    evidence: np.ndarray | None
    language: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.image_of)

    @property
    def place(self) -> Path | None:
        """The folder of all caches of what is made of it; `home()` if none."""
        return self.pictures.place

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that a model reads, in order: pictures, texts, pairs and labels."""
        digest = hashlib.sha256(self.pictures.fingerprint.encode())
        digest.update("\0".join(self.texts).encode())
        for values in (self.image_of, self.text_of, self.labels):
            digest.update(values.numpy().tobytes())
        return digest.hexdigest()

    @property
    def languages(self) -> list[str]:
        """The languages of its examples, by the alphabet."""
        return [] if self.language is None else sorted({*self.language} - {""})

    @property
    def languages_of_texts(self) -> list[str]:
        """The language of each of the V texts (of several the last one's), empty where it is not known."""
        languages = [""] * len(self.texts)
        if self.language is not None:
            for text, language in zip(self.text_of.tolist(), self.language.tolist(), strict=True):
                languages[text] = language
        return languages

    def in_languages(self, *languages: str) -> "Split":
        """Only the examples in these languages. Raises `UserError` where one of them has none."""
        if missing := [each for each in languages if each not in self.languages]:
            known = ", ".join(self.languages) or "none: no example states one"
            raise UserError(f"No example is in the language {missing[0][:20]!r}: the languages are {known}.")
        assert self.language is not None
        return self.gather(torch.from_numpy(np.isin(self.language, languages)).nonzero()[:, 0])

    def subset(self, size: int) -> "Split":
        """`size` examples (all of them where there are no more): one fixed shuffle, so smaller subsets nest in
        larger ones."""
        return self if size >= len(self) else self.gather(self._shuffled[:size].sort().values)

    def rest(self, size: int) -> "Split":
        """The examples that are not in the subset of that size."""
        return self.gather(self._shuffled[size:].sort().values)

    @property
    def _shuffled(self) -> torch.Tensor:
        return torch.randperm(len(self), generator=torch.Generator().manual_seed(0))

    def hold_out(self, share: float) -> tuple["Split", "Split"]:
        """The split without this share of its pictures, and the held-out rest: no picture is in both. A fixed draw."""
        order = torch.randperm(len(self.pictures), generator=torch.Generator().manual_seed(0))
        kept = torch.ones(len(self.pictures), dtype=torch.bool)
        kept[order[: round(share * len(self.pictures))]] = False
        inside = kept[self.image_of]
        return self.gather(inside.nonzero()[:, 0]), self.gather((~inside).nonzero()[:, 0])

    def gather(self, rows: torch.Tensor) -> "Split":
        """Only these examples, and only the pictures and texts that they use."""
        images, image_of = self.image_of[rows].unique(return_inverse=True)
        texts, text_of = self.text_of[rows].unique(return_inverse=True)
        return replace(
            self,
            pictures=self.pictures.subset(images),
            texts=[self.texts[i] for i in texts.tolist()],
            image_of=image_of,
            text_of=text_of,
            labels=self.labels[rows],
            evidence=None if self.evidence is None else self.evidence[rows.numpy()],
            language=None if self.language is None else self.language[rows.numpy()],
        )


def load_split(task: Task, split: str, pictures: int | None = None) -> Split:
    """A split from its files, which are made at the first call and kept; damaged ones are made anew.

    Each distinct picture is kept once, as the encoded file that it came in. pictures: only the examples of the first so
    many, by their keys; no more than these are read. Raises `UserError` for a split without examples, one of which only
    some have evidence, and a picture that cannot be read, by its key.
    """
    name = f"{split}-{pictures}" if pictures else split
    folder = (_place(task) or home()) / "tasks" / f"{task.name}-{task.source()[:16]}" / name
    kept = _read(task, folder)
    if kept is None:
        if is_folder(folder):
            shutil.rmtree(folder, ignore_errors=True)
        _build(task, split, pictures, folder)
        kept = _read(task, folder)
    if kept is None:
        raise OSError(f"{folder} is damaged as soon as it is written")
    return kept


def _place(task: Task) -> Path | None:
    return task.files.place if task.files else None


def _read(task: Task, folder: Path) -> Split | None:
    """What lies in a folder; None where it is missing or damaged."""
    tables = [read_sealed(folder / name) for name in (_EXAMPLES, _PICTURES)]
    try:
        if tables[0] is None or tables[1] is None or not is_sealed(folder / _FILES):
            return None
    except OSError:
        return None
    examples, pictures = (from_parquet(table) for table in tables if table is not None)
    if "language" not in examples.column_names:  # of an earlier version
        return None
    distinct = examples["text"].combine_chunks().dictionary_encode()
    labels = torch.from_numpy(np.array(examples["label"].to_pylist()))
    evidence, language = examples["evidence"], examples["language"]
    ends = np.concatenate([[0], pictures["end"].to_numpy()])
    hashes = tuple(pictures["sha256"].to_pylist())
    files = PictureFiles(folder / _FILES, ends, hashes)
    return Split(
        pictures=Pictures(tuple(pictures["key"].to_pylist()), hashes, files, np.arange(len(hashes)), _place(task)),
        texts=distinct.dictionary.to_pylist(),
        image_of=torch.from_numpy(examples["image"].to_numpy().copy()),
        text_of=torch.from_numpy(distinct.indices.to_numpy().astype(np.int64)),
        labels=labels.float() if task.multilabel else labels,
        evidence=None if evidence.null_count else np.array(evidence.to_pylist()),
        language=None if language.null_count == len(language) else np.array(language.fill_null("").to_pylist()),
    )


def _build(task: Task, split: str, pictures: int | None, folder: Path) -> None:
    examples = task.examples(split)
    if not examples:
        raise UserError(f"{task.name} has no examples in its {split} split: give it some.")
    keys = sorted({example.image for example in examples})[:pictures]
    examples = [example for example in examples if example.image in set(keys)]
    if len({example.evidence is None for example in examples}) > 1:
        raise UserError(f"{task.name} says of some {split} examples what decides them: say it of all or of none.")
    row: dict[str, int] = {}
    sizes: dict[str, int] = {}
    with atomic_folder(folder) as temporary:
        write_sealed(temporary / _FILES, _picture_files(task, keys, row, sizes))
        first = {place: key for key, place in reversed(row.items())}
        ends = np.cumsum([*sizes.values()])
        _write_table(temporary / _PICTURES, key=[first[i] for i in range(len(sizes))], sha256=[*sizes], end=ends)
        _write_table(
            temporary / _EXAMPLES,
            image=[row[example.image] for example in examples],
            text=[example.text for example in examples],
            label=[example.label for example in examples],
            evidence=[example.evidence for example in examples],
            language=pa.array([example.language for example in examples], pa.string()),
        )


def _picture_files(task: Task, keys: list[str], row: dict[str, int], sizes: dict[str, int]) -> Iterator[bytes]:
    """The distinct pictures one after the other, encoded. On the way are noted in `row` which of them each key is, and
    in `sizes` their hashes and bytes."""
    row_of: dict[str, int] = {}  # by hash
    with ThreadPoolExecutor() as pool:
        for first in range(0, len(keys), _CHUNK):
            chunk = keys[first : first + _CHUNK]
            for key, content in zip(chunk, pool.map(partial(_picture, task), chunk), strict=True):
                content_hash = hashlib.sha256(content).hexdigest()
                row[key] = row_of.setdefault(content_hash, len(row_of))
                if content_hash not in sizes:
                    sizes[content_hash] = len(content)
                    yield content


def _picture(task: Task, key: str) -> bytes:
    """The encoded file of a picture, after a look that it can be read."""
    content = task.picture(key)
    try:
        read_picture(content)
    except UserError as error:
        raise UserError(f"Picture {key} of {task.name}: {error}") from error
    return content


def _write_table(path: Path, **columns: list | np.ndarray | pa.Array) -> None:
    write_sealed(path, [to_parquet(pa.table(columns))])
