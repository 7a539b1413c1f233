"""The page: header, tabs in the order of a lesson, endpoints."""

from types import SimpleNamespace

import gradio as gr

from ui import api, attribute, compare, distil, explore, limits, study
from ui.theme import CSS, HEAD, theme
from ui.views import Header

TABS = {  # a new tab is a module and a place here
    "compare": ("Compare", compare),
    "attribute": ("Attribute", attribute),
    "distil": ("Distil", distil),
    "explore": ("Explore", explore),
    "study": ("Study", study),
}


def build() -> gr.Blocks:
    """The whole page. Tabs share a `SimpleNamespace` of components: a later one can reach an earlier one's."""
    with gr.Blocks(
        title="Modality Saliency Distillation",
        analytics_enabled=False,
        delete_cache=(limits.UPLOAD_SECONDS, limits.UPLOAD_SECONDS),
        fill_width=True,
    ) as page:
        api.add_endpoints()  # first: the page's own events would take the endpoints' names
        Header.build(Header.HTML)
        shared = SimpleNamespace(
            page=page,
            # the visitor's run ids; no secret, but Gradio's own would change, and so forget them, at each start
            runs=gr.BrowserState([], storage_key="msd-runs", secret="msd-runs"),
        )
        with gr.Tabs() as shared.tabs:
            for key, (title, tab) in TABS.items():
                with gr.Tab(title, id=key) as shared.tab:
                    setattr(shared, key, tab.build(shared))
    return page.queue(max_size=limits.QUEUE)


def launch() -> None:
    """Serve the page where Gradio's own environment variables say, by default on 127.0.0.1:7860."""
    page = build()
    page.launch(
        theme=theme(),
        css_paths=CSS,
        head=HEAD,
        max_file_size=limits.UPLOAD,
        max_threads=limits.THREADS,
        run_history=False,  # would keep visitors' inputs in the browser
        ssr_mode=False,
        footer_links=["api", "settings"],
        enable_monitoring=False,
        prevent_thread_lock=True,
    )
    compare.warm_up()  # the page is up; what it opens with is made before the first visitor asks
    attribute.warm_up()
    page.block_thread()
