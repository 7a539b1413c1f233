"""What writes the repository's own models, tables, pages and figures: `python -m tools --help`."""
