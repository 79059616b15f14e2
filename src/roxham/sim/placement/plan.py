"""A day's plan by a rule: a place and a reason for each family, every part of the cost, and the price of overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from typing import Any

import numpy as np

from roxham.errors import Problem, UnknownName, did_you_mean
from roxham.sim.placement.ahead import look_ahead
from roxham.sim.placement.data import WAIT, Desk, Expected, Family, Site, Weights, lay_out, weights
from roxham.sim.placement.reasons import Reason, broken, reasons
from roxham.sim.placement.rules import OPEN, Places, as_is, cost, fairness, greedy, left, optimal

RULES = ("as-is", "greedy", "optimal", "look-ahead")


@dataclass(frozen=True)
class Line:
    """One family of a plan: where it goes, what that costs by part, and why."""

    id: str
    persons: int
    place: str | None
    province: str | None
    costs: Mapping[str, float]
    reason: Reason
    override: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the line as plain data, for programs."""
        return {"id": self.id, "persons": self.persons, "place": self.place, "province": self.province,
                "costs": dict(self.costs), "reason": self.reason.kind, "override": self.override,
                "reason_en": self.reason.text("en"), "reason_fr": self.reason.text("fr")}


@dataclass(frozen=True)
class Plan:
    """What a rule makes of a day: a line for each family as they were given, and the cost by part (CAD)."""

    rule: str
    date: Date
    lines: tuple[Line, ...]
    costs: Mapping[str, float]
    places: Places

    @property
    def cost(self) -> float:
        """The sum of all parts, which the rules make small."""
        return float(sum(self.costs.values()))

    @property
    def without_bed(self) -> int:
        """People who get no bed tonight."""
        return sum(line.persons for line in self.lines if line.place is None)

    @property
    def placed(self) -> int:
        """People who get a bed tonight."""
        return sum(line.persons for line in self.lines if line.place is not None)

    def to_dict(self) -> dict[str, Any]:
        """Give the plan as plain data, for programs."""
        return {"rule": self.rule, "date": self.date.isoformat(), "persons_placed": self.placed,
                "persons_without_bed": self.without_bed, "cost": self.cost, "costs": dict(self.costs),
                "lines": [line.to_dict() for line in self.lines]}


@dataclass(frozen=True)
class Price:
    """What an override adds to the cost of the best plan without it, and whom else it touches.

    `persons_moved` counts people of other families whose place is another; `persons_without_bed` those who have no bed
    with it, less those who have none without it. One that would break a hard rule is not followed and costs nothing.
    """

    id: str
    override: str
    cost: float
    costs: Mapping[str, float]
    persons_moved: int
    persons_without_bed: int
    followed: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Give the price as plain data, for programs."""
        return {"id": self.id, "override": self.override, "cost": self.cost, "costs": dict(self.costs),
                "persons_moved": self.persons_moved, "persons_without_bed": self.persons_without_bed,
                "followed": self.followed}


def place(
    families: Sequence[Family], places: Sequence[Site], date: Date, *, rule: str = "optimal",
    forecast: Sequence[Expected] = (), prices: Weights | None = None, shares: Mapping[str, float] | None = None,
    near: Plan | None = None,
) -> Plan:
    """Decide where each waiting family goes on a day.

    Args:
        rule: as-is, greedy, optimal or look-ahead.
        forecast: families expected on later days; only look-ahead reads it.
        prices: of the parts of the cost; those shipped when not given.
        shares: what each province should have of all people housed; those of the places when not given.
        near: another plan of these families; of plans alike in cost one that differs less is preferred.

    Raises UnknownName for another rule, SpecError where families and places do not go together.

    >>> beds = ((None, 4),)
    >>> towns = [Site("near", "QC", beds, 90.0), Site("far", "ON", beds, 120.0, accessible=True)]
    >>> plan = place([Family("F1", 3), Family("F2", 4, accessible=True)], towns, Date(2030, 1, 1))
    >>> [line.place for line in plan.lines]
    ['near', 'far']
    """
    check_rule(rule)
    order = sorted(range(len(families)), key=lambda f: families[f].arrived or date)
    desk = lay_out([families[f] for f in order], places, date, prices or weights(), shares)
    fixed, refused = _overrides(desk)
    keep = None if near is None else near.places[np.array(order, dtype=np.int64)]
    chosen = _decide(desk, rule, forecast, fixed, keep)
    why = reasons(desk, chosen, rule, refused)
    lines = [_line(desk, chosen, f, why[f]) for f in range(len(order))]
    back = np.argsort(np.array(order, dtype=np.int64), kind="stable")
    return Plan(rule, date, tuple(lines[f] for f in back), costs(desk, chosen), chosen[back])


def check_rule(rule: str) -> None:
    """Raise UnknownName unless there is such a rule."""
    if rule not in RULES:
        raise UnknownName(Problem(f'"{rule}" is not a rule of placement ({", ".join(RULES)})',
                                  hint=did_you_mean(rule, RULES)))


def compare(
    families: Sequence[Family], places: Sequence[Site], date: Date, *, rules: Sequence[str] = RULES,
    forecast: Sequence[Expected] = (), prices: Weights | None = None, shares: Mapping[str, float] | None = None,
) -> dict[str, Plan]:
    """Plan the same day by several rules."""
    return {rule: place(families, places, date, rule=rule, forecast=forecast, prices=prices, shares=shares)
            for rule in rules}


def override_prices(
    families: Sequence[Family], places: Sequence[Site], date: Date, *, rule: str = "optimal",
    forecast: Sequence[Expected] = (), prices: Weights | None = None, shares: Mapping[str, float] | None = None,
) -> list[Price]:
    """The price of each override beside the others, and, after more than one, of all together (id `all`)."""
    chosen = [f for f, one in enumerate(families) if one.override]
    if not chosen:
        return []

    def plan(without: set[int], near: Plan | None = None) -> Plan:
        rows = [replace(one, override="") if f in without else one for f, one in enumerate(families)]
        return place(rows, places, date, rule=rule, forecast=forecast, prices=prices, shares=shares, near=near)

    free = plan(set(chosen))
    full = plan(set(), free)
    found = [_price(families[f].id, families[f].override, full, plan({f}, full) if len(chosen) > 1 else free, {f})
             for f in chosen]
    return found if len(chosen) == 1 else [*found, _price("all", "", full, free, set(chosen))]


def costs(desk: Desk, chosen: Places) -> dict[str, float]:
    """The parts of a plan's cost; their sum is what the rules make small."""
    at = np.flatnonzero(chosen >= 0)
    out = np.flatnonzero(chosen < 0)
    persons = desk.day.persons[out]
    return {
        "without_bed": float((persons * desk.nights[out]).sum() * desk.weights.without_bed),
        "waiting": float((persons * desk.waited[out]).sum() * desk.weights.waiting),
        **{name: float(part[at, chosen[at]].sum()) for name, part in desk.parts.items()},
        "fairness": fairness(desk.day, chosen),
    }


