"""What a model reads of a picture: a square of its own size, made from the original."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

FITS = ("letterbox", "crop", "stretch")
BARS = (128, 128, 128)  # what fills a letterbox: zero, once a tower has centred it
_FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Frame:
    """Where a picture lies in the square that a model reads: left, top, width and height in pixels of the square. What
    reaches beyond the square is not read."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Preprocess:
    """How a model makes its square from a picture.

    size: S, pixels on a side. fit: `letterbox` shows the whole picture between grey bars, `crop` its middle (of the
    shorter side the share `crop_share`), `stretch` all of it out of shape. interpolation: of the resize; `box` enlarges
    bicubically. mean, std: by which a tower centres colours in [0, 1]; what is kept and shown is not centred.
    """

    size: int
    fit: str = "letterbox"
    interpolation: str = "box"
    crop_share: float = 1.0
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ValueError(f"fit is one of {FITS}, not {self.fit!r}")
        if self.interpolation not in _FILTERS:
            raise ValueError(f"interpolation is one of {tuple(_FILTERS)}, not {self.interpolation!r}")

    @property
    def key(self) -> dict:
        """What a model's answers depend on, for the key of a cache."""
        return asdict(self)

    @property
    def pixels_key(self) -> dict:
        """What the pixels alone depend on: models that centre them otherwise share them."""
        return {name: value for name, value in self.key.items() if name not in ("mean", "std")}

    def frame(self, width: int, height: int) -> Frame:
        """Where a picture of this width and height comes to lie."""
        if self.fit == "stretch":
            return Frame(0, 0, self.size, self.size)
        side = max(width, height) if self.fit == "letterbox" else self.crop_share * min(width, height)
        inner = tuple(max(1, round(each * self.size / side)) for each in (width, height))
        return Frame((self.size - inner[0]) // 2, (self.size - inner[1]) // 2, *inner)

    def __call__(self, picture: Image.Image) -> np.ndarray:
        """An RGB picture as uint8 `(S, S, 3)`."""
        frame = self.frame(*picture.size)
        square = Image.new("RGB", (self.size, self.size), BARS)
        inner = (int(frame.width), int(frame.height))
        left, right, x0, x1 = self._overlap(int(frame.left), inner[0], picture.width)
        top, bottom, y0, y1 = self._overlap(int(frame.top), inner[1], picture.height)
        box = (x0, y0, x1, y1)  # only what is read is resized: of a strip the rest would be huge
        resized = picture.resize((right - left, bottom - top), self._filter(picture.size, inner), box)
        square.paste(resized, (left, top))
        return np.asarray(square)

    def _overlap(self, start: int, length: int, pixels: int) -> tuple[int, int, float, float]:
        """Along one side: from where to where the square shows the picture, and which of its pixels these are."""
        first, last = max(0, start), min(self.size, start + length)
        return first, last, (first - start) * pixels / length, (last - start) * pixels / length

    def _filter(self, size: tuple[int, int], inner: tuple[int, int]) -> Image.Resampling:
        if self.interpolation == "box" and inner[0] * inner[1] >= size[0] * size[1]:
            return Image.Resampling.BICUBIC
        return _FILTERS[self.interpolation]


def as_pixels(images: Tensor | np.ndarray) -> Tensor:
    """uint8 `(B, S, S, 3)` to float `(B, 3, S, S)` in [0, 1], channels last in memory."""
    images = torch.from_numpy(images) if isinstance(images, np.ndarray) else images
    return images.permute(0, 3, 1, 2).float().div_(255)
