"""What a cohort costs, over draws: totals and costs per person by item, payer or fiscal year, each with its band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, UnknownName, did_you_mean
from roxham.sim.case import CostItem
from roxham.sim.cohort import FOLLOWED, LEAST, MOST, FiscalYear, Lives, follow
from roxham.sim.corridor import Corridor
from roxham.sim.money import NIGHT, PAYERS

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
Band = tuple[float, float, float]
By = Literal["item", "payer", "year"]
QUANTILES = (5, 50, 95)
TOTAL = "total"
#: Lines that come to less in every draw are left out.
CENT = 0.01


@dataclass(frozen=True)
class CostLine:
    """One line of a cohort's cost: what it is for, who pays, and 90 % bands (5 %, 50 %, 95 %) over the draws.

    `total` is in dollars of the base year, `per_person` is for each person who crossed.
    """

    name: str
    payer: str
    total: Band
    per_person: Band

    def to_dict(self) -> dict[str, Any]:
        """Give the line as plain data, for programs."""
        return {"name": self.name, "payer": self.payer, **_named("total", self.total),
                **_named("per_person", self.per_person)}


@dataclass(frozen=True)
class CohortCost:
    """What a cohort cost under one scenario, over draws."""

    cohort: FiscalYear
    scenario: str
    currency: str
    base_year: int
    covered: tuple[str, str]
    items: Mapping[str, CostItem]
    lives: tuple[Lives, ...] = field(repr=False)

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.lives)

    @property
    def persons(self) -> Band:
        """People who crossed between ports in the fiscal year."""
        return band([one.persons for one in self.lives])

    @property
    def wait(self) -> Band:
        """Mean days from the claim to the first decision."""
        return band([one.wait for one in self.lives])

    @property
    def open(self) -> Band:
        """Share of those who claimed whose claim was not over at the end of the run."""
        return band([one.open for one in self.lives])

    def path(self, name: str) -> Band:
        """Federal cost of one person who was accepted at the first hearing, or who appealed and was removed.

        Lodging apart. Not a number where nobody took that path.
        """
        values = [one.paths[name][1] for one in self.lives if one.paths[name][0]]
        return band(values) if values else (float("nan"),) * 3

    def average(self, payer: str, *, lodging: bool = True) -> Band:
        """Cost per person of one payer, with or without nights in beds."""
        beds = {name for name, item in self.items.items() if item.per == NIGHT and not lodging}
        return band([
            sum(float(amount.sum()) for (item, who), amount in one.cost.items() if who == payer and item not in beds)
            / one.persons for one in self.lives])

    def lines(self, by: By = "item") -> list[CostLine]:
        """The cost by item and payer, by payer, or by fiscal year and payer; the last line is the total of all.

        Raises:
            UnknownName: when `by` is none of the three.
        """
        if by not in ("item", "payer", "year"):
            hint = did_you_mean(str(by), ("item", "payer", "year"))
            raise UnknownName(Problem(f'"{by}" is not item, payer or year', hint=hint))
        keys = {"item": self._items, "payer": self._payers, "year": self._years}[by]()
        out = [self._line(name, payer, values) for (name, payer), values in keys.items() if values.max() >= CENT]
        whole = np.array([sum(float(amount.sum()) for amount in one.cost.values()) for one in self.lives])
        return [*out, self._line(TOTAL, TOTAL, whole)]

    def _items(self) -> dict[tuple[str, str], Floats]:
        names = [name for name in self.items if any((name, self.items[name].payer) in one.cost for one in self.lives)]
        order = sorted(names, key=lambda name: PAYERS.index(self.items[name].payer))
        return {(name, self.items[name].payer): self._each(lambda key, name=name: key[0] == name)
                for name in order}

    def _payers(self) -> dict[tuple[str, str], Floats]:
        return {(payer, payer): self._each(lambda key, payer=payer: key[1] == payer) for payer in PAYERS}

    def _years(self) -> dict[tuple[str, str], Floats]:
        years = self.lives[0].years
        return {
            (year, payer): np.array([
                sum(float(amount[k]) for (_, who), amount in one.cost.items() if who == payer) for one in self.lives])
            for k, year in enumerate(years) for payer in PAYERS}

    def _each(self, wanted: Callable[..., bool]) -> Floats:
        return np.array([
            sum(float(amount.sum()) for key, amount in one.cost.items() if wanted(key)) for one in self.lives])

    def _line(self, name: str, payer: str, values: Floats) -> CostLine:
        persons = np.array([one.persons for one in self.lives])
        return CostLine(name, payer, band(values), band(values / persons))

    def to_dict(self, by: By = "item") -> dict[str, Any]:
        """Give the cost as plain data, for programs."""
        return {
            "cohort": str(self.cohort), "scenario": self.scenario, "currency": self.currency,
            "base_year": self.base_year, "draws": self.draws, "crossed": list(self.covered),
            **_named("persons", self.persons), **_named("wait_days", self.wait), **_named("open_share", self.open),
            **_named("federal_per_person_lodging_apart", self.average("federal", lodging=False)),
            **_named(f"federal_{LEAST}", self.path(LEAST)), **_named(f"federal_{MOST}", self.path(MOST)),
            "lines": [line.to_dict() for line in self.lines(by)]}


def band(values: Sequence[float] | Floats) -> Band:
    """The 5 %, 50 % and 95 % quantiles of some numbers.

    >>> band([1.0, 2.0, 3.0])
    (1.1, 2.0, 2.9)
    """
    low, middle, high = np.percentile(np.asarray(values, dtype=np.float64), QUANTILES).tolist()
    return low, middle, high


def _named(name: str, values: Band) -> dict[str, float]:
    return {f"{name}_q{q:02d}": value for q, value in zip(QUANTILES, values, strict=True)}


def cohort_cost(
    corridor: Corridor, cohort: str, *, scenario: str = "as-it-was", draws: int = 10, seed: int = 7,
    years: int = FOLLOWED, progress: Progress | None = None,
) -> CohortCost:
    """What the people who cross between ports in a fiscal year cost, to the end of each claim, over draws.

    Args:
        corridor: the corridor, amended where the scenario asks for it.
        cohort: the fiscal year, such as 2017-18.
        scenario: the name that the result carries.
        years: how long people are followed after the last day of the case.
        progress: called with (draws done, draws in all) after each draw.

    Raises:
        UnitError: when the fiscal year is none; RunError when the case covers no day of it or nobody crosses.

    >>> from roxham.sim.corridor import load
    >>> cost = cohort_cost(load("toy"), "2030-31", draws=1)
    >>> cost.covered, [line.name for line in cost.lines("payer")]
    (('2030-04-01', '2030-12-31'), ['federal', 'provincial', 'municipal', 'total'])
    """
    year = FiscalYear.parse(cohort)
    if draws < 1:
        raise RunError(f"draws are a whole number from 1 up, not {draws}")
    lives = []
    for draw in range(draws):
        lives.append(follow(corridor, year, seed=seed, draw=draw, years=years))
        if progress is not None:
            progress(draw + 1, draws)
    covers = corridor.info.covers
    first, last = max(year.start, covers.from_), min(year.last, covers.to)
    return CohortCost(
        year, scenario, corridor.info.currency, corridor.costs.base_year, (str(first), str(last)),
        corridor.costs.items, tuple(lives))
