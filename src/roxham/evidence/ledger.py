"""The ledger of a case: every number, how it is known, and what is wrong with its standing.

Measured numbers were published as they stand; derived ones follow from published numbers by arithmetic; estimated
ones were fitted; assumed ones are judgement and carry a range. A number with neither a source nor the word `assumed`
is a problem.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roxham._yaml import Row, parse
from roxham.errors import Problem, SpecError, did_you_mean
from roxham.evidence.tables import NO_ADDRESS, case_folder
from roxham.spec import MAX_CSV_BYTES, read_text

__all__ = ["STANDINGS", "Ledger", "Line", "ledger"]

STANDINGS = ("measured", "derived", "estimated", "assumed")
#: Files without numbers of the case's own: scenarios are questions, law and newspaper text has its own citations.
_SKIPPED = ("scenarios", "law", "newspaper.yaml", "sources.yaml", "series.yaml")
#: Keys of a YAML mapping, or columns of a CSV row, that hold its number; the first one present counts.
_NUMBERS = (
    "value", "share", "persons", "deaths", "claims", "encounters", "mean_low_c", "weight", "length_km", "fare_cad",
    "hours", "lat", "dead",
)  # fmt: skip
#: A place's position: its range is an error in kilometres, not bounds around a degree.
_POSITION = "lat"
_EVIDENCE = {"reported": "measured", "revised": "measured", "superseded": "measured", "alternate": "measured"}


@dataclass(frozen=True)
class Line:
    """One number of a case: where it stands, its value and range, how it is known and from where.

    `range_only` marks a published figure whose address was not kept: it may set a range, never a value.
    """

    file: str
    line: int
    name: str
    value: float | None
    unit: str
    status: str
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None
    range_only: bool = False


@dataclass(frozen=True)
class Ledger:
    """All numbers of a case in file order, and the problems of their standing."""

    rows: tuple[Line, ...]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many numbers of each standing there are, by file, with every standing named."""
        out: dict[str, dict[str, int]] = {}
        for row in self.rows:
            standings = out.setdefault(row.file, dict.fromkeys(STANDINGS, 0))
            standings[row.status] = standings.get(row.status, 0) + 1
        return out

    @property
    def totals(self) -> dict[str, int]:
        """How many numbers of each standing there are in the case."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in STANDINGS}

    @property
    def assumed(self) -> tuple[Line, ...]:
        """The assumed numbers, each with its range."""
        return tuple(row for row in self.rows if row.status == "assumed")


def ledger(case: str | Path) -> Ledger:
    """Read every file of a case and list its numbers.

    Args:
        case: a shipped case by name, or a folder.

    Problems are collected, not raised: a number without a source that is not assumed, an assumed one without a
    range or outside it, a source id that no `sources.yaml` has, an evidence row without an address.

    >>> book = ledger("canada_us")
    >>> book.problems, book.totals["assumed"] > 100
    ((), True)
    """
    folder = case_folder(case)
    rows: list[Line] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if set(path.relative_to(folder).parts) & set(_SKIPPED) or not path.is_file():
            continue
        if path.suffix == ".yaml":
            rows += _yaml_lines(parse(read_text(path), name), name)
        elif path.suffix == ".csv" and name.startswith("evidence/"):
            rows += _evidence_lines(path, name)
        elif path.suffix == ".csv":
            rows += _csv_lines(path, name)
    known = _source_ids(folder)
    for row in rows:
        problems += _problems(row, known)
    return Ledger(tuple(rows), tuple(problems))


def _source_ids(folder: Path) -> frozenset[str]:
    """Ids of the case's `sources.yaml` and of those of its folders."""
    found: set[str] = set()
    for path in sorted(folder.rglob("sources.yaml")):
        data = parse(read_text(path), path.name)
        if not isinstance(data, dict):
            raise SpecError(Problem("sources are a mapping of ids", str(path)))
        found |= set(data)
    return frozenset(found)


