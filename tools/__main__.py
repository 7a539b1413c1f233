"""The makers of what the repository ships: `python -m tools --help`."""

import sys


def main() -> None:
    """Run the command line. What is heavy is imported in here, so that Ctrl-C ends it quietly from the start."""
    try:
        from tools.cli import app

        app(prog_name="python -m tools")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
