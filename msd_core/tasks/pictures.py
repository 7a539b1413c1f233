"""Reading a picture that a stranger gave, and the distinct pictures of a split."""

import hashlib
import io
import struct
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from msd_core.errors import UserError

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000  # a 40-megapixel photograph passes, a decompression bomb does not
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_UNREAD = {  # formats that are known, to be refused by name, by the brands in the first box of a file
    "AVIF": (b"avif", b"avis"),
    "HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
}
_FINE = 1024  # pixels on a side: nobody looks closer, and no model reads finer
_MAX_SCANS = 100  # of a progressive JPEG; an ordinary one has ten, and each costs a pass over the picture
_JPEG = ("JPEG", "MPO", "jpeg", "tiff_jpeg")  # formats, and compressions of a TIFF, that decode as a JPEG does
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
_IN_8_BITS: dict[object, Callable[[int], int]] = {  # a shade, by how a PNG has it, as Pillow decodes it
    "L;2": lambda shade: shade % 4 * 85,
    "L;4": lambda shade: shade % 16 * 17,
    "RGB;16B": lambda shade: shade // 256,
}


def read_picture(source: str | Path | bytes | Image.Image) -> Image.Image:
    """An RGB picture; upright, first frame, transparency on white.

    Size is checked from the header, before a pixel is decoded. source: a path, the bytes of a file, or an opened image.
    Raises `UserError` for anything that is no picture, is too large, or takes too long to decode.
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
            raise UserError(TOO_LARGE) from error
        except UnidentifiedImageError as error:
            raise UserError(f"That file is not a picture: give one of {', '.join(FORMATS)}.") from error
        except FileNotFoundError as error:
            raise UserError(f"There is no file {error.filename}: check the path.") from error
        except _DAMAGE as error:
            raise UserError("That picture is damaged or cut short: save it again and retry.") from error


# what Pillow's decoders are seen to raise on damaged files
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, AttributeError,
           MemoryError, struct.error)  # fmt: skip
TOO_LARGE = f"That picture is too large: keep it under {MAX_PIXELS // 10**6} megapixels and {MAX_BYTES // 2**20} MB."


def _open(source: str | Path | bytes) -> Image.Image:
    content = source if isinstance(source, bytes) else _content(Path(source))
    if not content:
        raise UserError("That file is empty: give a picture.")
    if len(content) > MAX_BYTES:
        raise UserError(TOO_LARGE)
    if (name := _unread_format(content)) is not None:
        raise UserError(f"That picture is in the format {name}, which is not read: save it as JPEG or PNG and retry.")
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.format in _JPEG or image.info.get("compression") in _JPEG:
        if content.count(b"\xff\xda") > _MAX_SCANS:
            raise UserError("That picture takes too long to decode: save it again as an ordinary JPEG and retry.")
        image.draft("RGB", (_FINE // 2, _FINE // 2))  # decode no finer than anyone will look
    return image


def _unread_format(content: bytes) -> str | None:
    """The name of a format that is known and not read."""
    if content[4:8] != b"ftyp":
        return None
    box = content[8 : min(int.from_bytes(content[:4]), 256)]
    brands = {box[place : place + 4] for place in range(0, len(box), 4)}
    return next((name for name, known in _UNREAD.items() if brands & set(known)), None)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise UserError(f"{path} is a folder: give the path of one picture.")
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no ordinary file: give the path of one picture.")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UserError(TOO_LARGE)


def _as_rgb(image: Image.Image) -> Image.Image:
    if getattr(image, "is_animated", False):
        image.seek(0)
    _rescale_clear(image)
    image = _upright(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = _from_deep_grey(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, (*PAPER, 255)), image).convert("RGB")
    return image.convert("RGB")


def _rescale_clear(image: Image.Image) -> None:
    """The transparent shade or colour of a PNG on the scale of its pixels: Pillow leaves it on the file's. Before they
    are loaded, for nothing has the file's scale afterwards."""
    if not isinstance(image, PngImageFile) or not image.tile:
        return
    clear, in_8_bits = image.info.get("transparency"), _IN_8_BITS.get(image.tile[0].args)
    if clear is not None and in_8_bits is not None:
        image.info["transparency"] = tuple(map(in_8_bits, clear)) if isinstance(clear, tuple) else in_8_bits(clear)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held. Only that one tag is read: the others are often broken, and need not be right."""
    image.load()  # Pillow turns a TIFF itself as it loads, and takes the tag away
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # whatever is wrong with the tags, the pixels may be fine
        turn = None
    return image if turn is None else image.transpose(turn)


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating-point grey to 8-bit, transparent shades to paper: Pillow's own conversion clips at
    255, turns such pictures white, and forgets which shade was transparent."""
    every = max(1, max(image.size) // _FINE)  # such pictures are large
    stored = np.asarray(image)[::every, ::every]
    values = (stored.view(np.uint32) if _is_unsigned(image) else stored).astype(np.float64)
    largest = float(np.nanmax(values, initial=0))
    if image.mode.startswith("I;"):
        top = 65535.0
    elif image.mode == "I":  # 32 bits, of which most files use 8 or 16
        top = 255.0 if largest <= 255 else max(largest, 65535.0)
    else:
        top = max(largest, 1e-9)
    shades = (np.nan_to_num(values).clip(0, top) * (255 / top)).round().astype(np.uint8)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        shades = np.where(values == clear, np.uint8(PAPER[0]), shades)
    return Image.fromarray(shades)


def _is_unsigned(image: Image.Image) -> bool:
    """Whether 32-bit integers have no sign, as a TIFF may say; Pillow reads all of them with one."""
    kinds = image.tag_v2.get(ExifTags.Base.SampleFormat, (1,)) if isinstance(image, TiffImageFile) else ()
    return image.mode == "I" and set(kinds) == {1}


@dataclass(frozen=True, eq=False)
class Pictures:
    """The U distinct pictures of a split: the key of each in the task (the first where several are of one content), the
    SHA-256 of each one's file, and where the files are kept. A subset shares the files, and the arrays made of them,
    with the whole. place: the folder of all caches of what is made of them; `home()` if none."""

    keys: tuple[str, ...]
    hashes: tuple[str, ...]
    files: "PictureFiles"
    rows: np.ndarray  # (U,) int64: which of the files each picture is
    place: Path | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def subset(self, rows: np.ndarray | torch.Tensor) -> "Pictures":
        """Only the pictures of these rows, in their order."""
        places = np.asarray(rows)
        keys, hashes = (tuple(part[i] for i in places.tolist()) for part in (self.keys, self.hashes))
        return Pictures(keys, hashes, self.files, self.rows[places], self.place)

    def read(self, row: int) -> bytes:
        """The encoded file of one picture."""
        return self.files.read(int(self.rows[row]))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all pictures, in order."""
        return hash_of(self.hashes)


def hash_of(parts: Iterable[str]) -> str:
    """One hash of many."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class PictureFiles:
    """Encoded pictures one after the other in one file: where each begins and ends, `(F + 1,)`, and its hash."""

    path: Path
    ends: np.ndarray
    hashes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all of them, in order."""
        return hash_of(self.hashes)

    def read(self, row: int) -> bytes:
        """One of them; `UserError` where it is damaged."""
        start, end = (int(place) for place in self.ends[row : row + 2])
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                content = file.read(end - start)
        except OSError as error:
            raise UserError(f"{self.path.parent} cannot be read: delete it, and it is made anew.") from error
        if hashlib.sha256(content).hexdigest() != self.hashes[row]:
            raise UserError(f"{self.path.parent} is damaged: delete it, and it is made anew.")
        return content
