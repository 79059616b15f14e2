"""Comma-separated files as lines of cells that know where they stood, and cells as numbers or as faults."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roxham._files import read_limited
from roxham.errors import SpecError
from roxham.walk.faults import Faults

__all__ = ["LARGEST", "Line", "Sheet", "as_date", "as_float", "as_whole", "read_sheet"]

LARGEST = 10**12  # people, days or kilometres: far above any number that means something here
MAX_BYTES = 64_000_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_FLOAT = re.compile(r"[+-]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number, counting from 1, and its cells without blanks around them."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of comma-separated cells: the header that a `#` marks, if any, and the lines below it."""

    file: str
    header: Line | None
    lines: tuple[Line, ...]


def read_sheet(path: Path, name: str, faults: Faults, *, cells: int = 1) -> Sheet:
    """Read a file; lines with fewer than `cells` cells, wrong encodings and wrong separators become fatal faults.

    A missing file is a fatal fault too, and gives an empty sheet.
    """
    text = _text(path, name, faults)
    header: Line | None = None
    lines: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            stripped = tuple(cell.strip() for cell in row)
            if not any(stripped):
                continue
            line = Line(reader.line_num, stripped)
            if stripped[0].startswith("#"):
                header = line if header is None and not lines else header
            elif len(stripped) >= cells:
                lines.append(line)
            else:
                faults.fatal(_too_short(line, cells), name, line.number)
    except csv.Error as error:
        faults.fatal(f"this is not a comma-separated file: {error}", name, reader.line_num)
    return Sheet(name, header, tuple(lines))


def _too_short(line: Line, cells: int) -> str:
    if any(";" in cell for cell in line.cells):
        return "the cells are separated by semicolons; separate them by commas"
    return f"{len(line.cells)} cells, at least {cells} are needed"


def _text(path: Path, name: str, faults: Faults) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            faults.fatal(f"the file is larger than {MAX_BYTES:,} bytes", name)
            return ""
        raw = read_limited(path, MAX_BYTES)
    except FileNotFoundError:
        faults.fatal("this file is missing", name)
        return ""
    except SpecError as error:
        faults.fatal(error.problems[0].message, name)
        return ""
    except OSError as error:
        faults.fatal(f"this file cannot be read: {error.strerror or type(error).__name__}", name)
        return ""
    if raw.startswith(b"\xef\xbb\xbf"):
        faults.fatal("the file begins with a byte order mark; save it as UTF-8 without one", name, 1)
        raw = raw[3:]
    if b"\x00" in raw:
        faults.fatal("the file holds zero bytes; it is not text", name, raw[: raw.index(b"\x00")].count(b"\n") + 1)
        return ""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        faults.fatal("this line is not UTF-8 text; save the file as UTF-8", name, raw[: error.start].count(b"\n") + 1)
        return ""


def as_whole(text: str, what: str, sheet: str, line: int, faults: Faults, *, least: int | None = None) -> int:
    """Read a whole number; anything else becomes a fatal fault and 0.

    >>> as_whole("12", "the day", "closures.csv", 3, Faults())
    12
    """
    if not _WHOLE.fullmatch(text):
        shown = f'"{text}"' if text else "an empty cell"
        faults.fatal(f"{what}: {shown} is not a whole number", sheet, line, _whole_hint(text))
        return 0
    value = int(text)
    if abs(value) > LARGEST:
        faults.fatal(f"{what}: {text} is larger than {LARGEST:,}", sheet, line)
        return 0
    if least is not None and value < least:
        faults.fatal(f"{what}: {value} is below {least}", sheet, line)
        return least
    return value


def _whole_hint(text: str) -> str | None:
    near = re.sub(r"[\s_,']", "", text)
    near = near[: near.index(".")] if re.fullmatch(r"[+-]?[0-9]+\.0*", near) else near
    return near if near != text and _WHOLE.fullmatch(near) else None


def as_float(text: str, what: str, sheet: str, line: int, faults: Faults, *, least: float | None = None) -> float:
    """Read a finite number; anything else becomes a fatal fault and 0."""
    value = float(text) if _FLOAT.fullmatch(text) else math.nan
    if not math.isfinite(value) or abs(value) > LARGEST:
        shown = f'"{text}"' if text else "an empty cell"
        faults.fatal(f"{what}: {shown} is not a number", sheet, line)
        return 0.0
    if least is not None and value < least:
        faults.fatal(f"{what}: {text} is below {least:g}", sheet, line)
        return least
    return value


def as_date(text: str, what: str, sheet: str, line: int, faults: Faults) -> date | None:
    """Read a civil day, year-month-day; anything else becomes a fatal fault and None."""
    if _DATE.fullmatch(text):
        try:
            return date(*map(int, text.split("-")))
        except ValueError:
            faults.fatal(f"{what}: {text} is not a day of the calendar", sheet, line)
            return None
    faults.fatal(f'{what}: "{text}" is not a date; write it as year-month-day, for example 2012-02-29', sheet, line)
    return None
