"""The page as it is served, without a browser."""

import pytest
from gradio.routes import App
from starlette.testclient import TestClient

from ui import limits
from ui.page import MIDDLEWARE, build
from ui.work.housekeeping import Sessions, bound_sessions


@pytest.fixture(scope="module")
def served():
    """The page's application, and an event of the page that is not queued."""
    blocks = build()
    blocks.state_session_capacity = limits.SESSIONS
    blocks.app = App.create_app(blocks, app_kwargs={"middleware": MIDDLEWARE})
    bound_sessions(blocks)
    event = next(key for key, each in blocks.fns.items() if each.fn and each.fn.__name__ == "stale")
    return TestClient(blocks.app), event


def post(served, route: str, session: str, root: str = ""):
    client, event = served
    body = {"data": [None], "fn_index": event, "session_hash": session}
    return client.post(f"{root}/gradio_api/{route}", json=body).status_code


def test_no_route_but_that_of_the_page_itself_passes_by_the_queue(served):
    assert post(served, "run/predict", "a page") == 200
    for route in ("api/predict", "api/predict/", "api/stale", "run/predict/", "run/stale", "run/compare", "run/"):
        assert post(served, route, "a page") == 404, route


def test_nor_does_one_below_a_root(served, monkeypatch):
    monkeypatch.setattr(served[0].app, "root_path", "/lab")
    assert post(served, "run/predict", "a page", "/lab") == 200
    assert post(served, "api/predict", "a page", "/lab") == 404


def test_calls_on_events_of_the_page_leave_few_sessions(served, monkeypatch):
    holder = served[0].app.state_holder
    assert isinstance(holder, Sessions) and holder.capacity == limits.SESSIONS
    monkeypatch.setattr(holder, "capacity", 10)
    for number in range(30):
        assert post(served, "run/predict", f"call {number}") == 200
    assert len(holder.session_data) == 10
