"""Check a folder of a walk: every fault with its file and line, also those that show only when files are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RoxhamError
from roxham.walk.demand import make_demand, spawn_factor
from roxham.walk.faults import Fault, Faults
from roxham.walk.folder import Folder
from roxham.walk.network import Network, directed
from roxham.walk.read import survey
from roxham.walk.series import observed_table
from roxham.walk.timeline import Timeline, make_timeline

__all__ = ["check_folder"]

Flag = NDArray[np.bool_]

# Settings that Flee reads, or says that it reads, and that move nobody here.
_WITHOUT_EFFECT = (
    "harvest_months", "two_system_decision_making", "camps_are_sinks", "MatchCampEthnicity", "MatchTownEthnicity",
    "MatchConflictEthnicity",
)


def check_folder(
    path: str | Path, *, observed: str | Path | None = None, settings: str | Path | None = None
) -> tuple[Fault, ...]:
    """Return every fault of a folder, the worst first; raise UnknownName when there is no such folder."""
    folder, faults = survey(path, observed=observed, settings=settings)
    if folder is None or faults.is_fatal:
        return faults.listed()
    rules = folder.settings
    network = directed(folder, rules, doubled=False)
    line = make_timeline(folder, network, rules)
    _check_ways(folder, network, line, faults)
    _check_departures(folder, line, faults)
    _check_counts(folder, faults)
    for name in _WITHOUT_EFFECT:
        if getattr(rules, name):
            faults.note(f"{name} has no effect here", "simsetting.yml")
    return faults.listed()


def _check_ways(folder: Folder, network: Network, line: Timeline, faults: Faults) -> None:
    """Find places in conflict that nobody can leave, and camps that nobody can reach."""
    places = folder.places
    camps = np.flatnonzero(places.is_camp)
    at_war = (line.intensity > 0).any(axis=0)
    from_camps = _reached(network, camps, len(places))
    from_war = _reached(network, np.flatnonzero(at_war), len(places))
    linked = np.zeros(len(places), dtype=np.bool_)
    linked[network.start] = True
    for place in np.flatnonzero(at_war & ~places.is_camp & (places.people > 0)):
        name, at = places.name[place], int(places.line[place])
        if not linked[place]:
            faults.wrong(f"{name} is in conflict and no route leaves it: its people stay", "locations.csv", at)
        elif len(camps) and not from_camps[place]:
            faults.wrong(f"{name} is in conflict and no camp can be reached from it", "locations.csv", at)
    for camp in camps[~from_war[camps]]:
        faults.note(f"the camp {places.name[camp]} cannot be reached from any conflict", "locations.csv",
                    int(places.line[camp]))


def _reached(network: Network, begin: NDArray[np.int64], places: int) -> Flag:
    """Return which places are joined to some of the given ones by links (which go both ways)."""
    found = np.zeros(places, dtype=np.bool_)
    found[begin] = True
    while True:
        more = found.copy()
        more[network.end[found[network.start]]] = True
        if (more == found).all():
            return found
        found = more


def _check_departures(folder: Folder, line: Timeline, faults: Faults) -> None:
    """Find days on which people set out while no place with people is in conflict."""
    try:
        demand = make_demand(folder, line, folder.settings, hasten=1)
    except RoxhamError as error:
        faults.fatal(error.problems[0].message, "conflicts.csv")
        return
    from_any = (spawn_factor(line, folder.settings) * folder.places.people).sum(axis=1) > 0
    lost = np.flatnonzero((demand.total > 0) & ~from_any)
    if len(lost):
        faults.wrong(f"from day {lost[0]} on people set out while no place with people is in conflict; they are taken "
                     "to come from where they came before (Flee stops there)", "conflicts.csv")


def _check_counts(folder: Folder, faults: Faults) -> None:
    """Find capacities that are the answer, and counts that end long before the walk."""
    if not folder.observed:
        return
    table = observed_table(folder)
    capacity = folder.places.capacity[table.place]
    most = table.people.max(axis=0, initial=0.0)
    same = (capacity > 0) & (np.abs(most - capacity) <= np.maximum(1.0, 0.01 * capacity))
    if same.sum() > len(same) / 2:
        faults.note(f"{same.sum()} of {len(same)} capacities are the largest count of their camp: they tell the answer",
                    "locations.csv")
    for one in folder.observed:
        last = max((int(file.days.max(initial=-1)) for file in one.files), default=-1)
        if one.place >= 0 and last < folder.days - 60:
            faults.note(f"{one.name}: the last count is of day {last}, the walk ends on day {folder.days - 1}",
                        one.files[0].file)
