"""Flee's rules as tables, in two readings: `flee`, as its program acts, and `documented`, as its manual says.

Where the two differ the program's way is called a quirk here. `flee` keeps every quirk, so that its counts have the
same law as the program's; `documented` has none of them.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roxham.walk.demand import Demand, make_demand
from roxham.walk.folder import Folder
from roxham.walk.kinds import Kinds, make_kinds
from roxham.walk.network import Network, Routes, directed, routes_by_awareness
from roxham.walk.settings import Settings
from roxham.walk.tables import Law, Tables
from roxham.walk.timeline import Timeline, decay, make_timeline

__all__ = ["Plan", "Reading", "assemble", "make_plan"]

Real = NDArray[np.float64]
Whole = NDArray[np.int64]

Reading = Literal["flee", "documented"]
PARTS = 32  # of a day at most, so that people see camps fill up as they travel
NO_RELIGION_AT_CAMPS = 1e-8  # what the share of a religion is among the people of a camp, whose number is taken as 1e8


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a walk needs before it begins: the rule's tables and switches, and what they were made from."""

    folder: Folder
    rules: Settings
    network: Network
    routes: Routes
    line: Timeline
    demand: Demand
    kinds: Kinds
    tables: Tables
    law: Law
    hasten: int = 1


def make_plan(
    folder: Folder, reading: Reading = "flee", *, hasten: int | None = None, by: str | None = None,
    rules: Settings | None = None,
) -> Plan:
    """Make the tables of Flee's rules for a folder.

    `hasten` divides all numbers of people (the folder's own setting by default); `by` names a demographic whose groups
    are told apart in the result.
    """
    documented = reading == "documented"
    rules = rules if rules is not None else folder.settings
    divided = rules.hasten if hasten is None else hasten
    network = directed(folder, rules, doubled=not documented)
    line = make_timeline(folder, network, rules, documented=documented)
    demand = make_demand(folder, line, rules, hasten=divided, documented=documented)
    kinds = make_kinds(folder, rules, by=by, documented=documented)
    awareness = rules.awareness_level
    if documented and awareness in (0, -1):  # roads only, or no weighting at all: the neighbours, seen less well
        routes = routes_by_awareness(folder, network, 1)
    else:
        routes = routes_by_awareness(folder, network, 1 if awareness == -1 else awareness)
    spell, weight = _weights(folder, rules, network, routes, line, kinds, documented=documented)
    plan = assemble(
        folder, rules, network, routes, line, demand, kinds, spell=spell, weight=weight,
        law=_law(rules, documented=documented),
    )
    return dataclasses.replace(plan, hasten=divided)


def assemble(
    folder: Folder, rules: Settings, network: Network, routes: Routes, line: Timeline, demand: Demand, kinds: Kinds, *,
    spell: Whole, weight: Real, law: Law,
) -> Plan:
    """Put a rule's weights and switches together with the map; the door for rules of one's own.

    `spell` gives each day its row of `weight`, whose shape is (kinds of people, rows, routes); a weight is negative
    where a route is closed.
    """
    tables = Tables(
        first=routes.first, end=routes.end, leg=routes.leg, spell=spell, weight=np.ascontiguousarray(weight),
        stand_place=routes.stand_place, stand_end=routes.stand_end, stand_leg=routes.stand_leg,
        leg_link=routes.leg_link, leg_stand=routes.leg_stand, link_start=network.start, link_end=network.end,
        km=network.km, speed=network.speed, on_foot=network.on_foot,
        move_chance=_move_chance(rules, line, demand), is_town=line.is_town, is_camp=line.is_camp,
        capacity=_capacity(folder, rules, demand, buffer=law.buffer), is_open=line.is_open, shut=line.shut,
        total=demand.total, factor=demand.factor, people=demand.people, at_first=demand.at_first, kinds=kinds.share,
    )
    return Plan(folder, rules, network, routes, line, demand, kinds, tables, law)


def _law(rules: Settings, *, documented: bool) -> Law:
    return Law(
        max_speed=rules.max_move_speed,
        walk_speed=rules.max_walk_speed,
        fresh_allowance=not documented,
        beyond=not documented,
        force_short=rules.avoid_short_stints,
        on_foot_first=rules.start_on_foot,
        refuse_below=0.5,
        buffer=1.0 if documented else rules.capacity_buffer,
        hold=False,
        room_weighs=not (rules.fixed_routes and not documented),
        weight_power=rules.weight_power,
        keep_above=rules.pruning_threshold,
        take_people=rules.take_from_population,
        parts=1 if documented else PARTS,
    )


