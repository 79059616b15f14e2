"""Mean waits against the theory of queues, on a fine grid of time.

The service and the beds know whole days; theory knows continuous time. A day of the program stands here for
a tick, a small fraction of the mean service time, and every arrival of a Poisson process is written down on
the tick in which it falls.

*One line, one unit of capacity a tick, whole units of work*: the grid changes nothing in the mean. With V the
work left at the start of a tick and A the work that comes on it (mean r, second moment a), the next V is
max(V + A - 1, 0); taking squares in the steady state, E V = (a - r) / (2 (1 - r)). A is a Poisson sum of
works S at rate q, so a = q E S^2 + r^2 and E V = q E S^2 / (2 (1 - r)) - r / 2. Those who came earlier on the
same tick add r / 2 of work. So the mean wait is q E S^2 / (2 (1 - r)): Pollaczek and Khinchine, exactly.

*Beds*: writing arrivals down up to one tick early moves every start by at most one tick, so the mean wait may
be off by one tick. *Classes of priority*: the order within one tick changes too, which touches one party in a
hundred. Ticks are so fine that one tick is 1 % of the theory or less.

A mean must lie within that slack and three standard errors of theory. Standard errors come from means of 20
batches of parties in a row, each far longer than a busy period; the seeds are fixed.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from numpy.typing import NDArray

from roxham.sim.reception import house
from roxham.sim.service import serve

BATCHES = 20
FEW, MANY = 40_000, 200_000

counts = pytest.mark.parametrize("parties", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


def poisson_arrivals(rng: np.random.Generator, parties: int, per_tick: float) -> NDArray[np.int32]:
    """Ticks on which parties arrive: a Poisson process, written down on whole ticks."""
    return np.floor(np.cumsum(rng.exponential(1 / per_tick, parties))).astype(np.int32)


def agrees(values: NDArray[np.float64], theory: float, slack: float = 0.0) -> None:
    """Assert that the mean of a stationary column is what theory gives; the first tenth is warm-up."""
    kept = values[values.size // 10 :]
    batches = kept[: kept.size // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
    mean, error = float(batches.mean()), float(batches.std(ddof=1) / np.sqrt(BATCHES))
    assert abs(mean - theory) <= slack + 3 * error, f"{mean:.4f}, theory {theory:.4f}, error {error:.4f}"


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals that find every server busy when nobody waits (Erlang, 1917)."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that must wait when everybody waits (Erlang, 1917)."""
    full = load**servers / factorial(servers) * servers / (servers - load)
    return full / (sum(load**n / factorial(n) for n in range(servers)) + full)


def works(rng: np.random.Generator, kind: str, parties: int) -> tuple[NDArray[np.int32], float, float]:
    """Whole units of work with their exact first and second moments."""
    if kind == "fixed":
        return np.full(parties, 40, dtype=np.int32), 40.0, 1600.0
    if kind == "exponential":  # on a grid: geometric, mean m, second moment 2 m^2 - m
        return rng.geometric(1 / 40, parties).astype(np.int32), 40.0, 2 * 40.0**2 - 40.0
    work = np.where(rng.random(parties) < 0.2, 120, 20)  # one in five takes six times as long
    return work.astype(np.int32), 0.2 * 120 + 0.8 * 20, 0.2 * 120**2 + 0.8 * 20**2


@counts
@pytest.mark.parametrize("load", [0.5, 0.8])
@pytest.mark.parametrize("kind", ["fixed", "exponential", "mixed"])
def test_one_server(parties: int, kind: str, load: float) -> None:
    """M/D/1, M/M/1 and M/G/1 (Pollaczek and Khinchine, 1930-32)."""
    rng = np.random.default_rng(11)
    work, mean, square = works(rng, kind, parties)
    rate = load / mean
    arrived = poisson_arrivals(rng, parties, rate)
    horizon = int(arrived[-1]) + 1
    served = serve(arrived, work, np.ones(horizon), horizon=horizon)
    agrees(served.waited[served.began >= 0].astype(float), rate * square / (2 * (1 - load)))


@counts
def test_two_classes_of_priority(parties: int) -> None:
    """Cobham (1954): nobody is interrupted, the urgent are next."""
    load, urgent_share, mean = 0.75, 0.4, 100.0
    rng = np.random.default_rng(14)
    work = rng.geometric(1 / mean, parties).astype(np.int32)
    arrived = poisson_arrivals(rng, parties, load / mean)
    urgent = rng.random(parties) < urgent_share
    horizon = int(arrived[-1]) + 1
    priority = np.where(urgent, 0, 1).astype(np.int8)
    served = serve(arrived, work, np.ones(horizon), horizon=horizon, priority=priority)
    begun = served.began >= 0
    in_service = load / mean * (2 * mean**2 - mean) / 2
    first = in_service / (1 - urgent_share * load)
    agrees(served.waited[begun & urgent].astype(float), first, slack=1)
    agrees(served.waited[begun & ~urgent].astype(float), first / (1 - load), slack=1)


@counts
@pytest.mark.parametrize(("servers", "ticks"), [(1, 50), (2, 105), (5, 400)])
def test_m_m_c(parties: int, servers: int, ticks: int) -> None:
    load = 0.7 * servers
    rng = np.random.default_rng(15 + servers)
    arrived = poisson_arrivals(rng, parties, load / ticks)
    stay = np.maximum(np.rint(rng.exponential(ticks, parties)), 1).astype(np.int32)
    days = int(arrived[-1]) + 1
    housed = house(arrived, np.ones(parties, dtype=np.int32), stay, np.full(days, servers, dtype=np.int32))
    theory = erlang_c(servers, load) * ticks / (servers - load)
    assert theory >= 100  # so that a slack of one tick is 1 % or less
    agrees((housed.entered - arrived)[housed.entered >= 0].astype(float), theory, slack=1)


@counts
@pytest.mark.parametrize("fixed_stay", [True, False])
def test_beds_without_a_line_lose_what_erlang_said(parties: int, fixed_stay: bool) -> None:
    """The share turned away depends on the mean stay only, not on its distribution.

    Who leaves on the tick of an arrival has left before it: stays count up to one tick short or long.
    """
    ticks, beds, load = 400, 8, 6.0
    rng = np.random.default_rng(21)
    arrived = poisson_arrivals(rng, parties, load / ticks)
    drawn = np.full(parties, float(ticks)) if fixed_stay else rng.exponential(ticks, parties)
    stay = np.maximum(np.rint(drawn), 1).astype(np.int32)
    days = int(arrived[-1]) + 1
    housed = house(arrived, np.ones(parties, dtype=np.int32), stay, np.full(days, beds, dtype=np.int32), 0)
    theory = erlang_b(beds, load)
    slack = erlang_b(beds, load * (ticks + 1) / ticks) - theory
    assert slack < 0.01 * theory
    agrees(housed.gave_up.astype(float), theory, slack)


def test_the_formulas_give_the_textbook_values() -> None:
    assert erlang_b(5, 3.0) == pytest.approx(0.11005, abs=1e-5)
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
