"""Amendments: the short, named, dated changes that make one scenario differ from another.

An amendment is data: ten kinds, told apart by ``kind``, that a lawyer or a planner can read in YAML. This
module says what an amendment may contain and checks its names; a corridor applies it. Text such as ``"120
persons / day"`` is checked here and parsed once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from roxham._problems import problems_of
from roxham.errors import SpecError, UnknownName, did_you_mean, raise_problems
from roxham.sim.numbers import Held
from roxham.sim.quantities import Beds, Capacity, Factor, Fare, Value
from roxham.spec import Spec, problem_at
from roxham.units import parse_money, parse_quantity, parse_rate_per_day

EVERYWHERE = "all"


class _Dated(Spec):
    """What every amendment carries: its name, its days, and where it comes from."""

    name: str = Field(min_length=1, description="what the amendment does, in a few words")
    from_: date | None = Field(default=None, description="first day in force; none: from the start")
    until: date | None = Field(default=None, description="last day in force; none: to the end")
    note: str | None = Field(default=None, description="anything a reader should know")
    source: str | None = Field(default=None, description="where the idea or the number comes from")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"'until' {self.until} lies before 'from' {self.from_}")
        return self

    def in_force(self, day: date) -> bool:
        """Say whether the amendment holds on one civil day (both ends included)."""
        return (self.from_ is None or day >= self.from_) and (self.until is None or day <= self.until)

    def to_dict(self) -> dict[str, Any]:
        """Give the amendment back as the keys that its YAML would hold."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class LawAmendment(_Dated):
    """Change the law: an instrument that never was, is void or starts on a day, or one parameter."""

    kind: Literal["law"]
    instrument: str | None = Field(default=None, description="protocol_2023, stca, c12 ...")
    action: Literal["never", "void", "starts"] | None = Field(default=None, description="what happens to it")
    parameter: str | None = Field(default=None, description="a legal parameter, such as between_poe_limit_days")
    value: int | float | bool | str | None = Field(default=None, description="its new value; none: no limit")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.instrument is None) == (self.parameter is None):
            raise ValueError("give either 'instrument' with 'action', or 'parameter' with 'value'")
        if self.instrument is not None and self.action is None:
            raise ValueError("'instrument' needs an 'action': never, void or starts")
        if self.parameter is not None and "value" not in self.model_fields_set:
            raise ValueError("'parameter' needs a 'value' (none: no limit)")
        if self.instrument is not None and "value" in self.model_fields_set:
            raise ValueError("'value' belongs to a 'parameter', not to an 'instrument'")
        if self.action in ("void", "starts") and self.from_ is None:
            raise ValueError(f"action '{self.action}' needs the day: 'from: YYYY-MM-DD'")
        if self.action == "never" and (self.from_ is not None or self.until is not None):
            raise ValueError("action 'never' holds for all time: leave out 'from' and 'until'")
        return self

    @property
    def setting(self) -> int | float | bool | str | None:
        """The value of the parameter, with the word ``none`` read as no limit."""
        return None if isinstance(self.value, str) and self.value.lower() == "none" else self.value


class ReadingAmendment(_Dated):
    """Choose between rival readings of an open legal point, for the whole run."""

    kind: Literal["reading"]
    switch: str = Field(description="the open point, such as late_bar_if_suspended")
    value: str = Field(description="the reading chosen, such as kept or falls")

    @model_validator(mode="after")
    def _for_the_whole_run(self) -> Self:
        if self.from_ is not None or self.until is not None:
            raise ValueError("a reading holds for the whole run: leave out 'from' and 'until'")
        return self


class CrossingAmendment(_Dated):
    """Close or open one crossing: a stretch of the border or a port of entry."""

    kind: Literal["crossing"]
    place: str = Field(description="a border segment or a port of entry")
    open: bool = Field(description="true: people can cross there")


class PoliceAmendment(_Dated):
    """Change police presence at a stretch of the border, as a multiple of what it was."""

    kind: Literal["police"]
    place: str = Field(description="a border segment")
    presence: Factor = Field(description="multiple of the presence as it was; 0 is nobody")


class FareAmendment(_Dated):
    """Change what it costs to reach the border: one fare, or the free bus tickets."""

    kind: Literal["fare"]
    origin: str | None = Field(default=None, description="where the journey starts")
    destination: str | None = Field(default=None, description="where it ends")
    fare: Fare | None = Field(default=None, description="the fare of one person, such as '0 CAD2017'")
    free_tickets: bool | None = Field(default=None, description="whether free bus tickets are given")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        journey = (self.origin, self.destination, self.fare)
        if self.free_tickets is not None and any(part is not None for part in journey):
            raise ValueError("give either 'free_tickets', or 'origin', 'destination' and 'fare'")
        if self.free_tickets is None and any(part is None for part in journey):
            raise ValueError("a fare needs 'origin', 'destination' and 'fare' (or give 'free_tickets')")
        return self

    @property
    def amount(self) -> float | None:
        """The fare as a number of dollars, or none."""
        return None if self.fare is None else parse_money(self.fare).value


