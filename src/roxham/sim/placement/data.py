"""Who waits, where there are beds, what a plan is priced by: plain data, and the same laid out as columns.

All prices are in one unit of money (CAD of one year). What is made small is a sum of named parts and nothing else:

    without_bed  persons x nights without a bed of those not placed
    waiting      persons x nights already waited of those not placed
    beds         persons x nights x price of a night in the place
    ties         persons x nights of those placed away from the relatives they named
    distance     persons x kilometres from the desk to the place
    fairness     people in a province above its share of all who are housed
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, SpecError, did_you_mean, raise_problems
from roxham.spec import Number, load_yaml, problem_at

PARTS = ("without_bed", "waiting", "beds", "ties", "distance", "fairness")
WAIT = "wait"  # an override that keeps a family waiting
_UNITS = {
    "without_bed": "CAD / person-night", "waiting": "CAD / person-night", "ties": "CAD / person-night",
    "distance": "CAD / person-km", "fairness": "CAD / person", "nights": "nights",
}
_FILE = Path(__file__).with_name("weights.yaml")


@dataclass(frozen=True)
class Family:
    """A family that waits for beds: an opaque id and what a place must offer it, nothing that says who it is.

    Attributes:
        nights: how many nights it is expected to need a bed; None: the usual number of the weights.
        asked: id of the place where it asked; empty: the nearest.
        school_age: how many of the persons are of school age.
        language: language asked for; empty: any.
        ties: provinces or places where it has relatives.
        needs: whatever else it must find (`needs_...` columns).
        override: id of the place that a person at the desk chose, or "wait".
    """

    id: str
    persons: int
    nights: int | None = None
    asked: str = ""
    arrived: date | None = None
    school_age: int = 0
    accessible: bool = False
    language: str = ""
    ties: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    override: str = ""


@dataclass(frozen=True)
class Site:
    """A place with beds.

    Attributes:
        beds: from which day how many beds are free if nobody else is sent there; None: from the first day.
        price: of one person for one night.
        km: from the desk.
        housed: people that the desk counts there already, for the shares of provinces.
        share: what the province should have of all people housed; None: no province has a share.
        offers: needs that it meets (`has_...` columns); `only`: those without which it takes nobody.
    """

    id: str
    province: str
    beds: tuple[tuple[date | None, int], ...]
    price: float
    school: bool = False
    accessible: bool = False
    languages: frozenset[str] = frozenset()
    km: float = 0.0
    housed: int = 0
    share: float | None = None
    offers: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def free_on(self, day: date) -> int:
        """How many beds are free on a day if nobody else is sent there.

        >>> Site("a", "QC", ((None, 4), (date(2030, 1, 9), 7)), 90.0).free_on(date(2030, 1, 10))
        7
        """
        known = [(since or date.min, free) for since, free in self.beds if (since or date.min) <= day]
        return max(known)[1] if known else 0


@dataclass(frozen=True)
class Expected:
    """How many families like this one are expected on a day: a mean, so it need not be whole."""

    day: date
    families: float
    like: Family


@dataclass(frozen=True)
class Weights:
    """The prices of a plan's parts, in the units of `weights.yaml`; `nights` is the usual length of a need."""

    without_bed: float
    waiting: float
    ties: float
    distance: float
    fairness: float
    nights: int


@dataclass(frozen=True)
class Day:
    """One day's decision as columns: F families in the order in which they wait, P places, D days with free beds.

    Attributes:
        persons: size of each family, shape (F,).
        there: whether a family placed today would still be there on each of the days, shape (F, D).
        free: free beds of each place on each of these days, shape (P, D); the first is today.
        price: of each family in each place, infinite where a hard rule forbids it, shape (F, P).
        without: price of each family without a bed, shape (F,).
        province: column of the province of each place, shape (P,).
        share: what each province should have of all people housed, shape (G,); before: people it has already.
        unfair: price of one person above a province's share.
    """

    persons: NDArray[np.int64]
    there: NDArray[np.bool_]
    free: NDArray[np.int64]
    price: NDArray[np.float64]
    without: NDArray[np.float64]
    province: NDArray[np.int64]
    share: NDArray[np.float64]
    before: NDArray[np.float64]
    unfair: float = 0.0

    def fits(self) -> NDArray[np.bool_]:
        """Whether each place alone has the beds for each family on all its days, shape (F, P)."""
        need = np.where(self.there, self.persons[:, None], 0)
        return np.asarray((need[:, None, :] <= self.free[None, :, :]).all(axis=2))


