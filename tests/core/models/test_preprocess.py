"""How a picture becomes a square: the frame's geometry, and the pixels of a small reference."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from msd_core.models.preprocess import BARS, FITS, Preprocess, as_pixels

SIDES = st.integers(1, 300)
SIZES = st.sampled_from([8, 32, 64, 224])
RED = (255, 0, 0)


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@given(width=SIDES, height=SIDES, size=SIZES)
def test_a_letterbox_lies_inside_and_keeps_the_shape(width, height, size):
    frame = Preprocess(size).frame(width, height)
    assert frame.left >= 0 and frame.top >= 0
    assert frame.left + frame.width <= size and frame.top + frame.height <= size
    assert max(frame.width, frame.height) == size
    for side, inner in ((width, frame.width), (height, frame.height)):
        assert abs(inner - max(1, side * size / max(width, height))) <= 0.5 + 1e-9
    assert abs(2 * frame.left + frame.width - size) <= 1 and abs(2 * frame.top + frame.height - size) <= 1, "centred"


@given(width=SIDES, height=SIDES)
@settings(max_examples=30)
def test_a_letterbox_keeps_the_whole_picture_between_bars(width, height):
    square = Preprocess(64)(Image.new("RGB", (width, height), RED))
    assert square.shape == (64, 64, 3) and square.dtype == np.uint8
    red, bars = (square == RED).all(-1), (square == BARS).all(-1)
    assert (red ^ bars).all()
    frame = Preprocess(64).frame(width, height)
    assert (red.any(0).sum(), red.any(1).sum()) == (frame.width, frame.height)
    assert red[int(frame.top) :, int(frame.left) :][: int(frame.height), : int(frame.width)].all()


def reference_letterbox(image: Image.Image) -> np.ndarray:
    """What models of 64 pixels have always read."""
    scale = 64 / max(image.size)
    size = tuple(max(1, round(side * scale)) for side in image.size)
    smaller = size[0] * size[1] < image.width * image.height
    inner = image.resize(size, Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC)
    square = Image.new("RGB", (64, 64), (128, 128, 128))
    square.paste(inner, ((64 - size[0]) // 2, (64 - size[1]) // 2))
    return np.asarray(square)


@given(width=SIDES, height=SIDES, seed=st.integers(0, 99))
@settings(max_examples=60)
def test_a_letterbox_of_64_is_what_it_was(width, height, seed):
    image = picture(width, height, seed)
    assert (Preprocess(64)(image) == reference_letterbox(image)).all()


@given(width=SIDES, height=SIDES, size=SIZES, share=st.sampled_from([1.0, 0.95, 0.875]))
def test_a_crop_fills_the_square_and_keeps_the_middle(width, height, size, share):
    frame = Preprocess(size, "crop", crop_share=share).frame(width, height)
    assert frame.left <= 0 and frame.top <= 0
    assert frame.left + frame.width >= size and frame.top + frame.height >= size
    assert abs(2 * frame.left + frame.width - size) <= 1 and abs(2 * frame.top + frame.height - size) <= 1
    assert abs(min(frame.width, frame.height) - size / share) <= 0.5 + 1e-9


@pytest.mark.parametrize("width, height", [(90, 30), (30, 90)])
def test_a_crop_shows_the_middle_third(width, height):
    image = Image.new("RGB", (width, height), RED)
    image.paste((0, 0, 255), ((width - 30) // 2, (height - 30) // 2, (width + 30) // 2, (height + 30) // 2))
    square = Preprocess(30, "crop", "bilinear")(image)
    assert (square == (0, 0, 255)).all()


def test_a_share_of_the_middle_is_enlarged():
    image = Image.new("RGB", (40, 40), RED)
    image.paste((0, 0, 255), (10, 10, 30, 30))
    square = Preprocess(20, "crop", "bicubic", crop_share=0.5)(image)
    assert (square[2:-2, 2:-2] == (0, 0, 255)).all()


@given(width=SIDES, height=SIDES, size=SIZES)
@settings(max_examples=30)
def test_a_stretch_is_all_of_the_picture_out_of_shape(width, height, size):
    preprocess = Preprocess(size, "stretch")
    frame = preprocess.frame(width, height)
    assert (frame.left, frame.top, frame.width, frame.height) == (0, 0, size, size)
    assert (preprocess(Image.new("RGB", (width, height), RED)) == RED).all()


@given(
    width=SIDES, height=SIDES, fit=st.sampled_from(FITS), interpolation=st.sampled_from(["box", "bilinear", "bicubic"])
)
@settings(max_examples=30)
def test_any_picture_becomes_a_square(width, height, fit, interpolation):
    square = Preprocess(32, fit, interpolation)(picture(width, height))
    assert square.shape == (32, 32, 3) and square.dtype == np.uint8


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("width, height", [(1, 5000), (5000, 2)])
def test_a_strip_costs_no_more_than_its_square(monkeypatch, fit, width, height):
    made, resize = [], Image.Image.resize

    def counted(image, size, *args, **options):
        made.append(math.prod(size))
        return resize(image, size, *args, **options)

    monkeypatch.setattr(Image.Image, "resize", counted)
    square = Preprocess(8, fit)(Image.new("RGB", (width, height), RED))
    assert square.shape == (8, 8, 3) and max(made) <= 4 * 64


@pytest.mark.parametrize("wrong", [{"fit": "pad"}, {"interpolation": "nearest"}])
def test_unknown_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is one of"):
        Preprocess(64, **wrong)


def test_keys_are_all_that_pixels_and_answers_depend_on():
    base, otherwise = Preprocess(64), Preprocess(64, mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))
    assert base.pixels_key == otherwise.pixels_key and base.key != otherwise.key
    others = [Preprocess(32), Preprocess(64, "crop"), Preprocess(64, interpolation="bilinear")]
    others += [Preprocess(64, "crop", crop_share=0.9)]
    keys = [repr(sorted(each.pixels_key.items())) for each in (base, *others)]
    assert len(set(keys)) == len(keys)


def test_pixels_are_shares_of_255_with_channels_first():
    square = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    square[1, 2, 3] = (255, 51, 0)
    pixels = as_pixels(square)
    assert pixels.shape == (2, 3, 4, 4) and pixels.dtype == torch.float32
    assert pixels[1, :, 2, 3].tolist() == pytest.approx([1, 0.2, 0]) and float(pixels[0].abs().max()) == 0
    assert pixels.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(as_pixels(torch.from_numpy(square)), pixels)
