"""Where everybody is, every day: the account that proves nobody is lost, and the tally that makes monthly cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roxham.sim.metrics import METRICS, Cells

Floats = NDArray[np.float64]
Days = NDArray[np.int32]

#: Every place in the life of a journey and a claim; each person is in exactly one of them each day.
STATES = (
    "in_us", "stayed_in_us", "returned", "travelling", "post", "unseen", "desk", "rpd", "rad", "refused", "protected",
    "closed", "removed", "ineligible",
)
#: Where people come from who were not counted before: during the run, or before its first day.
OUTSIDE, BEFORE = "outside", "before"


class Account:
    """Double entry in persons: every move takes people out of one state and puts them into another.

    Which states there are is data: each person is in exactly one of them each day.

    >>> account = Account(3, ("waiting", "heard"))
    >>> account.arrive(np.array([0, 1], dtype=np.int32), np.array([2, 3], dtype=np.int32), "waiting")
    >>> account.move(np.array([2], dtype=np.int32), np.array([2], dtype=np.int32), "waiting", "heard")
    >>> account.stock("waiting").tolist(), account.moves()["waiting", "heard"].tolist()
    ([2.0, 5.0, 3.0], [0.0, 0.0, 2.0])
    """

    def __init__(self, n_days: int, states: Sequence[str] = STATES) -> None:
        self.states = tuple(states)
        self.n_days = n_days
        self._row = {state: i for i, state in enumerate(self.states)}
        self._change = np.zeros((len(self.states), n_days + 1))
        self._arrived = np.zeros(n_days + 1)
        self._moved: dict[tuple[str, str], Floats] = {}

    def arrive(self, day: Days, persons: NDArray[np.int32], to: str) -> None:
        """Enter people who were not counted before; a negative day means before the first."""
        before = day < 0
        if before.any():
            self._book(BEFORE, to, self._by_day(day[before], persons[before]))
            day, persons = day[~before], persons[~before]
        self._book(OUTSIDE, to, self._by_day(day, persons))

    def move(self, day: Days, persons: NDArray[np.int32], out_of: str, to: str) -> None:
        """Move people on their day; days at or past the horizon have not happened."""
        self._book(out_of, to, self._by_day(day, persons))

    def _by_day(self, day: Days, persons: NDArray[np.int32]) -> Floats:
        return np.bincount(np.clip(day, 0, self.n_days), weights=persons, minlength=self.n_days + 1)

    def _book(self, out_of: str, to: str, daily: Floats) -> None:
        self._change[self._row[to]] += daily
        if out_of in (OUTSIDE, BEFORE):
            self._arrived += daily
        else:
            self._change[self._row[out_of]] -= daily
        known = self._moved.get((out_of, to))
        self._moved[out_of, to] = daily if known is None else known + daily

    def occupancy(self) -> dict[str, Floats]:
        """Persons in each state at the end of each day, and `arrived`, all who ever came in."""
        stock = np.cumsum(self._change[:, :-1], axis=1)
        out = {state: stock[i] for i, state in enumerate(self.states)}
        out["arrived"] = np.cumsum(self._arrived[:-1])
        return out

    def stock(self, state: str) -> Floats:
        """Persons in one state at the end of each day."""
        return np.cumsum(self._change[self._row[state], :-1])

    def moves(self) -> dict[tuple[str, str], Floats]:
        """Persons moved on each day, by (from state, to state), sorted.

        People who come in come from `outside`, or from `before` when they were there before the first day; so the
        stock of a state at the end of a day is all that moved in less all that moved out until then.
        """
        return {pair: self._moved[pair][:-1] for pair in sorted(self._moved)}

    def monthly(self, month_of_day: NDArray[np.int64]) -> dict[tuple[str, str], Floats]:
        """Persons moved in each month, by (from state, to state), sorted."""
        months = int(month_of_day[-1]) + 1
        return {pair: np.bincount(month_of_day, weights=daily, minlength=months)
                for pair, daily in self.moves().items()}


@dataclass
class Tally:
    """Monthly sums by metric and place."""

    month_of_day: NDArray[np.int64]
    n_months: int
    values: dict[str, Floats] = field(default_factory=dict)
    weights: dict[str, Floats] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def declare(self, metric: str, places: Sequence[str]) -> None:
        """Open a metric with its places, all cells zero."""
        if metric not in METRICS:
            raise KeyError(metric)
        self.places[metric] = tuple(places)
        self.values[metric] = np.zeros((len(places), self.n_months))

    def add(
        self, metric: str, place: NDArray[np.int64] | int, day: NDArray[np.int32], amount: NDArray[np.float64] | Days
    ) -> None:
        """Add amounts on their days at their places; days outside the run do not count."""
        inside = (day >= 0) & (day < self.month_of_day.shape[0])
        at = np.broadcast_to(place, day.shape)[inside] * self.n_months + self.month_of_day[day[inside]]
        size = len(self.places[metric]) * self.n_months
        self.values[metric] += np.bincount(at, weights=amount[inside], minlength=size).reshape(-1, self.n_months)

    def add_daily(self, metric: str, place: int, daily: Floats) -> None:
        """Add one number per day at one place."""
        self.values[metric][place] += np.bincount(self.month_of_day, weights=daily, minlength=self.n_months)

    def month_end(self, metric: str, place: int, daily: Floats) -> None:
        """Set a stock from its value at the end of each day."""
        last = np.searchsorted(self.month_of_day, np.arange(self.n_months), side="right") - 1
        self.values[metric][place] = daily[last]

    def cells(self) -> tuple[Cells, ...]:
        """Everything tallied, in the order of the register."""
        return tuple(
            Cells(name, self.places[name], self.values[name], self.weights.get(name))
            for name in METRICS if name in self.values)
