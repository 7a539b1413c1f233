"""Named tensors in safetensors files with a JSON header of ours, and the hash of them. Never pickle."""

import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from msd_core.errors import UserError
from msd_core.storage import atomic_write, is_file


def hash_state(state: dict[str, Tensor]) -> str:
    """A hash of named tensors: names, types, shapes and values."""
    digest = hashlib.sha256()
    for name, values in sorted(state.items()):
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


_HASHES: WeakKeyDictionary[nn.Module, tuple[tuple[tuple[int, int], ...], str]] = WeakKeyDictionary()


def hash_module(module: nn.Module) -> str:
    """The hash of a module's weights; not computed again until one of them is written to."""
    state = module.state_dict()
    versions = tuple((values.data_ptr(), values._version) for values in state.values())
    if (known := _HASHES.get(module)) is None or known[0] != versions:
        _HASHES[module] = known = versions, hash_state(state)
    return known[1]


def join(parts: Iterable[Tensor], length: int) -> Tensor:
    """Batches `(B, ...)` one after the other, `(length, ...)` in all."""
    whole, start = None, 0
    for part in parts:
        whole = put(part, whole, start, length)
        start += len(part)
    return torch.empty(0) if whole is None else whole


def put(part: Tensor, whole: Tensor | None, start: int, length: int) -> Tensor:
    """The whole, `(length, ...)`, made with its first batch, with this one in its place.

    Small results kept in a list would pin the memory of the large ones freed between them.
    """
    whole = part.new_empty(length, *part.shape[1:]) if whole is None else whole
    whole[start : start + len(part)] = part
    return whole


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Write tensors and a header, whole or not at all, with a checksum of the tensors. `header["format"]` says what
    the file is."""
    plain = {name: values.detach().cpu().contiguous() for name, values in tensors.items()}
    header = {**header, "checksum": _checksum(plain)}
    with atomic_write(path) as temporary:
        temporary.write_bytes(save(plain, metadata={"msd": json.dumps(header)}))


def _checksum(tensors: dict[str, Tensor]) -> str:
    checksum = 0
    for name, values in sorted(tensors.items()):
        content = values.reshape(-1).view(torch.uint8).numpy().data
        checksum = zlib.crc32(content, zlib.crc32(name.encode(), checksum))
    return f"{checksum:08x}"


def read_tensors(path: Path, *formats: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The header and the tensors of such a file, of one of these formats.

    Raises `UserError` where it is missing, damaged, or none of this program's.
    """
    if not is_file(path):
        raise UserError(f"There is no file {path.name} in its folder: make it anew, or check the path.")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get("msd", "{}"))
            if not isinstance(header, dict) or header.get("format") not in formats:
                raise UserError(f"{path.name} is not a file of this program (or of another version): make it anew.")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        checksum = header.pop("checksum", None)  # a file of an earlier version has none
        if checksum is not None and checksum != _checksum(tensors):
            raise ValueError("changed since it was written")
        return header, tensors
    except (SafetensorError, ValueError, OSError, RecursionError) as error:
        raise UserError(f"{path.name} is damaged or half-written: delete it and make it anew.") from error