def _capacity(folder: Folder, rules: Settings, demand: Demand, *, buffer: float) -> Real:
    """Return the capacity of each place by day, after scaling, with what is added every day.

    For a rule without a span in which room shrinks (a buffer of 1), a camp is full at the buffered share already.
    """
    more = folder.places.attributes.get("capacity_per_day", ("",) * len(folder.places))
    daily = np.array([float(text) if text.replace(".", "", 1).isdecimal() else 0.0 for text in more])
    scaling = rules.capacity_scaling * (rules.capacity_buffer if buffer >= 1.0 else 1.0)
    grown = demand.capacity + daily * np.arange(1, folder.days + 1)[:, None]
    return np.ascontiguousarray(np.where(demand.capacity > 0, grown, demand.capacity) * scaling)


def _move_chance(rules: Settings, line: Timeline, demand: Demand) -> Real:
    """Return the chance that somebody leaves a place, per decision."""
    power = rules.movechance_pop_scale_factor
    size = np.maximum(demand.people, np.maximum(demand.capacity, 0.0)) / rules.movechance_pop_base
    with np.errstate(divide="ignore"):
        scale = np.where(size > 0, size**power, 0.0) if power else np.ones(len(size))
    chance = line.move_chance * scale
    if rules.flee_when_starving:
        hungry = line.food / 100.0
        chance = hungry + (1.0 - hungry) * chance
    if rules.flood_movechances:
        steps = np.array(rules.flood_movechances)
        chance = np.where(line.flood > 0, np.interp(line.flood, np.arange(len(steps)), steps), chance)
    return np.ascontiguousarray(np.clip(chance, 0.0, 1.0))


def _scores(folder: Folder, rules: Settings, line: Timeline) -> Real:
    """Return how much each place draws people, by day."""
    days = np.arange(folder.days)[:, None]
    foreign = np.broadcast_to(line.is_foreign, line.intensity.shape)
    score = np.ones(line.intensity.shape)
    if rules.use_economic_pull:
        trade, index = (_number_column(folder, name) for name in ("trade_volume", "hdi"))
        score = np.where(foreign, score * (1.0 + trade + index**2), score)
    score = np.where(foreign, score * rules.foreign_weight, score)
    if rules.avoid_food_deprived_locations:
        fed = 1.0 - (line.food / 100.0) ** 2
        score = np.where(~foreign & (days > 0), score * fed, score)
    score = np.where(line.is_camp, score * rules.camp_weight, score)
    left = decay(rules, (days - line.onset).astype(np.float64))
    at_war = line.intensity > 0
    score = np.where(at_war, score * rules.conflict_weight ** np.where(at_war, left * line.intensity, 0.0), score)
    if rules.flood_loc_weights:
        steps = np.array(rules.flood_loc_weights)
        drawn = np.interp(line.flood, np.arange(len(steps)), steps)
        score = np.where(line.flood > 0, score * np.where(line.zone_of_flood, drawn**2, drawn), score)
    return score


def _number_column(folder: Folder, name: str) -> Real:
    texts = folder.places.attributes.get(name, ("",) * len(folder.places))
    return np.array([float(text) if text.replace(".", "", 1).isdecimal() else 0.0 for text in texts])


def _weights(
    folder: Folder, rules: Settings, network: Network, routes: Routes, line: Timeline, kinds: Kinds, *,
    documented: bool,
) -> tuple[Whole, Real]:
    """Return the spell of each day and the weight of each route by kind of people and spell."""
    if not len(routes.end):
        return np.zeros(folder.days, dtype=np.int64), np.zeros((len(kinds.power), 1, 0))
    score = _scores(folder, rules, line)
    if documented and rules.awareness_level in (0, -1):
        score = np.ones_like(score)
    late = np.concatenate([np.ones_like(score[:1]), score[:-1]]) if rules.fixed_routes and not documented else score
    state = np.concatenate([score, late, line.is_open.astype(np.float64), line.is_camp.astype(np.float64)], axis=1)
    changed = np.any(state[1:] != state[:-1], axis=1)
    spell = np.concatenate([[0], np.cumsum(changed)]).astype(np.int64)
    days = np.flatnonzero(np.concatenate([[True], changed]))
    steps = [np.array(path, dtype=np.int64) for path in routes.links]
    is_open = np.stack([line.is_open[days][:, path].all(axis=1) for path in steps], axis=1)
    weight = np.stack([_weight_of(folder, rules, routes, score, late, line, power, days, documented=documented)
                       for power in kinds.power])
    if rules.fixed_routes:
        weight = _best_only(weight, routes)
    weight = np.where(is_open, weight, -1.0)
    if documented:
        weight = _redirect(weight, network, routes, folder, days)
    return spell, weight