@dataclass(frozen=True)
class Desk:
    """The families, places and rules of one day, with the columns that a placement rule reads."""

    families: tuple[Family, ...]
    places: tuple[Site, ...]
    date: date
    weights: Weights
    day: Day
    nights: NDArray[np.int64]
    waited: NDArray[np.int64]
    rules: Mapping[str, NDArray[np.bool_]]
    parts: Mapping[str, NDArray[np.float64]]
    asked: NDArray[np.int64]
    provinces: tuple[str, ...] = field(default=())

    def open(self) -> NDArray[np.bool_]:
        """Where each family may go by the hard rules and the beds, were it alone, shape (F, P)."""
        return np.isfinite(self.day.price) & self.day.fits()


def weights(path: str | Path | None = None) -> Weights:
    """Read the prices of the parts; a file gives only those that differ from the ones shipped.

    Raises SpecError for an unknown price, a unit that is not the one of that price, or a negative number.

    >>> weights().without_bed > 10 * weights().ties
    True
    """
    held = dict(_shipped())
    problems: list[Problem] = []
    given = load_yaml(path, dict[str, Number]) if path is not None else {}
    for name, number in given.items():
        if name not in _UNITS:
            problems.append(problem_at(number, None, f'"{name}" is not a price', did_you_mean(name, _UNITS)))
        elif number.unit != _UNITS[name]:
            problems.append(problem_at(number, "unit", f"{name} is in {_UNITS[name]}"))
        elif number.value < (1 if name == "nights" else 0):
            problems.append(problem_at(number, "value", f"{name} cannot be {number.value:g}"))
        held[name] = number
    raise_problems([one.at(str(path)) for one in problems], SpecError)
    values = {name: held[name].value for name in _UNITS if name != "nights"}
    return Weights(nights=round(held["nights"].value), **values)


@functools.cache
def _shipped() -> Mapping[str, Number]:
    return load_yaml(_FILE, dict[str, Number])


def lay_out(
    families: Sequence[Family],
    places: Sequence[Site],
    date: date,
    weights: Weights,
    shares: Mapping[str, float] | None = None,
) -> Desk:
    """Lay families and places out as the columns of one day's decision.

    Args:
        shares: what each province should have of all people housed; those of the places when not given. Shares of
            provinces without a place are shared out among the others.

    Raises SpecError where names do not fit together, or a bed could cost more than a night without one.
    """
    families, places = tuple(families), tuple(places)
    _check_names(families, places)
    rules = hard_rules(families, places)
    nights = np.array([one.nights or weights.nights for one in families], dtype=np.int64)
    waited = np.array([max((date - one.arrived).days, 0) if one.arrived else 0 for one in families], dtype=np.int64)
    persons = np.array([one.persons for one in families], dtype=np.int64)
    parts = _parts(families, places, persons, nights, weights)
    allowed = np.ones((len(families), len(places)), dtype=bool)
    for kept in rules.values():
        allowed &= kept
    price = np.where(allowed, sum(parts.values(), np.zeros(allowed.shape)), np.inf)
    there, free = _beds_by_day(places, nights, date)
    provinces = tuple(dict.fromkeys(one.province for one in places))
    share, unfair = _shares(places, provinces, shares, weights)
    before = np.array([sum(one.housed for one in places if one.province == name) for name in provinces], dtype=float)
    without = persons * (nights * weights.without_bed + waited * weights.waiting)
    day = Day(
        persons, there, free, price, without.astype(float),
        np.array([provinces.index(one.province) for one in places], dtype=np.int64), share, before, unfair,
    )
    _check_prices(day, families, places)
    index = {one.id: column for column, one in enumerate(places)}
    nearest = min(range(len(places)), key=lambda p: places[p].km, default=-1)
    asked = np.array([index.get(one.asked, nearest) for one in families], dtype=np.int64)
    return Desk(families, places, date, weights, day, nights, waited, rules, parts, asked, provinces)


def hard_rules(families: Sequence[Family], places: Sequence[Site]) -> dict[str, NDArray[np.bool_]]:
    """Whether each place keeps each rule for each family, shape (F, P) by rule; a rule nobody needs is left out.

    >>> family, place = Family("F1", 2, accessible=True), Site("a", "QC", ((None, 4),), 90.0)
    >>> {name: kept.tolist() for name, kept in hard_rules([family], [place]).items()}
    {'accessible': [[False]]}
    """

    def kept(need: list[bool], has: list[bool]) -> NDArray[np.bool_]:
        return np.asarray(~np.array(need, dtype=bool)[:, None] | np.array(has, dtype=bool)[None, :])

    rules = {
        "accessible": kept([one.accessible for one in families], [one.accessible for one in places]),
        "school": kept([one.school_age > 0 for one in families], [one.school for one in places]),
    }
    for language in sorted({one.language for one in families} - {""}):
        rules[f"language {language}"] = kept(
            [one.language == language for one in families], [language in one.languages for one in places])
    for need in sorted({need for one in families for need in one.needs}):
        rules[need] = kept([need in one.needs for one in families], [need in one.offers for one in places])
    for need in sorted({need for one in places for need in one.only}):
        rules[f"only {need}"] = kept(
            [need not in one.needs for one in families], [need not in one.only for one in places])
    return {name: rule for name, rule in rules.items() if not rule.all()}


