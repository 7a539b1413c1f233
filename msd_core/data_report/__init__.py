"""A report on the data of any task, before anything is trained."""

from msd_core.data_report.report import BadRow, DataReport, data_report
from msd_core.data_report.terminal import print_report, tables

__all__ = ["BadRow", "DataReport", "data_report", "print_report", "tables"]
