"""A morning at the transfer desk: what was given, the plan by a rule beside other rules, and what each choice costs.

The command and the app both come here, so that they tell the same numbers. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from roxham.errors import Problem, RoxhamError, SpecError, did_you_mean, raise_problems
from roxham.sim.placement import PARTS, RULES, Expected, Family, Plan, Price, Site, Weights, compare, override_prices
from roxham.sim.placement import weights as read_weights
from roxham.sim.placement.data import WAIT, lay_out
from roxham.sim.placement.plan import check_rule
from roxham.sim.placement.read import Pasted, Source, read_families, read_forecast, read_places
from roxham.sim.placement.reasons import BEDS
from roxham.sim.placement.rules import left
from roxham.sim.placement.write import by_province, plan_csv

T = TypeVar("T")
LOOK_AHEAD = "look-ahead"


@dataclass(frozen=True)
class Morning:
    """What the desk was given: families, places, the day, families expected later, and prices."""

    families: tuple[Family, ...]
    places: tuple[Site, ...]
    date: Date
    forecast: tuple[Expected, ...]
    weights: Weights

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that can plan this morning: look-ahead needs families expected."""
        return tuple(one for one in RULES if one != LOOK_AHEAD or self.forecast)

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen at the desk, by family."""
        return {one.id: one.override for one in self.families if one.override}

    def choose(self, chosen: Mapping[str, str]) -> Morning:
        """Return the morning with these choices and no others; raise SpecError for families or places not there."""
        ids, known = {one.id for one in self.families}, {one.id for one in self.places} | {WAIT}
        problems = [Problem("this is no family of the list", hint=did_you_mean(one, ids)) for one in chosen
                    if one not in ids]
        problems += [Problem("this is no place of the list", hint=did_you_mean(one, known)) for one in chosen.values()
                     if one and one not in known]
        raise_problems(problems, SpecError)
        return replace(self, families=tuple(replace(one, override=chosen.get(one.id, "")) for one in self.families))


@dataclass(frozen=True)
class Beds:
    """The beds of one place: free tonight, taken by the plan, left tonight, and fewest left on any day of a stay."""

    place: str
    province: str
    free: int
    taken: int
    left: int
    fewest: int

    def to_dict(self) -> dict[str, Any]:
        """Give the line as plain data, for programs."""
        return dict(vars(self))


@dataclass(frozen=True)
class Placed:
    """A morning's plan by a rule, the plans of the other rules, and the price of each choice made at the desk."""

    morning: Morning
    rule: str
    plans: Mapping[str, Plan]
    prices: tuple[Price, ...]

    @property
    def plan(self) -> Plan:
        """The plan by the rule asked for."""
        return self.plans[self.rule]

    def line_costs(self) -> tuple[float, ...]:
        """What each family of the plan costs in all (CAD), in the order of its lines."""
        return tuple(float(sum(line.costs.values())) for line in self.plan.lines)

    def beds(self) -> tuple[Beds, ...]:
        """The beds of each place under the plan, in the order of the places."""
        morning, plan = self.morning, self.plan
        room = left(lay_out(morning.families, morning.places, morning.date, morning.weights).day, plan.places)
        taken = [sum(line.persons for line in plan.lines if line.place == one.id) for one in morning.places]
        free = [one.free_on(morning.date) for one in morning.places]
        return tuple(
            Beds(one.id, one.province, free[p], taken[p], free[p] - taken[p], int(room[p].min(initial=free[p])))
            for p, one in enumerate(morning.places))

    def closed(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """The hard rules, beds among them, that places would break for a family were it alone, by family and place."""
        morning = self.morning
        desk = lay_out(morning.families, morning.places, morning.date, morning.weights)
        kept = {**desk.rules, BEDS: desk.day.fits()}
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for f, p in np.argwhere(~np.logical_and.reduce(list(kept.values()))):
            rules = tuple(name for name, one in kept.items() if not one[f, p])
            found.setdefault(morning.families[f].id, {})[morning.places[p].id] = rules
        return found

    def refused(self) -> dict[str, tuple[str, ...]]:
        """The choices that are not followed, by family, with the hard rules that each would break."""
        return {line.id: tuple(line.reason.values["rules"]) for line in self.plan.lines
                if line.reason.kind == "refused"}

    def csv(self, lang: str = "en") -> str:
        """The plan as CSV text; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
        return plan_csv(self.plan, self.prices, lang)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data; counts of people by province that are small are not told."""
        others = {name: {key: value for key, value in plan.to_dict().items() if key != "lines"}
                  for name, plan in self.plans.items()}
        return {**self.plan.to_dict(), "by_province": by_province(self.plan), "compared": others,
                "overrides": [one.to_dict() for one in self.prices]}


def needs_of(family: Family) -> tuple[str, ...]:
    """What a family must find in a place, by the names of the hard rules.

    >>> needs_of(Family("F1", 3, school_age=1, language="fr", needs=frozenset({"kitchen"})))
    ('school', 'language fr', 'kitchen')
    """
    told = {"accessible": family.accessible, "school": family.school_age > 0, f"language {family.language}":
            bool(family.language), **dict.fromkeys(sorted(family.needs), True)}
    return tuple(name for name, needed in told.items() if needed)


def offers_of(site: Site) -> tuple[str, ...]:
    """What a place offers, by the names of the hard rules; `only ...` where it takes nobody else."""
    told = {"accessible": site.accessible, "school": site.school}
    return (*(name for name, has in told.items() if has), *(f"language {one}" for one in sorted(site.languages)),
            *sorted(site.offers), *(f"only {one}" for one in sorted(site.only)))


def read_morning(
    families: Source, places: Source, date: Date, *, forecast: Source | None = None, weights: str | Path | None = None
) -> Morning:
    """Read the files of a morning; raise SpecError with every problem of all of them.

    >>> one = read_morning(Pasted("f", "id,persons\\nF1,2\\n"),
    ...                    Pasted("p", "place,province,free_beds,cost_per_night\\nmill,HN,4,90\\n"), Date(2030, 3, 4))
    >>> [line.place for line in place_families(one).plan.lines]
    ['mill']
    """
    problems: list[Problem] = []

    def tried(make: Callable[..., T], *arguments: Any) -> T | None:
        try:
            return make(*arguments)
        except RoxhamError as error:
            problems.extend(error.problems)
            return None

    sites = tried(read_places, places)
    waiting = tried(read_families, families, date, [one.id for one in sites] if sites else None)
    coming = tried(read_forecast, forecast) if forecast is not None else []
    prices = tried(read_weights, weights)
    raise_problems(problems, SpecError)
    assert waiting is not None and sites is not None and coming is not None and prices is not None
    return Morning(tuple(waiting), tuple(sites), date, tuple(coming), prices)


def place_families(morning: Morning, rule: str = "optimal", *, rules: Sequence[str] | None = None) -> Placed:
    """Plan a morning by a rule, beside other rules (all that can), and price the choices made at the desk.

    Raises UnknownName for another rule, SpecError for look-ahead without families expected.
    """
    check_rule(rule)
    if rule == LOOK_AHEAD and not morning.forecast:
        raise SpecError("look-ahead needs a file of the families expected")
    listed = [one for one in morning.rules if rules is None or one in rules or one == rule]
    families, places, date = morning.families, morning.places, morning.date
    plans = compare(families, places, date, rules=listed, forecast=morning.forecast, prices=morning.weights)
    prices = override_prices(families, places, date, rule=rule, forecast=morning.forecast, prices=morning.weights)
    return Placed(morning, rule, plans, tuple(prices))


__all__ = ["PARTS", "RULES", "WAIT", "Beds", "Morning", "Pasted", "Placed", "needs_of", "offers_of",
           "place_families", "read_morning"]
