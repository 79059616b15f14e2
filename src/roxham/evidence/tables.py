"""The evidence tables of a case: facts as they were published, one row each, with the address they came from."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from pathlib import Path

from roxham.errors import EvidenceError, Problem, SpecError, did_you_mean
from roxham.spec import MAX_CSV_BYTES, read_text

__all__ = ["NO_ADDRESS", "case_folder", "low_trust", "months", "read_table", "table_names"]

NO_ADDRESS = "address not kept"
_CASES = Path(__file__).resolve().parent.parent / "cases"


def case_folder(case: str | Path) -> Path:
    """Give the folder of a case: a shipped case by its name, any other by its path.

    Raises EvidenceError when there is no such case.

    >>> case_folder("canada_us").name
    'canada_us'
    """
    folder = case if isinstance(case, Path) else _CASES / case
    if not (folder / "case.yaml").is_file() and (Path(case) / "case.yaml").is_file():
        return Path(case)
    if not folder.is_dir():
        shipped = sorted(path.name for path in _CASES.iterdir() if (path / "case.yaml").is_file())
        hint = did_you_mean(str(case), shipped)
        raise EvidenceError(Problem(f'"{case}" is not a case (shipped: {", ".join(shipped)})', hint=hint))
    return folder


def table_names(case: str | Path) -> tuple[str, ...]:
    """List the evidence tables of a case by name.

    >>> "irb" in table_names("canada_us")
    True
    """
    return tuple(sorted(path.stem for path in (case_folder(case) / "evidence").glob("*.csv")))


def read_table(case: str | Path, name: str) -> tuple[Mapping[str, str], ...]:
    """Read one evidence table: a row per fact, columns as published, text as it stands.

    Raises EvidenceError when the case has no such table or a row is a column short.

    >>> read_table("canada_us", "events")[0]["date"]
    '2002-12-05'
    """
    path = case_folder(case) / "evidence" / f"{name}.csv"
    if not path.is_file():
        hint = did_you_mean(name, table_names(case))
        raise EvidenceError(Problem(f'"{name}" is not an evidence table of this case', hint=hint))
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> tuple[Mapping[str, str], ...]:
    rows, problems = [], []
    try:
        reader = csv.DictReader(io.StringIO(read_text(path, limit=MAX_CSV_BYTES), newline=""))
        for row in reader:
            if None in row or None in row.values():
                problems.append(Problem("the row does not have the columns of the header", str(path), reader.line_num))
            else:
                rows.append(row)
    except SpecError as error:
        problems += error.problems
    except csv.Error as error:
        problems.append(Problem(f"this is not CSV: {error}", str(path)))
    if problems:
        raise EvidenceError(problems)
    return tuple(rows)


def low_trust(row: Mapping[str, str]) -> bool:
    """Say whether a fact may only set a range: its address was not kept.

    >>> low_trust({"source_url": "address not kept (a copy)"})
    True
    """
    return row["source_url"].startswith(NO_ADDRESS)


def months(first: str, last: str) -> tuple[str, ...]:
    """List the months from one to another, both included.

    >>> months("2019-11", "2020-02")
    ('2019-11', '2019-12', '2020-01', '2020-02')
    """
    start, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    return tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(start, end + 1))