def _weight_of(
    folder: Folder, rules: Settings, routes: Routes, score: Real, late: Real, line: Timeline, power: float,
    days: Whole, *, documented: bool,
) -> Real:
    """Return the weight of each route on some days, for people to whom scores count with a power.

    With fixed routes Flee fills its table while the scores are renewed, so that of places further down the file it
    sees those of the day before (`late`), and the score counts once more in the choice: a quirk.
    """
    today = score[np.ix_(days, routes.end)] ** power
    drawn = np.where(routes.end > routes.start, late[np.ix_(days, routes.end)] ** power, today)
    if rules.MatchCampReligion and not documented:
        camp = line.is_camp[np.ix_(days, routes.end)]
        drawn = np.where(camp, drawn * NO_RELIGION_AT_CAMPS / rules.avg_religion_fraction, drawn)
    if rules.stay_close_to_home:
        drawn = drawn / np.maximum(1.0, _globe_km(folder, routes, swapped=not documented)) ** rules.home_distance_power
    if documented and rules.awareness_level == -1:
        return np.ones_like(drawn)
    weight = (rules.weight_softening + drawn) / (rules.softening + routes.km) ** rules.distance_power
    if rules.use_pop_for_loc_weight:
        people = np.maximum(1.0, folder.places.people[routes.end].astype(np.float64)) ** rules.pop_power_for_loc_weight
        weight = np.where(line.is_camp[np.ix_(days, routes.end)], weight, weight * people)
    weight = weight**rules.weight_power
    return weight * today if rules.fixed_routes and not documented else weight


def _best_only(weight: Real, routes: Routes) -> Real:
    """Keep, of all routes from one place to another, only the best; the others are closed."""
    kept = np.full_like(weight, -1.0)
    start = routes.start
    for pair in np.unique(start * (int(routes.end.max()) + 1) + routes.end):
        rows = np.flatnonzero(start * (int(routes.end.max()) + 1) + routes.end == pair)
        best = rows[np.argmax(weight[..., rows], axis=-1)]
        np.put_along_axis(kept, best[..., None], np.take_along_axis(weight, best[..., None], axis=-1), axis=-1)
    return kept


def _redirect(weight: Real, network: Network, routes: Routes, folder: Folder, days: Whole) -> Real:
    """Let all who stand at the start of a redirecting link take it, until a closure removes the redirection."""
    out = weight.copy()
    start = routes.start
    removed = {(one.first, one.second): one.start for one in folder.closures if one.kind == "remove_forced_redirection"}
    names = folder.places.name
    for link in np.flatnonzero(network.forced):
        pair = (names[network.start[link]], names[network.end[link]])
        until = removed.get(pair, removed.get(pair[::-1], math.inf))
        here = start == network.start[link]
        along = np.array([path == (int(link),) for path in routes.links])
        for row in np.flatnonzero(days < until):
            if along.any() and (out[:, row, along] >= 0).all():
                out[:, row, here & ~along] = -1.0
    return out


def _globe_km(folder: Folder, routes: Routes, *, swapped: bool) -> Real:
    """Return the great-circle distance of each route's ends; with `swapped`, latitude and longitude change places."""
    first, second = (folder.places.longitude, folder.places.latitude) if swapped else (
        folder.places.latitude, folder.places.longitude)
    y, x = np.radians(first), np.radians(second)
    start, end = routes.start, routes.end
    half = np.sin((y[end] - y[start]) / 2) ** 2
    half = half + np.cos(y[start]) * np.cos(y[end]) * np.sin((x[end] - x[start]) / 2) ** 2
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
