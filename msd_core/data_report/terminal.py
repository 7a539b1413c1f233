"""A data report for a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from msd_core.data_report.report import DataReport
from msd_core.data_report.sheets import Sheet, sheets
from msd_core.terminal import note


def print_report(report: DataReport, console: Console | None = None) -> None:
    """The tables and the sentence on standard output, the warnings on standard error."""
    console = console or Console()
    for table in tables(report):
        console.print(table)
    console.print(Text(report.sentence))
    for warning in report.warnings:
        note(warning)


def tables(report: DataReport) -> list[Table]:
    """What was counted and measured, a few tables; long ones are cut."""
    return [_table(sheet) for sheet in sheets(report)]


def _table(sheet: Sheet) -> Table:
    table = Table(sheet.header[0], title=sheet.title, title_justify="left")
    for column in sheet.header[1:]:
        table.add_column(column, justify="right")
    for row in sheet.rows:
        table.add_row(*map(Text, row))
    return table
