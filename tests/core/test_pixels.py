"""The pictures of a split as one model reads them: made once, shared by subsets, anew where damaged."""

import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from msd_core import pixels
from msd_core.errors import UserError
from msd_core.models.preprocess import Preprocess
from msd_core.pixels import read_pixels
from msd_core.storage import home
from msd_core.tasks.pictures import read_picture
from tests import tiny

PREPROCESS = Preprocess(16, "crop", "bilinear")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))


@pytest.fixture
def pictures(tmp_path):
    """Nine pictures of unlike shapes."""
    draw = np.random.default_rng(0)
    sizes = draw.integers(10, 60, (9, 2))
    return tiny.pictures_of([Image.fromarray(draw.integers(0, 256, (*s, 3), dtype=np.uint8)) for s in sizes], tmp_path)


@pytest.fixture
def calls(monkeypatch) -> list:
    """The pictures that were decoded."""
    decoded = []
    monkeypatch.setattr(pixels, "read_picture", lambda content: decoded.append(content) or read_picture(content))
    return decoded


@pytest.mark.parametrize("preprocess", [PREPROCESS, Preprocess(16), Preprocess(24, "stretch")])
def test_rows_are_what_preprocessing_makes_of_each_picture(pictures, preprocess):
    made = read_pixels(pictures, preprocess)
    assert len(made) == 9 and made.numbers == 3 * preprocess.size**2
    rows = torch.tensor([3, 0, 3, 8])
    expected = np.stack([preprocess(read_picture(pictures.read(row))) for row in rows.tolist()])
    gathered = made.gather(rows)
    assert gathered.dtype == torch.uint8 and (gathered.numpy() == expected).all()
    gathered.zero_()
    assert (made.gather(rows).numpy() == expected).all(), "what is gathered is a copy"


def test_pictures_are_decoded_once(pictures, calls):
    for _ in range(3):
        read_pixels(pictures, PREPROCESS)
    assert len(calls) == 9
    read_pixels(pictures, Preprocess(16, "crop", "bilinear", mean=(0.1, 0.1, 0.1)))
    assert len(calls) == 9, "colours are centred by the tower"
    read_pixels(pictures, Preprocess(24))
    assert len(calls) == 18


def test_a_subset_shares_the_file_with_the_whole(pictures, calls):
    part = pictures.subset(np.array([7, 2, 4]))
    whole, few = read_pixels(pictures, PREPROCESS), read_pixels(part, PREPROCESS)
    assert few.path == whole.path and len(calls) == 9 and len(few) == 3
    assert torch.equal(few.gather(torch.tensor([0, 2])), whole.gather(torch.tensor([7, 4])))
    assert len(list((home() / "arrays").iterdir())) == 1


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-40], lambda c: c[:300] + bytes([c[300] ^ 1]) + c[301:], lambda c: b""]
)
def test_a_damaged_array_is_made_anew(pictures, damage, calls):
    made = read_pixels(pictures, PREPROCESS)
    right = made.gather(torch.arange(9))
    later = made.path.stat().st_mtime_ns + 10**9
    made.path.write_bytes(damage(made.path.read_bytes()))
    os.utime(made.path, ns=(later, later))
    assert torch.equal(read_pixels(pictures, PREPROCESS).gather(torch.arange(9)), right) and len(calls) == 18


def test_many_pictures_come_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(pixels, "_CHUNK", 4)
    shades = [Image.new("RGB", (8, 8), (shade,) * 3) for shade in range(0, 250, 25)]
    made = read_pixels(tiny.pictures_of(shades, tmp_path), Preprocess(8))
    assert made.gather(torch.arange(10))[:, 0, 0, 0].tolist() == list(range(0, 250, 25))


@given(rows=st.lists(st.integers(0, 11), max_size=20))
def test_any_rows_are_read_in_any_order(rows):
    made = read_pixels(tiny.tiny_split().pictures, Preprocess(8))
    picked = torch.tensor(rows, dtype=torch.long)
    assert torch.equal(made.gather(picked), made.gather(torch.arange(12))[picked])


def test_an_array_that_went_while_in_use_is_one_sentence(pictures, monkeypatch):
    made = read_pixels(pictures, PREPROCESS)
    made.path.unlink()
    with pytest.raises(UserError, match="is made anew"):
        made.gather(torch.tensor([0]))
