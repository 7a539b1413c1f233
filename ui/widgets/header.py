"""The head of the page."""

from ui.widgets.base import Widget


class Header(Widget):
    """The name of the page and one sentence on what it is."""

    HTML = (
        "<header><h1>Modality Saliency Distillation</h1><p>See which modality an image-text classifier listens to, "
        "and what is left of that when it is distilled into a small one: hide the picture or the words, and watch "
        "who changes their mind.</p></header>"
    )
    STYLE = """
header { padding: 34px 0 10px; max-width: 46rem; }
h1 { font-size: clamp(26px, 4vw, 38px); line-height: 1.15; letter-spacing: -0.02em; font-weight: 700; margin: 0 0 10px;
  color: var(--body-text-color); }
p { font-size: 17px; line-height: 1.55; color: var(--body-text-color-subdued); margin: 0; }"""
