"""Every number of a case by its name, and the case with one of them changed.

A number is called by its file and its way inside it, as the ledger calls it: `costs.items.hearing`,
`reception.places.mill_hall.stay_days`, `services.rpd.steps`; a parameter of `parameters.yaml` by its id alone. Steps of
a number that changes with time are changed together, or one by one with their place: `services.rpd.steps[0]`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from roxham._map import COMPONENTS
from roxham.errors import UnitError
from roxham.spec import Dated
from roxham.units import DAYS, parse_duration_days, parse_quantity

if TYPE_CHECKING:
    from roxham.sim.amend import NumberAmendment
    from roxham.sim.corridor import Corridor

Key = str | int
#: Parts of a corridor whose files hold numbers, and those of its world: prefix of the name and attribute.
PARTS = ("costs", "reception", "services", "procedure", "choice")
WORLD = {"travel": "travel_numbers", "danger": "danger"}
#: Units of numbers that may be written bare.
BARE = ("1", "share", "utility")
#: No number of a case is anywhere near this; a larger one is a slip: judgement.
LARGEST = 1e12
LONGEST_DAYS = 36_525.0
#: Ends of names of numbers, besides parameters and those of journeys, that something is divided by.
DIVISORS = ("stay_days", "persons_per_room")


@dataclass(frozen=True, slots=True)
class Held:
    """One number of a case: its way, value, unit and range, and whether it has steps in time."""

    name: str
    path: tuple[Key, ...]
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    steps: bool = False

    def read(self, given: float | str) -> float:
        """Read a value given for this number in its own unit; raise UnitError when the unit is another or missing.

        >>> Held("stay", (), 20.0, "days", 10.0, 40.0).read("3 weeks")
        21.0
        """
        if not isinstance(given, str):
            if self.unit.split(" ")[0] in BARE:
                return float(given)
            raise UnitError(f'{given:g} has no unit; write it as "{given:g} {self.unit}"')
        if self.unit in BARE and _is_number(given):
            return float(given)
        quantity = parse_quantity(given)
        ours, theirs = _singular(self.unit), _singular(quantity.unit)
        if ours == theirs:
            return quantity.value
        if ours in DAYS and theirs in DAYS:
            return parse_duration_days(given) / DAYS[ours]
        what, _, time = ours.partition(" / ")
        also, _, other = theirs.partition(" / ")
        if what == also and time in DAYS and other in DAYS:
            return quantity.value * DAYS[time] / DAYS[other]
        raise UnitError(f'"{given}" is in {quantity.unit}, but {self.name} is in {self.unit}')

    def refusal(self, value: float) -> str | None:
        """Say why a value can never be, or None: a share beyond one, something counted below nothing."""
        least = self.low if self.low is not None else min(self.value, 0.0)
        share = self.unit.startswith("share")
        most = math.inf if not share else 1.0
        longest = LONGEST_DAYS / DAYS.get(_singular(self.unit), 1.0) if _singular(self.unit) in DAYS else LARGEST
        if not math.isfinite(value) or abs(value) > longest:
            return f"{value:g} is no number that {self.name} can have"
        if (least >= 0 and value < 0) or value > most:
            return f"{self.name} cannot be {value:g}: it is {'a share, 0 to 1' if share else 'zero or more'}"
        divides = self.path[:1] in (("parameters",), ("world",)) or self.name.endswith(DIVISORS)
        if divides and least > 0 and value == 0:
            return f"{self.name} must be above zero"
        if divides and share and self.high is not None and self.high < 1 and value == 1:
            return f"{self.name} must be below one"
        return None

    def wrong(self, keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what is wrong with an amendment of this number, given as the keys of its YAML: key and message."""
        if not self.steps:
            yield from ((key, f"{self.name} has no days: it holds for the whole run; leave out '{key}'")
                        for key in ("from", "until") if keys.get(key) is not None)  # fmt: skip
        given, factor = keys.get("set"), keys.get("multiply")
        try:
            if isinstance(given, str | int | float) and not isinstance(given, bool):
                refused = self.refusal(self.read(given))
                if refused:
                    yield "set", refused
        except UnitError as error:
            yield "set", error.problems[0].message
        if isinstance(factor, int | float) and (refused := self.refusal(self.value * factor)):
            yield "multiply", refused

    def outside(self, value: float) -> str | None:
        """Say that a value lies outside the range that the case gives, or None."""
        if (self.low is None or value >= self.low) and (self.high is None or value <= self.high):
            return None
        ends = " to ".join("" if end is None else f"{end:g}" for end in (self.low, self.high))
        return f"{self.name}: {value:g} lies outside the range of the case, {ends} {self.unit}"


def numbers_of(corridor: Corridor) -> dict[str, Held]:
    """List every number of a corridor that can be amended, by name.

    >>> from roxham.sim.corridor import load
    >>> numbers_of(load("toy"))["costs.items.hearing"].unit
    'CRN2030'
    """
    found = [held for name, number in corridor.parameters.items() for held in _walk(number, ("parameters", name), name)]
    for part in PARTS:
        found += _walk(getattr(corridor, part), (part,), part)
    for name, attribute in WORLD.items():
        found += _walk(getattr(corridor.world, attribute), ("world", attribute), name)
    value, low, high = corridor.world.weights
    for s, segment in enumerate(corridor.world.segments):
        for c, component in enumerate(COMPONENTS):
            name, ends = f"danger.{segment}.{component}", (float(low[s, c]), float(high[s, c]))
            found.append(Held(name, ("weights", s, c), float(value[s, c]), "index points", *ends))
    for row in corridor.outcome_rows:
        name = f"acceptance.{row.group}.{row.measure}"
        found.append(Held(name, ("acceptance", row.group, row.measure), row.share, "share", 0.0, 1.0, True))
    return {held.name: held for held in found}


