"""From `python app.py` to the first page, and from there to the first Compare. Bars: 10 s and 2 s."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from gradio_client import Client, handle_file

from benchmarks.timing import seconds
from msd_core.tasks import load_task

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str) -> None:
    """Wait for a page to be up."""
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)


def main() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(address)
        page = time.perf_counter() - started
        client = Client(address, verbose=False)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pair.png"
            task = load_task("easy-vqa")
            example = task.examples("test")[0]
            path.write_bytes(task.picture(example.image))
            compare = seconds(lambda: client.predict(task.name, handle_file(path), example.text, api_name="/compare"))
        print(f"page up after {page:.1f} s (bar 10), first Compare {compare:.2f} s later (bar 2)")
    finally:
        app.terminate()
        app.wait()


if __name__ == "__main__":
    main()
