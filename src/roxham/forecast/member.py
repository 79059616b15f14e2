"""The corridor as one forecaster among others: fitted at each origin to what that day knew, and to nothing later.

It speaks for the land border where the road leads, and, in the months before the counts have seen a new law, for those
whom the law moves elsewhere; all other claims are those of the local level. Law, roads, people and starting ranges are
those of the day: a text not yet announced never comes, and the end of one in force is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.tables import case_folder
from roxham.forecast.calibrate import DISCREPANCY, draw_assumed, fit, with_chance
from roxham.forecast.calibrate import Problem as Fitting
from roxham.forecast.experiments import NAMES, START, Experiment, as_known, by_month, experiments, home, undone
from roxham.forecast.foretell import CORRIDOR, SIX, counted, levels_ahead, settle
from roxham.forecast.joint import DRAWS
from roxham.forecast.models import own_models, predict_cells
from roxham.forecast.observed import observe
from roxham.forecast.pressure import OPEN_SHARE, levels
from roxham.forecast.vintage import View
from roxham.law.rules import DAY
from roxham.sim.corridor import Corridor, load
from roxham.sim.expected import Expected, expected
from roxham.streams import Streams

__all__ = ["CorridorModel", "known_on", "problem_at"]

Floats = NDArray[np.float64]


def known_on(corridor: Corridor, case: str, day: date) -> Corridor:
    """Give the corridor as known on a day: texts announced later never come, ends that lie ahead are not known."""
    number = (np.datetime64(day, "D") - np.datetime64(0, "D")).astype(int)
    versions = {
        name: replace(
            one, never=one.never or one.known_from > number,
            end=None if one.end is not None and one.end >= (number + 1) * DAY else one.end)
        for name, one in corridor.law.versions.items()
    }  # fmt: skip
    return as_known(replace(corridor, law=replace(corridor.law, versions=versions)), case, day)


def problem_at(view: View, leads: int) -> Fitting:
    """Give what a fit at the day of a view works on: its window ends `leads` months after the last one known."""
    corridor = known_on(load(view.case), view.case, view.day)
    months = np.arange(np.datetime64(START, "M"), np.datetime64(view.target(leads), "M") + 1)
    hubs = {name: hub.series_provinces for name, hub in corridor.choice.hubs.items()}
    last: date = ((np.datetime64(view.last, "M") + 1).astype("datetime64[D]") - 1).astype(date)
    end: date = ((months[-1] + 1).astype("datetime64[D]") - 1).astype(date)
    return Fitting(corridor, START, end, observe(case_folder(view.case), months, last, corridor.provinces, hubs))


@dataclass(frozen=True)
class CorridorModel:
    """The corridor as a member of a backtest.

    Args:
        fits: sets of parameters fitted at each origin, the first one central; 800 paths in all.
        seed: the same seed gives the same draws.
    """

    fits: int = 5
    seed: int = 1
    name: str = CORRIDOR

    def predict(self, view: View, leads: int) -> Mapping[str, Floats]:
        """Draws of counts by series id, each of shape (800, leads)."""
        problem = problem_at(view, leads)
        each = -(-DRAWS // self.fits)
        paths = [_paths(problem, view, leads, Streams(self.seed, k), k, each) for k in range(self.fits)]
        joined = {name: np.concatenate([one[name] for one in paths])[:DRAWS] for name in paths[0]}
        return _series(problem.corridor, view, predict_cells(own_models()[0], view, leads), joined)


@dataclass(frozen=True)
class _Rule:
    """The law that the counts have not seen: still to come (`new`), or the one that would hold if it ended (`ends`)."""

    experiment: Experiment | None
    new: bool
    ends: bool


def _rule(view: View) -> _Rule:
    """What the day knows of the law at the road: a change in months not counted yet, an order not meant to last."""
    known = [one for one in experiments(view.case).values() if one.day <= view.day]
    new = bool(known) and f"{known[-1].breaks:%Y-%m}" > view.last
    road = f"{view.design.entries.province}/{view.design.entries.at}"
    rules = sorted((one for one in view.regimes.values() if road in one.cells), key=lambda one: one.from_)
    ends = bool(rules) and rules[-1].kind == "closed" and not rules[-1].lasting
    return _Rule(known[-1] if new or ends else None, new, ends)


def _paths(
    problem: Fitting, view: View, leads: int, streams: Streams, index: int, count: int
) -> dict[str, Floats]:
    """Several ways on from one fit: counts by name, each (count, months ahead, hubs[, provinces])."""
    rng = streams.generator("corridor member")
    chance = with_chance(problem, streams if index else None)
    assumed = draw_assumed(problem.corridor, streams if index else None)
    parameters = fit(chance, assumed, streams.generator("calibrate").standard_normal(64) if index else None)
    mean = problem.mean(parameters)
    level = levels(problem.corridor, problem.seen, mean, problem.open_share)
    rule = _rule(view)
    start: date = (np.datetime64(view.last, "M") + 1).astype("datetime64[D]").astype(date)
    breaks = rule.experiment.breaks if rule.experiment is not None and rule.new else start
    before = problem.corridor if rule.experiment is None else undone(problem.corridor, rule.experiment)
    means = (expected(one, parameters, start, problem.end) for one in (problem.corridor, before))
    told, other = (by_month(mean, breaks) for mean in means)
    shape = (count, *level.shape)
    width = levels_ahead(level, parameters["pressure_walk_sd"], leads, rng.standard_normal(shape))
    error = np.exp(DISCREPANCY * rng.standard_normal((count, 3)))
    sd = rule.experiment.pressure_step.value if rule.experiment is not None and rule.new else 0.0
    step = np.exp(sd * rng.standard_normal(count))
    lifted = _lifted(view, rule, rng, count, leads)
    moves = rule.new and rule.experiment is not None and rule.experiment.displaces
    out: dict[str, Floats] = {"dispersion": np.full((count, 1), chance.dispersion())}
    for name in NAMES:
        tail = (1,) * (told[name].ndim - 2)
        people = width.reshape(*width.shape, *(1,) * (told[name].ndim - 3)) * step.reshape(-1, 1, *tail)
        unseen = error[:, {"air": 1, "port": 2}.get(name, 0)].reshape(-1, 1, *tail)
        now, was = people * told[name][1], people * other[name][1]
        now, was = (now * unseen, was) if rule.new else (now, was * unseen)
        later = np.where(lifted.reshape(count, leads, *tail), was, now)
        out[name] = people / step.reshape(-1, 1, *tail) * told[name][0] + later
        out[f"{name}_moved"] = later - was if moves else np.zeros_like(later)
    out["rest"] = _rest(problem, mean, level) * (out["port"][..., home(problem.corridor)].sum(axis=2) > 0)
    return out


def _rest(problem: Fitting, mean: Expected, level: Floats) -> float:
    """Land-border claims a month that the corridor does not explain: the last half-year under the rule in force."""
    here = home(problem.corridor)
    own = mean.monthly("claims_port")[:, :, here]
    if not _booked_inland(problem.corridor, problem.seen.data_to):
        own = own + mean.monthly("claims_between")[:, :, here]
    over = problem.seen.claims["land_border"][:, here] - (own * level).sum(axis=1)
    opened = problem.open_share >= OPEN_SHARE
    known = np.isfinite(over)
    alike = known & (opened == opened[np.flatnonzero(known)[-1]])
    return float(np.maximum(over[alike][-SIX:], 0.0).mean())


def _booked_inland(corridor: Corridor, month: np.datetime64) -> bool:
    """Whether claims after an entry were booked inland in a month where the road leads; nobody knows when that ends."""
    middle = np.array([month.astype("datetime64[D]") + 14])
    province = corridor.provinces[home(corridor)]
    return any(bool(corridor.span(one, middle)[0]) for one in corridor.choice.booking if one.province == province)


def _lifted(view: View, rule: _Rule, rng: np.random.Generator, count: int, leads: int) -> NDArray[np.bool_]:
    """Whether an order that is not meant to last has ended, by path and month: none before the month of the day."""
    if not rule.ends:
        return np.zeros((count, leads), dtype=bool)
    ends = view.leads(0) - 1 + rng.geometric(view.design.effects.lifted_per_month.value, size=count)
    return np.asarray(np.arange(leads)[None, :] >= ends[:, None])


def _series(
    corridor: Corridor, view: View, alone: Mapping[str, Floats], paths: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Series ids: the counts alone, the road's claims in place of theirs in the same order of paths, and who moved."""
    plan, here = view.design.series, home(corridor)
    province, last = corridor.provinces[here], np.datetime64(view.last, "M")
    road = f"claims/{province}/land_border"
    own = paths["port"].sum(axis=2)[..., here] + paths["rest"]
    if not _booked_inland(corridor, last):
        own = own + paths["between"].sum(axis=2)[..., here]
    order = np.empty(len(own), dtype=np.int64)
    order[alone[road].sum(axis=1).argsort(kind="stable")] = own.sum(axis=1).argsort(kind="stable")
    rng = Streams(0, 0).generator("corridor member counts")
    settle_in = settle(corridor, last)
    moved = {
        "land_border": paths["port_moved"].sum(axis=2),
        "airport": paths["air_moved"].sum(axis=2)[..., None] * settle_in,
        "inland": paths["late_moved"].sum(axis=2)[..., None] * settle_in,
    }
    out = {f"claims/{place}/{office}": alone[f"claims/{place}/{office}"]
           for place in (*plan.provinces, plan.whole) for office in plan.offices}  # fmt: skip
    out[road] = counted(rng, own[order], paths["dispersion"][order])
    out[f"claims/{plan.whole}/land_border"] = out[f"claims/{plan.whole}/land_border"] - alone[road] + out[road]
    for office, change in moved.items():
        gained = change[order]
        if office == "land_border":
            gained[..., here] = 0.0
        for place in plan.provinces:
            name = f"claims/{place}/{office}"
            out[name] = out[name] + gained[..., corridor.province_index(place)]
        out[f"claims/{plan.whole}/{office}"] = out[f"claims/{plan.whole}/{office}"] + gained.sum(axis=2)
    out = {name: np.maximum(values, 0.0) for name, values in out.items()}
    for place in (*plan.provinces, plan.whole):
        out[f"claims/{place}/total"] = np.sum([out[f"claims/{place}/{office}"] for office in plan.offices], axis=0)
    return out
