"""Read families, places and expected arrivals from CSV files; refuse whatever could say who somebody is.

Columns may be named in English or French. Every bad cell is told with file and line, never with what stands in it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from roxham.errors import Problem, SpecError, UnitError, did_you_mean, raise_problems
from roxham.sim.placement.data import WAIT, Expected, Family, Site
from roxham.sim.placement.private import personal_cell, personal_header
from roxham.spec import read_text
from roxham.units import parse_date, parse_duration_days

MOST_ROWS = 20_000
OLDEST_WAIT_DAYS = 1_100  # a date further back is taken for a date of birth: a judgement
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_.\-]{0,23}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,39}", re.ASCII)
_YES = {"yes", "y", "true", "1", "x", "oui", "o", "vrai"}
_NO = {"no", "n", "false", "0", "", "non", "faux"}

# English name of each column: its French names, folded.
_FAMILIES = {
    "id": (), "persons": ("personnes",), "nights": ("nuits",), "asked": ("demande", "lieu_demande"),
    "arrived": ("arrivee",), "school_age": ("age_scolaire",), "accessible": (), "language": ("langue",),
    "ties": ("liens", "proches"), "override": ("choix", "derogation"),
}
_PLACES = {
    "place": ("lieu",), "province": (), "free_beds": ("lits_libres",), "cost_per_night": ("cout_par_nuit",),
    "from": ("depuis",), "school": ("ecole",), "accessible": (), "languages": ("langues",), "km": (),
    "housed": ("hebergees", "personnes_hebergees"), "province_share": ("part_province",),
}
_EXPECTED = {
    "date": (), "families": ("familles",), "persons": ("personnes",), "nights": ("nuits",),
    "school_age": ("age_scolaire",), "accessible": (), "language": ("langue",), "ties": ("liens", "proches"),
}


@dataclass(frozen=True)
class Pasted:
    """A file given as text: what it is called in what is said about it, and its content."""

    name: str
    text: str


Source = str | Path | Pasted


@dataclass(frozen=True)
class _Table:
    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_families(path: Source, today: date, places: Collection[str] | None = None) -> list[Family]:
    """Read the families that wait; raise SpecError with every bad row, and for any column that tells who they are.

    Args:
        places: ids of the places; where given, what a family asked and what the desk chose must be among them.
    """
    table = _table(path, _FAMILIES, ("id", "persons"), "needs_", "besoin_", people=True)
    reader = _Reader(table, today, places)
    out: list[Family] = []
    seen: dict[str, int] = {}
    for line, row in table.rows:
        cell = reader.row(line, row)
        name = cell("id", _id, "")
        if name and name in seen:
            reader.problems.append(Problem(f"this id stands in line {seen[name]} too", table.file, line))
        seen.setdefault(name, line)
        out.append(Family(
            name, cell("persons", _persons, 1), cell("nights", _nights, None), cell("asked", reader.place, ""),
            cell("arrived", reader.arrived, None), cell("school_age", _count, 0), cell("accessible", _yes, False),
            cell("language", _language, ""), cell("ties", _names, ()), _flags(cell, table, "needs_"),
            cell("override", reader.chosen, "")))
    raise_problems(reader.problems, SpecError)
    return out


def read_places(path: Source) -> list[Site]:
    """Read the places; rows of one place with another `from` are its free beds from that day on."""
    table = _table(path, _PLACES, ("place", "province", "free_beds", "cost_per_night"), "has_", "offre_")
    reader = _Reader(table, date.max)
    found: dict[str, Site] = {}
    for line, row in table.rows:
        cell = reader.row(line, row)
        since, free = cell("from", _day, None), cell("free_beds", _whole, 0)
        name = cell("place", _name, "")
        has = {column[4:]: cell(column, _offer, "no") for column in table.columns if column.startswith("has_")}
        site = Site(
            name, cell("province", _name, ""), ((since, free),), cell("cost_per_night", _money, 0.0),
            cell("school", _yes, False), cell("accessible", _yes, False), frozenset(cell("languages", _names, ())),
            cell("km", _km, 0.0), cell("housed", _whole, 0), cell("province_share", _share, None),
            frozenset(need for need, offer in has.items() if offer != "no"),
            frozenset(need for need, offer in has.items() if offer == "only"))
        if name not in found:
            found[name] = site
        elif any(since == known for known, _ in found[name].beds):
            reader.problems.append(Problem(f"{name} stands twice from the same day", table.file, line))
        else:
            beds = (*found[name].beds, (since, free))
            same = Site(**{**vars(site), "beds": found[name].beds})
            if same != found[name]:
                said = f"{name} differs from its first row in more than from and free_beds"
                reader.problems.append(Problem(said, table.file, line))
            found[name] = Site(**{**vars(found[name]), "beds": beds})
    raise_problems(reader.problems, SpecError)
    return list(found.values())


def read_forecast(path: Source) -> list[Expected]:
    """Read mean numbers of families expected: date, families, persons, and what they will need."""
    table = _table(path, _EXPECTED, ("date", "families", "persons"), "needs_", "besoin_", people=True)
    reader = _Reader(table, date.max)
    out = []
    for line, row in table.rows:
        cell = reader.row(line, row)
        like = Family("", cell("persons", _persons, 1), cell("nights", _nights, None), "", None,
                      cell("school_age", _count, 0), cell("accessible", _yes, False), cell("language", _language, ""),
                      cell("ties", _names, ()), _flags(cell, table, "needs_"))
        out.append(Expected(cell("date", _day, date.min), cell("families", _number, 0.0), like))
    raise_problems(reader.problems, SpecError)
    return out


class _Reader:
    """Reads the cells of a table and gathers what is wrong with them."""

    def __init__(self, table: _Table, today: date, places: Collection[str] | None = None) -> None:
        self.table, self.today, self.places = table, today, places
        self.problems: list[Problem] = []

    def row(self, line: int, row: Mapping[str, str]) -> Callable[..., Any]:
        def cell(column: str, read: Callable[[str], Any], empty: Any) -> Any:
            text = row.get(column, "").strip()
            if not text:
                if column in ("id", "place", "province", "persons", "free_beds", "cost_per_night", "families", "date"):
                    self.problems.append(Problem(f"{column} is empty", self.table.file, line))
                return empty
            try:
                return read(text)
            except (ValueError, UnitError) as error:
                said = error.args[0] if type(error) is ValueError else "is not a length of time or a date"
                self.problems.append(Problem(f"{column}: {said}", self.table.file, line))
                return empty

        return cell

    def place(self, text: str) -> str:
        name = _name(text)
        if self.places is not None and name not in self.places:
            hint = did_you_mean(name, self.places)
            raise ValueError("is not a place of the list" + (f' (did you mean "{hint}"?)' if hint else ""))
        return name

    def chosen(self, text: str) -> str:
        return WAIT if text.casefold() in (WAIT, "attendre") else self.place(text)

    def arrived(self, text: str) -> date:
        day = _day(text)
        if day > self.today:
            raise ValueError("is after the day of the plan")
        if (self.today - day) > timedelta(days=OLDEST_WAIT_DAYS):
            raise ValueError("lies years back and may be a date of birth; it must be the day of arrival")
        return day


def _table(
    path: Source, known: Mapping[str, Sequence[str]], needed: Sequence[str], flag: str, french_flag: str, *,
    people: bool = False,
) -> _Table:
    if isinstance(path, Pasted):
        file, text = path.name, path.text.removeprefix("\ufeff")
    else:
        file, text = str(path), read_text(path, limit=20_000_000)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    problems: list[Problem] = []
    try:
        lines = list(_lines(text, delimiter))
    except csv.Error as error:
        raise SpecError(Problem(f"this is not CSV: {error}", file)) from None
    if not lines:
        raise SpecError(Problem(f"the file is empty; its header must hold {', '.join(needed)}", file))
    columns = [_column(name, known, flag, french_flag) for name in lines[0][1]]
    for number, (raw, name) in enumerate(zip(lines[0][1], columns, strict=True), 1):
        if people and name is None and (kind := personal_header(raw)):
            problems.append(Problem(f"column {number} looks like {kind}; leave it out: an opaque id is enough",
                                    file, 1, number))
        elif name is None:
            hint = did_you_mean(_fold(raw), [*known, *(one for more in known.values() for one in more)])
            problems.append(Problem(f"column {number} is not known here ({', '.join(known)}, {flag}...)", file, 1,
                                    number, hint))
        elif name in columns[: number - 1]:
            problems.append(Problem(f'the column "{name}" stands twice', file, 1, number))
    problems += [Problem(f'the column "{name}" is missing', file, 1) for name in needed if name not in columns]
    rows = []
    for line, cells in lines[1 : MOST_ROWS + 1]:
        if len(cells) != len(columns):
            problems.append(Problem(f"the row has {len(cells)} cells, the header {len(columns)}", file, line))
            continue
        for number, text_ in enumerate(cells, 1) if people else ():
            if kind := personal_cell(text_, columns[number - 1] or ""):
                problems.append(Problem(f"column {number} holds what looks like {kind}; nothing that tells who "
                                        "somebody is may be given", file, line, number))
        rows.append((line, {name: cell for name, cell in zip(columns, cells, strict=True) if name}))
    if len(lines) - 1 > MOST_ROWS:
        problems.append(Problem(f"the file has {len(lines) - 1:,} rows; at most {MOST_ROWS:,} are read", file))
    raise_problems(problems, SpecError)
    return _Table(file, tuple(name for name in columns if name), tuple(rows))


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _column(raw: str, known: Mapping[str, Sequence[str]], flag: str, french_flag: str) -> str | None:
    name = _fold(raw)
    for english, french in known.items():
        if name == english or name in french:
            return english
    for start in (flag, french_flag):
        rest = name.removeprefix(start)
        if rest != name and _NAME.fullmatch(rest) and not personal_header(rest):
            return flag + rest
    return None


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return re.sub(r"[\s\-]+", "_", "".join(one for one in plain if not unicodedata.combining(one)))


def _flags(cell: Callable[..., Any], table: _Table, start: str) -> frozenset[str]:
    return frozenset(one.removeprefix(start) for one in table.columns if one.startswith(start) and cell(one, _yes, 0))


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("must be opaque: letters, digits, - and _ with at least one digit, no spaces, at most 24")
    return text


def _persons(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 30:
        raise ValueError("must be a whole number from 1 to 30")
    return int(text)


def _count(text: str) -> int:
    if text.casefold() in _YES - {"1"}:
        return 1
    if text.casefold() in _NO - {"0"}:
        return 0
    return _whole(text)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError("must be a whole number from 0 up")
    return int(text)


def _nights(text: str) -> int:
    plain = re.sub(r"(?i)\s*(nights?|nuits?|jours?)$", " days", text)
    nights = float(plain) if re.fullmatch(r"[0-9]{1,4}", plain) else parse_duration_days(plain)
    if not 1 <= nights <= 3_650:
        raise ValueError("must be 1 to 3650 nights")
    return round(nights)


def _number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,9})?", text):
        raise ValueError("must be a number from 0 up")
    return float(text.replace(",", "."))


def _money(text: str) -> float:
    return _number(re.sub(r"(?i)^\$\s*|\s*(\$|CAD[0-9]{0,4}|\$\s*CA)$", "", text))


def _km(text: str) -> float:
    return _number(re.sub(r"(?i)\s*km$", "", text))


def _share(text: str) -> float:
    return _number(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)


def _yes(text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise ValueError("must be yes or no")
    return text.casefold() in _YES


def _offer(text: str) -> str:
    if text.casefold() in ("only", "seulement"):
        return "only"
    try:
        return "yes" if _yes(text) else "no"
    except ValueError:
        raise ValueError("must be yes, no or only") from None


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}", text):
        raise ValueError("must be a code of two or three letters, such as fr")
    return text.casefold()


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be a short name: letters, digits, - and _, no spaces")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(_name(one) for one in re.split(r"[;|/\s]+", text.strip(" ;|/")) if one)


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except UnitError:
        raise ValueError("must be a date, year-month-day") from None
