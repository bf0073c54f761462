"""A report on generators: tables with intervals, differences to a baseline, and plots."""

from backend.training.metrics.intervals import Interval, bootstrap_mean
from backend.training.report.rows import Difference, Groups, Overall, Row, Values, compare, tabulate
from backend.training.report.write import Report, write_report

__all__ = [
    "Difference",
    "Groups",
    "Interval",
    "Overall",
    "Report",
    "Row",
    "Values",
    "bootstrap_mean",
    "compare",
    "tabulate",
    "write_report",
]