class CapacityAmendment(_Dated):
    """Change what a service can do in a day: a police post, an eligibility desk, the hearing rooms."""

    kind: Literal["capacity"]
    service: str = Field(description="a service of the case")
    multiply: Factor | None = Field(default=None, description="times the capacity as it was")
    set: Capacity | None = Field(default=None, description="the capacity itself, such as '120 persons / day'")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.multiply is None) == (self.set is None):
            raise ValueError("give either 'multiply' or 'set'")
        return self

    @property
    def capacity(self) -> float | None:
        """The capacity that ``set`` names: per day where it is a rate, otherwise in its own unit; or none."""
        if self.set is None:
            return None
        return parse_rate_per_day(self.set) if "/" in self.set else parse_quantity(self.set).value


class BedsAmendment(_Dated):
    """Change the beds of one reception place."""

    kind: Literal["beds"]
    place: str = Field(description="a reception place, or all")
    multiply: Factor | None = Field(default=None, description="times the beds as they were")
    add: Beds | None = Field(default=None, description="beds more, such as '500 beds'; fewer: '-200 beds'")
    set: Beds | None = Field(default=None, description="the beds themselves, such as '800 beds'")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if sum(part is not None for part in (self.multiply, self.add, self.set)) != 1:
            raise ValueError("give exactly one of 'multiply', 'add' and 'set'")
        if self.set is not None and parse_quantity(self.set).value < 0:
            raise ValueError(f'negative capacity "{self.set}": a place has zero beds or more')
        return self

    @property
    def beds(self) -> float | None:
        """The number of beds that ``set`` or ``add`` names, or none."""
        text = self.set if self.set is not None else self.add
        return None if text is None else parse_quantity(text).value


class TransferAmendment(_Dated):
    """Set the share sent on, under the case's transfer rule, of those who cross between ports of a province."""

    kind: Literal["transfer"]
    share: float = Field(ge=0.0, le=1.0, description="share of those who cross between ports and claim there, 0 to 1")


class PressureAmendment(_Dated):
    """Change how many people set out: a visa rule, a shock in United States policy."""

    kind: Literal["pressure"]
    group: str = Field(default=EVERYWHERE, description="a nationality group, or all")
    hub: str = Field(default=EVERYWHERE, description="a hub of the case, or all")
    multiply: Factor = Field(description="times the pressure as it was")


class NumberAmendment(_Dated):
    """Change any other number of the case, or one of its parameters, by its name in the ledger."""

    kind: Literal["number"]
    number: str = Field(min_length=1, description="its name, such as b_heard or costs.items.hearing")
    multiply: Factor | None = Field(default=None, description="times the number as it was, range included")
    set: Value | None = Field(default=None, description="the number itself with its unit, such as '2500 CAD2017'")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.multiply is None) == (self.set is None):
            raise ValueError("give either 'multiply' or 'set'")
        return self


def kind(data: object) -> str | None:
    """Tell the kind of an amendment, given as a mapping or already made."""
    told = data.get("kind") if isinstance(data, Mapping) else getattr(data, "kind", None)
    return told if isinstance(told, str) else None


Amendment: TypeAlias = Annotated[
    Annotated[LawAmendment, Tag("law")]
    | Annotated[ReadingAmendment, Tag("reading")]
    | Annotated[CrossingAmendment, Tag("crossing")]
    | Annotated[PoliceAmendment, Tag("police")]
    | Annotated[FareAmendment, Tag("fare")]
    | Annotated[CapacityAmendment, Tag("capacity")]
    | Annotated[BedsAmendment, Tag("beds")]
    | Annotated[TransferAmendment, Tag("transfer")]
    | Annotated[PressureAmendment, Tag("pressure")]
    | Annotated[NumberAmendment, Tag("number")],
    Discriminator(kind),
]

_ADAPTER: TypeAdapter[Amendment] = TypeAdapter(Amendment)


def amendment(**keys: Any) -> Amendment:
    """Make one amendment in Python, with the keys that its YAML would have (``from_`` for ``from``).

    Raises SpecError with everything that is wrong with it.

    >>> closed = amendment(name="police close Roxham Road", kind="crossing", place="roxham_road",
    ...                    open=False, from_="2022-01-01")
    >>> closed.kind, closed.in_force(date(2021, 12, 31)), closed.in_force(date(2022, 1, 1))
    ('crossing', False, True)
    """
    if "from_" in keys:
        keys["from"] = keys.pop("from_")
    try:
        return _ADAPTER.validate_python(keys)
    except ValidationError as error:
        raise SpecError(problems_of(error, keys, Amendment, None)) from None


