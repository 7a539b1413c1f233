"""The command line: `python -m analysis --help`, or `msd-analysis --help` once installed."""

import sys


def main() -> None:
    """Run the command line. What is heavy is imported in here, so that Ctrl-C ends it quietly from the start."""
    try:
        from analysis.cli import app

        app(prog_name="msd-analysis")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
