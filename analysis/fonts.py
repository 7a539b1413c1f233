"""The font of page, figures and reports: the same everywhere, so that what was laid out fits."""

import base64
from functools import cache
from importlib.util import find_spec
from pathlib import Path

WEB_FONT = "IBM Plex Sans"  # served by the page and put into reports; it has Latin, Greek and Cyrillic letters
FALLBACK_FONTS = ("Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "Arial", "DejaVu Sans", "sans-serif")
FONT = ", ".join(f"'{name}'" if " " in name else name for name in (WEB_FONT, *FALLBACK_FONTS))


@cache
def font_faces() -> str:
    """`@font-face` rules with the web font in them, for a page that must not fetch anything; empty where Gradio, whose
    wheel has the files, is not installed."""
    gradio = find_spec("gradio")
    if gradio is None or not gradio.submodule_search_locations:
        return ""
    folder = Path(gradio.submodule_search_locations[0], "templates", "frontend", "static", "fonts", "IBMPlexSans")
    rules = []
    for weight, name in ((400, "Regular"), (700, "Bold")):
        file = folder / f"IBMPlexSans-{name}.woff2"
        if file.is_file():
            held = base64.b64encode(file.read_bytes()).decode()
            rules.append(
                f"@font-face {{ font-family: '{WEB_FONT}'; font-weight: {weight}; font-style: normal; "
                f"src: url(data:font/woff2;base64,{held}) format('woff2'); }}"
            )
    return "\n".join(rules)