def describe(change: Amendment) -> str:
    """Say one amendment in one line, its days included.

    >>> describe(amendment(name="twice", kind="capacity", service="rpd", multiply=2, from_="2022-04-01"))
    'twice (capacity: service rpd, multiply 2.0) from 2022-04-01'
    """
    keys = change.to_dict()
    hidden = ("name", "kind", "from", "until", "note", "source")
    what = ", ".join(f"{key} {value}" for key, value in keys.items() if key not in hidden)
    days = "".join(f" {key} {keys[key]}" for key in ("from", "until") if keys.get(key) is not None)
    return f"{change.name} ({change.kind}: {what}){days}"


def amendments_hash(changes: Sequence[Amendment]) -> str:
    """Give the content hash (SHA-256, hexadecimal) of an ordered list of amendments.

    >>> amendments_hash([]) == amendments_hash(())
    True
    """
    text = json.dumps([change.to_dict() for change in changes], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Names:
    """The names that amendments may use in one case; an empty collection means: not checked here.

    ``switches`` maps each reading switch to its readings. ``crossings`` are border segments and ports of
    entry, ``receptions`` reception places, ``places`` all places of the map (for fares).
    """

    instruments: frozenset[str] = field(default_factory=frozenset)
    parameters: frozenset[str] = field(default_factory=frozenset)
    switches: Mapping[str, Sequence[str]] = field(default_factory=dict)
    crossings: frozenset[str] = field(default_factory=frozenset)
    segments: frozenset[str] = field(default_factory=frozenset)
    places: frozenset[str] = field(default_factory=frozenset)
    services: frozenset[str] = field(default_factory=frozenset)
    receptions: frozenset[str] = field(default_factory=frozenset)
    groups: frozenset[str] = field(default_factory=frozenset)
    hubs: frozenset[str] = field(default_factory=frozenset)
    numbers: Mapping[str, Held] = field(default_factory=dict)

    def allowed(self, keys: Mapping[str, Any]) -> dict[str, tuple[str, Iterable[str]]]:
        """Map each name-bearing key of one amendment to (what it names, the names that exist)."""
        readings = self.switches.get(str(keys.get("switch")), ())
        table: dict[str, dict[str, tuple[str, Iterable[str]]]] = {
            "law": {
                "instrument": ("legal instrument", self.instruments),
                "parameter": ("legal parameter", self.parameters),
            },
            "reading": {"switch": ("reading switch", self.switches), "value": ("reading", readings)},
            "crossing": {"place": ("crossing", self.crossings)},
            "police": {"place": ("border segment", self.segments)},
            "fare": {"origin": ("place", self.places), "destination": ("place", self.places)},
            "capacity": {"service": ("service", self.services)},
            "beds": {"place": ("reception place", _or_all(self.receptions))},
            "pressure": {
                "group": ("nationality group", _or_all(self.groups)),
                "hub": ("hub", _or_all(self.hubs)),
            },
            "number": {"number": ("number that can be amended", self.numbers)},
        }
        return table.get(str(keys.get("kind")), {})


def _or_all(names: frozenset[str]) -> frozenset[str]:
    return names | {EVERYWHERE} if names else names


def unknown_names(keys: Mapping[str, Any], names: Names) -> list[tuple[str, str, str | None]]:
    """List the keys of one amendment that name nothing in the case: key, message and nearest name.

    >>> known = Names(crossings=frozenset({"roxham_road", "lacolle"}))
    >>> unknown_names({"kind": "crossing", "place": "roxham_raod"}, known)
    [('place', '"roxham_raod" is not a crossing of this case', 'roxham_road')]
    """
    found = []
    for key, (what, choices) in names.allowed(keys).items():
        value = keys.get(key)
        known = sorted(choices)
        if isinstance(value, str) and known and value not in known:
            found.append((key, f'"{value}" is not a {what} of this case', did_you_mean(value, known)))
    return found


def check_amendments(changes: Sequence[Amendment], names: Names) -> None:
    """Raise UnknownName with every unknown name of a list of amendments; do nothing when all are known.

    Raises SpecError instead when a number is given that cannot be, or in another unit than the case has it.
    """
    found = [
        (problem_at(change, key, f'amendment "{change.name}": {message}', hint), kind)
        for change in changes
        for kind, check in ((UnknownName, unknown_names), (SpecError, wrong_numbers))
        for key, message, hint in check(change.to_dict(), names)
    ]
    raise_problems((problem for problem, _ in found), most_narrow(kind for _, kind in found))


def most_narrow(kinds: Iterable[type[SpecError]]) -> type[SpecError]:
    """UnknownName where nothing but names is wrong, else SpecError."""
    return UnknownName if all(issubclass(kind, UnknownName) for kind in kinds) else SpecError


def wrong_numbers(keys: Mapping[str, Any], names: Names) -> list[tuple[str, str, str | None]]:
    """List what is wrong with the value of an amendment of kind `number`: key, message and no hint."""
    held = names.numbers.get(str(keys.get("number"))) if keys.get("kind") == "number" else None
    return [] if held is None else [(key, message, None) for key, message in held.wrong(keys)]
