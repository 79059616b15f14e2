"""Reforms as data: one change of the law, what is wrong with it, and the law as it changes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from roxham.errors import LawError, Problem, did_you_mean
from roxham.law.rules import DAY, LawBook, Parameter, Version, day_number, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LawChange:
    """One reform as data: an instrument, a parameter or a reading, changed.

    Give `instrument` (an instrument or a rule version) with `action` never, void or starts; or `parameter` with
    `value` (None: no limit); or `switch` with `value`. `void` and `starts` need `from_`; `until` is the last day.
    `name` is what people call it; it changes nothing.

    >>> print(LawChange(instrument="stca", action="void", from_=date(2023, 6, 16)))
    stca: void from 2023-06-16
    """

    instrument: str | None = None
    action: str | None = None
    parameter: str | None = None
    switch: str | None = None
    value: float | str | None = None
    from_: date | None = None
    until: date | None = None
    name: str = ""

    def __str__(self) -> str:
        dates = f" from {self.from_}" if self.from_ else ""
        dates += f" until {self.until}" if self.until else ""
        if self.instrument:
            return f"{self.instrument}: {self.action}{dates}"
        if self.parameter:
            return f"{self.parameter} = {'none' if self.value is None else self.value}{dates}"
        return f"reading {self.switch} = {self.value}{dates}"

    @property
    def hash(self) -> str:
        """The fingerprint of this change (16 hexadecimal digits)."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:16]


def problems_of(book: LawBook, change: LawChange) -> list[Problem]:
    """Return what keeps a change from being made to this law."""
    named = [name for name in ("instrument", "parameter", "switch") if getattr(change, name) is not None]
    if len(named) != 1:
        return [Problem("a change of the law names one of instrument, parameter, switch")]
    known = {
        "instrument": [*book.instruments, *book.versions],
        "parameter": list(book.parameters),
        "switch": list(book.switches),
    }[named[0]]
    name = str(getattr(change, named[0]))
    if name not in known:
        return [Problem(f'"{name}" is not a {named[0]} of this law', hint=did_you_mean(name, known))]
    if change.instrument is not None:
        if change.action not in ("never", "void", "starts"):
            return [Problem(f'{name}: needs an action: "never", "void" or "starts"')]
        if change.action in ("void", "starts") and change.from_ is None:
            return [Problem(f'{name}: "{change.action}" needs the day it is so from')]
    if change.from_ and change.until and change.until < change.from_:
        return [Problem(f"{name}: ends on {change.until}, before it begins on {change.from_}")]
    if change.switch is not None and change.value not in book.switches[name]:
        choices = book.switches[name]
        hint = did_you_mean(str(change.value), choices)
        return [Problem(f'{name}: "{change.value}" is not one of {", ".join(choices)}', hint=hint)]
    whole = isinstance(change.value, int | float) and not isinstance(change.value, bool)
    whole = whole and float(str(change.value)) >= 0 and float(str(change.value)).is_integer()
    if change.parameter is not None and not whole and change.value is not None:
        return [Problem(f"{name}: must be a whole number from 0 on, or none, not {change.value!r}")]
    return []


def apply(book: LawBook, change: LawChange) -> LawBook:
    """Return the law with one change made; it must have no problems."""
    if change.switch is not None:
        switch = replace(book.open_points[change.switch], default=str(change.value))
        return replace(book, open_points=MappingProxyType({**book.open_points, switch.id: switch}))
    if change.parameter is not None:
        old = book.parameters[change.parameter]
        parameter = replace(old, steps=_steps(old, change))
        return replace(book, parameters=MappingProxyType({**book.parameters, parameter.id: parameter}))
    touched = {
        version.id: _version(version, change)
        for version in book.versions.values()
        if change.instrument in (version.instrument, version.id)
    }
    return replace(book, versions=MappingProxyType({**book.versions, **touched}))


def _version(version: Version, change: LawChange) -> Version:
    if change.action == "never":
        return replace(version, never=True)
    if change.from_ is None:
        raise LawError(f"{change.instrument}: needs the day it is so from")
    if change.action == "void":
        last = day_number(change.until) if change.until else None
        return replace(version, void=(*version.void, (day_number(change.from_), last)))
    end = seconds(change.until + timedelta(days=1)) if change.until else version.end
    return replace(
        version, start=seconds(change.from_), known_from=day_number(change.from_), end=end, never=False
    )


def _steps(parameter: Parameter, change: LawChange) -> tuple[tuple[int, int | None], ...]:
    value = int(change.value) if isinstance(change.value, int | float) else None
    start = seconds(change.from_) if change.from_ else parameter.steps[0][0]
    stop = seconds(change.until + timedelta(days=1)) if change.until else None
    kept = [step for step in parameter.steps if step[0] < start]
    if change.from_ and not kept:
        kept = [(start - DAY, parameter.steps[0][1])]
    out = [*kept, (start, value)]
    if stop is not None:
        later = [step for step in parameter.steps if step[0] <= stop]
        out.append((stop, later[-1][1] if later else parameter.steps[0][1]))
        out += [step for step in parameter.steps if step[0] > stop]
    told = [step for number, step in enumerate(out) if number == 0 or step[1] != out[number - 1][1]]
    return tuple(told) if len(told) > 1 else ((parameter.steps[0][0], told[0][1]),)
