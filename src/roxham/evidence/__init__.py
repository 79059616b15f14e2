"""What was seen: observed series with their sources and vintages, and the ledger of every number of a case.

A model never reads this package: it must not see the answer. Calibration, forecasts and displays do.
"""

from roxham.evidence.check import Check, check_totals
from roxham.evidence.ledger import Ledger, Line, ledger
from roxham.evidence.series import Break, Point, Series, list_series, load_series
from roxham.evidence.tables import read_table, table_names

__all__ = [
    "Break",
    "Check",
    "Ledger",
    "Line",
    "Point",
    "Series",
    "check_totals",
    "ledger",
    "list_series",
    "load_series",
    "read_table",
    "table_names",
]
