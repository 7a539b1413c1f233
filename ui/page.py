"""The page: header, tabs in the order of a lesson, endpoints."""

import os
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from msd_core.storage import home
from ui import api, limits
from ui.tabs import TABS
from ui.tabs.shared import Page
from ui.theme import CSS, HEAD, theme
from ui.widgets.header import Header
from ui.work.housekeeping import Heartbeats, bound_sessions, keep_house, route_of
from ui.work.sending import TakeAway

_UNREADABLE = "That request cannot be read: send every value that the API page lists, and files uploaded here."
_CLOSED = (
    "/gradio_api/deep_link",  # leaves a file of the whole page behind at every call
    *("/gradio_api/run/", "/gradio_api/api/"),  # pass by the queue
)
_OPEN = "/gradio_api/run/predict"  # all the same: where Gradio's page sends those of its events that are not queued


class _Blocks(gr.Blocks):
    """Gradio's blocks, which would answer a forged file, or a request that lacks values, with nothing at all."""

    async def preprocess_data(self, *values: Any, **options: Any) -> list[Any]:
        """The values of a request as components have them; raises `gr.Error` for what cannot be read."""
        try:
            return await super().preprocess_data(*values, **options)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(_UNREADABLE, print_exception=False) from error


def build() -> gr.Blocks:
    """The whole page."""
    with _Blocks(
        title="Modality Saliency Distillation",
        analytics_enabled=False,
        delete_cache=(limits.UPLOAD_SECONDS // 12, limits.UPLOAD_SECONDS),
        fill_width=True,
    ) as blocks:
        api.add_endpoints()  # first: the page's own events would take the endpoints' names
        Header.build(Header.HTML)
        # the ids are no secret here, but Gradio's own key would change, and so forget them, at each start
        runs = gr.BrowserState([], storage_key="msd-runs", secret="msd-runs")
        own = gr.BrowserState([], storage_key="msd-own", secret="msd-own")
        with gr.Tabs() as tabs:
            page = Page(blocks, tabs, runs, own)
            for key, (title, build_tab) in TABS.items():
                with gr.Tab(title, id=key) as tab:
                    build_tab(page, tab)
    return blocks.queue(max_size=limits.QUEUE, api_open=False)  # the open routes pass by queue and limits


class _Closed:
    """Refuses the routes of Gradio's that the page has no use for."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_of(scope)
        if path.startswith(_CLOSED) and path != _OPEN:
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


MIDDLEWARE = [Middleware(_Closed), Middleware(Heartbeats), Middleware(TakeAway)]


def launch() -> None:
    """Serve the page where Gradio's own environment variables say, by default on 127.0.0.1:7860."""
    uploads = Path(os.environ.get("GRADIO_TEMP_DIR") or home()) / "msd-uploads"  # nobody else's: it is swept
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    from ui.work.warm_up import import_all, warm_up

    import_all()  # before anybody can ask: imports from two threads at once can break
    blocks = build()
    blocks.launch(
        theme=theme(),
        css_paths=CSS,
        head=HEAD,
        max_file_size=limits.UPLOAD,
        max_threads=limits.THREADS,
        run_history=False,  # would keep visitors' inputs in the browser
        ssr_mode=False,
        footer_links=["api", "settings"],
        enable_monitoring=False,
        app_kwargs={"middleware": MIDDLEWARE},
        state_session_capacity=limits.SESSIONS,
        prevent_thread_lock=True,
    )
    bound_sessions(blocks)
    keep_house()
    warm_up()  # the page is up; what it opens with is made before the first visitor asks
    blocks.block_thread()
