"""Carry columns of cases through a procedure: when each entered and left each stage, and with which outcome.

The rules stand at the head of `roxham.sim.procedure`. Nothing here knows a country or a map: a folder with
`procedure.yaml` and `services.yaml` and an intake is enough.

>>> import numpy as np
>>> from roxham.sim.case import ServiceSpec
>>> from roxham.spec import parse_yaml
>>> from roxham.streams import Streams
>>> services = parse_yaml('''
... court: {title: {en: Court, fr: Tribunal}, steps: [{from: 2024-01-01, value: 3, unit: cases / day, status: assumed,
...   low: 2, high: 4}]}''', dict[str, ServiceSpec])
>>> procedure = parse_yaml('''
... starts: {filed: court}
... stages:
...   court: {title: {en: Court, fr: Tribunal}, state: pending, service: court, outcomes: [{name: done, to: over}]}
... ends: {over: {en: Decided, fr: Jugé}}''', Procedure)
>>> days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
>>> course = run_procedure(procedure, services, Cases.daily(np.array([10.0, 0, 0, 0])), days, Streams(1, 0))
>>> course.account.stock("pending").tolist(), course.passages["court"].left.tolist()
([7.0, 4.0, 1.0, 0.0], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.sim.account import Account
from roxham.sim.case import ServiceSpec
from roxham.sim.desk import daily_numbers, run_service
from roxham.sim.passage import NEVER, Cases, Course, Days, Floats, Passage, Rows
from roxham.sim.procedure import Delay, Leave, Outcome, Procedure, Stage, Who
from roxham.sim.service import Served
from roxham.spec import Dated, Number
from roxham.streams import Streams, triangular

__all__ = ["Cases", "Course", "Passage", "run_procedure", "service_capacity", "until"]

#: The stream number of cases that were already waiting when the run begins.
BACKLOG = 7
DAYS_PER_YEAR = 365.25
#: Answers something that an outcome asks: rows, day entered, day left -> one truth value each.
Ask = Callable[[Rows, Days, Days], NDArray[np.bool_]]


def run_procedure(
    procedure: Procedure, services: Mapping[str, ServiceSpec], cases: Cases, days: NDArray[np.datetime64],
    streams: Streams, *, capacity: Mapping[str, Floats] | None = None, measures: Mapping[str, Floats] | None = None,
    parameters: Mapping[str, float] | None = None, asks: Mapping[str, Ask] | None = None, others: int = 0,
    account: Account | None = None, drawn: bool = True,
) -> Course:
    """Carry cases through all stages of a procedure.

    Args:
        procedure: the stages, checked.
        services: capacity and backlog of each service.
        cases: who enters, and where; rows keep their order.
        days: the days of the run.
        streams: random numbers of the draw.
        capacity: persons per day by service, where it is not what `services` say.
        measures: shares by group and day, by name.
        parameters: the parameters that shares and delays name.
        asks: answers to what outcomes ask, for rows of `cases`; those of a backlog are negative.
        others: the group of a backlog.
        account: where moves are booked; the cases stand in it already. None: a new one, which they enter.
        drawn: whether numbers with a range are drawn; otherwise they are as written.

    Raises:
        RunError: when a parameter, measure or answer that the procedure names is not given.
    """
    held = capacity or {}
    daily = {name: held[name] if name in held else service_capacity(services[name], days)
             for name in procedure.services}  # fmt: skip
    backlog = {name: _backlog(services[stage.service], k)
               for k, (name, stage) in enumerate(procedure.stages.items()) if stage.service}  # fmt: skip
    everybody = _join(cases, [day for day, _ in backlog.values()], [n for _, n in backlog.values()], others)
    book = account if account is not None else Account(days.size, procedure.states)
    ahead = len(everybody) - len(cases)
    if account is None:
        for k, start in enumerate(procedure.starts):
            mine = cases.start == k
            book.arrive(cases.day[mine], cases.size[mine], procedure.state(start))
    run = _Run(procedure, everybody, days, streams, daily, measures or {}, parameters or {}, asks or {}, book, drawn)
    run.ahead = ahead
    run.services = services
    rows = np.arange(ahead, len(everybody), dtype=np.int64)
    inside = everybody.day[rows] < days.size
    for k, start in enumerate(procedure.starts):
        mine = rows[inside & (cases.start == k)]
        run.inbox[procedure.starts[start]].append((mine, everybody.day[mine]))
    first = 0
    for name, stage in procedure.stages.items():
        old = np.arange(first, first + (backlog[name][0].size if name in backlog else 0), dtype=np.int64)
        first += old.size
        run.carry_out(name, stage, old)
    return Course(procedure, everybody, ahead, days, run.passages, book)


def service_capacity(service: ServiceSpec, days: NDArray[np.datetime64]) -> Floats:
    """What a service has on each day: its dated capacity, that of one of its staff times their number, or servers."""
    return daily_numbers(service, days)


def _backlog(service: ServiceSpec, place: int) -> tuple[Days, NDArray[np.uint64]]:
    """Who waits already: one row per person, with the days (negative) on which they came."""
    if service.initial_pending is None:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint64)
    n = round(service.initial_pending.value)
    depth = service.initial_wait_days.value if service.initial_wait_days else DAYS_PER_YEAR
    day = -1 - np.floor(np.arange(n)[::-1] * depth / max(n, 1)).astype(np.int32)
    number = (np.uint64(BACKLOG) << np.uint64(52)) + (np.uint64(place) << np.uint64(44)) + np.arange(n, dtype=np.uint64)
    return day.astype(np.int32), number


def _join(cases: Cases, days: Sequence[Days], numbers: Sequence[NDArray[np.uint64]], others: int) -> Cases:
    """The cases with all backlogs in front; of a backlog only the group is known."""
    n = sum(day.size for day in days)
    traits = {
        name: (np.concatenate([np.full(n, others if name == "group" else -1), codes]).astype(np.int64), words)
        for name, (codes, words) in cases.traits.items()}
    return Cases(
        np.concatenate([*days, cases.day]).astype(np.int32),
        np.concatenate([np.ones(n, dtype=np.int32), cases.size]).astype(np.int32),
        np.concatenate([*numbers, cases.number]), np.concatenate([np.zeros(n, dtype=np.int8), cases.start]), traits)


class _Run:
    """A procedure while it is carried out, stage by stage."""

    def __init__(
        self, procedure: Procedure, cases: Cases, days: NDArray[np.datetime64], streams: Streams,
        capacity: Mapping[str, Floats], measures: Mapping[str, Floats], parameters: Mapping[str, float],
        asks: Mapping[str, Ask], account: Account, drawn: bool,
    ) -> None:
        self.procedure, self.cases, self.days, self.streams = procedure, cases, days, streams
        self.capacity, self.measures, self.parameters, self.asks = capacity, measures, parameters, asks
        self.account, self.drawn, self.n = account, drawn, days.size
        self.inbox: dict[str, list[tuple[Rows, Days]]] = {name: [] for name in procedure.stages}
        self.passages: dict[str, Passage] = {}
        #: What the case says of each service.
        self.services: Mapping[str, ServiceSpec] = {}
        #: How many rows of backlog stand in front of the cases.
        self.ahead = 0

    def carry_out(self, name: str, stage: Stage, old: Rows) -> None:
        """Let everybody who came to a stage wait, take an outcome, and go on."""
        self.account.arrive(self.cases.day[old], self.cases.size[old], stage.state)
        rows = np.concatenate([old, *(rows for rows, _ in self.inbox[name])])
        entered = np.concatenate([self.cases.day[old], *(day for _, day in self.inbox[name])]).astype(np.int32)
        served = self._serve(name, stage, rows, entered) if stage.service else None
        left = self._wait(name, stage, rows, entered) if served is None else _ended(served.ended)
        names = tuple(way.name for way in stage.outcomes)
        outcome = self._outcomes(name, stage, rows, entered, left)
        ways: list[Outcome | Leave] = list(stage.outcomes)
        if stage.leave and served is not None:
            gone = served.left >= 0
            left, outcome = np.where(gone, served.left, left).astype(np.int32), outcome.copy()
            outcome[gone] = len(names)
            names, ways = (*names, stage.leave.name), [*ways, stage.leave]
        self.passages[name] = Passage(rows, entered, left, outcome, names, served)
        size = self.cases.size[rows]
        for k, way in enumerate(ways):
            mask = outcome == k
            to = self.procedure.leads_to(way.to)
            if to != stage.state:
                self.account.move(left[mask], size[mask], stage.state, to)
            if way.to in self.inbox:
                self.inbox[way.to].append((rows[mask], left[mask]))

    def _serve(self, name: str, stage: Stage, rows: Rows, entered: Days) -> Served:
        """Serve the line of a stage, with its streams and those who leave it."""
        assert stage.service is not None
        kind, shares = self._streams(name, stage, rows, entered)
        hazard = stage.leave if stage.leave and (stage.leave.rate or stage.leave.measure) else None
        patience = None if hazard is None else self._patience(name, hazard, rows, entered)
        spec, cases = self.services[stage.service], self.cases
        asked = {trait for who in (*spec.priority, *(one.who for one in spec.shares)) for trait in who}
        traits = {trait: (codes[rows], words) for trait, (codes, words) in cases.traits.items() if trait in asked}
        return run_service(
            stage.service, spec, entered, cases.size[rows], self.days, self.streams, cases.number[rows],
            capacity=self.capacity[stage.service], traits=traits, kind=kind, shares=shares, patience=patience)

    def _streams(
        self, name: str, stage: Stage, rows: Rows, entered: Days
    ) -> tuple[NDArray[np.int8] | None, Floats | None]:
        """The stream of each row (0: none) and what each is sure of on each day."""
        if not stage.streams:
            return None, None
        kind = np.zeros(rows.size, dtype=np.int8)
        own = []
        for k, (word, stream) in enumerate(stage.streams.items(), start=1):
            start = np.datetime64(min(step.from_ for step in stream.share))
            share = np.where(self.days >= start, self.number(f"{name}.{word}.share", stream.share), 0.0)
            mine = self.who(stream.who, rows) & (kind == 0)
            mine &= self.days[np.clip(entered, 0, self.n - 1)] >= start
            taken = self.streams.uniform(f"{name}: {word}", self.cases.number[rows[mine]])
            kind[np.flatnonzero(mine)[taken < self.number(f"{name}.{word}", stream.takes)[0]]] = k
            own.append(share)
        return kind, np.stack([1.0 - np.sum(own, axis=0), *own])

    def _patience(self, name: str, leave: Leave, rows: Rows, entered: Days) -> Days:
        """Days after which each would leave the line: a constant hazard by group and day of entry."""
        if leave.measure is not None:
            rate = self.measure(leave.measure)[self.group(rows), np.clip(entered, 0, self.n - 1)]
        else:
            assert leave.rate is not None
            rate = np.full(rows.size, self.number(f"{name}.{leave.name}", leave.rate)[0])
        u = self.streams.uniform(f"{name}: {leave.name}", self.cases.number[rows])
        with np.errstate(divide="ignore"):
            days = -np.log(u) / rate * DAYS_PER_YEAR
        return np.minimum(days, float(NEVER)).astype(np.int32)

    def _wait(self, name: str, stage: Stage, rows: Rows, entered: Days) -> Days:
        """The day on which each leaves a delay."""
        left = np.full(rows.size, NEVER, dtype=np.int32)
        still = np.ones(rows.size, dtype=bool)
        at = np.clip(entered, 0, self.n - 1)
        for k, delay in enumerate(stage.delay):
            mine = still & self.who(delay.who, rows)
            still &= ~mine
            length = self._length(f"{name}.delay{k}", delay)
            if delay.spread == "exponential":
                u = self.streams.uniform(f"{name}: delay", self.cases.number[rows[mine]])
                ends = entered[mine] + np.round(-np.log(u) * length[at[mine]])
            else:
                ends = until(length)[at[mine]]
            left[mine] = np.minimum(np.maximum(ends, entered[mine]), float(NEVER))
        return left

    def _length(self, key: str, delay: Delay) -> Floats:
        if delay.parameter is not None:
            return np.full(self.n, self.parameter(delay.parameter))
        assert delay.days is not None
        return self.number(key, delay.days)

    def _outcomes(self, name: str, stage: Stage, rows: Rows, entered: Days, left: Days) -> NDArray[np.int8]:
        """The outcome of each row that left, asked in order; -1 for the others."""
        outcome = np.full(rows.size, -1, dtype=np.int8)
        here = np.flatnonzero(left < self.n)
        together = stage.split == "all"
        u = self.streams.uniform(f"{name}: outcome", self.cases.number[rows[here]]) if together else None
        below = np.zeros(here.size)
        for k, way in enumerate(stage.outcomes):
            asked = np.flatnonzero((outcome[here] < 0) & self.who(way.who, rows[here]))
            at = here[asked]
            if way.rest:
                outcome[at] = k
                continue
            chance = self._chance(name, way, rows[at], entered[at], left[at])
            if u is not None:
                below[asked] += chance
                taken = u[asked] < below[asked]
            else:
                taken = self.streams.uniform(f"{name}: {way.name}", self.cases.number[rows[at]]) < chance
            outcome[at[taken]] = k
        return outcome

    def _chance(self, name: str, way: Outcome, rows: Rows, entered: Days, left: Days) -> Floats:
        """The chance of one outcome for each row."""
        if way.asks is not None:
            if way.asks not in self.asks:
                raise RunError(f'{name}: nothing answers "{way.asks}" in this run')
            return np.asarray(self.asks[way.asks](rows - self.ahead, entered, left), dtype=np.float64)
        if way.parameter is not None:
            return np.full(rows.size, self.parameter(way.parameter))
        if way.measure is not None:
            return np.asarray(self.measure(way.measure)[self.group(rows), left], dtype=np.float64)
        assert way.share is not None
        return np.asarray(self.number(f"{name}.{way.name}", way.share)[left], dtype=np.float64)

    def who(self, who: Who, rows: Rows) -> NDArray[np.bool_]:
        """Which rows have, for every trait named, one of its values."""
        out = np.ones(rows.size, dtype=bool)
        for trait, values in who.items():
            codes, words = self.cases.traits[trait]
            out &= np.isin(codes[rows], [k for k, word in enumerate(words) if word in values])
        return out

    def group(self, rows: Rows) -> Rows:
        """The group of each row; the first where groups are not told apart."""
        return self.cases.traits["group"][0][rows] if "group" in self.cases.traits else np.zeros_like(rows)

    def measure(self, name: str) -> Floats:
        """Shares by group and day."""
        if name not in self.measures:
            raise RunError(f'the procedure names the measure "{name}", and the run has none')
        return self.measures[name]

    def parameter(self, name: str) -> float:
        """A parameter of this draw."""
        if name not in self.parameters:
            raise RunError(f'the procedure names the parameter "{name}", and the run has none')
        return self.parameters[name]

    def number(self, key: str, value: Sequence[Dated] | Number) -> Floats:
        """A number or dated steps on every day, drawn from its range; before the first step, the first one's."""
        u = self.streams.uniform(f"procedure: {key}", np.zeros(1, dtype=np.uint64))
        steps = [value] if isinstance(value, Number) else sorted(value, key=lambda step: step.from_)
        drawn = [self._drawn(step, u) for step in steps]
        out = np.full(self.n, drawn[0])
        for step, one in zip(steps, drawn, strict=True):
            if isinstance(step, Dated):
                out[self.days >= np.datetime64(step.from_)] = one
        return out

    def _drawn(self, one: Number, u: Floats) -> float:
        if not self.drawn or one.low is None or one.high is None:
            return one.value
        low, mode, high = (np.array([edge]) for edge in (one.low, one.value, one.high))
        return float(triangular(u, low, mode, high)[0])


def until(length: Floats) -> Floats:
    """For a wait that begins on each day, the day on which it ends when `length` is the delay in force on each day.

    A shorter delay that comes into force while somebody waits counts from its own first day: whichever ends first.

    >>> until(np.array([10.0, 10, 10, 2, 2, 2])).tolist()
    [5.0, 5.0, 5.0, 5.0, 6.0, 7.0]
    """
    rounded = np.round(length)
    day = np.arange(length.size, dtype=np.float64)
    own = day + rounded
    change = np.flatnonzero(np.diff(rounded) != 0) + 1
    later = np.full(length.size + 1, np.inf)
    later[change] = own[change]
    soonest = np.minimum.accumulate(later[::-1])[::-1]
    return np.asarray(np.minimum(own, soonest[1:]), dtype=np.float64)


def _ended(ended: Days) -> Days:
    return np.where(ended < 0, NEVER, ended).astype(np.int32)
