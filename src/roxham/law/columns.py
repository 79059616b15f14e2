"""Facts about people as columns: read from what a caller gives, checked, and asked for one by one.

A value that is the same for everybody stays one int; an array has one entry per person; facts about a list of records
(relatives, earlier claims abroad) may have a second axis, one entry per record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import LawError, Problem, did_you_mean
from roxham.law.expr import NAT, Column, Tri
from roxham.law.facts import BY_COUNTRY, DERIVED, FACTS, NO_COUNTRY, NOT_SAID, RECORDS, Fact, country_code
from roxham.law.holidays import holidays_before
from roxham.law.values import DAY, UNKNOWN_WORDS, day, plain, read


class Columns:
    """The facts of n people, converted to integers when they are first asked for.

    >>> people = Columns({"entry_at": "2024-06-03T22:00", "claim_at": "2024-06-17T10:00",
    ...                   "entry_place": "between_poe_land", "claim_place": "inland_office"})
    >>> people.fact("days_since_entry").value
    14
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        unknown = [name for name in facts if name not in FACTS]
        if unknown:
            raise LawError([Problem(f'"{name}" is not a fact about a person', hint=did_you_mean(name, FACTS))
                            for name in unknown])
        missing = [name for name, fact in FACTS.items() if fact.required and name not in facts]
        if missing:
            raise LawError([Problem(f'the fact "{name}" is needed: the law turns on it') for name in missing])
        self.given: dict[str, Any] = {name: plain(value) for name, value in facts.items()}
        self.n = self._length()
        self._ready: dict[str, Column] = {}
        self._width: dict[str, int] = {}
        self._active: dict[str, int] = {}

    def _length(self) -> int:
        lengths = {name: len(value) for name, value in self.given.items() if isinstance(value, np.ndarray)}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{name} has {size}" for name, size in lengths.items())
            raise LawError(f"columns must have one entry per person: {listed}")
        return next(iter(lengths.values()), 1)

    # ---- asked by the expression tree

    def fact(self, name: str) -> Column:
        """Return a fact as a column of integers."""
        scope = FACTS[name].scope if name in FACTS else None
        key = name if scope is None else f"{name}[{self._active.get(scope, 0)}]"
        column = self._ready.get(key)
        if column is None:
            try:
                column = self._record(name, scope) if scope else self._read(name)
            except (LawError, OverflowError, TypeError, ValueError) as error:
                told = error.problems if isinstance(error, LawError) else (Problem(str(error)),)
                raise LawError([Problem(f"{name}: {one.message}", hint=one.hint) for one in told]) from error
            self._ready[key] = column
        return column

    def records(self, scope: str) -> int:
        """Return how many records of this kind the person with the most of them has."""
        width = self._width.get(scope)
        if width is None:
            given = self.given.get(scope, ())
            width = 1 if given in UNKNOWN_WORDS else len(given)
            for name in RECORDS[scope].values():
                if name in self.given:
                    value = self.given[name]
                    width = max(width, value.shape[1] if isinstance(value, np.ndarray) and value.ndim > 1 else 1)
            self._width[scope] = width
        return width

    def enter(self, scope: str, index: int | None) -> None:
        """Look at one record of a list from now on, or at none of them."""
        if index is None:
            self._active.pop(scope, None)
        else:
            self._active[scope] = index

    def day(self, name: str) -> Column:
        """Return the civil day (days since 1970-01-01) of a moment."""
        key = f"day of {name}"
        if key not in self._ready:
            moment = self.fact(name)
            if FACTS[name].kind == "day":
                return moment
            if isinstance(moment.value, int):
                self._ready[key] = Column.of(NAT if moment.blanks else moment.value // DAY, NAT)
            else:
                days = moment.value // DAY
                if moment.blanks:
                    days[moment.value == NAT] = NAT
                self._ready[key] = Column.of(days, NAT)
        return self._ready[key]

    # ---- reading

    def _read(self, name: str) -> Column:
        if name == "as_of" and self.given.get(name) is None:
            return self.day("claim_at")
        if name == "us_national" and name not in self.given:
            return self._us_national()
        if name in ("recognized_elsewhere", "can_return_there") and name not in self.given:
            return self._recognized(name)
        if name in DERIVED:
            return {"minor": self.minor, "days_since_entry": self.days_since_entry}[name]()
        fact = FACTS[name]
        return read(fact, self.given.get(name, fact.default))

    def _record(self, name: str, scope: str) -> Column:
        index = self._active.get(scope, 0)
        fact = FACTS[name]
        if name in self.given:
            value = self.given[name]
            if isinstance(value, np.ndarray) and value.ndim > 1:
                value = value[:, index]
            return read(fact, value)
        listed = self.given.get(scope, ())
        if listed in UNKNOWN_WORDS:
            return read(fact, "unknown")
        field = next(field for field, known in RECORDS[scope].items() if known == name)
        if index >= len(listed):
            return read(fact, fact.default)
        stray = [key for key in listed[index] if key not in RECORDS[scope]]
        if stray:
            raise LawError([Problem(f'"{key}" is not known of {scope}', hint=did_you_mean(key, RECORDS[scope]))
                            for key in stray])
        return read(fact, listed[index].get(field, fact.default))

    def _us_national(self) -> Column:
        usa = country_code("USA")
        value = self.given.get("nationalities", ())
        if isinstance(value, str) and value != "unknown":
            value = (value,)
        if value in UNKNOWN_WORDS if not isinstance(value, np.ndarray) else False:
            return Column.of(-1)
        if isinstance(value, np.ndarray):
            held = read(FACTS["nationalities"], value).value
            table = np.asarray(held).reshape(len(value), -1)
            out = (table == usa).any(axis=1).astype(np.int8)
            out[(out == 0) & (table == -1).any(axis=1)] = -1
            return Column.of(out)
        listed = [-1 if one in UNKNOWN_WORDS else country_code(one) for one in value]
        return Column.of(1 if usa in listed else -1 if -1 in listed else 0)

    def _recognized(self, name: str) -> Column:
        value = self.given.get("recognized_refugee_elsewhere")
        if value is None or value == "none":
            return Column.of(0)
        if value == "unknown":
            return Column.of(-1)
        if not isinstance(value, Mapping):
            raise LawError("recognized_refugee_elsewhere is a country and can_return, or nothing")
        if name == "recognized_elsewhere":
            return Column.of(1)
        return read(FACTS[name], value.get("can_return", "unknown"))

    # ---- counting time

    def days_since_entry(self) -> Column:
        """Return the days from the day of entry (day 0) to the day of the claim."""
        claim, entry = self.day("claim_at"), self.day("entry_at")
        if claim.blanks or entry.blanks:
            blank = (np.asarray(claim.value) == NAT) | (np.asarray(entry.value) == NAT)
            days = np.where(blank, NAT, np.asarray(claim.value) - np.where(blank, 0, np.asarray(entry.value)))
            return Column.of(int(days) if days.ndim == 0 else days, NAT)
        return Column.of(claim.value - entry.value, NAT)

    def nationalities(self) -> NDArray[np.int64] | None:
        """Return the country codes of everybody's nationalities, one row per person or one row; None where untold."""
        value = self.given.get("nationalities", ())
        if isinstance(value, np.ndarray):
            return np.asarray(read(FACTS["nationalities"], value).value, dtype=np.int64).reshape(len(value), -1)
        if value in UNKNOWN_WORDS and "nationalities" in self.given:
            return np.array([[-1]])
        listed = (value,) if isinstance(value, str) else value or ()
        held = [-1 if one in UNKNOWN_WORDS else country_code(one) for one in listed]
        return np.array([held]) if held else None

    def said(self, name: str) -> Column | None:
        """Return a fact that was given by hand, or None."""
        return self.fact(name) if name in self.given else None

    def days_less_holidays(self) -> Column:
        """Return the days since entry, less the Sundays and holidays that stand just before the day of the claim."""
        days = self.days_since_entry()
        claim = np.asarray(self.day("claim_at").value)
        value = np.asarray(days.value)
        out = np.where(value == NAT, NAT, value - holidays_before(claim))
        return Column.of(int(out) if out.ndim == 0 else out, NAT)

    def minor(self, years: int = 18) -> Column:
        """Return whether the birthday of that age is still to come on the day of the claim."""
        born, claim = self.day("birth_date"), self.day("claim_at")
        return _before(claim, anniversary(born, years, leap_to=1))

    def over_one_year(self, cutoff: int, months: int, carry: bool = False) -> Column:
        """Return whether the claim came later than the anniversary of the first entry after the cutoff day.

        With `carry`, an anniversary on a Sunday or holiday moves to the next other day.
        """
        entry, claim = self.day("entry_at"), self.day("claim_at")
        if carry:
            day = np.asarray(claim.value)
            day = np.where(day == NAT, NAT, day - holidays_before(day))
            claim = Column.of(int(day) if day.ndim == 0 else day, NAT)
        first = _after(entry, cutoff)
        earlier = self.given.get("earlier_entries", ())
        blank = earlier in UNKNOWN_WORDS if not isinstance(earlier, np.ndarray) else False
        if not blank:
            for column in self._earlier(earlier):
                first = np.minimum(first, _after(column, cutoff))
        day = np.where(first == _NEVER, NAT, first)
        limit = anniversary(Column.of(int(day) if day.ndim == 0 else day, NAT), months // 12, leap_to=-1)
        over = _before(Column.of(limit.value, NAT), claim)
        value = np.asarray(over.value)
        value = np.where(first == _NEVER, 0, value)
        if blank:
            value = np.where(value == 1, 1, -1)
        if entry.blanks:
            value = np.where((np.asarray(entry.value) == NAT) & (value != 1), -1, value)
        return Column.of(int(value) if value.ndim == 0 else value.astype(np.int8))

    def _earlier(self, given: Any) -> list[Column]:
        fact = FACTS["earlier_entries"]
        if isinstance(given, np.ndarray):
            table = given.reshape(len(given), -1)
            return [read(fact, table[:, index]) for index in range(table.shape[1])]
        return [read(fact, one) for one in ((given,) if isinstance(given, str | date) else given)]


_NEVER = int(np.iinfo(np.int64).max)


def _after(column: Column, cutoff: int) -> NDArray[np.int64]:
    value = np.asarray(column.value, dtype=np.int64)
    return np.where((value > cutoff) & (value != NAT), value, _NEVER)


def _before(left: Column, right: Column) -> Column:
    """Return 1 where left < right, 0 where not, -1 where either is unknown."""
    if isinstance(left.value, int) and isinstance(right.value, int):
        return Column.of(-1 if left.blanks or right.blanks else int(left.value < right.value))
    out = np.less(left.value, right.value).astype(np.int8)
    for column in (left, right):
        if column.blanks:
            out[np.broadcast_to(np.asarray(column.value) == NAT, out.shape)] = -1
    return Column.of(out)


def anniversary(day: Column, years: int, leap_to: int) -> Column:
    """Return the day with the same date `years` later; 29 February moves to 1 March (1) or 28 February (-1).

    Source: Interpretation Act ss. 28 and 30, by analogy for 29 February.
    """
    value = np.asarray(day.value, dtype=np.int64)
    if value.size > _MANY:
        filled = np.where(value == NAT, 0, value) if day.blanks else value
        if int(filled.min()) >= _FIRST and int(filled.max()) <= _LAST:
            told = _anniversaries(years, leap_to)[filled - _FIRST]
            return Column.of(np.where(value == NAT, NAT, told) if day.blanks else told, NAT)
    blank = value == NAT
    dates = np.where(blank, 0, value).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    into = dates - months.astype("datetime64[D]")
    then = (months + np.timedelta64(12 * years, "M")).astype("datetime64[D]")
    last = (months + np.timedelta64(12 * years + 1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    out = then + into
    if leap_to < 0:
        out = np.minimum(out, last)
    days = np.where(blank, NAT, out.astype(np.int64))
    return Column.of(int(days) if days.ndim == 0 else days, NAT)


_MANY = 1_000
_FIRST, _LAST = -36_524, 54_786  # 1870 to 2119, in days since 1970


@lru_cache(maxsize=8)
def _anniversaries(years: int, leap_to: int) -> NDArray[np.int64]:
    """Return the anniversary of every day from `_FIRST` to `_LAST`."""
    return np.concatenate([np.asarray(anniversary(Column.of(part, NAT), years, leap_to).value)
                           for part in np.array_split(np.arange(_FIRST, _LAST + 1), (_LAST - _FIRST) // 500)])


# ---- many people


def stack(people: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Return the columns that say the same as a list of people, one entry per person.

    >>> table = stack([{"entry_at": "2024-06-03T22:00", "claim_at": "2024-06-17T10:00",
    ...                 "entry_place": "between_poe_land", "claim_place": "inland_office"}])
    >>> table["entry_place"]
    array([4])
    """
    rows = [Columns(person) for person in people]
    out: dict[str, NDArray[Any]] = {}
    for name, fact in FACTS.items():
        if fact.kind == "records" or (name == "us_national" and not any(name in one for one in people)):
            continue
        if name == "earlier_entries":
            out |= _stack_days(people)
        elif name == "nationalities":
            out[name] = _stack_countries(people)
        elif name in BY_COUNTRY:
            if any(name in one for one in people):
                said = [row.said(name) for row in rows]
                out[name] = np.array([NOT_SAID if one is None else one.value for one in said])
        elif fact.scope:
            out[name] = _stack_records(rows, fact)
        else:
            out[name] = _typed(fact, np.array([row.fact(name).value for row in rows]))
    return out


def _stack_records(rows: Sequence[Columns], fact: Fact) -> NDArray[Any]:
    scope = str(fact.scope)
    width = max((row.records(scope) for row in rows), default=0)
    default = read(fact, fact.default).value
    table = np.full((len(rows), max(width, 1)), default, dtype=np.int64)
    for number, row in enumerate(rows):
        for index in range(row.records(scope)):
            row.enter(scope, index)
            table[number, index] = row.fact(fact.name).value
            row.enter(scope, None)
    return _typed(fact, table)


def _stack_days(people: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    listed = [person.get("earlier_entries", ()) for person in people]
    if any(one in UNKNOWN_WORDS for one in listed):
        raise LawError("earlier_entries: a column cannot say that the list is unknown")
    width = max((len(one) for one in listed), default=0)
    table = np.full((len(people), max(width, 1)), np.datetime64("NaT"), dtype="datetime64[D]")
    for number, one in enumerate(listed):
        for index, when in enumerate(one):
            table[number, index] = np.datetime64(day(when), "D")
    return {"earlier_entries": table}


def _stack_countries(people: Sequence[Mapping[str, Any]]) -> NDArray[Any]:
    fact, listed = FACTS["nationalities"], []
    for person in people:
        given = person.get("nationalities", ())
        listed.append([given] if given in UNKNOWN_WORDS or isinstance(given, str) else list(given))
    table = np.full((len(people), max(map(len, listed), default=0) or 1), NO_COUNTRY, dtype=np.int64)
    for number, one in enumerate(listed):
        for index, country in enumerate(one):
            table[number, index] = -1 if country is None else read(fact, country).value
    return table


def _typed(fact: Fact, values: NDArray[Any]) -> NDArray[Any]:
    if fact.kind == "moment":
        return values.astype("datetime64[s]")
    if fact.kind in ("day", "days"):
        return values.astype("datetime64[D]")
    return values


def truth(value: Tri, n: int) -> NDArray[np.int8]:
    """Return a three-valued answer as an array of n."""
    return np.full(n, value, dtype=np.int8) if isinstance(value, int) else value
