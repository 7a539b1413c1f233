"""The viewer of maps: several models' side by side on one scale. Numbers and words come from a `Scene`; here is only
their markup, all of it escaped."""

import base64
import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ui.widgets.base import Widget, data_uri

if TYPE_CHECKING:  # heavy: the page must be up soon
    from analysis.attribution.scene import Cell, Measure, Panel, QuickLooks, Scene

_HERE = Path(__file__).parent
_MARKED = 0.2  # strength from which a patch bears its sign
_SIGNED = 0.02  # and a word its underline
_INKED = 0.4  # strength from which a word is written in black or white
_TURNED = {"for": 0.735, "against": 0.9}  # and from which the other of the two has more contrast: at least 4.5 always
_SMALL = 128  # pixels on a side, up to which a picture is drawn pixel by pixel
_HEADS = '<div class="heads" aria-hidden="true"><span>image</span><span>text</span></div>'
_HINT = "Point at a patch or a word, tap it, or move with the arrow keys, to read its numbers here."


class Viewer(Widget):
    """Maps over the picture and the words, with what must be known to read them."""

    STYLE = (_HERE / "viewer.css").read_text()
    SCRIPT = (_HERE / "viewer.js").read_text()

    @staticmethod
    def render_html(scene: "Scene", doubtful: bool = False) -> str:
        """The markup of a scene; greyed where its input is none that the models know."""
        panels = "".join(_panel(scene, panel) for panel in scene.panels)
        return (
            f'<div class="viewer{" doubtful" if doubtful else ""}" style="{_colours()}; --models: {len(scene.panels)}" '
            f'data-unit="{escape(scene.short)}" data-hint="{escape(_HINT)}">{_legend(scene)}{_tools(scene)}'
            f'<p class="readout" role="status" aria-live="polite">{_HINT}</p><div class="panels">{panels}</div></div>'
        )


def quick_looks_html(looks: "QuickLooks") -> str:
    """The markup of quick looks, where its scene will be."""
    panels = "".join(
        f'<section class="panel" aria-label="{escape(name)}"><header><h4>{escape(name)}</h4></header>'
        f"{_canvas(looks.picture, {'patches': fill})}</section>"
        for name, fill in looks.fills.items()
    )
    style = f"{_colours()}; --models: {len(looks.fills)}"
    return f'<div class="viewer" style="{style}"><div class="panels">{panels}</div></div>'


def _colours() -> str:
    from analysis.attribution.scene import AGAINST, FOR

    return f"--for: {' '.join(map(str, FOR))}; --against: {' '.join(map(str, AGAINST))}"


def _legend(scene: "Scene") -> str:
    label, end = escape(scene.label), escape(scene.end)
    if not float(scene.end):
        return '<div class="legend"><p>All values are 0: no patch or word changes this score.</p></div>'
    return (
        f'<div class="legend" role="img" aria-label="Scale from −{end} (against “{label}”) to +{end} '
        f'(for “{label}”) {escape(scene.unit)}">'
        f'<div class="ends"><span>− <span class="sample against">against</span> “{label}”</span>'
        f'<span>+ <span class="sample for">for</span> “{label}”</span></div><div class="ramp"></div><div '
        f'class="ends ticks"><span>−{end}</span><span>0 {escape(scene.unit)}</span><span>+{end}</span></div></div>'
    )


def _tools(scene: "Scene") -> str:
    region = (
        '<label class="check"><input type="checkbox" name="outline" checked> Outline the deciding region</label>'
        if scene.outline
        else ""
    )
    shapes = "".join(
        f'<label><input type="radio" name="shape" value="{value}"{" checked" if value == "patches" else ""}>'
        f"<span>{title}</span></label>"
        for value, title in (("patches", "Patches"), ("pixels", "Pixels"))
    )
    return (
        '<div class="tools"><label>Map opacity <input type="range" name="opacity" min="0" max="100" step="5" '
        'value="70" aria-label="Opacity of the map, per cent"> <output>70 %</output></label>'
        f'<div class="shapes" role="radiogroup" aria-label="Shape of the map">{shapes}</div>{region}</div>'
    )


def _panel(scene: "Scene", panel: "Panel") -> str:
    name = escape(panel.name)
    return (
        f'<section class="panel" data-model="{name}" aria-label="{name}"><header><h4>{name}</h4>'
        f'<p class="answer">{_text(panel.answer)}</p></header>{_map(scene, panel)}{_words(scene, panel)}'
        f'<div class="measures">{_HEADS}{"".join(map(_measure, panel.measures))}</div>'
        f'<div class="notes"><p>{_text(panel.reading)}</p><p>{_text(panel.total)}</p></div></section>'
    )


