"""One service of a case, whatever it is: police post, eligibility desk, hearing room or hotel.

`run_service` reads what the case says and picks the rules that go with it:

* `steps` alone: a capacity of each day, spent on the line (`roxham.sim.service`). `priority`, `shares`,
  `appointment`, `patience` and `limit` act as rules 2 and 5 to 8 there say, in whole days. A `duration` is the days
  that pass between the day on which the capacity is spent and the end.
* `servers` (rooms, desks, members) with a `duration`: each party takes one of them for as long as its duration, from
  the morning of a day on (`roxham.sim.network`). `priority`, `appointment`, `patience` (from the appointment on) and
  `limit` (in parties, one number) act. With `calendar: business_days` nothing is begun on a day off, and what has
  begun goes on. Days are civil days: 0.5 is half of one.
* `servers` counted in beds with a `duration`: families are housed together, night by night (`roxham.sim.reception`);
  only `patience` acts besides.

Draws come from the streams `NAME: duration`, `NAME: appointment` and `NAME: patience`, by the number of the party.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.sim.calendars import business_days, daily_capacity
from roxham.sim.case import ServiceSpec
from roxham.sim.duration import draw_days
from roxham.sim.network import attend
from roxham.sim.reception import house
from roxham.sim.service import Served, serve
from roxham.spec import Dated, check_names, problem_at
from roxham.streams import Streams

Floats = NDArray[np.float64]
Days = NDArray[np.int32]
Traits = Mapping[str, tuple[NDArray[np.int64], Sequence[str]]]
Who = Mapping[str, Sequence[str]]

#: What servers may be called; beds are those of rule 3 of `roxham.sim.reception`, one for each person.
SERVERS = ("servers", "rooms", "desks", "members", "judges", "beds")
LONGEST = 2.0**29  # days; a longer time outlasts every run


def daily_numbers(spec: ServiceSpec, days: NDArray[np.datetime64]) -> Floats:
    """What a service has on each day: its capacity (of one of its staff, times their number), or its servers at work.

    There are no servers before their first date; the number of staff before its first date is the first one.
    """
    if not spec.servers:
        daily = daily_capacity(spec.steps, days, spec.calendar)
        if not spec.staff:
            return daily
        return np.asarray(daily * _on_days(spec.staff, days, min(spec.staff, key=lambda s: s.from_).value))
    number = _on_days(spec.servers, days, 0.0)
    if spec.calendar == "business_days" and not counts_beds(spec) and days.size:
        first, last = days.min().astype("datetime64[D]"), days.max().astype("datetime64[D]")
        open_days = business_days(first.item(), last.item())
        number = number * open_days[(days.astype("datetime64[D]") - first).astype(np.int64)]
    return number


def counts_beds(spec: ServiceSpec) -> bool:
    """Whether what a service has is beds."""
    return bool(spec.servers) and spec.servers[0].unit in ("bed", "beds")


def run_service(
    name: str, spec: ServiceSpec, arrived: Days, persons: Days, days: NDArray[np.datetime64], streams: Streams,
    number: NDArray[np.uint64], *, capacity: Floats | None = None, traits: Traits | None = None,
    kind: NDArray[np.int8] | None = None, shares: Floats | None = None, patience: Days | None = None,
) -> Served:
    """Let a service of a case do its work on columns of parties; the head of this module says by which rules.

    Args:
        name: of the service; it names the streams.
        spec: what the case says of it.
        arrived: day index of each party's arrival; negative for a backlog.
        persons: size of each party.
        days: the days of the run.
        streams: random numbers of the draw.
        number: lasting number of each party.
        capacity: what the service has on each day, where it is not `daily_numbers` (after amendments, say).
        traits: columns of codes with the words that they stand for, by name; those of `priority` and `shares`.
        kind: kinds and shares that the caller forms; not together with `shares` of the case.
        shares: as `roxham.sim.service.serve` takes them.
        patience: days of patience that the caller forms; not together with `patience` of the case.

    Raises:
        RunError: when a trait is not given, or what the caller gives stands in the case already.

    >>> import numpy as np
    >>> from roxham.spec import parse_yaml
    >>> spec = parse_yaml('''{title: {en: Room, fr: Salle}, servers: [{from: 2024-01-01, value: 1, unit: rooms,
    ...   status: assumed, low: 1, high: 1}], duration: {shape: fixed, mean: {value: 2, unit: days, status: assumed,
    ...   low: 1, high: 3}}, priority: [{group: [urgent]}]}''', ServiceSpec)
    >>> traits = {"group": (np.array([0, 0, 1]), ["other", "urgent"])}
    >>> days = np.arange("2024-01-01", "2024-01-09", dtype="datetime64[D]")
    >>> came, one = np.array([0, 0, 1], dtype=np.int32), np.ones(3, dtype=np.int32)
    >>> run_service("room", spec, came, one, days, Streams(1, 0), np.arange(3, dtype=np.uint64), traits=traits).began
    array([0, 4, 2], dtype=int32)
    """
    if (spec.shares and kind is not None) or (spec.patience and patience is not None):
        raise RunError(f"{name}: shares or patience stand both in the service and in the stage that uses it")
    has = daily_numbers(spec, days) if capacity is None else capacity
    if patience is None and spec.patience is not None:
        patience = _whole(draw_days(spec.patience, streams, f"{name}: patience", number))
    due = None
    if spec.appointment is not None:
        due = _whole(arrived + draw_days(spec.appointment, streams, f"{name}: appointment", number))
    length = None if spec.duration is None else draw_days(spec.duration, streams, f"{name}: duration", number)
    weight = np.ones_like(persons) if spec.counts == "parties" else persons
    priority = _classes(name, spec, traits or {}, arrived.size)
    limit = _on_days(spec.limit, days, np.inf) if spec.limit else None
    if spec.servers:
        if length is None:
            raise RunError(f"{name}: servers need a duration")
        if counts_beds(spec):
            return _in_beds(arrived, persons, length, has, patience)
        return _by_servers(arrived, weight, length, has, priority, patience, due, limit)
    if spec.shares:
        kind, shares = _kinds(name, spec, traits or {}, days, arrived.size)
    served = serve(arrived, weight, has, horizon=days.size, priority=priority, kind=kind, shares=shares,
                   patience=patience, not_before=due, limit=limit)  # fmt: skip
    return served if length is None else _ending_later(served, length)


def _ending_later(served: Served, length: Floats) -> Served:
    """The same with the end put off; who has not ended by the horizon is still here."""
    later = served.ended + np.rint(np.minimum(length, LONGEST)).astype(np.int64)
    ended = np.where((served.ended >= 0) & (later < served.horizon), later, -1).astype(np.int32)
    return replace(served, ended=ended)


def _in_beds(arrived: Days, persons: Days, length: Floats, beds: Floats, patience: Days | None) -> Served:
    """House families; a stay is a whole number of nights, one or more."""
    housed = house(arrived, persons, np.maximum(_whole(np.rint(length)), 1), np.floor(beds).astype(np.int32), patience)
    inside = housed.entered >= 0
    ended, gave_up = np.where(inside, housed.left, -1), np.where(inside, -1, housed.left)
    return _served(arrived, persons, housed.entered, ended, gave_up, np.zeros(arrived.size, dtype=np.bool_), beds.size)


def _by_servers(
    arrived: Days, weight: Days, length: Floats, servers: Floats, priority: NDArray[np.int8] | None,
    patience: Days | None, due: Days | None, limit: Floats | None,
) -> Served:
    """Let servers attend; a moment belongs to the day that it lies in, the end of a day to that day."""
    joins = arrived if due is None else np.maximum(arrived, due)
    if limit is not None and bool((limit != limit[0]).any()):
        raise RunError("the room before servers is one number for the whole run")
    done = attend(
        joins.astype(np.float64), length, np.floor(servers).astype(np.int32), horizon=float(servers.size),
        priority=priority, patience=None if patience is None else patience.astype(np.float64) + 1.0,
        room=np.inf if limit is None or not limit.size else float(limit[0]))  # fmt: skip
    began, ended, gone = done.began[:, 0], done.ended[:, 0], done.gone[:, 0]
    day = np.where(np.isfinite(began), np.floor(np.minimum(began, LONGEST)), -1).astype(np.int32)
    last = np.where(np.isfinite(ended), np.maximum(np.ceil(np.minimum(ended, LONGEST)) - 1, day), -1)
    left = np.where(done.gave_up[:, 0], np.maximum(np.ceil(np.minimum(gone, LONGEST)) - 1, 0), -1)
    left = np.where(done.turned_away, joins, left)
    return _served(arrived, weight, day, last, left, done.turned_away, servers.size)


def _served(
    arrived: Days, weight: Days, began: Days, ended: NDArray[np.generic], left: NDArray[np.generic],
    turned_away: NDArray[np.bool_], horizon: int,
) -> Served:
    last, gone = ended.astype(np.int32), left.astype(np.int32)
    return Served(arrived, weight, began, last, 0, horizon, None, gone, turned_away, ())


def _whole(days: Floats) -> Days:
    """Whole days, rounded down."""
    return np.floor(np.minimum(days, LONGEST)).astype(np.int32)


def _on_days(steps: Sequence[Dated], days: NDArray[np.datetime64], before: float) -> Floats:
    """A step function of time on every day."""
    out = np.full(days.size, before)
    for step in sorted(steps, key=lambda one: one.from_):
        out[days >= np.datetime64(step.from_)] = step.value
    return out


def _mask(name: str, who: Who, traits: Traits, rows: int) -> NDArray[np.bool_]:
    """Who has one of the words listed, for every trait listed."""
    mask = np.ones(rows, dtype=np.bool_)
    for trait, words in who.items():
        if trait not in traits:
            raise RunError(f'{name} asks for the trait "{trait}", which parties here do not have')
        codes, known = traits[trait]
        mask &= np.isin(codes, [k for k, word in enumerate(known) if word in words])
    return mask


def _classes(name: str, spec: ServiceSpec, traits: Traits, rows: int) -> NDArray[np.int8] | None:
    """The class of priority of each party; None where there is only one."""
    if not spec.priority:
        return None
    classes = np.full(rows, len(spec.priority), dtype=np.int8)
    for k in range(len(spec.priority) - 1, -1, -1):
        classes[_mask(name, spec.priority[k], traits, rows)] = k
    return classes


def _kinds(
    name: str, spec: ServiceSpec, traits: Traits, days: NDArray[np.datetime64], rows: int
) -> tuple[NDArray[np.int8], Floats]:
    """The kind of each party, and the share of each kind on each day; the last kind is everybody else."""
    kind = np.full(rows, len(spec.shares), dtype=np.int8)
    for k in range(len(spec.shares) - 1, -1, -1):
        kind[_mask(name, spec.shares[k].who, traits, rows)] = k
    own = np.stack([_on_days(one.share, days, 0.0) for one in spec.shares])
    return kind, np.concatenate([own, np.maximum(1.0 - own.sum(axis=0), 0.0)[None]])


def check_service(
    name: str, spec: ServiceSpec, traits: Mapping[str, Sequence[str]] | None = None, *, may_leave: bool = True
) -> Iterator[Problem]:
    """Say what is wrong with how a service is told; `traits` are the words of each trait of those who come to it.

    `may_leave` tells whether the case says what becomes of those who go away unserved.
    """
    if not spec.steps and not spec.servers:
        yield problem_at(spec, "steps", f"{name} needs at least one step")
    if spec.servers and (spec.steps or spec.staff):
        yield problem_at(spec, "servers", f"{name}: a service has either steps or servers")
    for step in (*spec.servers, *spec.limit):
        if step.value < 0:
            yield problem_at(step, "value", f"{name}: {step.value:g} is negative")
    for step in spec.servers:
        if step.unit not in (*SERVERS, *(unit.removesuffix("s") for unit in SERVERS)):
            yield problem_at(step, "unit", f'{name}: "{step.unit}" is no kind of servers: {", ".join(SERVERS)}')
    if spec.servers and spec.duration is None:
        yield problem_at(spec, "servers", f"{name}: servers need a duration")
    unused = ["priority", "shares", "appointment", "limit"] if counts_beds(spec) else ["shares"] if spec.servers else []
    for key in unused:
        if getattr(spec, key):
            what = "a place with beds" if counts_beds(spec) else "a service with servers"
            yield problem_at(spec, key, f"{name}: {key} does not act on {what}")
    if spec.servers and len(spec.limit) > 1:
        yield problem_at(spec, "limit", f"{name}: the room before servers is one number")
    for key in ("patience", "limit"):
        if getattr(spec, key) and not may_leave:
            yield problem_at(spec, key, f"{name}: nothing says what becomes of those who leave this line")
    dates = np.array(sorted({step.from_ for one in spec.shares for step in one.share}), dtype="datetime64[D]")
    if dates.size and np.max(np.sum([_on_days(one.share, dates, 0.0) for one in spec.shares], axis=0)) > 1 + 1e-9:
        yield problem_at(spec, "shares", f"{name}: the shares sum to more than 1")
    for who in (*spec.priority, *(one.who for one in spec.shares)):
        for trait, words in who.items():
            for problem in check_names([trait], list(traits or {}), "trait of those who come here"):
                yield problem_at(spec, "priority", f"{name}: {problem.message}", problem.hint)
            if traits and trait in traits:
                for problem in check_names(list(words), list(traits[trait]), trait):
                    yield problem_at(spec, "priority", f"{name}: {problem.message}", problem.hint)
