"""The command line: `python -m msd_core --help`, or `msd --help` once installed."""

import sys


def main() -> None:
    """Run the command line. What is heavy is imported in here, so that Ctrl-C ends it quietly from the start."""
    try:
        from msd_core.cli import app

        app(prog_name="msd")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
