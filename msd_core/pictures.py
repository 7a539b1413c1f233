"""Reading a picture that a stranger gave, and the 64 x 64 form that models read."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from msd_core.errors import UserError

SIZE = 64  # pixels on a side, as the bundled models read
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000  # a 40-megapixel photograph passes, a decompression bomb does not
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_FINE = 1024  # pixels on a side
_MAX_SCANS = 100  # of a progressive JPEG; an ordinary one has ten, and each costs a pass over the picture
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PAPER = (255, 255, 255)  # what shows through a transparent picture
BARS = (128, 128, 128)  # what fills a letterbox: zero, once a tower has centred it


def read_picture(source: str | Path | bytes | Image.Image) -> Image.Image:
    """An RGB picture from a path, bytes, or an opened image; upright, first frame, transparency on white.

    Size is checked from the header, before a pixel is decoded. Raises `UserError` for anything that is no picture.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns where the checks below decide
        try:
            image = source if isinstance(source, Image.Image) else _open(source)
            _check_size(image)
            return _as_rgb(image)
        except UserError:
            raise
        except Image.DecompressionBombError as error:
            raise UserError(_TOO_LARGE) from error
        except UnidentifiedImageError as error:
            raise UserError(f"That file is not a picture: give one of {', '.join(FORMATS)}.") from error
        except FileNotFoundError as error:
            raise UserError(f"There is no file {source}: check the path.") from error
        except _DAMAGE as error:
            raise UserError("That picture is damaged or cut short: save it again and retry.") from error


# what Pillow's decoders are seen to raise on damaged files
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, AttributeError,
           MemoryError, struct.error)  # fmt: skip
_TOO_LARGE = f"That picture is too large: keep it under {MAX_PIXELS // 10**6} megapixels and {MAX_BYTES // 2**20} MB."


def _open(source: str | Path | bytes) -> Image.Image:
    content = source if isinstance(source, bytes) else _content(Path(source))
    if not content:
        raise UserError("That file is empty: give a picture.")
    if len(content) > MAX_BYTES:
        raise UserError(_TOO_LARGE)
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.format == "JPEG":
        if content.count(b"\xff\xda") > _MAX_SCANS:
            raise UserError("That picture takes too long to decode: save it again as an ordinary JPEG and retry.")
        image.draft("RGB", (512, 512))  # decode no finer than anyone will look
    return image


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise UserError(f"{path} is a folder: give the path of one picture.")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UserError(_TOO_LARGE)


def _as_rgb(image: Image.Image) -> Image.Image:
    image.seek(0) if getattr(image, "is_animated", False) else None
    image = _upright(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = _from_deep_grey(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, (*PAPER, 255)), image).convert("RGB")
    return image.convert("RGB")


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held. Only that one tag is read: the others are often broken, and need not be right."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # whatever is wrong with the tags, the pixels may be fine
        turn = None
    return image if turn is None else image.transpose(turn)


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """16-bit grey to 8-bit: Pillow's own conversion clips at 255 and turns such pictures white."""
    every = max(1, max(image.size) // _FINE)  # nobody looks closer, and such pictures are large
    values = np.asarray(image)[::every, ::every].astype(np.float64)
    top = 65535 if image.mode.startswith("I") else max(float(np.nanmax(values, initial=0)), 1e-9)
    return Image.fromarray((np.nan_to_num(values).clip(0, top) * (255 / top)).round().astype(np.uint8))


def letterbox(image: Image.Image, size: int = SIZE) -> np.ndarray:
    """The whole picture in a square, never stretched: uint8 `(size, size, 3)`, grey bars where it is not square."""
    scale = size / max(image.size)
    inner = tuple(max(1, round(side * scale)) for side in image.size)
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    square = Image.new("RGB", (size, size), BARS)
    square.paste(image.resize(inner, method), ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return np.asarray(square)
