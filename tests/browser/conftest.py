"""The real app in a process of its own, and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
_PATIENCE = 30_000  # milliseconds


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory) -> Path:
    """Where the app that `server` runs writes all that it writes."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def server(app_folder):
    """The address of a running app; it must outlive every test."""
    with serving(app_folder, "app.py") as address:
        yield address


@contextmanager
def serving(folder: Path, *program: str):
    """The address of an app that Python runs as told, with all that it writes in a folder, but for what any test may
    have made of the tasks: that is everybody's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home, shared = folder / "home", Path(os.environ["MSD_HOME"])
    home.mkdir()
    for caches in ("tasks", "arrays"):
        (shared / caches).mkdir(exist_ok=True)
        (home / caches).symlink_to(shared / caches)
    environment = {
        **os.environ, "MSD_READY": "0",  # two processes more for each of a dozen servers would take the cores
        "MSD_HOME": str(home), "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *program], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(address, process, folder / "log")
            yield address
            assert process.poll() is None, (folder / "log").read_text()
        finally:
            process.terminate()
            process.wait(10)


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"the page did not come up: {log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=_PATIENCE)  # how long is no test's concern, and a busy machine is slow
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


@pytest.fixture
def visit(browser, server):
    """Open the page as a new visitor; at the end, nothing may have failed in it or been asked of another machine."""
    contexts, faults = [], []

    def watch(page):
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda m: faults.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("request", lambda r: faults.append(f"outside: {r.url}") if _outside(r.url, server) else None)

    def open_page(width: int = 1280, scheme: str = "light", font: Path | None = None):
        """`font` is a file that takes the place of every web font."""
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        if font:
            context.route("**/*.woff2", lambda route: route.fulfill(path=font))
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        context.on("page", watch)
        return come_back(context, server)

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def come_back(context, address: str):
    """Open the page once more in a browser that may know it; a page that is left while it loads complains."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#answers .headline")
    return page


def press_tab(page, name: str) -> None:
    """Press a tab; a narrow page may have it in its menu."""
    tab, menu = page.get_by_role("tab", name=name, exact=True), page.get_by_label("More tabs").first
    if not tab.count() and menu.is_visible():
        menu.click()
        page.locator(".overflow-dropdown").get_by_text(name, exact=True).click()
    else:
        tab.click()


def _outside(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))
