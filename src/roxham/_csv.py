"""Write CSV that no spreadsheet takes for a program: the one door for every table that leaves Roxham.

A cell of text that begins like a formula gets an apostrophe in front, as spreadsheets themselves mark text. Numbers
stay numbers, negative ones too. Rule: OWASP, CSV injection.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

__all__ = ["csv_field", "csv_text", "safe", "write_csv"]

#: What a spreadsheet may take for the beginning of a formula, the wide forms of East Asian keyboards included.
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Stream(Protocol):
    """Whatever takes text."""

    def write(self, text: str, /) -> object: ...


def safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; what is no text is given back as it is.

    >>> safe("=1+1"), safe("F17"), safe("-12.5"), safe(-12.5), safe("-200 beds")
    ("'=1+1", 'F17', '-12.5', -12.5, "'-200 beds")
    """
    if not isinstance(value, str) or not value or _NUMBER.fullmatch(value):
        return value
    formula = value[0] in "\t\r\n" or value.lstrip()[:1] in _FORMULA
    return f"'{value}" if formula else value


def write_csv(
    stream: Stream, rows: Iterable[Sequence[object] | Mapping[str, object]], columns: Sequence[str] | None = None
) -> None:
    """Write rows, lists or mappings, with the names of the columns in front when they are given.

    A mapping is written in the order of the columns; a column that it lacks is left empty.

    Raises KeyError for a mapping with a column that was not named.
    """
    writer = csv.writer(stream, lineterminator="\n")
    if columns is not None:
        writer.writerow([safe(name) for name in columns])
    for row in rows:
        if isinstance(row, Mapping):
            strange = [name for name in row if name not in (columns or ())]
            if strange:
                raise KeyError(strange[0])
            row = [row.get(name, "") for name in columns or ()]
        writer.writerow([safe(cell) for cell in row])


def csv_text(
    rows: Iterable[Sequence[object] | Mapping[str, object]], columns: Sequence[str] | None = None
) -> str:
    """Give rows as CSV text, as `write_csv` writes them.

    >>> csv_text([{"name": "@home", "persons": -3}], ["name", "persons"])
    "name,persons\\n'@home,-3\\n"
    """
    held = io.StringIO()
    write_csv(held, rows, columns)
    return held.getvalue()


def csv_field(text: str) -> str:
    """Give one cell as it stands in a CSV line: safe, and quoted where it must be.

    >>> csv_field("heard"), csv_field('=cmd|"a"'), csv_field("a, b")
    ('heard', '"\\'=cmd|""a""\"', '"a, b"')
    """
    return csv_text([[text]]).removesuffix("\n")
