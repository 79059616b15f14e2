"""A cohort's money: everybody who crosses between ports in a fiscal year, followed to the end of the claim.

The run is the ordinary one, from the first day that the case covers, so that the cohort stands in the real line behind
those who came before. After the last day of the case nobody new comes; those in line are served on with the capacity of
the last day. What each party of the cohort was charged for is read off the records of the run (`money.charges`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, UnitError
from roxham.sim.corridor import Corridor
from roxham.sim.flow import NEVER, Flow
from roxham.sim.money import NIGHT, charges, ended, unit_costs
from roxham.sim.posterior import Posterior
from roxham.sim.run import begin, carry_out

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: How long people are followed after the last day of the case, in years.
FOLLOWED = 10
APRIL = 4
#: The two ends of the Budget Officer's range: accepted at the first hearing; every appeal used, then removed.
LEAST, MOST = "accepted_first", "appealed_removed"
APPEAL, REMOVAL = "appeal", "removal"


@dataclass(frozen=True)
class FiscalYear:
    """A fiscal year, from 1 April to 31 March."""

    first: int

    @classmethod
    def parse(cls, text: str) -> FiscalYear:
        """Read a fiscal year.

        Raises:
            UnitError: when it is none, such as 2017-19.

        >>> FiscalYear.parse("2017-18").start, str(FiscalYear.parse("2017-18"))
        (datetime.date(2017, 4, 1), '2017-18')
        """
        found = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if found is None or (int(found[1]) + 1) % 100 != int(found[2]):
            raise UnitError(Problem(f'"{text}" is not a fiscal year; write it as in 2017-18, from April to March'))
        return cls(int(found[1]))

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.first, APRIL, 1)

    @property
    def end(self) -> date:
        """The day after its last."""
        return date(self.first + 1, APRIL, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.first}-{(self.first + 1) % 100:02d}"


@dataclass(frozen=True)
class Lives:
    """What one draw of a cohort cost.

    Attributes:
        persons: people who crossed between ports in the fiscal year.
        cost: dollars of the base year by (item, payer), one number per fiscal year of spending.
        years: the fiscal years of spending.
        paths: people of each path, and the federal cost of one of them, lodging apart.
        wait: mean days from the claim to the first decision, of those decided.
        open: share of the people who claimed whose claim is not over when the run ends.
    """

    persons: float
    cost: Mapping[tuple[str, str], Floats]
    years: tuple[str, ...]
    paths: Mapping[str, tuple[float, float]]
    wait: float
    open: float


def follow(corridor: Corridor, cohort: FiscalYear, *, seed: int, draw: int, years: int = FOLLOWED) -> Lives:
    """Run one draw and add up what a cohort cost, to the end of each claim.

    Args:
        years: how long people are followed after the last day of the case.

    Raises:
        RunError: when the case covers no day of the fiscal year, or nobody of it crosses.
    """
    covers = corridor.info.covers
    if cohort.end <= covers.from_ or cohort.start > covers.to:
        raise RunError(f"the case {corridor.id} covers {covers.from_} to {covers.to}: nobody crosses in {cohort}")
    flow = begin(corridor, seed=seed, draw=draw, from_=covers.from_, to=covers.to.replace(year=covers.to.year + years))
    flow.posterior = nobody_after(flow.posterior, flow.months)
    return add_up(carry_out(flow), cohort)


def nobody_after(posterior: Posterior, months: NDArray[np.datetime64]) -> Posterior:
    """The same calibration with nobody setting out or claiming after its last month."""
    more = int((months[-1] - posterior.months[-1]).astype(int))
    if more <= 0:
        return posterior
    last = posterior.months[-1] + np.arange(1, more + 1)
    return replace(
        posterior, months=np.concatenate([posterior.months, last]),
        pressure=np.pad(posterior.pressure, ((0, 0), (0, more), (0, 0))),
        streams={office: np.pad(persons, ((0, more), (0, 0))) for office, persons in posterior.streams.items()})


def members(flow: Flow, cohort: FiscalYear) -> Mask:
    """Which parties crossed between ports in the fiscal year, met by the police or not."""
    first, last = _day(flow, cohort.start), _day(flow, cohort.end)
    out = np.zeros(len(flow.people()), dtype=bool)
    for rows, day in flow.events.get("crossed", ()):
        out[rows[(day >= first) & (day < last)]] = True
    return out


def add_up(flow: Flow, cohort: FiscalYear) -> Lives:
    """What the cohort of a run that has been carried out cost, from the first day of the fiscal year."""
    mine, people = members(flow, cohort), flow.people()
    persons = float(people.size[mine].sum())
    if not persons:
        raise RunError(f"nobody crosses between ports in {cohort}")
    price, items = unit_costs(flow), flow.corridor.costs.items
    fiscal, begun = _fiscal(flow), _day(flow, cohort.start)
    names = tuple(str(FiscalYear(int(year))) for year in np.unique(fiscal))
    cost: dict[tuple[str, str], Floats] = {}
    federal = np.zeros(len(people))
    used = {item: np.zeros(len(people), dtype=bool) for item in (APPEAL, REMOVAL)}
    for charge in charges(flow):
        who = charge.who
        ours = (who >= 0) & mine[np.maximum(who, 0)] & (charge.first >= begun)
        part = replace(charge, who=who[ours], first=charge.first[ours], units=charge.units[ours], place=0,
                       last=None if charge.last is None else charge.last[ours])
        item = items[charge.item]
        by_year = part.daily(flow.n_days) * price[charge.item]
        key = (charge.item, item.payer)
        spent = np.bincount(fiscal - fiscal[0], weights=by_year, minlength=len(names))
        cost[key] = cost.get(key, np.zeros(len(names))) + spent
        amount = part.amounts(flow.n_days)
        if item.payer == "federal" and item.per != NIGHT:
            federal += np.bincount(part.who, weights=amount * price[charge.item], minlength=federal.size)
        if charge.item in used:
            used[charge.item][part.who[amount > 0]] = True
    claims = flow.heard()
    own = mine[claims.row]
    size = people.size[claims.row].astype(np.float64)
    done = own & (claims.later["decided"] < flow.n_days)
    over = ended(flow)[:len(claims)] < flow.n_days
    paths = {name: (float(people.size[rows].sum()), float(federal[rows].sum()))
             for name, rows in _paths(flow, mine, used).items()}
    waited = ((claims.later["decided"] - claims.day) * size)[done].sum()
    return Lives(persons, cost, names, {
        name: (count, total / count if count else float("nan")) for name, (count, total) in paths.items()},
        float(waited / max(size[done].sum(), 1.0)), float(1 - size[own & over].sum() / max(size[own].sum(), 1.0)))


def _paths(flow: Flow, mine: Mask, used: Mapping[str, Mask]) -> dict[str, NDArray[np.int64]]:
    """Parties of the cohort who were accepted at the first hearing, and who used an appeal and were removed."""
    claims = flow.heard()
    accepted = claims.row[mine[claims.row] & (claims.later["accepted"] != NEVER)]
    return {LEAST: accepted, MOST: np.flatnonzero(mine & used[APPEAL] & used[REMOVAL])}


def _day(flow: Flow, day: date) -> int:
    """Index of a day; negative before the first."""
    return int((np.datetime64(day) - flow.days[0]).astype(int))


def _fiscal(flow: Flow) -> NDArray[np.int64]:
    """The fiscal year of each day, by its first calendar year."""
    months = flow.days.astype("datetime64[M]").astype(np.int64)
    return np.asarray(1970 + (months - (APRIL - 1)) // 12, dtype=np.int64)
