"""What changed in the law between two days: rule versions that began, became known or ended, and parameters.

A version that is enacted but not in force, or that a reform took away, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from roxham.errors import LawError, Problem
from roxham.law.rules import DAY, Axis, LawBook, Parameter, Version, Words

Kind = Literal["begins", "known", "ends", "suspended", "restored", "parameter"]
_EPOCH = date(1970, 1, 1)
_ORDER: tuple[Kind, ...] = ("ends", "suspended", "restored", "begins", "known", "parameter")


@dataclass(frozen=True, slots=True)
class Change:
    """One change on one day: of a rule version, or of a parameter (`before` to `after`).

    `day` is the first day on which it is so; `on` is the date of a person that it is read against. `known` is set
    where a rule became known on another day than the one from which it applies, `applies` likewise.
    """

    day: date
    id: str
    kind: Kind
    on: Axis
    cite: str
    label: Words
    known: date | None = None
    applies: date | None = None
    unit: str = ""
    before: str | None = None
    after: str | None = None


def changes_between(book: LawBook, first: date, last: date) -> tuple[Change, ...]:
    """Return what changed after the day `first` up to and with the day `last`, in the order of days.

    `before` is None where a parameter had no value yet. Raises LawError where `last` comes before `first`.

    >>> from importlib.resources import files
    >>> from roxham.law import load_law
    >>> book = load_law(str(files("roxham") / "cases" / "canada_us" / "law"))
    >>> [one.id for one in changes_between(book, date(2023, 3, 24), date(2023, 3, 26))]
    ['RV11', 'RV12', 'RV13', 'between_poe_limit_days']
    """
    if last < first:
        raise LawError(Problem(f"{last} comes before {first}: give the earlier day first"))
    found = [change for version in book.versions.values() if not version.never for change in _of_version(version)]
    found += [change for parameter in book.parameters.values() for change in _of_parameter(parameter)]
    inside = [change for change in found if first < change.day <= last]
    return tuple(sorted(inside, key=lambda one: (one.day, _ORDER.index(one.kind), one.id)))


def _of_version(version: Version) -> Iterator[Change]:
    start = _day(version.start // DAY)
    known = _day(version.known_from)
    begun = Change(start, version.id, "begins", version.on, version.cite, version.label,
                   known=known if known != start else None)
    yield begun
    if known > start:
        yield _also(begun, known, "known", applies=start)
    if version.end is not None:
        yield _also(begun, _day(-(-version.end // DAY)), "ends")
    for first, until in version.void:
        yield _also(begun, _day(first), "suspended")
        if until is not None:
            yield _also(begun, _day(until + 1), "restored")


def _also(begun: Change, day: date, kind: Kind, applies: date | None = None) -> Change:
    return Change(day, begun.id, kind, begun.on, begun.cite, begun.label, applies=applies)


def _of_parameter(parameter: Parameter) -> Iterator[Change]:
    before: str | None = None
    for start, value in parameter.steps:
        after = _value(parameter, value)
        yield Change(_day(start // DAY), parameter.id, "parameter", parameter.on, parameter.cite, parameter.label,
                     unit=parameter.unit, before=before, after=after)
        before = after


def _value(parameter: Parameter, value: int | None) -> str:
    """Return a value as it is written: a date, a number, or "none" for no limit."""
    if value is None:
        return "none"
    return str(_day(value)) if parameter.unit == "date" else str(value)


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


__all__ = ["Change", "changes_between"]
