"""Why a family goes where it goes, or nowhere: as data, and as a sentence in English or French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from roxham.sim.placement.data import WAIT, Desk
from roxham.sim.placement.rules import Places, left

BEDS = "beds"
_TEXT = {
    "best": ("the best of the places open to it ({open}), {price:.0f} CAD a person-night{near}",
             "le meilleur des lieux possibles ({open}), {price:.0f} CAD par personne-nuit{near}"),
    "next": ("{best} would cost {less} CAD less but its beds do more for others; then {place}, {price:.0f} CAD a "
             "person-night{near}",
             "{best} coûterait {less} CAD de moins, mais ses lits servent mieux à d'autres; donc {place}, "
             "{price:.0f} CAD par personne-nuit{near}"),
    "asked": ("where it asked, {price:.0f} CAD a person-night{near}",
              "là où elle a demandé, {price:.0f} CAD par personne-nuit{near}"),
    "override": ("chosen at the desk", "choisi par la personne au guichet"),
    "override_wait": ("kept waiting by a choice at the desk", "en attente, par choix au guichet"),
    "refused": ("the choice {override} is not followed: it breaks {rules}. {then}",
                "le choix {override} n'est pas suivi : il enfreint {rules}. {then}"),
    "impossible": ("persons: {persons}{needs}: {why}{without}", "personnes : {persons}{needs} : {why}{without}"),
    "asked_full": ("where it asked ({place}) {free} beds are left for {people}",
                   "là où elle a demandé ({place}), il reste {free} lits pour {people}"),
    "asked_closed": ("where it asked ({place}) breaks {rules}", "là où elle a demandé ({place}) enfreint {rules}"),
    "shared": ("families: {families}, {demand} persons in all, can go only to {places}, which have {supply} free beds",
               "familles : {families}, {demand} personnes en tout, ne peuvent aller qu'à {places}, "
               "où {supply} lits sont libres"),
    "pieces": ("{places}: the beds left are too few for {people} (at most {free})",
               "{places} : les lits qui restent ne suffisent pas à {people} (au plus {free})"),
}
_WORDS = {"accessible": ("accessible", "accessible"), "school": ("school", "école"), "beds": ("beds", "lits"),
          "language": ("language", "langue"), "only": ("only", "réservé")}


@dataclass(frozen=True)
class Reason:
    """One reason: its kind, what fills its sentence, and the one that follows from it."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """Say it in a language, `en` or `fr`."""
        french = lang == "fr"
        said = {key: _said(key, value, french) for key, value in self.values.items()}
        if self.kind in ("best", "next", "asked"):
            ties = ("", "") if not self.values["near"] else (", near relatives", ", près de proches")
            said["near"] = ties[french]
        if self.kind in ("asked_full", "pieces"):
            said["people"] = _people(self.values["persons"], french, together=self.kind == "pieces")
        return _TEXT[self.kind][french].format(**said)


def reasons(desk: Desk, place: Places, rule: str, refused: Mapping[int, tuple[str, ...]]) -> list[Reason]:
    """The reason of each family's place, in the order of the families."""
    room = left(desk.day, place)
    out = []
    for f in range(len(desk.families)):
        found = _reason(desk, place, rule, f, room)
        if f in refused:
            family = desk.families[f]
            found = Reason("refused", {"override": family.override, "rules": refused[f], "then": found})
        elif desk.families[f].override:
            found = Reason("override_wait" if desk.families[f].override == WAIT else "override")
        out.append(found)
    return out


def broken(desk: Desk, f: int, p: int) -> tuple[str, ...]:
    """The hard rules, beds among them, that a place breaks for a family, were it alone."""
    rules = tuple(name for name, kept in desk.rules.items() if not kept[f, p])
    return rules if desk.day.fits()[f, p] else (*rules, BEDS)


def impossible(desk: Desk, f: int) -> Reason | None:
    """The smallest set of rules that leaves a family no place, and what opens one; None where there is a place."""
    fits = desk.day.fits()[f]
    kept = {name: rule[f] for name, rule in desk.rules.items() if not rule[f].all()} | {BEDS: fits}
    if np.logical_and.reduce(list(kept.values())).any():
        return None
    names = list(kept)
    conflict = next(some for size in range(1, len(names) + 1) for some in combinations(names, size)
                    if not np.logical_and.reduce([kept[name] for name in some]).any())
    without = []
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            rest = np.logical_and.reduce([kept[name] for name in names if name not in some] or [np.ones_like(fits)])
            if rest.any():
                without.append((some, *_roomiest(desk, f, rest)))
        if without:
            break
    others = [kept[name] for name in conflict if name != BEDS]
    open_ = np.logical_and.reduce(others) if others else np.ones_like(fits)
    most = int(_free(desk, f)[open_].max(initial=0))
    return Reason("impossible", {
        "persons": int(desk.day.persons[f]), "needs": tuple(name for name in conflict if name != BEDS),
        "why": ("few", int(open_.sum()), most) if BEDS in conflict else ("none", 0, 0), "without": tuple(without)})


