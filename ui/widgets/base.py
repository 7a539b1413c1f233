"""What a widget of ours is, and what several of them need."""

import base64
import io
from typing import Any

import gradio as gr
from PIL import Image

_TINY = 128  # pixels on a side: what is smaller is enlarged pixel by pixel, so that people see what models read


class Widget:
    """A widget's style and script. No subclass of `gr.HTML`: Gradio writes a stub file beside each of those."""

    STYLE = ""
    SCRIPT: str | None = None

    @classmethod
    def build(cls, value: str = "", **options: Any) -> gr.HTML:
        """The component, in the layout that is being built."""
        return gr.HTML(value, css_template=cls.STYLE, js_on_load=cls.SCRIPT, padding=False, **options)


def data_uri(picture: Image.Image, width: int = 128) -> str:
    """A picture, so many pixels wide, for an `<img>` that asks the server for nothing."""
    buffer = io.BytesIO()
    sharp = max(picture.size) <= _TINY and width > picture.width
    how = Image.Resampling.NEAREST if sharp else Image.Resampling.BICUBIC
    size = width, max(1, width * picture.height // picture.width)
    picture.resize(size, how).save(buffer, "WEBP", quality=90, lossless=sharp)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def enlarged(picture: Image.Image, side: int = 256) -> Image.Image:
    """A tiny picture pixel by pixel at about that size, for a component that would blur it; others as they are."""
    if max(picture.size) > _TINY:
        return picture
    times = max(1, side // max(picture.size))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
