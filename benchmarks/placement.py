"""Four ways to place families day by day, against the best that anybody could have done who knew everything.

    python benchmarks/placement.py [--families 1000] [--seeds 5] [--first 0] [--load 0.8] [--random-stays]

An open, invented world: 1,000 families come over 200 days and need beds in 50 places of four provinces, with needs,
relatives, lengths of stay, and beds that open and close on dates. Each morning a rule sees those who wait and the
beds, never who comes next. Look-ahead is also given means of arrivals by kind, learned from twenty other seeds.

A family needs beds from the day it comes for a number of nights known when it comes; nights waited are lost. The score
is the value of shelter: persons x nights in beds x the price of a night without one, less what beds, ties, distance and
unfair shares cost. It is told twice. First, as a share of the bound: the best value of the relaxed programme that
knows every arrival and may divide families, so no rule, not even one that knew all, can pass it. Then as a share of
the best plan of whole families found with full knowledge (exchanges begun from the relaxed programme, and from the
best rule). The optimum in hindsight lies between the two: the first share is never too high, the second never too low.
Beside them: the raw ratio of total cost (nights without a bed priced in) to the least possible, regret, nights lost,
and the processor time of the slowest day.

With --random-stays a rule knows only the middle of the kind of need of each family, not when it will leave, and no
place closes beds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from placement_hindsight import Hindsight, hindsight, problem, value, whole_plan
from placement_world import FIRST, LOAD, World, learned, middle, never_fewer, world

from roxham.sim.placement.ahead import HORIZON, look_ahead
from roxham.sim.placement.data import Desk, Expected, Family, Weights, hard_rules, lay_out, weights
from roxham.sim.placement.rules import Places, as_is, greedy, optimal

RULES = ("as-is", "greedy", "optimal", "look-ahead")
OVERSTAY = 7  # nights more that somebody is thought to stay who is still there at the end expected


@dataclass(frozen=True)
class Outcome:
    """What a rule did in a world: place and night of entry of each family, processor seconds of its slowest day."""

    place: NDArray[np.int64]
    since: NDArray[np.int64]
    slowest: float


class Town:
    """A world while a rule lives through it: who is where, and what the desk believes about when they leave."""

    def __init__(self, now: World, random_stays: bool) -> None:
        self.now = now
        self.came = np.array([((one.arrived or FIRST) - FIRST).days for one in now.families])
        self.ends = self.came + np.array([one.nights or 0 for one in now.families])
        self.told = self.came + np.array([middle(one) for one in now.families]) if random_stays else self.ends
        self.persons = np.array([one.persons for one in now.families])
        self.place, self.since = np.full(self.came.size, -1), np.full(self.came.size, -1)
        self.asked = np.random.default_rng(5).integers(0, len(now.places), self.came.size)

    def waiting(self, t: int) -> NDArray[np.int64]:
        """Rows of the families that need a bed and have none."""
        return np.flatnonzero((self.came <= t) & (self.ends > t) & (self.place < 0))

    def desk(self, t: int, rows: NDArray[np.int64], prices: Weights) -> Desk:
        """The morning's desk."""
        free, housed = self.now.beds.copy(), np.zeros(len(self.now.places), dtype=np.int64)
        for r in np.flatnonzero(self.place >= 0):
            housed[self.place[r]] += self.persons[r]
            if self.ends[r] > t:
                leaves = self.told[r] if self.told[r] > t else t + OVERSTAY
                free[self.place[r], t:leaves] -= self.persons[r]
        sites = [replace(one, beds=steps(free[p], t), housed=int(housed[p])) for p, one in enumerate(self.now.places)]
        families = [replace(self.now.families[r], nights=max(int(self.told[r] - t), 1), asked=f"P{self.asked[r]}")
                    for r in rows]
        return lay_out(families, sites, FIRST + timedelta(days=t), prices)


def live(
    now: World, rule: str, prices: Weights, kinds: Sequence[tuple[Family, float]] = (), random_stays: bool = False
) -> Outcome:
    """Let a rule decide each morning; a family not placed waits and has a night less to need."""
    town, slowest = Town(now, random_stays), 0.0
    coming = [[Expected(FIRST + timedelta(days=t), rate, like) for like, rate in kinds] for t in range(now.days)]
    for t in range(int(town.ends.max())):
        rows = town.waiting(t)
        if not rows.size:
            continue
        desk = town.desk(t, rows, prices)
        ahead = [one for day in coming[t + 1 : t + 1 + HORIZON] for one in day]
        begun = time.process_time()
        answer = decide(rule, desk, ahead)
        slowest = max(slowest, time.process_time() - begun)
        town.place[rows] = answer
        town.since[rows] = np.where(answer >= 0, t, -1)
    check(now, town)
    return Outcome(town.place, town.since, slowest)