def with_numbers(corridor: Corridor, changes: Sequence[NumberAmendment]) -> Corridor:
    """Return the corridor with numbers changed in order; parameters are changed when a draw takes them."""
    numbers = corridor.numbers
    for change in changes:
        held = numbers[change.number]
        part, *way = held.path
        if part == "world":
            attribute = str(way[0])
            made = _changed(getattr(corridor.world, attribute), way[1:], change, held)
            corridor = replace(corridor, world=replace(corridor.world, **{attribute: made}))
        elif part == "weights":
            weights = corridor.world.weights.copy()
            s, c = (int(key) for key in way)
            weights[:, s, c] = [_moved_to(float(end), change, held) for end in weights[:, s, c]]
            corridor = replace(corridor, world=replace(corridor.world, weights=weights))
        elif part == "acceptance":
            mine = [row for row in corridor.outcome_rows if [row.group, row.measure] == way]
            rest = tuple(row for row in corridor.outcome_rows if [row.group, row.measure] != way)
            corridor = replace(corridor, outcome_rows=(*rest, *_stepped(mine, change, held, "share")))
        elif part != "parameters":
            made = _changed(getattr(corridor, str(part)), way, change, held)
            corridor = replace(corridor, **{str(part): made})
    return corridor


def drawn_parameters(corridor: Corridor, drawn: Mapping[str, float]) -> Mapping[str, float]:
    """Return the parameters of one draw as the corridor's amendments change them."""
    changes = [change for change in corridor.amended("number") if change.number in corridor.parameters]
    if not changes:
        return drawn
    out, numbers = dict(drawn), corridor.numbers
    for change in changes:
        held = numbers[change.number]
        value = _moved_to(out[change.number], change, held)
        out[change.number] = min(value, 1.0 - 1e-9) if held.refusal(value) and held.unit == "share" else value
    return out


def _walk(node: Any, path: tuple[Key, ...], name: str) -> Iterator[Held]:
    """Every number below a node: what has a value and a unit, and lists of dated steps as one."""
    if isinstance(node, BaseModel):
        if isinstance(getattr(node, "value", None), float) and isinstance(getattr(node, "unit", None), str):
            yield _held(node, path, name)
            return
        for field, info in type(node).model_fields.items():
            yield from _walk(getattr(node, field), (*path, field), f"{name}.{info.alias or field}")
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _walk(value, (*path, key), f"{name}.{key}")
    elif isinstance(node, list | tuple):
        if node and all(isinstance(one, Dated) for one in node):
            yield _held(node[-1], path, name, steps=True)
        for place, value in enumerate(node):
            yield from _walk(value, (*path, place), f"{name}[{place}]")


def _held(node: Any, path: tuple[Key, ...], name: str, *, steps: bool = False) -> Held:
    return Held(name, path, node.value, " ".join(node.unit.split()), node.low, node.high, steps)


def _changed(node: Any, way: Sequence[Key], change: NumberAmendment, held: Held) -> Any:
    """A copy of a node with the number at the end of the way changed."""
    if not way:
        if isinstance(node, list | tuple):
            return type(node)(_stepped(node, change, held, "value"))
        return node.model_copy(update=_moved(node, change, held, "value"))
    key, rest = way[0], way[1:]
    if isinstance(node, BaseModel):
        return node.model_copy(update={str(key): _changed(getattr(node, str(key)), rest, change, held)})
    if isinstance(node, Mapping):
        return {**node, key: _changed(node[key], rest, change, held)}
    return type(node)(_changed(one, rest, change, held) if place == key else one for place, one in enumerate(node))


def _stepped(steps: Sequence[Any], change: NumberAmendment, held: Held, key: str) -> list[Any]:
    """Steps in time with the days of an amendment changed, and as they were before and after."""
    ordered = sorted(steps, key=lambda step: step.from_)
    first, last = change.from_ or min(ordered[0].from_, date.max), change.until
    cuts = {step.from_ for step in ordered} | {max(first, date.min)}
    if last is not None and last < date.max:
        cuts.add(last + timedelta(days=1))
    if change.from_ is not None and first <= ordered[0].from_ and first > date.min:
        cuts.add(first - timedelta(days=1))  # a first step holds before its day too
    out = []
    for day in sorted(cuts):
        step = next((one for one in reversed(ordered) if one.from_ <= day), ordered[0])
        held_then = (change.from_ is None or day >= first) and (last is None or day <= last)
        moved = _moved(step, change, held, key) if held_then else {}
        out.append(step.model_copy(update={**moved, "from_": day}))
    return out


def _moved(node: Any, change: NumberAmendment, held: Held, key: str) -> dict[str, Any]:
    """The fields of a number as an amendment sets or scales them; a value that is set has no range left."""
    ends = {end: getattr(node, end) for end in ("low", "high")}
    value = _moved_to(getattr(node, key), change, held)
    moved = {end: None if old is None else _moved_to(old, change, held) for end, old in ends.items()}
    return {key: min(value, 1.0) if held.unit == "share" else value, **moved}


def _moved_to(value: float, change: NumberAmendment, held: Held) -> float:
    """What an amendment makes of a value."""
    return value * (change.multiply or 0.0) if change.set is None else held.read(change.set)


def _singular(unit: str) -> str:
    return " ".join(re.sub(r"(?<=[a-z]{2})s$", "", word) for word in unit.split())


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