def _parts(
    families: Sequence[Family], places: Sequence[Site], persons: NDArray[np.int64], nights: NDArray[np.int64],
    weights: Weights,
) -> dict[str, NDArray[np.float64]]:
    """The price of each family in each place by part, shape (F, P) each."""
    person_nights = (persons * nights).astype(float)[:, None]
    price = np.array([one.price for one in places])[None, :]
    km = np.array([one.km for one in places])[None, :]
    away = np.array([[bool(f.ties) and not {p.id, p.province} & set(f.ties) for p in places] for f in families],
                    dtype=float).reshape(len(families), len(places))
    return {
        "beds": person_nights * price,
        "ties": person_nights * weights.ties * away,
        "distance": persons[:, None] * weights.distance * km,
    }


def _beds_by_day(
    places: Sequence[Site], nights: NDArray[np.int64], date: date
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Free beds today and on every later day on which they change while somebody placed today is still there."""
    last = int(nights.max(initial=1))
    changes = {(since - date).days for one in places for since, _ in one.beds if since is not None}
    offsets = [0, *sorted(t for t in changes if 0 < t < last)]
    free = np.array([[one.free_on(date + timedelta(days=t)) for t in offsets] for one in places], dtype=np.int64)
    return nights[:, None] > np.array(offsets)[None, :], free.reshape(len(places), len(offsets))


def _shares(
    places: Sequence[Site], provinces: Sequence[str], shares: Mapping[str, float] | None, weights: Weights
) -> tuple[NDArray[np.float64], float]:
    """The share of each province, summing to one, and the price of a person above it; 0 where nobody gave shares."""
    told = shares if shares is not None else {one.province: one.share for one in places if one.share is not None}
    share = np.array([told.get(name, math.nan) for name in provinces])
    if not told or not provinces:
        return np.full(len(provinces), 1 / max(len(provinces), 1)), 0.0
    missing = [name for name, value in zip(provinces, share, strict=True) if not value >= 0]
    raise_problems([Problem(f'the province "{name}" has no share, while others have') for name in missing])
    if share.sum() <= 0:
        raise SpecError("the shares of the provinces sum to nothing")
    return share / share.sum(), weights.fairness


def _check_names(families: Sequence[Family], places: Sequence[Site]) -> None:
    problems: list[Problem] = []
    known = {one.id for one in places}
    for what, ids in (("family", [one.id for one in families]), ("place", [one.id for one in places])):
        twice = sorted({one for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
        problems += [Problem(f"{what} {one} stands twice") for one in twice]
    for one in families:
        if one.persons < 1:
            problems.append(Problem(f"family {one.id} has {one.persons} persons; at least 1"))
        for key, name in (("asked", one.asked), ("override", one.override)):
            if name and name not in known and not (key == "override" and name == WAIT):
                hint = did_you_mean(name, known)
                problems.append(Problem(f"family {one.id}: {key} names no place of the list", hint=hint))
    for site in places:
        if not math.isfinite(site.price) or site.price < 0 or not math.isfinite(site.km) or site.km < 0:
            problems.append(Problem(f"place {site.id}: its price and its distance must be numbers from 0 up"))
        if any(free < 0 for _, free in site.beds):
            problems.append(Problem(f"place {site.id} has fewer than 0 free beds"))
    raise_problems(problems, SpecError)


def _check_prices(day: Day, families: Sequence[Family], places: Sequence[Site]) -> None:
    """Raise SpecError where somebody would be left without a bed to save money."""
    if not day.price.size:
        return
    worst = np.where(np.isfinite(day.price), day.price + day.persons[:, None] * day.unfair, -np.inf)
    over = worst - day.without[:, None]
    if over.max() >= 0:
        f, p = divmod(int(np.argmax(over)), len(places))
        raise SpecError(
            f"without_bed is too small: a bed for family {families[f].id} in {places[p].id} would cost more than "
            "leaving it without one; a night without a bed must have the largest price")
