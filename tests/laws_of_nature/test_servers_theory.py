"""Servers in continuous time against the theory of queues: what Erlang, Pollaczek, Khinchine and Cobham said.

Arrivals are a Poisson process, times are drawn as the case declares them, and nothing is rounded to days; so a mean
must lie within three standard errors of theory, without any other slack. Standard errors come from means of 50
batches of parties in a row, each far longer than a busy period; the seeds are fixed.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.sim.duration import DurationSpec, draw_days, mean_days, second_moment
from roxham.sim.network import Attended, Station, attend, pass_through
from roxham.sim.record import little
from roxham.spec import parse_yaml
from roxham.streams import Streams

Floats = NDArray[np.float64]
BATCHES = 50
FEW, MANY = 200_000, 1_000_000
ASSUMED = "status: assumed, low: 0, high: 99"
MEAN = "mean: {value: 1, unit: days, status: assumed, low: 0, high: 9}"
SHAPES = {
    "fixed": f"{{shape: fixed, {MEAN}}}",
    "exponential": f"{{shape: exponential, {MEAN}}}",
    "erlang": f"{{shape: erlang, phases: 4, {MEAN}}}",
    "empirical": f"{{shape: empirical, parts: [{{days: 0.5, weight: 8}}, {{days: 3, weight: 2}}], {ASSUMED}}}",
    "hyperexponential": f"{{shape: hyperexponential, parts: [{{days: 0.5, weight: 9}}, {{days: 5.5, weight: 1}}],"
                        f" {ASSUMED}}}",
    "phase_type": f"{{shape: phase_type, start: [0.8, 0.2], rates: [[-2, 0.5], [0.1, -0.9]], {ASSUMED}}}",
}  # fmt: skip

counts = pytest.mark.parametrize("parties", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


def spec(shape: str) -> DurationSpec:
    return parse_yaml(SHAPES[shape], DurationSpec)


def columns(seed: int, parties: int, per_day: float, shape: str) -> tuple[Floats, Floats]:
    """Arrivals of a Poisson process and durations of a shape."""
    arrived = np.cumsum(np.random.default_rng(seed).exponential(1 / per_day, parties))
    return arrived, draw_days(spec(shape), Streams(seed, 0), "service", np.arange(parties, dtype=np.uint64))


def until_all_are_gone(arrived: Floats) -> float:
    return float(arrived[-1]) * 10 + 1e6


def agrees(values: NDArray[np.float64] | NDArray[np.bool_], theory: float) -> None:
    """Assert that the mean of a stationary column is what theory gives; the first tenth is warm-up."""
    kept = values[values.size // 10 :].astype(float)
    batches = kept[: kept.size // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
    mean, error = float(batches.mean()), float(batches.std(ddof=1) / np.sqrt(BATCHES))
    assert abs(mean - theory) <= 3 * error, f"{mean:.4f}, theory {theory:.4f}, error {error:.4f}"
    assert error < 0.1 * theory, "too few parties to say anything"


def wait(done: Attended, station: int = 0) -> Floats:
    return done.waited[:, station]


def states(up: Floats, down: Floats) -> Floats:
    """Chances of 0, 1, 2 ... in a birth-death process: up[n] leads from n to n + 1, down[n] back."""
    weight = np.cumprod(np.concatenate([[1.0], up / down]))
    return np.asarray(weight / weight.sum())


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that must wait when everybody waits (Erlang, 1917)."""
    full = load**servers / factorial(servers) * servers / (servers - load)
    return full / (sum(load**n / factorial(n) for n in range(servers)) + full)


@counts
@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (2, 0.8), (5, 0.85), (40, 0.9)])
def test_m_m_c(parties: int, servers: int, load: float) -> None:
    """Erlang C: who waits, and how long."""
    arrived, length = columns(31 + servers, parties, load * servers, "exponential")
    done = attend(arrived, length, servers, horizon=until_all_are_gone(arrived))
    waits = erlang_c(servers, load * servers)
    agrees(wait(done) > 0, waits)
    agrees(wait(done), waits / (servers * (1 - load)))


@counts
@pytest.mark.parametrize("load", [0.5, 0.8])
@pytest.mark.parametrize("shape", SHAPES)
def test_m_g_1(parties: int, shape: str, load: float) -> None:
    """Pollaczek and Khinchine (1930-32); the fixed one is M/D/1."""
    mean = mean_days(spec(shape))
    arrived, length = columns(51, parties, load / mean, shape)
    done = attend(arrived, length, 1, horizon=until_all_are_gone(arrived))
    agrees(wait(done), load / mean * second_moment(spec(shape)) / (2 * (1 - load)))