def _reason(desk: Desk, place: Places, rule: str, f: int, room: Places) -> Reason:
    p, family = int(place[f]), desk.families[f]
    if p < 0:
        return _unplaced(desk, place, rule, f, room)
    open_ = desk.open()[f]
    price = np.where(open_, desk.day.price[f], np.inf)
    best = int(np.argmin(price))
    site = desk.places[p]
    near = bool(family.ties) and bool({site.id, site.province} & set(family.ties))
    told = {"open": int(open_.sum()), "price": site.price, "near": near, "place": site.id}
    if rule == "as-is":
        return Reason("asked", told)
    if price[p] <= price[best]:
        return Reason("best", told)
    return Reason("next", {**told, "best": desk.places[best].id, "less": float(price[p] - price[best])})


def _unplaced(desk: Desk, place: Places, rule: str, f: int, room: Places) -> Reason:
    cannot = impossible(desk, f)
    if cannot is not None:
        return cannot
    persons = int(desk.day.persons[f])
    if rule == "as-is":
        p = int(desk.asked[f])
        if not np.isfinite(desk.day.price[f, p]):
            return Reason("asked_closed", {"place": desk.places[p].id, "rules": broken(desk, f, p)})
        return Reason("asked_full", {"place": desk.places[p].id, "free": int(room[p].min()), "persons": persons})
    everywhere = desk.open()
    mine = everywhere[f]
    same = np.flatnonzero(everywhere.any(axis=1) & ~(everywhere & ~mine).any(axis=1))
    demand, supply = int(desk.day.persons[same].sum()), int(desk.day.free[mine, 0].sum())
    names = tuple(desk.places[p].id for p in np.flatnonzero(mine))
    if demand > supply:
        return Reason("shared", {"families": int(same.size), "demand": demand, "supply": supply, "places": names})
    there = room[mine][:, desk.day.there[f]].min(axis=1)
    return Reason("pieces", {"places": names, "persons": persons, "free": int(there.max())})


def _free(desk: Desk, f: int) -> Places:
    """Free beds of each place on the worst day of a family's stay."""
    return np.asarray(desk.day.free[:, desk.day.there[f]].min(axis=1))


def _roomiest(desk: Desk, f: int, open_: Any) -> tuple[str, int]:
    free = np.where(open_, _free(desk, f), -1)
    p = int(np.argmax(free))
    return desk.places[p].id, int(free[p])


def _people(persons: int, french: bool, *, together: bool) -> str:
    if persons == 1:
        return "1 personne" if french else "1 person"
    with_each_other = (" ensemble" if french else " together") if together else ""
    return f"{persons} {'personnes' if french else 'persons'}{with_each_other}"


def _said(key: str, value: Any, french: bool) -> Any:
    if isinstance(value, Reason):
        return value.text("fr" if french else "en")
    if key in ("rules", "needs"):
        names = ", ".join(_rule(name, french) for name in value)
        return f", {names}" if names and key == "needs" else names
    if key == "less":
        return f"{value:,.0f}".replace(",", "\u00a0" if french else ",")
    if key == "places":
        few = ", ".join(value[:4])
        more = len(value) - 4
        return few + ((f" et {more} autres" if french else f" and {more} more") if more > 0 else "")
    if key == "why":
        kind, places, most = value
        if kind == "none":
            return "aucun lieu ne l'offre" if french else "no place offers it"
        return (f"aucun des lieux possibles ({places}) n'a plus de {most} lits libres" if french
                else f"none of the places open to it ({places}) has more than {most} free beds")
    if key == "without":
        return "".join(_without(one, french) for one in value[:2])
    return value


def _without(one: tuple[tuple[str, ...], str, int], french: bool) -> str:
    rules, place, free = one
    if rules == (BEDS,):
        return (f"; le plus grand est {place} avec {free}" if french else f"; the largest is {place} with {free}")
    named = ", ".join(_rule(name, french) for name in rules)
    return f"; sans `{named}`, {place} en a {free}" if french else f"; without `{named}`, {place} has {free}"


def _rule(name: str, french: bool) -> str:
    head, _, rest = name.partition(" ")
    return " ".join([_WORDS.get(head, (head, head))[french], *([rest] if rest else [])])