def decide(rule: str, desk: Desk, ahead: Sequence[Expected]) -> Places:
    """What a rule answers on a morning."""
    if rule == "look-ahead":
        return look_ahead(desk, ahead, gap=1e-4)
    if rule == "optimal":
        return optimal(desk.day, gap=1e-4)
    return greedy(desk.day) if rule == "greedy" else as_is(desk.day, desk.asked)


def steps(free: NDArray[np.int64], t: int) -> tuple[tuple[date | None, int], ...]:
    """Free beds from a day on as dated steps."""
    later = free[t:]
    at = [0, *(np.flatnonzero(np.diff(later)) + 1).tolist()]
    return tuple((FIRST + timedelta(days=t + k), int(later[k])) for k in at)


def check(now: World, town: Town) -> None:
    """Stop if a hard rule was broken: needs of each family, and beds of each place on each night."""
    allowed = np.ones((len(now.families), len(now.places)), dtype=bool)
    for kept in hard_rules(now.families, now.places).values():
        allowed &= kept
    used = np.zeros_like(now.beds)
    for r in np.flatnonzero(town.place >= 0):
        if not allowed[r, town.place[r]]:
            raise AssertionError("a hard rule was broken")
        used[town.place[r], town.since[r] : town.ends[r]] += town.persons[r]
    if (used > now.beds).any():
        raise AssertionError("more people than beds")


@dataclass(frozen=True)
class Score:
    """One rule in one world: shares of the bound and of the best plan of whole families, ratio of total costs, regret
    in CAD a family, nights lost, processor seconds of the slowest day."""

    of_bound: float
    of_whole: float
    cost_ratio: float
    regret: float
    nights_lost: int
    slowest: float


def measure(
    seed: int, *, families: int = 1_000, places: int = 50, days: int = 200, load: float = LOAD, rounds: int = 8,
    random_stays: bool = False,
) -> dict[str, Score]:
    """Let each rule live through one world; compare with the bound of that world and the best whole plan found."""
    prices = replace(weights(), waiting=0.0)  # nights waited are counted as nights without a bed, once
    now = world(seed, families, places, days, load)
    now = never_fewer(now) if random_stays else now
    task, kinds = problem(now, prices), learned(families, days)
    if families >= 1_000:
        live(world(999, 40, 4, 10, load), "look-ahead", prices, learned(40, 10))  # compiles, once ever
    lived = {rule: live(now, rule, prices, kinds, random_stays) for rule in RULES}
    got = {rule: value(now, task, prices, one.place, one.since) for rule, one in lived.items()}
    held = Hindsight(now, task, prices)
    bound, attained = hindsight(held, rounds)
    best = lived[max(got, key=lambda rule: got[rule])]
    whole = max(whole_plan(held, prices, None), whole_plan(held, prices, (best.place, best.since)))
    say(f"seed {seed}, load {load}{', random stays' if random_stays else ''}: relaxed programme {attained / bound:.2%} "
        f"of its bound, best plan of whole families found {whole / bound:.2%}")
    found = {}
    for rule, one in lived.items():
        since = np.where(one.place < 0, task.ends, one.since)
        found[rule] = Score(got[rule] / bound, got[rule] / whole, (task.everything - got[rule]) /
                            (task.everything - bound), (bound - got[rule]) / families,
                            int((task.persons * (since - task.came)).sum()), one.slowest)
    return found


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print one table for each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--load", type=float, default=LOAD)
    parser.add_argument("--random-stays", action="store_true")
    given = parser.parse_args()
    for seed in range(given.first, given.first + given.seeds):
        found = measure(seed, families=given.families, load=given.load, random_stays=given.random_stays)
        say(f"{'rule':<12}{'of bound':>10}{'of whole':>10}{'cost ratio':>12}{'regret, CAD a family':>22}"
            f"{'nights lost':>13}{'slowest day, CPU s':>20}")
        for rule, one in found.items():
            say(f"{rule:<12}{one.of_bound:>10.2%}{one.of_whole:>10.2%}{one.cost_ratio:>12.3f}{one.regret:>22,.0f}"
                f"{one.nights_lost:>13,}{one.slowest:>20.2f}")


if __name__ == "__main__":
    sys.exit(main())
