"""Files that installed packages carry: they are read, and the code of these packages is never run."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


def package_folder(package: str, folder: str) -> Path | None:
    """A folder of an installed package; None where that is not installed."""
    try:
        return Path(str(distribution(package).locate_file(folder)))
    except PackageNotFoundError:
        return None
