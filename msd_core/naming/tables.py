"""What a study of naming shows: its runs, the differences between arms, and the search."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from msd_core.naming.arms import ARMS, PAIRS
from msd_core.naming.draw import NEAREST, slug
from msd_core.storage import read_json
from msd_core.study.results import save_table
from msd_core.study.statistics import holm, paired_t

TABLES = ("runs", "differences", "search")
SHOWN = ("chrf", "exact", "chrf_greedy", "exact_greedy")  # measures, 0 to 1, that differences are given of


def make_tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs of the study in a folder, one row each, and the differences between its arms; these and the search are
    kept there."""
    runs = pd.DataFrame(
        [
            {"arm": arm, "seed": _seed(path), **read_json(path)}
            for arm in (NEAREST, *ARMS)
            for path in _files(folder / "runs", arm)
        ]
    )
    tables = runs, differences(runs), search(folder)
    for name, table in zip(TABLES, tables, strict=True):
        save_table(table, folder / name)
    return tables[:2]


def differences(runs: pd.DataFrame) -> pd.DataFrame:
    """`arm` minus `against` of every pair named beforehand on every measure: Student's interval over paired seeds, p,
    and p adjusted over the pairs (Holm)."""
    by_arm = {arm: part.set_index("seed") for arm, part in runs.groupby("arm")}
    parts = []
    for measure in SHOWN:
        apart = [by_arm[arm][measure] - by_arm[against][measure] for arm, against in PAIRS]
        part = pd.DataFrame([asdict(paired_t(each.to_numpy())) for each in apart])
        part.insert(0, "seeds", [len(each) for each in apart])
        part.insert(0, "measure", measure)
        parts.append(pd.concat([pd.DataFrame(PAIRS, columns=["arm", "against"]), part], axis=1))
        parts[-1]["holm"] = holm(list(part["p"]))
    return pd.concat(parts, ignore_index=True)


def search(folder: Path) -> pd.DataFrame:
    """The chrF on validation of every arm, rate and seed of the search."""
    rows = [
        (arm, float(lr), _seed(path), value)
        for arm in ARMS
        for path in _files(folder / "search", arm)
        for lr, value in read_json(path)["chrf"].items()
    ]
    return pd.DataFrame(rows, columns=["arm", "lr", "seed", "chrf"])


def best_lr(folder: Path, arm: str) -> float:
    """The rate with the best mean over the seeds of the search, of equals the smallest."""
    found = search(folder)
    return float(found[found["arm"] == arm].groupby("lr")["chrf"].mean().idxmax())


def print_sheet(runs: pd.DataFrame, differing: pd.DataFrame) -> None:
    """A line an arm, in 80 columns."""
    against = dict(reversed(PAIRS))  # the first that is named of an arm
    here = differing[differing["measure"] == "chrf"].set_index(["arm", "against"])
    sheet = Table("arm", "lr", "chrF", "exact", "minus", "points of chrF (95 % t)", box=None, pad_edge=False)
    for arm, part in runs.groupby("arm", sort=False):
        row = here.loc[arm, against[arm]] if arm in against else None
        apart = "-" if row is None else "{:+.2f} ({:+.2f} to {:+.2f})".format(*(100 * row[["mean", "low", "high"]]))
        lr = "-" if arm == NEAREST else f"{part['lr'].iloc[0]:g}"
        scores = (f"{100 * part[measure].mean():.2f}" for measure in ("chrf", "exact"))
        sheet.add_row(arm, lr, *scores, against.get(arm, "-"), apart)
    Console().print(sheet)


def _files(folder: Path, arm: str) -> list[Path]:
    """What was kept of an arm, by seed."""
    return sorted(folder.glob(f"{slug(arm)}-*.json"), key=_seed)


def _seed(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])
