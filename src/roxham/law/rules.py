"""The law of a case as data: rule versions with two time axes, rules with citations, parameters, readings, changes.

A `LawBook` never changes; `amend` returns another one. Its hash is that of what it says, so a reform that changes
nothing has the same hash, whatever it is called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from roxham.errors import LawError, raise_problems
from roxham.law.expr import All, Node, Not, Rule

if TYPE_CHECKING:
    from roxham.law.change import LawChange
    from roxham.law.countries import CountryTable

DAY = 86_400
_EPOCH = date(1970, 1, 1)
AXES = {"entry": "entry_at", "claim": "claim_at", "decision": "as_of"}
"""The dates of a person that a rule version may be tied to, and the fact that holds each."""

Axis = Literal["entry", "claim", "decision"]
OUTCOMES = (
    "eligible",
    "ineligible_return_to_US",
    "ineligible_other",
    "directed_back",
    "cannot_claim",
    "suspended",
    "undetermined",
)
STCA = (
    "not_in_force",
    "not_applicable_person",
    "not_covered",
    "covered_no_exception",
    "covered_exception",
    "not_reached",
    "undetermined",
)
GROUNDS = ("a", "b", "b.1", "b.2", "c", "c.1", "d", "e", "f")
"""The grounds of A101(1), in the order of their bits."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text in English and French."""

    en: str
    fr: str

    def __getitem__(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Version:
    """One dated version of a rule: when it governs, when it became known, when it ends.

    `start` is in seconds since 1970 (civil time of the case), `end` is the first second after its last day,
    `known_from` a day number. `void` holds spans of days [first, last] in which it is without effect.
    """

    id: str
    instrument: str
    on: Axis
    start: int
    known_from: int
    end: int | None
    cite: str
    label: Words
    void: tuple[tuple[int, int | None], ...] = ()
    never: bool = False


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law, treaty, order or policy that several rule versions come from."""

    id: str
    label: Words
    cite: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the law with its dates: `steps` are (first second, value), value None meaning no limit."""

    id: str
    on: Axis
    unit: str
    cite: str
    label: Words
    steps: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """An open point of law: its readings, the one taken when nobody chooses, and where the point is argued."""

    id: str
    default: str
    choices: tuple[str, ...]
    cite: str
    label: Words


@dataclass(frozen=True, slots=True)
class Clause:
    """One way in which a rule is met, with its own version, citation and words."""

    when: Node
    cite: str
    label: Words | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Provision:
    """A named rule: met when one of its clauses is met.

    `if_unknown` is the burden of proof: what an unknown answer becomes when the claimant must prove it.
    """

    id: str
    cite: str
    label: Words
    clauses: tuple[Clause, ...]
    if_unknown: Literal["met", "not_established"] | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of a table read downwards: the result when the rule holds (or, with `unless`, does not).

    An exception may be barred by another rule.
    """

    result: str
    rule: str | None
    unless: bool = False
    barred_by: str | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """One line of a table of consequences: a value for these outcomes and sets of grounds."""

    value: str
    outcomes: tuple[str, ...]
    any_of: tuple[str, ...]
    only: tuple[str, ...]
    stca: tuple[str, ...]
    rule: str | None
    version: str | None
    cite: str
    label: Words


@dataclass(frozen=True, eq=False)
class LawBook:
    """The whole law of a case on all its dates. `amend` returns another book; this one never changes."""

    title: Words
    checked_to: Mapping[str, str]
    notice: Words
    instruments: Mapping[str, Instrument] = field(repr=False)
    versions: Mapping[str, Version] = field(repr=False)
    parameters: Mapping[str, Parameter] = field(repr=False)
    open_points: Mapping[str, Switch] = field(repr=False)
    provisions: Mapping[str, Provision] = field(repr=False)
    frame: tuple[Stage, ...] = field(repr=False)
    stca: tuple[Stage, ...] = field(repr=False)
    exceptions: tuple[Stage, ...] = field(repr=False)
    grounds: Mapping[str, str] = field(repr=False)
    consequences: Mapping[str, tuple[Consequence, ...]] = field(repr=False)
    countries: Mapping[str, CountryTable] = field(default_factory=dict, repr=False)
    changes: tuple[LawChange, ...] = ()

    @property
    def readings(self) -> Mapping[str, str]:
        """The reading taken of each open point when nobody chooses another."""
        return {name: switch.default for name, switch in self.open_points.items()}

    @property
    def switches(self) -> Mapping[str, tuple[str, ...]]:
        """The rival readings of each open point."""
        return {name: switch.choices for name, switch in self.open_points.items()}

    @cached_property
    def hash(self) -> str:
        """The fingerprint of what the book says (16 hexadecimal digits); names of changes do not enter it."""
        parts = (
            sorted(self.versions.items()),
            sorted(self.parameters.items()),
            sorted(self.open_points.items()),
            sorted(self.provisions.items()),
            self.frame,
            self.stca,
            self.exceptions,
            sorted(self.grounds.items()),
            sorted(self.consequences.items()),
            sorted(self.countries.items()),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def exception_names(self) -> tuple[str, ...]:
        """What the codes of `Decision.exception` mean: "none", then each exception in order."""
        return ("none", *(stage.result for stage in self.exceptions))

    @cached_property
    def exception_nodes(self) -> tuple[Node, ...]:
        """The condition of each exception, its bar included."""
        return tuple(
            All((Not(Rule(stage.barred_by)), Rule(str(stage.rule)))) if stage.barred_by else Rule(str(stage.rule))
            for stage in self.exceptions
        )

    @property
    def retroactive_days(self) -> tuple[date, ...]:
        """The days on which a rule that reaches back in time became known: claims pending then are looked at again."""
        known = {
            version.known_from
            for version in self.versions.values()
            if not version.never and version.on != "decision" and version.known_from > version.start // DAY
        }
        return tuple(_EPOCH + timedelta(days=day) for day in sorted(known))

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, LawBook) else NotImplemented

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __getstate__(self) -> dict[str, object]:
        return {name: dict(value) if isinstance(value, MappingProxyType) else value
                for name, value in self.__dict__.items()}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            self.__dict__[name] = MappingProxyType(value) if isinstance(value, dict) else value

    def __repr__(self) -> str:
        return f"<LawBook {self.title.en}, {len(self.versions)} rule versions, {self.hash}>"

    def amend(self, changes: Iterable[LawChange]) -> LawBook:
        """Return the law with these changes made in order; every change that cannot be made is reported at once."""
        from roxham.law.change import apply, problems_of

        book, problems, made = self, [], list(changes)
        for change in made:
            found = problems_of(book, change)
            problems += found
            if not found:
                book = apply(book, change)
        raise_problems(problems, LawError)
        return replace(book, changes=self.changes + tuple(made))

    def describe(self) -> str:
        """Return the changes made to the base law, one a line."""
        return "\n".join(str(change) for change in self.changes) or "the law as it was"


def seconds(on: date) -> int:
    """Return the seconds since 1970-01-01 at the start of a civil day."""
    return (on - _EPOCH).days * DAY


def day_number(on: date) -> int:
    """Return the days since 1970-01-01."""
    return (on - _EPOCH).days


def in_force(book: LawBook, on: date) -> tuple[Version, ...]:
    """Return the rule versions in force for someone who enters, claims and is decided on that day at noon."""
    noon, today = seconds(on) + DAY // 2, day_number(on)
    out = []
    for version in book.versions.values():
        void = any(first <= today and (last is None or today <= last) for first, last in version.void)
        lasting = version.end is None or noon < version.end
        if not version.never and not void and version.start <= noon and lasting and version.known_from <= today:
            out.append(version)
    return tuple(out)