def _map(scene: "Scene", panel: "Panel") -> str:
    if scene.picture is None:
        return '<p class="note">There is no picture</p>'
    side = len(panel.patches)
    hidden = '<p class="hidden">The image is hidden</p>' if scene.hidden == "image" else ""
    rows = "".join(
        f'<div role="row">{"".join(_patch(cell, i * side + j) for j, cell in enumerate(row))}</div>'
        for i, row in enumerate(panel.patches)
    )
    grid = f'<div class="grid" role="grid" aria-label="Map of the picture, {escape(panel.name)}">{rows}</div>'
    path = f'<path d="{scene.outline}"/>'  # twice, light under dark: seen on any picture
    box = "{} {}".format(*scene.outline_size)
    region = f'<svg viewBox="0 0 {box}" preserveAspectRatio="none" aria-hidden="true">{path}{path}</svg>'
    over = f"{region if scene.outline else ''}{grid if rows else ''}{hidden}"
    return _canvas(scene.picture, panel.fills, over, side)


def _canvas(picture: Image.Image, fills: dict[str, Image.Image], over: str = "", side: int = 1) -> str:
    """The picture with colours laid over it by their shape, and markup over these."""
    width, height = picture.size
    small = " small" if max(width, height) <= _SMALL else ""
    paint = "".join(f'<img class="{shape}" alt="" src="{_png(fill)}">' for shape, fill in fills.items())
    return (
        f'<div class="map{small}" dir="ltr" style="--side: {side}; aspect-ratio: {width} / {height}">'
        f'<img class="picture" src="{data_uri(picture, width)}" alt="The picture">'
        f'<div class="paint">{paint}</div>{over}</div>'
    )


def _patch(cell: "Cell", index: int) -> str:
    mark = "" if abs(cell.strength) < _MARKED else "+" if cell.strength > 0 else "−"
    return (
        f'<span role="gridcell" class="patch" tabindex="{-1 if index else 0}" data-part="patch" data-index="{index}" '
        f'data-name="{escape(cell.name)}" data-value="{escape(cell.value)}" aria-label="{escape(cell.name)}">{mark}'
        f"</span>"
    )


def _words(scene: "Scene", panel: "Panel") -> str:
    if scene.hidden == "text":
        note = "There is no text" if scene.text is None else "The text is hidden"
        text = escape(scene.text or "")
        return f'<div><p class="words hidden" dir="auto">{text}</p><p class="note">{note}</p></div>'
    words = "".join(_word(cell, index) + escape(cell.after) for index, cell in enumerate(panel.words))
    return f'<p class="words" dir="auto" aria-label="Words, {escape(panel.name)}">{words}</p>'


def _word(cell: "Cell", index: int) -> str:
    sign = "" if abs(cell.strength) < _SIGNED else "for" if cell.strength > 0 else "against"
    size, close = abs(cell.strength), "" if cell.after else " close"
    ink = (" strong" if size > _INKED else "") + (" deep" if size > _TURNED[sign or "for"] else "")
    return (
        f'<span role="button" class="word {sign}{ink}{close}" style="--strength: {size:.3f}" '
        f'tabindex="{-1 if index else 0}" data-part="word" data-index="{index}" data-name="“{escape(cell.name)}”" '
        f'data-value="{escape(cell.value)}">{escape(cell.name)}</span>'
    )


def _measure(measure: "Measure") -> str:
    bars = "".join(
        f'<span class="bar {side}{" negative" if length < 0 else ""}">'
        f'<i style="width: {min(1, abs(length)) * 100:.1f}%"></i></span>'
        for side, length in zip(("image", "text"), measure.lengths, strict=True)
    )
    name, image, text = map(escape, (measure.name, *measure.values))
    return (
        f'<div class="measure" role="group" aria-label="{name}"><b aria-label="image {image}">{image}</b>'
        f'<span class="name">{name}</span><b aria-label="text {text}">{text}</b><span class="bars">{bars}</span></div>'
    )


def _text(sentence: str) -> str:
    """Escaped, and a per cent sign never alone on its line."""
    return escape(sentence).replace(" %", "\u00a0%")


def _png(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
