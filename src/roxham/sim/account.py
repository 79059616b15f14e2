"""Where everybody is, every day: the account that proves nobody is lost, and the tally that makes monthly cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxham.sim.metrics import METRICS, Cells

Floats = NDArray[np.float64]
Days = NDArray[np.int32]
Codes = NDArray[np.int64]
#: Metric, step of the plan, and code of the cause.
LineKey = tuple[str, str, int]

#: The states of a journey to the border; those of the claim after it are data (`procedure.yaml`).
STATES = ("in_us", "stayed_in_us", "returned", "travelling", "post", "unseen")
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
        return _count(np.clip(day, 0, self.n_days), persons, self.n_days + 1)

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
        return {pair: _count(month_of_day, daily, months) for pair, daily in self.moves().items()}


class Cause(NamedTuple):
    """Why something counts: what it was, the rule that decided, and its citation."""

    what: str = ""
    rule: str = ""
    cite: str = ""


def _count(at: Codes | Days, amounts: Floats | Days | Codes, size: int) -> Floats:
    return np.asarray(np.bincount(at, weights=amounts, minlength=size), dtype=np.float64)


@dataclass
class Tally:
    """Monthly sums by metric and place, and the lines that they are made of.

    Every amount is booked on the step under way and on a cause (`cause` gives it a code; code 0 says no more than the
    step), so the lines of a metric add up to it. A line may carry a weight, where the amount is a quantity times a
    price: how many it counts.
    """

    month_of_day: NDArray[np.int64]
    n_months: int
    values: dict[str, Floats] = field(default_factory=dict)
    weights: dict[str, Floats] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    step: str = ""
    causes: list[Cause] = field(default_factory=lambda: [Cause()])
    lines: dict[LineKey, Floats] = field(default_factory=dict)
    line_weights: dict[LineKey, Floats] = field(default_factory=dict)
    _codes: dict[Cause, int] = field(default_factory=lambda: {Cause(): 0})

    def declare(self, metric: str, places: Sequence[str]) -> None:
        """Open a metric with its places, all cells zero."""
        if metric not in METRICS:
            raise KeyError(metric)
        self.places[metric] = tuple(places)
        self.values[metric] = np.zeros((len(places), self.n_months))

    def cause(self, what: str, rule: str = "", cite: str = "") -> int:
        """The code of a cause."""
        cause = Cause(what, rule, cite)
        if cause not in self._codes:
            self._codes[cause] = len(self.causes)
            self.causes.append(cause)
        return self._codes[cause]

    def add(
        self, metric: str, place: NDArray[np.int64] | int, day: NDArray[np.int32], amount: NDArray[np.float64] | Days,
        why: Codes | int = 0, weight: NDArray[np.float64] | Days | None = None,
    ) -> None:
        """Add amounts on their days at their places, by cause; days outside the run do not count."""
        lines, total = self._monthly(metric, place, day, amount, why)
        self.values[metric] += total
        self.book(metric, lines)
        if weight is not None:
            self.book(metric, {}, self._monthly(metric, place, day, weight, why)[0])

    def add_mean(
        self, metric: str, place: NDArray[np.int64] | int, day: NDArray[np.int32],
        amount: NDArray[np.float64] | Days, weight: NDArray[np.float64] | Days | Codes, why: Codes | int = 0,
    ) -> None:
        """Add amounts and what they are divided by, for a metric that is a mean."""
        counts, counted = self._monthly(metric, place, day, weight, why)
        lines, total = self._monthly(metric, place, day, amount, why)
        self.values[metric] += total
        self.weights[metric] = self.weights.get(metric, 0.0) + counted
        self.book(metric, lines, counts)

    def book(self, metric: str, lines: Mapping[int, Floats], weights: Mapping[int, Floats] | None = None) -> None:
        """Enter lines of a metric by cause, shape (places, months) each, on the step under way."""
        for into, what in ((self.lines, lines), (self.line_weights, weights or {})):
            for code, amount in what.items():
                key = (metric, self.step, code)
                known = into.get(key)
                into[key] = amount if known is None else known + amount

    def note(
        self, metric: str, factor: str, place: NDArray[np.int64] | int, day: NDArray[np.int32],
        amount: NDArray[np.float64] | Codes, why: Codes | int = 0,
    ) -> None:
        """Note a number beside a metric, by cause: a factor that its differences can be shared out by."""
        self.book(f"{metric}:{factor}", self._monthly(metric, place, day, amount, why)[0])

    def move(
        self, metric: str, place: NDArray[np.int64] | int, day: NDArray[np.int32],
        amount: NDArray[np.float64] | Days | Codes, why: Codes | int = 0,
    ) -> None:
        """Enter what moved into a stock, or (negative) out of it, by cause; its value is set by `month_end`."""
        self.book(metric, self._monthly(metric, place, day, amount, why)[0])

    def _monthly(
        self, metric: str, place: NDArray[np.int64] | int, day: NDArray[np.int32],
        amount: NDArray[np.float64] | Days | Codes, why: Codes | int,
    ) -> tuple[dict[int, Floats], Floats]:
        """Amounts by place and month: for each cause, and in all."""
        inside = (day >= 0) & (day < self.month_of_day.shape[0])
        at = np.broadcast_to(place, day.shape)[inside] * self.n_months + self.month_of_day[day[inside]]
        amounts, shape = amount[inside], self.values[metric].shape
        size = shape[0] * shape[1]
        if isinstance(why, int):
            total = _count(at, amounts, size).reshape(shape)
            return {why: total}, total
        code = why[inside]
        used = np.flatnonzero(np.bincount(code, minlength=1))
        rank = np.zeros(int(used[-1]) + 1 if used.size else 1, dtype=np.int64)
        rank[used] = np.arange(used.size)
        found = _count(rank[code] * size + at, amounts, used.size * size)
        lines = found.reshape(used.size, *shape)
        if np.issubdtype(amounts.dtype, np.integer):
            total = lines.sum(axis=0)
        else:  # sums of fractions depend on their order, which causes must not change
            total = _count(at, amounts, size).reshape(shape)
        return dict(zip(used.tolist(), lines, strict=True)), total

    def add_daily(self, metric: str, place: int, daily: Floats, why: int = 0) -> None:
        """Add one number per day at one place."""
        monthly = np.bincount(self.month_of_day, weights=daily, minlength=self.n_months)
        self.values[metric][place] += monthly
        line = np.zeros_like(self.values[metric])
        line[place] = monthly
        self.book(metric, {why: line})

    def month_end(self, metric: str, place: int, daily: Floats) -> None:
        """Set a stock from its value at the end of each day."""
        last = np.searchsorted(self.month_of_day, np.arange(self.n_months), side="right") - 1
        self.values[metric][place] = daily[last]

    def cells(self) -> tuple[Cells, ...]:
        """Everything tallied, in the order of the register."""
        return tuple(
            Cells(name, self.places[name], self.values[name], self.weights.get(name))
            for name in METRICS if name in self.values)
