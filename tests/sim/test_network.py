"""Stations with servers do what their six rules say."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxham.errors import RunError
from roxham.sim.network import Attended, Station, attend, pass_through
from roxham.sim.record import little


@dataclass(eq=False)
class Party:
    row: int
    arrived: float
    at: int
    priority: int
    duration: list[float]
    patience: list[float]
    came: dict[int, float] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    gone: dict[int, float] = field(default_factory=dict)
    turned: bool = False


@dataclass
class Case:
    parties: list[Party]
    servers: list[list[int]]
    room: list[float]
    then: list[int | None]
    overflow: list[int | None]
    horizon: float


class Slow:
    """The rules written plainly: lists that are searched from end to end at every event."""

    def __init__(self, case: Case) -> None:
        self.case = case
        stations = range(len(case.servers))
        self.servers = [0 for _ in stations]
        self.serving: list[list[Party]] = [[] for _ in stations]
        self.line: list[list[Party]] = [[] for _ in stations]
        self.blocked: list[list[tuple[Party, int]]] = [[] for _ in stations]
        self.events: list[tuple[float, int, int, Any]] = []
        self.number = 0

    def note(self, when: float, kind: int, what: Any) -> None:
        self.events.append((when, kind, self.number, what))
        self.number += 1

    def run(self) -> None:
        for party in sorted(self.case.parties, key=lambda p: (p.arrived, p.row)):
            self.note(party.arrived, 3, party)
        for station, numbers in enumerate(self.case.servers):
            for day, number in enumerate(numbers):
                self.note(float(day), 1, (station, number))
        while self.events:
            event = min(self.events, key=lambda e: e[:3])
            self.events.remove(event)
            now, kind, _, what = event
            if now >= self.case.horizon:
                return
            (self.ends, self.changes, self.tires, self.arrives)[kind](now, what)

    def full(self, station: int) -> bool:
        busy = len(self.serving[station]) >= self.servers[station]
        return busy and len(self.line[station]) >= self.case.room[station]

    def looks(self, station: int, now: float) -> tuple[int, bool]:
        """The station that takes somebody who asks here, and whether it does."""
        while self.full(station) and now >= 0 and self.case.overflow[station] is not None:
            station = self.case.overflow[station]  # type: ignore[assignment]
        return station, now < 0 or not self.full(station)

    def joins(self, now: float, party: Party, station: int) -> None:
        party.came[station] = now
        self.line[station].append(party)
        self.serves(now, station)
        if party in self.line[station]:
            self.note(max(now + party.patience[station], 0.0), 2, (party, station))

    def serves(self, now: float, station: int) -> None:
        """Whoever can begin begins, whoever is blocked and can move on moves on, until nothing changes."""
        while self.line[station] and len(self.serving[station]) < self.servers[station]:
            party = min(self.line[station], key=lambda p: (p.priority, self.line[station].index(p)))
            self.line[station].remove(party)
            self.serving[station].append(party)
            party.began[station] = now
            self.note(now + party.duration[station], 0, (party, station))
        if self.blocked[station] and not self.full(station):
            party, before = self.blocked[station].pop(0)
            self.leaves(party, before, now)
            self.joins(now, party, station)
            self.serves(now, station)
            self.serves(now, before)

    def leaves(self, party: Party, station: int, now: float) -> None:
        self.serving[station].remove(party)
        party.gone[station] = now

    def arrives(self, now: float, party: Party) -> None:
        station, taken = self.looks(party.at, now)
        if taken:
            self.joins(now, party, station)
        else:
            party.turned = True

    def changes(self, now: float, what: tuple[int, int]) -> None:
        self.servers[what[0]] = what[1]
        self.serves(now, what[0])

    def tires(self, now: float, what: tuple[Party, int]) -> None:
        party, station = what
        if party in self.line[station]:
            self.line[station].remove(party)
            party.gone[station] = now
            self.serves(now, station)

    def ends(self, now: float, what: tuple[Party, int]) -> None:
        party, station = what
        party.ended[station] = now
        to = self.case.then[station]
        if to is not None:
            to, taken = self.looks(to, now)
            if not taken:
                self.blocked[to].append((party, station))
                return
            self.joins(now, party, to)
        self.leaves(party, station, now)
        self.serves(now, station)


quarters = st.integers(0, 24).map(lambda q: q / 4)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to four stations; times are quarters of a day, so that many things happen at once."""
    many, days = draw(st.integers(1, 4)), draw(st.integers(1, 8))

    def onward(station: int) -> st.SearchStrategy[int | None]:
        later = range(station + 1, many)
        return st.sampled_from([None, *later])

    parties = [
        Party(row, draw(st.integers(-4, 40)) / 4, draw(st.integers(0, many - 1)), draw(st.integers(-1, 1)),
              draw(st.lists(quarters, min_size=many, max_size=many)),
              draw(st.lists(quarters | st.just(inf), min_size=many, max_size=many)))
        for row in range(draw(st.integers(0, 22)))
    ]  # fmt: skip
    numbers = st.lists(st.integers(0, 3), min_size=days, max_size=days)
    return Case(
        parties, [draw(numbers) for _ in range(many)],
        [draw(st.sampled_from([0.0, 1.0, 2.0, inf])) for _ in range(many)],
        [draw(onward(k)) for k in range(many)], [draw(onward(k)) for k in range(many)],
        draw(st.integers(4, 80)) / 4)  # fmt: skip


