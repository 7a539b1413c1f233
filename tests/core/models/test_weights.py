"""Pretrained weights are looked for nearest first: a folder, the hub's own cache on this machine, then the hub."""

import hashlib
import socket
import sys
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch

from msd_core.errors import UserError
from msd_core.models.weights import LOCAL, PACKAGES, Package, locate
from msd_core.models.zoo import Spec, build
from msd_core.tensors import hash_state

HUB_ID, COMMIT = "someone/model", "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def hub_cache(tmp_path, monkeypatch) -> Path:
    """An empty cache of the hub's client, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)

    def refuse(*address):
        raise AssertionError(f"a test reaches for the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path / "hub"


def keep(hub_cache: Path, folder: str, hub_id: str = HUB_ID, without: str = "") -> Path:
    """Lay a model's files as the hub's client does after a download: blobs, and links to them by commit."""
    place = hub_cache / f"models--{hub_id.replace('/', '--')}"
    snapshot = place / "snapshots" / COMMIT
    for path in (place / "refs", place / "blobs", snapshot):
        path.mkdir(parents=True, exist_ok=True)
    (place / "refs" / "main").write_text(COMMIT)
    for i, file in enumerate(sorted(Path(folder.removeprefix(LOCAL)).iterdir())):
        if file.name != without:
            (place / "blobs" / str(i)).write_bytes(file.read_bytes())
            (snapshot / file.name).symlink_to(f"../../blobs/{i}")
    return snapshot


def test_a_cached_model_is_where_the_hubs_client_put_it(hub_cache, timm_folder):
    assert locate(HUB_ID) == HUB_ID, "the hub must be reached"
    snapshot = keep(hub_cache, timm_folder)
    assert locate(HUB_ID) == f"{LOCAL}{snapshot}"
    assert locate("someone/other") == "someone/other"


def test_half_a_download_is_no_model(hub_cache, timm_folder):
    keep(hub_cache, timm_folder, "someone/bare", without="model.safetensors")
    keep(hub_cache, timm_folder, "someone/nameless", without="config.json")
    assert locate("someone/bare") == "someone/bare" and locate("someone/nameless") == "someone/nameless"
    keep(hub_cache, timm_folder)
    assert locate(HUB_ID, ("config.json", "open_clip_config.json")) == HUB_ID


def test_a_folder_is_taken_at_its_word(tmp_path):
    assert locate(f"{LOCAL}{tmp_path}") == f"{LOCAL}{tmp_path}"
    with pytest.raises(UserError, match=r"There is no folder .*none with a pretrained model: check the path\.$"):
        locate(f"{LOCAL}{tmp_path}/none")


@pytest.mark.parametrize("name", ["", "a/b/c", "no such name", "../..", "/tmp"])
def test_a_name_that_is_no_hub_id_is_left_to_the_library(name):
    assert locate(name) == name


KINDS = {"open_clip": ("image_tower", "text_tower"), "timm": ("image_tower",), "transformers": ("text_tower",)}


def spec(kind: str, name: str) -> Spec:
    """A model whose towers of that kind come from a name, the other one small and of our own."""
    towers = {"image_tower": ("conv", {"widths": [4, 4]}), "text_tower": ("words", {"width": 4})}
    towers |= {tower: (kind, {"name": name}) for tower in KINDS[kind]}
    (image, image_options), (text, text_options) = towers["image_tower"], towers["text_tower"]
    return Spec(image, text, 8, 12, image_options, text_options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cached_model_is_loaded_without_a_network(hub_cache, kind, clip_folder, timm_folder, bert_folder):
    folder = {"open_clip": clip_folder, "timm": timm_folder, "transformers": bert_folder}[kind]
    keep(hub_cache, folder)
    cached, local = build(spec(kind, HUB_ID), 3), build(spec(kind, folder), 3)
    for tower in KINDS[kind]:
        one, other = getattr(cached, tower), getattr(local, tower)
        assert hash_state(one.state_dict()) == hash_state(other.state_dict())
    assert cached.preprocess == local.preprocess
    assert torch.equal(cached.tokenize(["is it the red one?"]).ids, local.tokenize(["is it the red one?"]).ids)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_folder_is_one_sentence(tmp_path, kind):
    with pytest.raises(UserError, match="There is no folder") as error:
        build(spec(kind, f"{LOCAL}{tmp_path}/none"), 3)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_a_model_is_one_sentence(tmp_path, kind):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="could not be loaded") as error:
        build(spec(kind, f"{LOCAL}{tmp_path}"), 3)
    assert "\n" not in str(error.value)


def install(monkeypatch, folder: Path, content: bytes) -> None:
    """A package `made-up` with the file of a model, known by the hash of b"right"."""
    (folder / "made_up").mkdir(parents=True)
    (folder / "made_up" / "model.safetensors").write_bytes(content)
    (folder / "made_up-1.0.dist-info").mkdir()
    (folder / "made_up-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(folder))
    known = {"model.safetensors": hashlib.sha256(b"right").hexdigest()}
    monkeypatch.setitem(PACKAGES, HUB_ID, Package("made-up", "made_up", known))


def test_an_installed_package_comes_before_the_hubs_cache(hub_cache, timm_folder, tmp_path, monkeypatch):
    keep(hub_cache, timm_folder)
    install(monkeypatch, tmp_path / "packages", b"right")
    assert locate(HUB_ID) == f"{LOCAL}{tmp_path / 'packages' / 'made_up'}"
    assert "made_up" not in sys.modules, "its code is never run"


def test_a_package_that_was_changed_is_refused(tmp_path, monkeypatch):
    install(monkeypatch, tmp_path, b"wrong")
    with pytest.raises(UserError, match=r"model\.safetensors of the package made-up .*: install it again\.$"):
        locate(HUB_ID)
    (tmp_path / "made_up" / "model.safetensors").unlink()
    with pytest.raises(UserError, match="install it again"):
        locate(HUB_ID)


def test_a_package_that_is_not_installed_is_passed_over(hub_cache, timm_folder, monkeypatch):
    monkeypatch.setitem(PACKAGES, HUB_ID, Package("nobody-installs-this", "model", {}))
    assert locate(HUB_ID) == HUB_ID
    snapshot = keep(hub_cache, timm_folder)
    assert locate(HUB_ID) == f"{LOCAL}{snapshot}"


def test_the_packages_that_are_installed_carry_what_they_should():
    for hub_id, package in PACKAGES.items():
        place = Path(locate(hub_id).removeprefix(LOCAL))
        assert {*package.files} <= {file.name for file in place.iterdir()}
