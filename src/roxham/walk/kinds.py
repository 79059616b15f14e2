"""Kinds of people: those whom the rules treat alike, and the groups that a result tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, UnknownName, did_you_mean
from roxham.walk.folder import Demographic, Folder
from roxham.walk.settings import Settings

__all__ = ["Kinds", "make_kinds"]

Real = NDArray[np.float64]

CHILD_BELOW, OLD_ABOVE, BOY_ABOVE, BOY_BELOW = 19, 59, 14, 19  # years, as the rules about hazards have them


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of people of a walk.

    `power` is the power with which the scores of places count for each kind (1: as they are, 2: hazards weigh double,
    0: they do not count); `group` the group of each kind in the result; `share` (places, kinds) how those who come
    from a place divide.
    """

    power: tuple[float, ...]
    group: tuple[str, ...]
    share: Real


def make_kinds(folder: Folder, rules: Settings, *, by: str | None = None, documented: bool = False) -> Kinds:
    """Return the kinds of people that the rules and the wanted groups tell apart; one kind when nothing does."""
    tables = {table.name: table for table in folder.demographics}
    if by is not None and by not in tables:
        known = ", ".join(tables) or "none"
        raise UnknownName(Problem(f'"{by}" is not a demographic of this folder; there are: {known}',
                                  hint=did_you_mean(by, tables)))
    wanted = [name for name in ("age", "gender") if name in tables and _matters(name, rules)]
    used = [tables[name] for name in dict.fromkeys([*wanted, *([by] if by is not None else [])])]
    if not used:
        return Kinds((1.0,), ("all",), np.ones((len(folder.places), 1)))
    shares: dict[tuple[float, str], Real] = {}
    for values in product(*(range(len(table.values)) for table in used)):
        said = {table.name: table.values[value] for table, value in zip(used, values, strict=True)}
        share = np.prod([_share(table, value, folder) for table, value in zip(used, values, strict=True)], axis=0)
        key = (_power(said, rules, documented=documented), said[by] if by is not None else "all")
        shares[key] = shares.get(key, 0.0) + share
    return Kinds(tuple(key[0] for key in shares), tuple(key[1] for key in shares),
                 np.ascontiguousarray(np.stack(list(shares.values()), axis=1)))


def _matters(name: str, rules: Settings) -> bool:
    by_age = rules.ChildrenAvoidHazards or rules.ElderlyAvoidHazards or rules.BoysTakeRisk
    return by_age if name == "age" else rules.WomenAvoidHazards or rules.BoysTakeRisk


def _share(table: Demographic, value: int, folder: Folder) -> Real:
    """Return the share of people with a value, by place."""
    rows = [table.weights.get(name, table.weights["Default"]) for name in folder.places.name]
    return np.array([row[value] / row.sum() for row in rows], dtype=np.float64)


def _power(said: dict[str, str], rules: Settings, *, documented: bool) -> float:
    """Return how scores count for people with these values: the rules about hazards."""
    text = said.get("age", "")
    age = float(text) if text.replace(".", "", 1).isdecimal() else None
    gender = said.get("gender", "").strip().casefold()
    power = 1.0
    if age is not None:
        if rules.ChildrenAvoidHazards and age < CHILD_BELOW:
            power = 2.0
        nested = rules.ChildrenAvoidHazards or documented
        old_enough = age > BOY_ABOVE and (age < BOY_BELOW or not documented)
        if rules.BoysTakeRisk and nested and gender in ("m", "male") and old_enough:
            power = 0.0
        if rules.ElderlyAvoidHazards and age > OLD_ABOVE:
            power *= 2.0
    if rules.WomenAvoidHazards and gender in ("f", "female") and power == 1.0:
        power = 2.0
    return power