@counts
@pytest.mark.parametrize("shape", ["fixed", "exponential", "hyperexponential"])
def test_three_classes_of_priority(parties: int, shape: str) -> None:
    """Cobham (1954): nobody is interrupted, the urgent are next."""
    load, share, mean = 0.8, np.array([0.2, 0.3, 0.5]), mean_days(spec(shape))
    arrived, length = columns(61, parties, load / mean, shape)
    classes = np.random.default_rng(62).choice(3, parties, p=share).astype(np.int8)
    done = attend(arrived, length, 1, horizon=until_all_are_gone(arrived), priority=classes)
    rest = load / mean * second_moment(spec(shape)) / 2
    above = load * np.concatenate([[0.0], np.cumsum(share)])
    for k in range(3):
        agrees(wait(done)[classes == k], rest / ((1 - above[k]) * (1 - above[k + 1])))


@counts
def test_two_classes_before_several_servers(parties: int) -> None:
    """Cobham (1954) for c servers: the wait at the head of the line is that of Erlang C over c (1 - load)."""
    servers, load, urgent_share = 4, 0.85, 0.4
    arrived, length = columns(71, parties, load * servers, "exponential")
    classes = np.where(np.random.default_rng(72).random(parties) < urgent_share, 0, 1).astype(np.int8)
    done = attend(arrived, length, servers, horizon=until_all_are_gone(arrived), priority=classes)
    head = erlang_c(servers, load * servers) / servers
    agrees(wait(done)[classes == 0], head / (1 - load * urgent_share))
    agrees(wait(done)[classes == 1], head / ((1 - load * urgent_share) * (1 - load)))


@counts
@pytest.mark.parametrize("shape", ["fixed", "exponential", "hyperexponential"])
def test_beds_without_a_line_lose_what_erlang_said(parties: int, shape: str) -> None:
    """Erlang B: the share turned away depends on the mean stay only, not on its distribution."""
    beds, load = 8, 6.0
    arrived, length = columns(81, parties, load / mean_days(spec(shape)), shape)
    done = attend(arrived, length, beds, horizon=until_all_are_gone(arrived), room=0)
    chance = states(np.full(beds, load), np.arange(1.0, beds + 1))
    agrees(done.turned_away, float(chance[-1]))
    assert (wait(done)[~done.turned_away] == 0).all()


@counts
def test_a_finite_room(parties: int) -> None:
    """M/M/c/K: who finds every place taken, and how long the others wait."""
    servers, room, load = 3, 4, 3.3
    arrived, length = columns(91, parties, load, "exponential")
    done = attend(arrived, length, servers, horizon=until_all_are_gone(arrived), room=room)
    all_places = servers + room
    chance = states(np.full(all_places, load), np.minimum(np.arange(1.0, all_places + 1), servers))
    agrees(done.turned_away, float(chance[-1]))
    line = float((chance * np.maximum(np.arange(all_places + 1) - servers, 0)).sum())
    agrees(wait(done)[~done.turned_away], line / (load * (1 - float(chance[-1]))))


@counts
def test_those_who_give_up(parties: int) -> None:
    """Erlang A (Palm, 1937): with exponential patience, who leaves and how long the line is."""
    servers, load, patience = 4, 4.4, 2.0
    arrived, length = columns(101, parties, load, "exponential")
    bears = np.random.default_rng(102).exponential(patience, parties)
    done = attend(arrived, length, servers, horizon=until_all_are_gone(arrived), patience=bears)
    n = np.arange(1.0, 400)
    chance = states(np.full(n.size, load), np.minimum(n, servers) + np.maximum(n - servers, 0) / patience)
    line = float((chance * np.maximum(np.arange(n.size + 1) - servers, 0)).sum())
    agrees(done.gave_up[:, 0], line / patience / load)
    agrees(done.gone[:, 0] - done.came[:, 0] - np.where(done.gave_up[:, 0], 0, length), line / load)


@counts
def test_poisson_streams_leave_as_they_came(parties: int) -> None:
    """Burke (1956), Jackson (1957): in a row without limits every station is an M/M/c of its own."""
    arrived, first = columns(111, parties, 1.4, "exponential")
    second = columns(112, parties, 1.4, "exponential")[1]
    done = pass_through(
        arrived, np.stack([first, second], axis=1), [Station(2), Station(3)], horizon=until_all_are_gone(arrived))
    for k, servers in enumerate((2, 3)):
        agrees(wait(done, k), erlang_c(servers, 1.4) / (servers - 1.4))


@counts
def test_blocking_in_a_row_takes_away_what_theory_says(parties: int) -> None:
    """Two exponential stations without room between, the first never idle: one leaves each 1.5 days (Hunt, 1956)."""
    lengths = np.stack([columns(121 + k, parties, 1.0, "exponential")[1] for k in range(2)], axis=1)
    done = pass_through(np.zeros(parties), lengths, [Station(1), Station(1, room=0)], horizon=1e9)
    agrees(np.diff(done.gone[:, 1]), 1.5)
    agrees((done.gone[:, 0] > done.ended[:, 0]), 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_little_holds_exactly(shape: str) -> None:
    arrived, length = columns(131, 20_000, 3.0, shape)
    bears = np.random.default_rng(132).exponential(2.0, arrived.size)
    done = attend(arrived, length, 3, horizon=float(arrived[-1]), patience=bears, room=6)
    area, spent = little(done)
    assert abs(area - spent) <= 1e-9 * spent
