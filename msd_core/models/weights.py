"""Where pretrained weights are: a spec names them by their hub id, and they are looked for nearest first."""

from pathlib import Path

from msd_core.errors import UserError

LOCAL = "local-dir:"  # before the path of a folder in the hub's layout


def locate(hub_id: str, needed: tuple[str, ...] = ("config.json",)) -> str:
    """Where to load a model from: `local-dir:` and a folder, or the hub id itself where the hub must be asked.

    Looked at in this order: a folder that the id names itself (`local-dir:/path`), the hub's own cache on this machine,
    the hub. Only the last needs a network. hub_id: `owner/name`. needed: files without which a folder in the cache is
    no whole model. Raises `UserError` for a folder that is not there.
    """
    if hub_id.startswith(LOCAL):
        folder = Path(hub_id.removeprefix(LOCAL))
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder} with a pretrained model: check the path.")
        return hub_id
    snapshot = _cached_snapshot(hub_id, needed)
    return f"{LOCAL}{snapshot}" if snapshot else hub_id


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
