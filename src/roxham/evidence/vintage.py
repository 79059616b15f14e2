"""What became known between two days, and a reader's own series put into a case with the same checks.

A series of the case has the vintage of the house rule; one that is added later keeps the days on which its points were
published, where its file says so.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from roxham._csv import csv_text
from roxham.errors import EvidenceError, Problem, RunError, SpecError
from roxham.evidence.series import Series, list_series, load_series
from roxham.evidence.tables import case_folder
from roxham.spec import read_text

__all__ = ["Became", "add_series", "became_known"]

COLUMNS = ("period", "value", "source_url", "status", "low", "high", "published", "note")
_NEEDED = ("period", "value", "source_url")
_PERIODS = {r"\d{4}-(0[1-9]|1[0-2])": "month", r"\d{4}": "year", r"\d{4}-\d{2}-\d{2}": "day"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
Period = Literal["month", "year", "day"]


@dataclass(frozen=True)
class Became:
    """A point that became known between two days: its period, value (None where suppressed) and day of publication."""

    series: str
    period: str
    value: float | None
    unit: str
    published: date


def became_known(
    case: str | Path, first: date, last: date, *, names: Sequence[str] | None = None
) -> tuple[Became, ...]:
    """List what was published after one day and by another, by series and period.

    Raises EvidenceError for an unknown series, or when the days are not in order.

    >>> [one.period for one in became_known("canada_us", date(2023, 3, 1), date(2023, 3, 31), names=["rpd_wait"])]
    []
    """
    if last < first:
        raise EvidenceError(f"{last} comes before {first}; give the earlier day first")
    found = []
    for name in names or list_series(case):
        series = load_series(case, name)
        found += [
            Became(name, point.period, point.value, series.unit, point.published)
            for point in series.points
            if first < point.published <= last
        ]
    return tuple(found)


def add_series(
    case: str | Path,
    file: Path,
    *,
    name: str,
    unit: str,
    kind: Literal["flow", "stock"],
    title: tuple[str, str],
    definition: str,
) -> Series:
    """Put a reader's own CSV into a case as an observed series, and give it back as it reads from there.

    The file has the columns `period` (year, year-month or day), `value` and `source_url`, and may have `status`,
    `low`, `high`, `published` (a day: its true vintage) and `note`. A value without an address has the status
    `assumed` and needs `low` and `high`.

    Args:
        case: a case by name, or its folder; its `evidence` folder is written to.
        title: in English and in French.

    Raises EvidenceError with every problem of the file at once and writes nothing then; RunError when the case cannot
    be written to.
    """
    folder = case_folder(case) / "evidence"
    problems = _name_problems(case, folder, name)
    rows, more = _read(file)
    problems += more
    kinds = {_period(row["period"]) for _, row in rows} - {None}
    if len(kinds) > 1:
        problems.append(Problem(f"periods of one kind only, not {' and '.join(sorted(map(str, kinds)))}", str(file)))
    if problems:
        raise EvidenceError(problems)
    period = next(iter(kinds), None)
    if period is None:
        raise EvidenceError(Problem("the file has no row", str(file)))
    texts = _texts(folder, name, [row for _, row in rows], period, (unit, kind, *title, definition))
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        return load_series(case, name)
    except OSError as error:
        _put_back(before)
        raise RunError(Problem(f"the case cannot be written to: {error.strerror}", str(folder))) from error
    except BaseException:
        _put_back(before)
        raise


def _put_back(before: dict[Path, str | None]) -> None:
    for path, text in before.items():
        if text is None:
            path.unlink(missing_ok=True)
        elif path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


def _name_problems(case: str | Path, folder: Path, name: str) -> list[Problem]:
    found = []
    if not _NAME.fullmatch(name):
        found.append(Problem(f'"{name}" is not a name: small letters, digits and _, beginning with a letter'))
    if name in list_series(case) or (folder / f"{name}.csv").exists():
        found.append(Problem(f'"{name}" is already a series or table of this case; choose another name'))
    return found


def _period(text: str) -> str | None:
    return next((kind for pattern, kind in _PERIODS.items() if re.fullmatch(pattern, text)), None)


def _read(file: Path) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """Rows with their lines, and what is wrong with them."""
    problems: list[Problem] = []
    try:
        reader = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
        header = reader.fieldnames or []
        for column in (c for c in _NEEDED if c not in header):
            problems.append(Problem(f'the column "{column}" is missing', str(file), 1))
        for column in (c for c in header if c not in COLUMNS):
            problems.append(Problem(f'"{column}" is not a column here; it takes {", ".join(COLUMNS)}', str(file), 1))
        if problems:
            return [], problems
        rows = [(reader.line_num, {c: (row.get(c) or "").strip() for c in COLUMNS}) for row in reader]
    except SpecError as error:
        return [], list(error.problems)
    except csv.Error as error:
        return [], [Problem(f"this is not CSV: {error}", str(file))]
    seen: dict[str, int] = {}
    for line, row in rows:
        problems += [Problem(said, str(file), line) for said in _row_problems(row)]
        if row["period"] in seen:
            problems.append(Problem(f"{row['period']} already stands in line {seen[row['period']]}", str(file), line))
        seen.setdefault(row["period"], line)
    return rows, problems


def _row_problems(row: dict[str, str]) -> list[str]:
    """What is wrong with one row."""
    found = []
    if _period(row["period"]) is None:
        found.append(f'"{row["period"]}" is not a period; write 2023, 2023-03 or 2023-03-25')
    numbers: dict[str, float] = {}
    for column in ("value", "low", "high"):
        try:
            if row[column] or column == "value":
                numbers[column] = float(row[column])
                if not math.isfinite(numbers[column]):
                    raise ValueError(row[column])
        except ValueError:
            found.append(f'{column}: "{row[column]}" is not a number')
    if numbers.get("value", 0.0) < 0:
        found.append("a count or stock is not below zero")
    if not numbers.get("low", float("-inf")) <= numbers.get("value", 0.0) <= numbers.get("high", float("inf")):
        found.append("the value lies outside its range")
    if row["status"] == "assumed" and not {"low", "high"} <= set(numbers):
        found.append("an assumed number needs low and high")
    if row["status"] != "assumed" and not row["source_url"]:
        found.append("a number needs the address of its source; without one it is assumed, with low and high")
    found += _published_problems(row)
    return found


def _published_problems(row: dict[str, str]) -> list[str]:
    if not row["published"]:
        return []
    try:
        if date.fromisoformat(row["published"]).isoformat()[: len(row["period"])] < row["period"]:
            return [f"{row['published']} comes before the period itself"]
    except ValueError:
        return [f'published: "{row["published"]}" is not a day']
    return []


def _texts(
    folder: Path, name: str, rows: Sequence[dict[str, str]], period: str, words: tuple[str, ...]
) -> dict[Path, str]:
    """The three files as they shall read: the table, the registry and the release dates."""
    keys = ("year", "month", "period_end", "value", "low", "high", "status", "source_url", "note")
    table = []
    for row in sorted(rows, key=lambda one: one["period"]):
        whole = {"year": row["period"][:4], "month": row["period"][5:7] if period == "month" else "",
                 "period_end": row["period"] if period == "day" else ""}  # fmt: skip
        address = row["source_url"] or "assumed"
        table.append({key: row.get(key, "") for key in keys} | whole | {"source_url": address})
    registry = folder / "series.yaml"
    texts = {folder / f"{name}.csv": csv_text(table, keys), registry: _text(registry) + _entry(name, period, words)}
    told = [row for row in rows if row["published"]]
    if told:
        releases = folder / "releases.csv"
        head = _text(releases) or "table,period,province,released,source_url,note\n"
        lines = csv_text(
            [name, row["period"], "", row["published"], row["source_url"], "as told when the series was added"]
            for row in told
        )
        texts[releases] = head + lines
    return texts


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _entry(name: str, period: str, words: tuple[str, ...]) -> str:
    """The registry entry of a series; JSON strings are YAML strings."""
    import json

    unit, kind, english, french, definition = (json.dumps(word, ensure_ascii=False) for word in words)
    return (
        f"{name}:\n  title: {{en: {english}, fr: {french}}}\n  definition: {definition}\n  unit: {unit}\n"
        f"  kind: {kind}\n  table: {name}\n  value: value\n  period: {period}\n"
    )
