"""A study's tables: made from its runs, kept as files, and printed."""

from dataclasses import astuple
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Column, Table

from msd_core.study.arms import CONTRAST, RECOMBINED, ordered
from msd_core.study.contrasts import by_evidence, contrasts
from msd_core.study.languages import by_language, transfer
from msd_core.study.plan import CONDITION, Condition, named_plan
from msd_core.study.published import LANGUAGE_TABLES, METRICS, TABLES, at, named_rows
from msd_core.study.results import gather, gather_search, save_table
from msd_core.tasks import WHOLE, Task, codes

_ALONE = {"image": "test_image", "text": "test_text", "KL image": "kl_image", "KL text": "kl_text"}


def make_tables(task: Task, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs of the study in a folder and the differences between its arms; these and its other tables are kept
    there."""
    table = gather(task, folder)
    differences, plan = contrasts(task, folder, table), named_plan(folder / "plans.json")
    base = Condition(plan["train_size"])
    tables = table, differences, gather_search(folder), by_evidence(task, folder, at(table, astuple(base)))
    for name, each in zip(TABLES, tables, strict=True):
        save_table(each, folder / name)
    if len(known := by_language(folder)):
        differing = transfer(known, codes(plan["languages"]), plan["seeds"], base)
        for name, each in zip(LANGUAGE_TABLES, (known, differing), strict=True):
            save_table(each, folder / name)
    return table, differences


def print_transfer(folder: Path) -> None:
    """The differences across languages that were named beforehand, in 80 columns; nothing for a task in one language,
    or where none of them ran."""
    if not (file := folder / f"{LANGUAGE_TABLES[1]}.csv").exists():
        return
    named = pd.read_csv(file).query("named")
    if named.empty:
        return
    sheet = Table("arm", "minus", "on", "points (95 % t)", "p (Holm)", box=None, pad_edge=False)
    for row in named.to_dict("records"):
        sheet.add_row(row["arm"], row["against"], row["measure"], _points(row, 1), f"{row['holm']:.4f}")
    Console().print(sheet, end="\n\n")


def print_sheets(table: pd.DataFrame, differences: pd.DataFrame) -> None:
    """A sheet a condition, in 80 columns."""
    out = Console()
    for condition, runs in table.groupby(CONDITION):
        title = f"{_size(condition[0])} examples, {condition[1]:.0%} wrong labels, {condition[2]:.0%} misread words"
        columns = "runs", "lr", "test (sd)", f"minus {CONTRAST[1]} (95 % t)"
        sheet = Table(
            Column("arm", no_wrap=True), *columns, title=title, title_justify="left", box=None, pad_edge=False
        )
        here = at(differences[differences["against"] == CONTRAST[1]], condition).set_index("arm")
        for arm in ordered(runs["arm"]):
            sheet.add_row(*_cells(arm, runs[runs["arm"] == arm], here.loc[arm] if arm in here.index else None))
        out.print(sheet, end="\n\n")
        out.print(_alone(runs), end="\n\n")
    if (named := _named(differences)).row_count:
        out.print(named, end="\n\n")
    out.print(
        f"Test {METRICS[table['metric'].iloc[0]]} in percent, differences in points; contrasts.csv has BCa intervals. "
        "Only differences with a * were named beforehand; the others are exploratory. KL is the student's from its "
        "teacher, in nats."
    )


def _named(differences: pd.DataFrame) -> Table:
    """The differences of recombined pairs that were named beforehand, by condition."""
    sheet = Table("recombined pairs", "minus", "examples", "points (95 % t)", "p", box=None, pad_edge=False)
    for pair in RECOMBINED:
        for row in named_rows(differences, pair).to_dict("records"):
            sheet.add_row(
                f"{row['arm']}*", row["against"], _size(row["train_size"]), _points(row, 2), f"{row['p']:.4f}"
            )
    return sheet


def _size(examples: int) -> str:
    return "all" if examples >= WHOLE else f"{examples:,}"


def _points(row: dict | pd.Series, digits: int) -> str:
    mean, low, high = (f"{100 * row[name]:+.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _alone(runs: pd.DataFrame) -> Table:
    """What students make of one modality alone, and how far that is from their teacher's answer: means over runs."""
    sheet = Table(Column("one modality alone", no_wrap=True), *_ALONE, box=None, pad_edge=False)
    means = runs.groupby("arm")[[*_ALONE.values()]].mean()
    for arm in ordered(runs["arm"]):
        image, text, *apart = means.loc[arm]
        cells = ("-" if pd.isna(kl) else f"{kl:.3f}" for kl in apart)
        sheet.add_row(arm, f"{100 * image:.1f}", f"{100 * text:.1f}", *cells)
    return sheet


def _cells(arm: str, runs: pd.DataFrame, pair: pd.Series | None) -> list[str]:
    score, spread = 100 * runs["test_both"].mean(), 100 * runs["test_both"].std()
    apart = "-" if pair is None else _points(pair, 2)
    star = "*" if pair is not None and pair["named"] else ""
    return [f"{arm}{star}", str(len(runs)), f"{runs['lr'].iloc[0]:g}", f"{score:.2f} ({spread:.2f})", apart]
