"""The tabs, in the order of a lesson. A new one is a file here and a line in `TABS`."""

from collections.abc import Callable

import gradio as gr

from ui.tabs.attribute.tab import AttributeTab
from ui.tabs.compare import CompareTab
from ui.tabs.distil.tab import DistilTab
from ui.tabs.explore.tab import ExploreTab
from ui.tabs.languages.tab import LanguagesTab
from ui.tabs.own.tab import OwnTab
from ui.tabs.shared import Page
from ui.tabs.study.tab import StudyTab

TABS: dict[str, tuple[str, Callable[[Page, gr.Tab], object]]] = {
    "compare": ("Compare", CompareTab),
    "attribute": ("Attribute", AttributeTab),
    "distil": ("Distil", DistilTab),
    "explore": ("Explore", ExploreTab),
    "study": ("Study", StudyTab),
    "own": ("Your data", OwnTab),
    "languages": ("Languages", LanguagesTab),
}