def _decide(
    desk: Desk, rule: str, forecast: Sequence[Expected], fixed: Places, keep: Places | None
) -> Places:
    if rule == "as-is":
        return as_is(desk.day, desk.asked, fixed)
    if rule == "greedy":
        return greedy(desk.day, fixed)
    if rule == "optimal":
        return optimal(desk.day, fixed, keep=keep)
    return look_ahead(desk, forecast, fixed, keep=keep)


def _overrides(desk: Desk) -> tuple[Places, dict[int, tuple[str, ...]]]:
    """Decisions taken by overrides, in order, and the hard rules that those not followed would break."""
    fixed = np.full(len(desk.families), OPEN, dtype=np.int64)
    refused: dict[int, tuple[str, ...]] = {}
    index = {one.id: p for p, one in enumerate(desk.places)}
    for f, family in enumerate(desk.families):
        if family.override == WAIT:
            fixed[f] = -1
        elif family.override:
            p = index[family.override]
            rules = broken(desk, f, p)
            room = left(desk.day, np.where(fixed == OPEN, -1, fixed))[p]
            if not rules and (room >= np.where(desk.day.there[f], desk.day.persons[f], 0)).all():
                fixed[f] = p
            else:
                refused[f] = rules or ("beds",)
    return fixed, refused


def _line(desk: Desk, chosen: Places, f: int, reason: Reason) -> Line:
    family, p = desk.families[f], int(chosen[f])
    if p >= 0:
        paid = {name: float(part[f, p]) for name, part in desk.parts.items()}
    else:
        paid = {"without_bed": float(family.persons * desk.nights[f] * desk.weights.without_bed),
                "waiting": float(family.persons * desk.waited[f] * desk.weights.waiting)}
    site = desk.places[p] if p >= 0 else None
    return Line(family.id, family.persons, site.id if site else None, site.province if site else None, paid, reason,
                family.override)


def _price(id: str, override: str, with_: Plan, without: Plan, own: set[int]) -> Price:
    moved = sum(a.persons for f, (a, b) in enumerate(zip(with_.lines, without.lines, strict=True))
                if f not in own and a.place != b.place)
    parts = {name: with_.costs[name] - without.costs[name] for name in with_.costs}
    return Price(id, override, with_.cost - without.cost, parts, moved, with_.without_bed - without.without_bed,
                 all(with_.lines[f].reason.kind != "refused" for f in own))


__all__ = ["RULES", "WAIT", "Line", "Plan", "Price", "check_rule", "compare", "cost", "costs",
           "override_prices", "place"]
