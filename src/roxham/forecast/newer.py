"""A newer file of the same counts, read and checked, so that a forecast may begin where that file ends.

It has the columns of the case's own table of claims: whatever is wrong is told at once, each with its line, and nothing
is used then. Nothing is written: the rows go to `forecast(..., newer=...)` and no further.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from roxham.errors import EvidenceError, Problem, did_you_mean
from roxham.evidence.tables import months, read_table
from roxham.forecast.vintage import ALL, Design, design, later_month

__all__ = ["COLUMNS", "Newer", "read_newer"]

COLUMNS = ("year", "month", "province", "office", "claims", "source_url")
MORE = ("classification", "note")
#: Bounds of what is read: a file of twenty years has fewer rows, and no month so many claims.
MOST_ROWS, MOST_CLAIMS = 20_000, 1_000_000
#: Published cells are rounded to 5, so a whole may fall short of its parts by this much.
ROUNDING = 15
Row = Mapping[str, str]


@dataclass(frozen=True)
class Newer:
    """Rows of a newer file in the columns of the case's table, its first and last month, and the hash of the rows."""

    rows: tuple[Row, ...]
    first: str
    last: str
    digest: str


def read_newer(content: str | bytes, case: str | Path = "canada_us", *, name: str = "file.csv") -> Newer:
    """Read a newer file of the case's claims by month, province and office.

    The columns are `year, month, province, office, claims, source_url`; `classification` and `note` may be there. Rows
    of another classification or without a month are passed over. An empty count is one that was suppressed (0 to 5).

    Raises EvidenceError with every problem of the file at once: columns, numbers, names, double rows, addresses, a gap
    after the last month held, months that lack an office, wholes smaller than their parts, or nothing new.

    >>> read_newer("year,month\\n2025,2\\n", name="new.csv")
    Traceback (most recent call last):
    roxham.errors.EvidenceError: new.csv:1: the column "province" is missing
    new.csv:1: the column "office" is missing
    new.csv:1: the column "claims" is missing
    new.csv:1: the column "source_url" is missing
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvidenceError(Problem("this is not text in UTF-8; save the table as CSV (UTF-8)", name)) from error
    plan = design(case)
    held = [row for row in read_table(case, plan.series.table)
            if row["classification"] == plan.series.classification and row["month"]]  # fmt: skip
    lines, problems = _lines(text, plan.series.classification, name)
    provinces = {row["province"] for row in held}
    offices = {row["office"] for row in held}
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in lines:
        found = _row_problems(row, provinces, offices)
        key = (_month(row), row["province"], row["office"])
        if not found and key in seen:
            found = [f"{', '.join(key)} already stands in line {seen[key]}"]
        seen.setdefault(key, line)
        problems += [said.at(name, line) if isinstance(said, Problem) else Problem(said, name, line) for said in found]
    rows = [row for _, row in lines]
    if not problems:
        problems += [Problem(said, name) for said in _whole_problems(rows, plan, max(_month(row) for row in held))]
    if problems:
        raise EvidenceError(problems)
    names = sorted({_month(row) for row in rows})
    said = json.dumps([sorted(row.items()) for row in rows], ensure_ascii=False)
    return Newer(tuple(rows), names[0], names[-1], hashlib.sha256(said.encode()).hexdigest())


def _month(row: Row) -> str:
    return f"{row['year']:0>4}-{row['month']:0>2}"


def _lines(text: str, classification: str, name: str) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """The rows that count, with their lines, or what is wrong with the columns."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = reader.fieldnames or []
        problems = [Problem(f'the column "{one}" is missing', name, 1) for one in COLUMNS if one not in header]
        known = (*COLUMNS, *MORE)
        problems += [
            Problem(f'"{one[:40]}" is not a column here; it takes {", ".join(known)}', name, 1)
            for one in header if one not in known
        ]  # fmt: skip
        if problems:
            return [], problems
        lines: list[tuple[int, dict[str, str]]] = []
        for given in reader:
            if len(lines) >= MOST_ROWS:
                return [], [Problem(f"more than {MOST_ROWS} rows", name, reader.line_num)]
            row = {key: (given.get(key) or "").strip() for key in known}
            if row["month"] and row["classification"] in ("", classification):
                lines.append((reader.line_num, row | {"classification": classification}))
    except csv.Error as error:
        return [], [Problem(f"this is not a table of comma-separated values ({error})", name, reader.line_num)]
    return lines, [] if lines else [Problem("the file has no row of claims by month", name)]


def _row_problems(row: Row, provinces: Iterable[str], offices: Iterable[str]) -> list[Problem | str]:
    """What is wrong with one row."""
    found: list[Problem | str] = []
    if not re.fullmatch(r"[12]\d{3}", row["year"]):
        found.append(f'year: "{row["year"][:40]}" is not a year such as 2025')
    if not re.fullmatch(r"0?[1-9]|1[0-2]", row["month"]):
        found.append(f'month: "{row["month"][:40]}" is not a month from 1 to 12')
    for column, names in (("province", provinces), ("office", offices)):
        if row[column] not in names:
            hint = did_you_mean(row[column], sorted(names))
            found.append(Problem(f'{column}: "{row[column][:40]}" is not one of {", ".join(sorted(names))}', hint=hint))
    if row["claims"] and (not re.fullmatch(r"\d{1,7}", row["claims"]) or int(row["claims"]) > MOST_CLAIMS):
        found.append(f'claims: "{row["claims"][:40]}" is not a count of claims')
    if not re.match(r"https?://", row["source_url"]):
        found.append("a number needs the address of its source")
    return found


def _whole_problems(rows: Sequence[Row], plan: Design, last: str) -> list[str]:
    """What is wrong with the file as a whole: nothing new, a gap, or months that lack an office."""
    counts = {(_month(row), row["province"], row["office"]): row["claims"] for row in rows}
    newest = max(month for month, _, _ in counts)
    if newest <= last:
        return [f"nothing is newer: the file ends with {newest}, and counts are held to {last}"]
    found = []
    for month in months(later_month(last, 1), newest):
        if not any(one == month for one, _, _ in counts):
            found.append(f"{month} is missing: counts are held to {last}, and months must follow one another")
            continue
        found += _lacking(month, counts, plan)
    return found


def _lacking(month: str, counts: Mapping[tuple[str, str, str], str], plan: Design) -> list[str]:
    """Cells that a month lacks, and offices whose provinces are more than their whole."""
    found = []
    for office in (*plan.series.offices, ALL):
        whole = counts.get((month, ALL, office), "")
        if not whole:
            found.append(f"{month}: the count of all provinces is missing (province {ALL}, office {office})")
    for office in plan.series.offices:
        cells = {place: counts.get((month, place, office)) for place in plan.series.provinces}
        found += [
            f"{month}: {place}, {office} is missing; leave the count empty where it is suppressed (0 to 5)"
            for place, cell in cells.items() if cell is None
        ]  # fmt: skip
        whole = counts.get((month, ALL, office), "")
        parts = sum(int(cell) for cell in cells.values() if cell)
        if whole and parts > int(whole) + ROUNDING:
            found.append(f"{month}: {office} counts {parts} in {' and '.join(cells)}, and {whole} in all provinces")
    return found
