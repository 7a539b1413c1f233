"""The look of the page: one accent, one font that the page brings along, light and dark."""

from pathlib import Path

import gradio as gr

from analysis.fonts import FALLBACK_FONTS, WEB_FONT

_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "DejaVu Sans Mono", "monospace")
_WEIGHTS = (400, 700)  # 600 is shown as 700: the file of that weight in Gradio’s wheel lacks most letters

CSS = Path(__file__).with_name("page.css")
# In the page from its first byte: Gradio measures the tabs before it has our style, and hides those that find no room;
# nor does its reading of our style let rules for phones reach its own frame.
# The font is loaded at once, and figures drawn before it came are laid out anew: Plotly measures words as it draws.
HEAD = """<link rel="preload" as="font" type="font/woff2" crossorigin
  href="static/fonts/IBMPlexSans/IBMPlexSans-Regular.woff2">
<script>document.fonts.addEventListener('loadingdone', () => window.dispatchEvent(new Event('resize')));</script>
<style>@media (max-width: 640px) {
  .gradio-container .main { padding: 8px 10px 32px !important; }
  .tab-container button { font-size: 15px !important; padding: 10px 9px !important; }
}</style>"""


def theme() -> gr.themes.Base:
    """A calm theme. Its font comes in Gradio's wheel: the layout does not hang on the visitor's machine, and nothing is
    fetched from elsewhere."""
    base = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
        spacing_size=gr.themes.sizes.spacing_md,
        font=[gr.themes.LocalFont(WEB_FONT, weights=_WEIGHTS), *FALLBACK_FONTS],
        font_mono=_MONO,
    )
    return base.set(
        body_background_fill="#faf9f7",
        body_background_fill_dark="#14171a",
        body_text_color="#23272b",
        body_text_color_dark="#e7e9ea",
        body_text_color_subdued="#5c646c",
        body_text_color_subdued_dark="#a2aab2",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1b1f23",
        background_fill_secondary="#f4f2ee",
        background_fill_secondary_dark="#22272c",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1b1f23",
        block_border_color="#e6e2da",
        block_border_color_dark="#2c3238",
        border_color_primary="#e0dbd2",
        border_color_primary_dark="#363d44",
        block_shadow="none",
        block_label_text_color="#5c646c",
        block_label_text_color_dark="#a2aab2",
        block_title_text_color="#23272b",
        block_title_text_color_dark="#e7e9ea",
        block_title_text_weight="600",
        input_background_fill="#ffffff",
        input_background_fill_dark="#14171a",
        input_border_color="#d6d0c5",
        input_border_color_dark="#3b434b",
        button_primary_background_fill="#0b766d",
        button_primary_background_fill_hover="#095f58",
        button_primary_background_fill_dark="#0d8f83",
        button_primary_background_fill_hover_dark="#10a597",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#22272c",
        button_secondary_border_color="#d6d0c5",
        button_secondary_border_color_dark="#3b434b",
        button_large_text_weight="600",
        slider_color="#0b766d",
        slider_color_dark="#12b3a4",
    )
