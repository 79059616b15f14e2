"""Thirteen small networks in Ciw and in SimPy, with the same arrivals and the same times: every start must agree.

Both know nothing of our rules: Ciw is told of nodes, priorities, schedules, reneging and queue capacities; in SimPy
each party is a process that asks for resources. Arrivals and times are continuous, so nothing happens at once and
nothing hangs on how ties are broken; what is left is rounding, because Ciw adds up times between arrivals.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from math import inf
from typing import Any

import ciw
import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from roxham.sim.network import Attended, Station, pass_through

Floats = NDArray[np.float64]
PARTIES, END = 400, 100_000.0
CLOSE = 1e-6
WEEK = ([0, 1, 2, 3, 4], 7)  # days of a week on which servers work, and its length


@dataclass(frozen=True)
class Network:
    """What stands where; times are drawn by a seed. `overflow` leads from a full station to the next one."""

    servers: tuple[int, ...]
    load: float
    room: tuple[float, ...] = (inf,)
    classes: int = 1
    patience: float = inf
    week: bool = False
    tandem: bool = False
    overflow: bool = False
    entries: tuple[float, ...] = field(default=(1.0,))
    fixed: bool = False

    @property
    def stations(self) -> range:
        return range(len(self.servers))

    @property
    def rooms(self) -> tuple[float, ...]:
        return self.room * len(self.servers) if len(self.room) == 1 else self.room


NETWORKS = {
    "one desk, fixed time": Network((1,), 0.8, fixed=True),
    "three desks": Network((3,), 0.9),
    "three classes before two rooms": Network((2,), 0.9, classes=3),
    "a finite room": Network((2,), 1.1, room=(3,)),
    "no room: who finds it full is gone": Network((4,), 1.0, room=(0,)),
    "patience": Network((2,), 1.2, patience=1.5),
    "priority and patience": Network((3,), 1.1, classes=2, patience=2.0),
    "working days": Network((3,), 0.6, week=True),
    "working days and priority": Network((2,), 0.6, classes=2, week=True),
    "three stations in a row": Network((2, 1, 3), 0.8, tandem=True),
    "stations in a row that block": Network((2, 2, 1), 0.5, room=(inf, 0, 1), tandem=True),
    "blocking, with others who come from outside": Network(
        (2, 2), 0.45, room=(inf, 2), tandem=True, entries=(0.6, 0.4)),
    "overflow to a second place, then away": Network((2, 2), 1.3, room=(1, 0), overflow=True),
}


@dataclass(frozen=True)
class Drawn:
    network: Network
    arrived: Floats
    at: NDArray[np.int64]
    lengths: Floats
    classes: NDArray[np.int8]
    bears: Floats


def drawn(network: Network, seed: int, longest: float = inf) -> Drawn:
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.exponential(1 / (network.load * min(network.servers)), PARTIES))
    lengths = rng.exponential(1.0, (PARTIES, len(network.servers)))
    if network.fixed:
        lengths = np.ones_like(lengths)
    lengths = np.minimum(lengths, longest)
    bears = rng.exponential(network.patience, PARTIES) if network.patience < inf else np.full(PARTIES, inf)
    return Drawn(network, arrived, rng.choice(len(network.entries), PARTIES, p=network.entries).astype(np.int64),
                 lengths, rng.integers(0, network.classes, PARTIES).astype(np.int8), bears)  # fmt: skip


def ours(case: Drawn) -> Attended:
    net = case.network
    pattern = np.isin(np.arange(int(END)) % WEEK[1], WEEK[0])
    stations = [
        Station(np.where(pattern, net.servers[k], 0).astype(np.int32) if net.week else net.servers[k], net.rooms[k],
                k + 1 if net.overflow and k + 1 < len(net.servers) else None)
        for k in net.stations
    ]  # fmt: skip
    then = None if net.tandem else [None] * len(net.servers)
    return pass_through(
        case.arrived, case.lengths, stations, horizon=END, at=case.at, then=then, priority=case.classes,
        patience=None if net.patience == inf else case.bears)  # fmt: skip


class ByParty(ciw.dists.Distribution):  # type: ignore[misc]
    """A time for each party, by its number: Ciw counts them as they come."""

    def __init__(self, times: Floats) -> None:
        self.times = times

    def sample(self, t: Any = None, ind: Any = None) -> float:
        return float(self.times[ind.id_number - 1])


class Overflow(ciw.routing.NodeRouting):  # type: ignore[misc]
    """From the door to the first place that is not full, or away."""

    def next_node(self, ind: Any) -> Any:
        for node in self.simulation.transitive_nodes[1:]:
            if node.number_of_individuals < node.node_capacity:
                return node
        return self.simulation.nodes[-1]


def in_ciw(case: Drawn) -> Floats:
    """Time at which service began, by party and station; infinite: never."""
    net = case.network
    names = [f"class {c}" for c in range(net.classes)]
    door = 1 if net.overflow else 0  # a node before the others, with no delay, that looks for a place

    def coming(c: int, k: int) -> Any:
        times = case.arrived[(case.classes == c) & (case.at == k)] if not net.overflow or k == 0 else np.empty(0)
        return ciw.dists.Sequential([*np.diff(times, prepend=0.0).tolist(), inf]) if times.size else None

    nodes = len(net.servers) + door
    servers: list[Any] = [inf] * door + [
        ciw.Schedule(numbers_of_servers=[n, 0], shift_end_dates=[len(WEEK[0]), WEEK[1]]) if net.week else n
        for n in net.servers]  # fmt: skip
    service: list[Any] = [ciw.dists.Deterministic(0.0)] * door + [ByParty(case.lengths[:, k]) for k in net.stations]
    row = [[float(net.tandem and j == k + 1) for j in range(nodes)] for k in range(nodes)]
    routing: Any = row
    if net.overflow:
        routing = ciw.routing.NetworkRouting(routers=[Overflow(), *([ciw.routing.Leave()] * len(net.servers))])
    more: dict[str, Any] = {}
    if net.patience < inf:
        more["reneging_time_distributions"] = {name: [ByParty(case.bears)] * nodes for name in names}
    network = ciw.create_network(
        arrival_distributions={name: [coming(c, k) for k in range(nodes)] for c, name in enumerate(names)},
        service_distributions=dict.fromkeys(names, service),
        number_of_servers=servers, queue_capacities=[inf] * door + list(net.rooms),
        routing=dict.fromkeys(names, routing), priority_classes={name: c for c, name in enumerate(names)},
        **more)  # fmt: skip
    ciw.seed(0)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(END)
    began = np.full((PARTIES, nodes), inf)
    for record in simulation.get_all_records(only=["service"]):
        began[record.id_number - 1, record.node - 1] = record.service_start_date
    return began[:, door:]


class InSimpy:
    """Every party a process, every station a resource; servers off duty are held by a caretaker."""

    def __init__(self, case: Drawn) -> None:
        self.case, self.net = case, case.network
        self.world = simpy.Environment()
        self.servers = [simpy.PriorityResource(self.world, n) for n in self.net.servers]
        self.places = [simpy.Resource(self.world, int(min(n + r, 10**9)))
                       for n, r in zip(self.net.servers, self.net.rooms, strict=True)]  # fmt: skip
        self.began = np.full((PARTIES, len(self.net.servers)), inf)

    def run(self) -> Floats:
        for row in range(PARTIES):
            self.world.process(self.party(row))
        if self.net.week:
            for station in self.net.stations:
                for _ in range(self.net.servers[station]):
                    self.world.process(self.caretaker(station))
        self.world.run(until=self.case.arrived[-1] + 2_000)
        return self.began

    def caretaker(self, station: int) -> Generator[Any, Any, None]:
        """Take a server at each end of a week, as soon as it is free, and give it back when the next one begins."""
        week = 0
        while True:
            yield self.world.timeout(week * WEEK[1] + len(WEEK[0]) - self.world.now)
            week += 1
            monday = self.world.timeout(week * WEEK[1] - self.world.now)
            with self.servers[station].request(priority=-1) as turn:
                yield turn | monday
                if turn.triggered:
                    yield monday

    def full(self, station: int) -> bool:
        return bool(self.places[station].count >= self.places[station].capacity)

    def party(self, row: int) -> Generator[Any, Any, None]:
        case, net = self.case, self.net
        yield self.world.timeout(float(case.arrived[row]))
        station = int(case.at[row])
        while self.full(station):
            if not net.overflow or station + 1 == len(net.servers):
                return
            station += 1
        place = self.places[station].request()
        yield place
        while True:
            turn = self.servers[station].request(priority=int(case.classes[row]))
            yield turn | self.world.timeout(float(case.bears[row])) if net.patience < inf else turn
            if not turn.triggered:
                turn.cancel()
                self.places[station].release(place)
                return
            self.began[row, station] = self.world.now
            yield self.world.timeout(float(case.lengths[row, station]))
            onward = None
            if net.tandem and station + 1 < len(net.servers):
                onward = self.places[station + 1].request()
                yield onward  # on its server until the next station has a place
            self.servers[station].release(turn)
            self.places[station].release(place)
            if onward is None:
                return
            place, station = onward, station + 1


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_service_begins_when_ciw_says(name: str, seed: int) -> None:
    network = NETWORKS[name]
    # Ciw sends new servers on Monday beside those who still finish: with a calendar all times end within a weekend.
    case = drawn(network, seed, longest=1.9 if network.week else inf)
    same(ours(case), in_ciw(case), case)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_service_begins_when_simpy_says(name: str, seed: int) -> None:
    case = drawn(NETWORKS[name], seed)
    same(ours(case), InSimpy(case).run(), case)


def same(done: Attended, theirs: Floats, case: Drawn) -> None:
    """Assert that the same parties are begun at the same times, and that the network does what it is there for."""
    begun = np.isfinite(done.began)
    assert (begun == np.isfinite(theirs)).all()
    assert abs(done.began[begun] - theirs[begun]).max() <= CLOSE
    net = case.network
    assert (done.waited[begun] > 0).any() or max(net.room) == 0
    assert done.turned_away.any() == (not net.tandem and max(net.room) < inf) or len(net.entries) > 1
    assert done.gave_up.any() == (net.patience < inf)
    held = np.isfinite(done.ended) & (done.gone > done.ended)
    assert held.any() == (net.tandem and min(net.room) < inf)
