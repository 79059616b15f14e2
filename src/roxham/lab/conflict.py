"""Amendments that set the same thing on the same days: told, unless a scenario says that the later one wins.

Amendments that multiply or add go together, in any order. One that sets a value makes whatever earlier ones did to the
same thing on the same days vain: that is either meant, and said with `later_wins: true`, or a slip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from roxham.errors import Problem
from roxham.sim.amend import EVERYWHERE, Amendment
from roxham.spec import problem_at

__all__ = ["Conflict", "conflicts"]

#: Numbers that have a kind of amendment of their own: the end of the way, what it is, where its owner stands.
_OWN = (("services", "steps", "capacity"), ("reception", "beds", "beds"))
_KEYS = {"law": "parameter", "reading": "switch", "crossing": "place", "capacity": "service", "beds": "place"}


class Touch(NamedTuple):
    """What an amendment touches, by which kind, and whether it sets it."""

    thing: tuple[str, ...]
    kind: str
    sets: bool


class Conflict(NamedTuple):
    """Two amendments of which the later makes the earlier vain."""

    earlier: Amendment
    later: Amendment
    thing: str

    def problem(self) -> Problem:
        """Tell it at the place of the later one, naming that of the earlier one."""
        where = problem_at(self.earlier, None, "")
        place = ":".join(str(part) for part in (where.file, where.line) if part is not None)
        said = (f'"{self.later.name}" and "{self.earlier.name}"{f" ({place})" if place else ""} both change '
                f"{self.thing} {_days(self.earlier, self.later)}; if the later one is meant to win, write "
                "later_wins: true in the scenario, otherwise give them days apart")  # fmt: skip
        return problem_at(self.later, None, said)


def conflicts(later: Sequence[Amendment], earlier: Sequence[Amendment] = ()) -> list[Conflict]:
    """List the conflicts among amendments in their order, and of them with earlier ones that were checked before.

    >>> from roxham.sim.amend import amendment
    >>> one = amendment(name="120 a day", kind="capacity", service="rpd", set="120 persons / day")
    >>> two = amendment(name="90 a day", kind="capacity", service="rpd", set="90 persons / day", from_="2023-01-01")
    >>> twice = amendment(name="twice", kind="capacity", service="rpd", multiply=2)
    >>> [found.thing for found in conflicts([one, two, twice])], conflicts([one, twice])
    (['capacity of rpd'], [])
    """
    found = []
    for place, change in enumerate(later):
        for before in (*earlier, *later[:place]):
            touch, other = _touch(change), _touch(before)
            if touch is None or other is None or not _same_thing(touch, other) or not _vain(touch, other):
                continue
            if _overlap(change, before) and _content(change) != _content(before):
                found.append(Conflict(before, change, _name(touch.thing)))
    return found


def _touch(change: Amendment) -> Touch | None:
    """What an amendment touches; nothing for those that only ever scale."""
    if change.kind in ("police", "pressure"):
        return None
    if change.kind == "law" and change.instrument is not None:
        # an instrument may start, and later be void: only two starts, or two that say never, exclude each other
        return None if change.action == "void" else Touch(("law", change.instrument), "law", True)
    if change.kind == "fare":
        journey = ("free tickets",) if change.free_tickets is not None else ("fare", change.origin, change.destination)
        return Touch(tuple(str(part) for part in journey), "fare", True)
    if change.kind == "transfer":
        return Touch(("transfer",), "transfer", True)
    if change.kind == "number":
        return Touch(_thing(change.number), "number", change.set is not None)
    sets = change.kind not in ("capacity", "beds") or getattr(change, "set", None) is not None
    return Touch((change.kind, str(getattr(change, _KEYS[change.kind]))), change.kind, sets)


def _thing(number: str) -> tuple[str, ...]:
    """What a number is: one that has its own kind of amendment is called as that kind calls it."""
    name = number.split("[")[0]
    parts = name.split(".")
    for part, end, kind in _OWN:
        if parts[0] == part and parts[-1] == end:
            return kind, parts[-2]
    return ("transfer",) if name == "reception.transfer.share" else ("number", name)


def _same_thing(one: Touch, other: Touch) -> bool:
    anywhere = one.thing[0] == "beds" == other.thing[0] and EVERYWHERE in (one.thing[1], other.thing[1])
    return one.thing == other.thing or anywhere


def _vain(later: Touch, earlier: Touch) -> bool:
    """Whether the later one undoes the earlier; a number of the case is changed before its own kind of amendment."""
    return later.sets or (later.kind != earlier.kind and earlier.sets)


def _overlap(one: Amendment, other: Amendment) -> bool:
    first = max(one.from_ or date.min, other.from_ or date.min)
    last = min(one.until or date.max, other.until or date.max)
    return first <= last


def _content(change: Amendment) -> dict[str, Any]:
    """What an amendment does, without its name and its days."""
    hidden = ("name", "note", "source", "from", "until")
    return {key: value for key, value in change.to_dict().items() if key not in hidden}


def _name(thing: Iterable[str]) -> str:
    kind, *of = thing
    return " to ".join(of) if kind in ("fare", "number") else f"{kind} of {of[0]}" if of else kind


def _days(one: Amendment, other: Amendment) -> str:
    first = max((day for day in (one.from_, other.from_) if day is not None), default=None)
    last = min((day for day in (one.until, other.until) if day is not None), default=None)
    if first is None and last is None:
        return "for the whole run"
    return " ".join(f"{word} {day}" for word, day in (("from", first), ("until", last)) if day is not None)
