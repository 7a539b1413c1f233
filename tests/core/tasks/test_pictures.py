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
    return raw_png(width, height, 8, 2, b"")


def raw_png(width: int, height: int, depth: int, kind: int, lines: bytes, clear: bytes = b"") -> bytes:
    """A PNG of these header fields, uncompressed lines and transparent colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    clear = chunk(b"tRNS", clear) if clear else b""
    return b"\x89PNG\r\n\x1a\n" + header + clear + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


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


GREY, COLOUR = 0, 2  # kinds of PNG


@pytest.mark.parametrize(
    ("depth", "kind", "line", "clear", "other"),
    [
        (1, GREY, b"\x40", b"\0\0", (255, 255, 255)), (2, GREY, b"\x60", b"\0\1", (170, 170, 170)),
        (4, GREY, b"\x5a", b"\0\5", (170, 170, 170)), (8, GREY, b"\x05\xaa", b"\0\5", (170, 170, 170)),
        (16, GREY, b"\x12\x34\x80\x00", b"\x12\x34", (128, 128, 128)),
        (16, GREY, b"\x12\x34\x12\x35", b"\x12\x34", (18, 18, 18)),
        (8, COLOUR, b"\x12\x34\x56\x12\x34\x57", b"\0\x12\0\x34\0\x56", (0x12, 0x34, 0x57)),
        (16, COLOUR, b"\x12\xff\x34\xee\x56\xdd\x12\xff\x34\xee\x57\xdd", b"\x12\xff\x34\xee\x56\xdd",
         (0x12, 0x34, 0x57)),
    ],
)  # fmt: skip
def test_the_transparent_colour_of_a_png_is_paper_at_any_depth(depth, kind, line, clear, other):
    content = raw_png(2, 1, depth, kind, b"\0" + line, clear)
    opaque, picture = read_picture(raw_png(2, 1, depth, kind, b"\0" + line)), read_picture(content)
    assert sum(opaque.getpixel((0, 0))) < 300 and picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((1, 0)) == opaque.getpixel((1, 0)) == other
    opened = Image.open(io.BytesIO(content))
    assert read_picture(opened).tobytes() == read_picture(opened).tobytes() == picture.tobytes()


def deep_tiff(values: np.ndarray) -> bytes:
    """A grey TIFF of 32-bit integers, with or without a sign as the values are."""
    content = encoded(Image.fromarray(values.view(np.int32)), "TIFF")
    signed, unsigned = (struct.pack("<HHIHH", 339, 3, 1, kind, 0) for kind in (2, 1))
    assert content.count(signed) == 1
    return content.replace(signed, unsigned) if values.dtype == np.uint32 else content


@pytest.mark.parametrize(
    ("kind", "values", "shades"),
    [
        (np.int32, [0, 100, 255], [0, 100, 255]), (np.int32, [0, 32768, 65535], [0, 128, 255]),
        (np.int32, [0, 2**30, 2**31 - 1], [0, 128, 255]), (np.int32, [-5, 100, 255], [0, 100, 255]),
        (np.uint32, [0, 100, 255], [0, 100, 255]), (np.uint32, [0, 2**31, 2**32 - 1], [0, 128, 255]),
    ],
)  # fmt: skip
def test_a_tiff_of_32_bit_integers_is_not_black(kind, values, shades):
    picture = read_picture(deep_tiff(np.array([values], dtype=kind)))
    assert [picture.getpixel((x, 0)) for x in range(3)] == [(shade,) * 3 for shade in shades]


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


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
@pytest.mark.parametrize(
    ("tag", "upright"),
    [
        (1, ["abc", "def"]), (2, ["cba", "fed"]), (3, ["fed", "cba"]), (4, ["def", "abc"]),
        (5, ["ad", "be", "cf"]), (6, ["da", "eb", "fc"]), (7, ["fc", "eb", "da"]), (8, ["cf", "be", "ad"]),
    ],
)  # fmt: skip
def test_a_picture_is_turned_exactly_once(kind, tag, upright):
    shades = np.array([list(b"abc"), list(b"def")], dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = tag
    turned = read_picture(encoded(Image.fromarray(shades), kind, exif=exif))
    assert [bytes(line).decode() for line in np.asarray(turned)[:, :, 0]] == upright


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


@pytest.mark.parametrize(("kind", "more"), [("JPEG", {}), ("MPO", {"save_all": True, "append_images": [PHOTO]})])
def test_a_jpeg_of_a_thousand_scans_is_refused_before_it_is_decoded(kind, more):
    content = encoded(PHOTO, kind, progressive=True, **more)
    assert read_picture(content).size == (60, 40)
    scan, end = content.index(b"\xff\xda"), content.index(b"\xff\xd9")
    slow = content[:end] + content[scan:end] * 200 + content[end:]
    assert Image.open(io.BytesIO(slow)).format == kind
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
