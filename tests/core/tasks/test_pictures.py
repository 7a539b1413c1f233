"""Pictures from strangers: read right, or refused in one sentence before they cost anything."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from msd_core.errors import UserError
from msd_core.tasks.pictures import MAX_BYTES, MAX_PIXELS, read_picture


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_common_formats_are_read(kind):
    assert read_picture(encoded(PHOTO, kind)).size == (60, 40)


def test_modes_are_read_right():
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    cmyk = read_picture(encoded(red.convert("CMYK"), "JPEG", quality=95)).getpixel((4, 4))
    assert cmyk[0] > 230 and cmyk[1] < 40
    deep = Image.fromarray(np.full((8, 8), 32768, dtype=np.uint16))
    assert read_picture(encoded(deep)).getpixel((4, 4)) == (128, 128, 128)
    assert read_picture(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))).getpixel((4, 4)) == (255, 255, 255)
    assert read_picture(encoded(red.quantize(4))).getpixel((4, 4)) == (255, 0, 0)
    assert read_picture(encoded(Image.new("1", (8, 8), 1))).getpixel((4, 4)) == (255, 255, 255)
    assert read_picture(encoded(Image.new("LA", (8, 8), (100, 255)))).getpixel((4, 4)) == (100, 100, 100)


def test_an_animation_is_its_first_frame():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        pixel = read_picture(encoded(frames[0], kind, save_all=True, append_images=frames[1:])).getpixel((4, 4))
        assert pixel[0] > 200 and pixel[1] < 60


def test_a_turned_photograph_stands_upright():
    image = Image.new("RGB", (20, 10))
    image.paste((255, 0, 0), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right to see it upright
    upright = read_picture(encoded(image, "JPEG", exif=exif, quality=95))
    assert upright.size == (10, 20)
    assert upright.getpixel((5, 3))[0] > 200 and upright.getpixel((5, 16))[0] < 60


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", encoded(PHOTO)[:200], encoded(PHOTO, "JPEG")[:400], bomb(30_000, 30_000),
     bomb(2**31 - 1, 9), bomb(9000, 9000), b"<svg xmlns='http://www.w3.org/2000/svg'/>",
     b"\x89PNG\r\n\x1a\n" + b"\0" * 50],
)  # fmt: skip
def test_what_is_no_picture_is_one_sentence(content, tmp_path):
    with pytest.raises(UserError) as error:
        read_picture(content)
    assert "\n" not in str(error.value)
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(UserError):
        read_picture(tmp_path / "x.png")


def test_paths_that_are_no_picture(tmp_path):
    for path in (tmp_path, tmp_path / "missing.png"):
        with pytest.raises(UserError):
            read_picture(path)
    (tmp_path / "big.png").write_bytes(b"\0" * (MAX_BYTES + 1))
    with pytest.raises(UserError, match="too large"):
        read_picture(tmp_path / "big.png")


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"]))
def test_damage_never_escapes(seed, kind):
    rng = np.random.default_rng(seed)
    content = bytearray(encoded(PHOTO, kind))
    for place in rng.integers(0, len(content), 12):
        content[place] = rng.integers(0, 256)
    with contextlib.suppress(UserError):
        assert read_picture(bytes(content)).mode == "RGB"


def test_broken_tags_do_not_spoil_the_pixels():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = bytearray(encoded(PHOTO, "JPEG", exif=exif, quality=95))
    broken = content.replace(b"Exif\0\0MM", b"Exif\0\0\xff\xff").replace(b"Exif\0\0II", b"Exif\0\0\xff\xff")
    assert broken != content
    assert read_picture(bytes(broken)).size == (60, 40)
    mistyped = Image.Exif()
    mistyped[0x0112], mistyped[0x011A] = 6, b"not a ratio"
    assert read_picture(encoded(PHOTO, "PNG", exif=_raw(mistyped))).size == (40, 60)


def _raw(exif: Image.Exif) -> bytes:
    """The tags with the type of one of them made wrong: two numbers are labelled as text."""
    exif[0x011A] = 72.0
    return exif.tobytes().replace(struct.pack("<HH", 0x011A, 5), struct.pack("<HH", 0x011A, 7))


def test_a_jpeg_of_a_thousand_scans_is_refused_before_it_is_decoded():
    content = encoded(PHOTO, "JPEG", progressive=True)
    scan = content.index(b"\xff\xda")
    slow = content[:-2] + content[scan:-2] * 200 + b"\xff\xd9"
    with pytest.raises(UserError, match="too long to decode"):
        read_picture(slow)


def test_an_opened_picture_is_checked_too():
    assert read_picture(PHOTO).tobytes() == PHOTO.tobytes()
    side = int(MAX_PIXELS**0.5) + 1
    with pytest.raises(UserError, match="too large"):
        read_picture(Image.new("1", (side, side)))


def test_a_large_jpeg_is_decoded_no_finer_than_anyone_looks():
    large = Image.new("RGB", (4200, 2800), (10, 200, 30))
    assert read_picture(encoded(large, "JPEG")).size == (1050, 700)
    assert read_picture(encoded(large.resize((600, 400)), "JPEG")).size == (600, 400)
