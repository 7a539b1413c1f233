"""Launches the app: `python app.py`, then open http://127.0.0.1:7860."""

import sys

if __name__ == "__main__":
    try:
        from ui.page import launch  # in here, so that Ctrl-C ends it quietly from the start

        launch()
    except KeyboardInterrupt:
        sys.exit(130)