def _yaml_lines(node: Any, file: str, name: str = "") -> Iterator[Line]:
    """Numbers of a YAML document: every mapping that has a number and a status, a unit or a source."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from _yaml_lines(item, file, f"{name}[{i}]")
    elif isinstance(node, dict):
        number = _number_key(node)
        if number is not None and {"status", "unit", "source"} & set(node):
            yield _yaml_line(node, number, file, name)
        for key, item in node.items():
            yield from _yaml_lines(item, file, f"{name}.{key}" if name else str(key))


def _number_key(node: Mapping[str, Any]) -> str | None:
    for key in _NUMBERS:
        if isinstance(node.get(key), int | float) and not isinstance(node.get(key), bool):
            return key
    return None


def _yaml_line(node: Mapping[str, Any], number: str, file: str, name: str) -> Line:
    where = node.where if isinstance(node, Row) else None
    source = node.get("source")
    return Line(
        file=file,
        line=where.line if where else 0,
        name=name,
        value=_float(node[number], file, where.line if where else None),
        unit=str(node.get("unit", number)),
        status=str(node.get("status", "measured")),
        low=_float(node.get("low"), file, where.line if where else None),
        high=_float(node.get("high"), file, where.line if where else None),
        source=str(source) if source else None,
        note=node.get("note"),
    )


def _csv_lines(path: Path, file: str) -> Iterator[Line]:
    """Numbers of a case table: one for each row with a status, and one for each further column with a range."""
    for line, row in _rows(path):
        number = next((column for column in _NUMBERS if row.get(column)), None)
        if number is None or not row.get("status"):
            continue
        name = row.get("id") or _named_by(row, number)
        unit = row.get("unit") or number
        low, high = (_float(row.get(end), file, line) for end in ("low", "high"))
        source, note = row.get("source") or None, row.get("note") or None
        yield Line(file, line, name, _float(row[number], file, line), unit, row["status"], low, high, source, note)
        for column in row:
            if row[column] and f"{column}_low" in row and f"{column}_high" in row:
                value, low, high = (_float(row[column + end], file, line) for end in ("", "_low", "_high"))
                told = row.get(f"{column}_note") or None
                yield Line(file, line, f"{name} {column}", value, "1", "assumed", low, high, None, told)


def _evidence_lines(path: Path, file: str) -> Iterator[Line]:
    """Facts of an evidence table: as published, with the address of each row."""
    for line, row in _rows(path):
        number = next((column for column in _NUMBERS if row.get(column)), None)
        if number is None:
            continue
        source = row.get("source_url", "")
        status = row.get("status", "")
        standing = status if status in STANDINGS else _EVIDENCE.get(status, "derived" if status else "measured")
        name = _named_by(row, number)
        unit = row.get("unit") or number
        low, high = (_float(row.get(end), file, line) for end in ("low", "high"))
        kept = not source.startswith(NO_ADDRESS)
        note = row.get("note") or None
        value = _float(row[number], file, line)
        yield Line(file, line, name, value, unit, standing, low, high, source or None, note, not kept)


def _named_by(row: Mapping[str, str], number: str) -> str:
    """What a row is about: the cells before its number."""
    cells = list(row)
    return " ".join(row[column] for column in cells[: cells.index(number)] if row[column] and column != "status")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(read_text(path, limit=MAX_CSV_BYTES), newline=""))
    try:
        for row in reader:
            yield reader.line_num, {key: value or "" for key, value in row.items() if key is not None}
    except csv.Error as error:
        raise SpecError(Problem(f"this is not CSV: {error}", str(path), reader.line_num)) from None


def _problems(row: Line, known: frozenset[str]) -> Iterator[Problem]:
    """What is wrong with the standing of one number."""
    place = (row.file, row.line)
    if row.status not in STANDINGS:
        hint = did_you_mean(row.status, STANDINGS)
        yield Problem(f'{row.name}: "{row.status}" is not a standing', *place, hint=hint)
    elif row.status == "assumed" and (row.low is None or row.high is None):
        yield Problem(f"{row.name}: an assumed number needs low and high", *place)
    elif row.status != "assumed" and not row.source:
        yield Problem(f"{row.name}: a {row.status} number needs a source", *place)
    if row.value is not None and row.unit != _POSITION and not _within(row.value, row.low, row.high):
        yield Problem(f"{row.name}: {row.value:g} lies outside its range", *place)
    if not row.file.startswith("evidence/"):
        for source in _split(row.source):
            if source not in known:
                hint = did_you_mean(source, known)
                yield Problem(f'{row.name}: "{source}" is not a source of this case', *place, hint=hint)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _split(source: str | None) -> Sequence[str]:
    return [part.strip() for part in (source or "").split(";") if part.strip()]


def _float(value: object, file: str = "", line: int | None = None) -> float | None:
    """The number that a cell or a value holds, or None for an empty one; raise SpecError for anything else."""
    if value in (None, ""):
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SpecError(Problem(f'"{str(value)[:40]}" is not a number', file or None, line))
    return number
