"""Pictures without a table, whose folders name their labels, as the hub's imagefolder has it."""

from msd_core.tasks.archive import Pictures, path_parts, short
from msd_core.tasks.columns import PICTURES
from msd_core.tasks.table import BadRow, Cell, Table

SPLITS = ("train", "validation", "val", "test", "dev")


def folder_table(pictures: Pictures) -> Table | None:
    """The table that the folders make: `file_name`, `label` (the folder that a picture lies in), and `split` where the
    outermost folders are those of splits; a row a picture, in the order of their paths. A folder that holds all of them
    counts for neither. None where the folders tell fewer than two labels apart."""
    paths = [path for path in pictures.files if path.lower().endswith(PICTURES)]
    folders = [path_parts(path)[:-1] for path in paths]
    inner = [parts[_shared(folders) :] for parts in folders]
    has_splits = bool(inner) and all(parts and parts[0].lower() in SPLITS for parts in inner)
    labels: list[Cell] = [parts[-1] if len(parts) > has_splits else None for parts in inner]
    rows = [row for row, label in enumerate(labels) if label is not None]
    if len({labels[row] for row in rows}) < 2:
        return None
    cells: dict[str, list[Cell]] = {"file_name": [paths[row] for row in rows], "label": [labels[row] for row in rows]}
    if has_splits:
        cells["split"] = [inner[row][0] for row in rows]
    bad = [
        BadRow(row + 1, f"{short(paths[row])} lies in no folder that names its label.")
        for row in range(len(paths))
        if labels[row] is None
    ]
    return Table(tuple(cells), [row + 1 for row in rows], cells, bad)


def _shared(folders: list[list[str]]) -> int:
    """How many outer folders all pictures lie in, before the first that is a split's."""
    for depth, names in enumerate(zip(*folders, strict=False)):
        if len(set(names)) > 1 or names[0].lower() in SPLITS:
            return depth
    return min(map(len, folders), default=0)