def run(case: Case) -> Attended:
    rows, many = len(case.parties), len(case.servers)
    stations = [Station(np.array(n, dtype=np.int32), r, o)
                for n, r, o in zip(case.servers, case.room, case.overflow, strict=True)]  # fmt: skip
    return pass_through(
        np.array([p.arrived for p in case.parties]),
        np.array([p.duration for p in case.parties]).reshape(rows, many), stations, horizon=case.horizon,
        at=np.array([p.at for p in case.parties], dtype=np.int64), then=case.then,
        priority=np.array([p.priority for p in case.parties], dtype=np.int8),
        patience=np.array([p.patience for p in case.parties]).reshape(rows, many))  # fmt: skip


@given(cases())
@settings(max_examples=400, deadline=None)
def test_the_kernel_agrees_with_the_rules_written_by_hand(case: Case) -> None:
    done = run(case)
    Slow(case).run()
    for name in ("came", "began", "ended", "gone"):
        ours = getattr(done, name).tolist()
        for party, row in zip(case.parties, ours, strict=True):
            assert row == [getattr(party, name).get(k, inf) for k in range(len(row))], (name, party.row)
    assert done.turned_away.tolist() == [p.turned for p in case.parties]


@given(cases())
@settings(max_examples=150, deadline=None)
def test_little_holds_and_everybody_is_somewhere(case: Case) -> None:
    done = run(case)
    area, spent = little(done)
    assert abs(area - spent) <= 1e-9 * max(1.0, spent)
    here = np.isfinite(done.came) & np.isinf(done.gone)
    assert (here.sum(axis=1) <= 1).all()
    came = np.isfinite(done.came).any(axis=1)
    assert not (came & done.turned_away).any()
    asked = done.arrived < case.horizon
    assert (came | done.turned_away | ~asked).all()


@given(cases())
@settings(max_examples=100, deadline=None)
def test_first_in_first_out_in_every_class(case: Case) -> None:
    done = run(case)
    priority = np.array([p.priority for p in case.parties])
    for k in range(len(case.servers)):
        for c in range(-1, 2):
            rows = np.flatnonzero(np.isfinite(done.came[:, k]) & (priority == c) & ~done.gave_up[:, k])
            order = rows[np.argsort(done.came[rows, k], kind="stable")]
            began = np.where(np.isfinite(done.began[order, k]), done.began[order, k], 1e9)
            same = done.came[order, k][1:] == done.came[order, k][:-1]
            assert (same | (np.diff(began) >= 0)).all()


def test_servers_finish_what_they_have_begun() -> None:
    done = attend(np.array([0.5, 0.75]), np.array([3.0, 1.0]), np.array([1, 0, 1, 2], dtype=np.int32), horizon=9.0)
    assert done.ended[:, 0].tolist() == [3.5, 4.0]  # the second server of day 3 takes the second party


def test_a_blocked_party_keeps_its_server_from_the_others() -> None:
    row = pass_through(
        np.zeros(3), np.array([[1.0, 5.0], [1.0, 1.0], [1.0, 1.0]]), [Station(2), Station(1, room=0)], horizon=9.0)
    assert row.ended[:, 0].tolist() == [1.0, 1.0, 2.0]
    assert row.gone[:, 0].tolist() == [1.0, 6.0, 7.0]
    assert row.waited[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_overflow_takes_those_who_find_a_place_full() -> None:
    done = pass_through(
        np.array([0.0, 0.1, 0.2]), np.full((3, 2), 5.0), [Station(1, 0, overflow=1), Station(1, 0)], horizon=9.0,
        then=[None, None])  # fmt: skip
    assert np.isfinite(done.came).tolist() == [[True, False], [False, True], [False, False]]
    assert done.turned_away.tolist() == [False, False, True]


def test_a_backlog_is_in_line_whatever_the_room() -> None:
    done = attend(np.array([-2.0, -3.0, 0.0]), np.ones(3), 1, horizon=9.0, room=0)
    assert done.began[:, 0].tolist() == [1.0, 0.0, inf]
    assert done.waited[:, 0].tolist() == [3.0, 3.0, inf]
    assert done.turned_away.tolist() == [False, False, True]


def test_no_parties_are_fine() -> None:
    assert little(attend(np.empty(0), np.empty(0), 1, horizon=5.0)) == (0.0, 0.0)


@pytest.mark.parametrize(("options", "said"), [
    ({"at": np.array([1])}, "at goes from 1 to 1"),
    ({"at": np.array([0, 0])}, "at has shape"),
    ({"priority": np.zeros(2, dtype=np.int8)}, "priority has shape"),
    ({"patience": -1.0}, "patience must be 0"),
    ({"patience": np.ones(3)}, "patience has shape"),
    ({"then": [0]}, "then of station 0 is 0"),
    ({"then": [None, None]}, "then has 2 entries"),
    ({"stations": [Station(1, overflow=0)]}, "overflow of station 0"),
    ({"stations": [Station(-1)]}, "station 0 needs"),
    ({"stations": [Station(1, room=-1)]}, "station 0 needs"),
    ({"duration": np.ones((1, 2))}, "duration has shape"),
    ({"duration": np.array([[np.nan]])}, "duration must be finite"),
])  # fmt: skip
def test_wrong_columns_are_refused(options: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"arrived": np.zeros(1), "duration": np.ones((1, 1)), "stations": [Station(1)]} | options
    with pytest.raises(RunError, match=said):
        pass_through(**given, horizon=5.0)
