"""What a natural experiment foretells: joint draws of claims by office, entries, and people who cross unseen.

The corridor speaks for the land border where the road leads, for entries between ports, and for those whom a new law
moves to other ways. All other claims are those of the forecast of the counts alone, with its own widths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.forecast.baselines import REFERENCE, Naive
from roxham.forecast.calibrate import DISCREPANCY
from roxham.forecast.calibrate import Problem as Fitting
from roxham.forecast.ensemble import ENSEMBLE, Ensemble, cell_models, read_past
from roxham.forecast.experiments import HORIZON, NAMES, Experiment, Part, home, one_part, problem_of
from roxham.forecast.joint import DRAWS
from roxham.forecast.models import own_models
from roxham.forecast.vintage import View, as_of
from roxham.sim.corridor import Corridor
from roxham.streams import Streams

__all__ = ["CORRIDOR", "Foretold", "foretell"]

Floats = NDArray[np.float64]
CORRIDOR = "corridor"
SIX = 6


@dataclass(frozen=True)
class Foretold:
    """Draws by model and series, each of shape (draws, months); the first months were past, but not yet published.

    `undetected` holds yearly sums of people who cross unseen, before (`prior`) and after the data spoke; `first_days`
    persons met in the first four days under the new law (draws, 4); `after_break` claims after an entry between ports
    from the break to the end of its month; `parameters` the fitted draws.
    """

    name: str
    experiment: Experiment
    known_to: str
    months: tuple[str, ...]
    draws: Mapping[str, Mapping[str, Floats]]
    undetected: Mapping[str, Floats]
    first_days: Floats
    after_break: Floats
    ports_known: float
    parameters: tuple[Mapping[str, float], ...]

    def target(self) -> slice:
        """The twelve months after the month of the day."""
        return slice(len(self.months) - HORIZON, len(self.months))


_WORKER: dict[str, tuple[Fitting, Experiment]] = {}


def _begin(case: str | Path, experiment: Experiment) -> None:
    _WORKER["on"] = problem_of(case, experiment), experiment


def _work(task: tuple[int, int, bool]) -> Part:
    problem, experiment = _WORKER["on"]
    seed, index, fitted = task
    return one_part(problem, experiment, seed, index, fitted=fitted)


def _parts(
    case: str | Path, experiment: Experiment, tasks: Sequence[tuple[int, int, bool]], jobs: int
) -> Iterator[Part]:
    if jobs <= 1:
        _begin(case, experiment)
        yield from map(_work, tasks)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (case, experiment)) as pool:
        yield from pool.map(_work, tasks)


def foretell(
    name: str, experiment: Experiment, *, case: str | Path = "canada_us", draws: int = 40, seed: int = 1, jobs: int = 1,
    own_only: bool = False, progress: Callable[[int, int], None] | None = None,
) -> Foretold:  # fmt: skip
    """Fit to what was known on the day, tell the corridor the new law, and foretell the twelve months after.

    Args:
        draws: fitted sets of parameters, the first one central; each is carried on along several paths, 800 in all.
        own_only: the counts alone are forecast by the models that need no extra.
        progress: called with (fits done, fits in all).

    The result does not depend on `jobs`.
    """
    tasks = [*((seed, k, True) for k in range(draws)), *((seed, k, False) for k in range(draws))]
    parts: list[Part] = []
    for part in _parts(case, experiment, tasks, jobs):
        parts.append(part)
        if progress is not None:
            progress(len(parts), len(tasks))
    problem = problem_of(case, experiment)
    each = -(-DRAWS // draws)
    paths = [_paths(problem, experiment, part, Streams(seed, k), each) for k, part in enumerate(parts)]
    fitted, before = _joined(paths[:draws]), _joined(paths[draws:])
    view = as_of(case, experiment.day)
    leads = view.leads(HORIZON)
    counts = Ensemble(own_models() if own_only else cell_models(), () if own_only else read_past(case))
    alone = counts.predict(view, leads)
    series = _series(problem.corridor, view, alone, fitted, experiment)
    year = slice(leads - HORIZON, leads)
    unseen = {"prior": before["late"], "posterior": fitted["late"]}
    return Foretold(
        name=name, experiment=experiment, known_to=view.last,
        months=tuple(view.target(k) for k in range(1, leads + 1)),
        draws={CORRIDOR: series, ENSEMBLE: alone, REFERENCE: Naive(REFERENCE).predict(view, leads)},
        undetected={kind: late[:, year].sum(axis=(1, 2)) for kind, late in unseen.items()},
        first_days=fitted["first_days"], after_break=fitted["after_break"], ports_known=_ports_known(view, experiment),
        parameters=tuple(part.parameters for part in parts[:draws]))  # fmt: skip


def _joined(paths: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([one[name] for one in paths])[:DRAWS] for name in paths[0]}


def _paths(problem: Fitting, experiment: Experiment, part: Part, streams: Streams, count: int) -> dict[str, Floats]:
    """Several ways on from one set of parameters: counts by name, each (count, months ahead, hubs[, provinces])."""
    rng = streams.generator("experiment paths")
    leads = part.forms["old"]["air"].shape[1]
    level = _levels(part, leads, rng.standard_normal((count, len(part.level), part.level.shape[1])))
    step = np.exp(experiment.pressure_step.value * rng.standard_normal(count))
    error = np.exp(DISCREPANCY * rng.standard_normal((count, 3)))
    chance = np.array([one.chance for one in experiment.futures])
    chosen = rng.choice(len(chance), size=count, p=chance / chance.sum())
    month = leads - HORIZON - 1
    lifted = _lifted(problem, experiment, rng, count, leads, month)
    out: dict[str, Floats] = {}
    for name in NAMES:
        own = error[:, {"air": 1, "port": 2}.get(name, 0)]
        new = np.stack([part.forms[f"new{k}"][name] for k in range(len(chance))])
        old = part.forms["old"][name]
        tail = (1,) * (old.ndim - 2)
        width = level.reshape(*level.shape, *(1,) * (old.ndim - 3))
        plain = width * step.reshape(-1, 1, *tail) * old[1]
        changed = width * (step * own).reshape(-1, 1, *tail) * new[chosen, 1]
        later = np.where(lifted.reshape(count, leads, *tail), plain, changed)
        out[name] = width * new[chosen, 0] + later
        out[f"{name}_moved"] = later - plain
    pace = level[:, month] * (step * error[:, 0])[:, None]
    out |= _at_the_break(problem, experiment, part, pace, rng)
    out["dispersion"] = np.full((count, 1), part.dispersion)
    out["rest"] = part.rest * (out["port"][..., home(problem.corridor)].sum(axis=2) > 0)
    return out


def _at_the_break(
    problem: Fitting, experiment: Experiment, part: Part, pace: Floats, rng: np.random.Generator
) -> dict[str, Floats]:
    """Persons met in the first four days, and claims after an entry in what is left of the month of the break."""
    corridor, month = problem.corridor, np.datetime64(experiment.breaks, "M")
    here, k = home(corridor), int((month - problem.seen.data_to).astype(int)) - 1
    days = int(((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int))
    new = part.forms["new0"]
    settled = settle(corridor, problem.seen.data_to)[here]
    after = new["between"][1, k, :, here] + new["late"][1, k] * settled
    met = rng.poisson(pace @ part.first_days.T / days)
    return {"first_days": met.astype(float), "after_break": pace @ after}


def _levels(part: Part, leads: int, noise: Floats) -> Floats:
    return levels_ahead(part.level, part.parameters["pressure_walk_sd"], leads, noise)


def levels_ahead(level: Floats, step_sd: float, leads: int, noise: Floats) -> Floats:
    """Persons who set out in the last `leads` months: the mean log of the last six months known, then a random walk.

    `level` (months, hubs) is NaN in months not known; `noise` (paths, months, hubs) standard normal.
    """
    out = np.empty((len(noise), leads, level.shape[1]))
    begin = len(level) - leads
    for h in range(level.shape[1]):
        known = np.flatnonzero(np.isfinite(level[:, h]))
        base = np.log(np.maximum(level[known[-SIX:], h], 0.5)).mean()
        walk = np.cumsum(noise[:, known[-1] + 1:, h], axis=1)
        out[:, :, h] = np.exp(base + step_sd * walk[:, begin - known[-1] - 1:])
    return out


def _lifted(
    problem: Fitting, experiment: Experiment, rng: np.random.Generator, count: int, leads: int, month: int
) -> NDArray[np.bool_]:
    """Whether a law that is not meant to last has ended, by path and month: the chance of the case's forecasts."""
    from roxham.forecast.vintage import design

    if not experiment.temporary:
        return np.zeros((count, leads), dtype=bool)
    chance = design(problem.corridor.folder).effects.lifted_per_month.value
    ends = month + rng.geometric(chance, size=count)
    return np.asarray(np.arange(leads)[None, :] >= ends[:, None])


def settle(corridor: Corridor, month: np.datetime64) -> Floats:
    """Give the share of people who mean to settle in each province, as composed in a month."""
    share = corridor.shares(np.array([month])) @ (corridor.ties / corridor.ties.sum(axis=1, keepdims=True))
    return np.asarray(share[0], dtype=np.float64)


def _series(
    corridor: Corridor, view: View, alone: Mapping[str, Floats], paths: Mapping[str, Floats], experiment: Experiment
) -> dict[str, Floats]:
    """Series ids from the counts alone and the corridor's paths: parts add up to wholes in every draw."""
    plan = view.design.series
    here, rng = home(corridor), Streams(0, 0).generator("experiment counts")
    province, settled = corridor.provinces[home(corridor)], settle(corridor, np.datetime64(view.last, "M"))
    between, port, met = (paths[name].sum(axis=2) for name in ("between", "port", "met"))
    moved = {
        "land_border": paths["port_moved"].sum(axis=2),
        "airport": paths["air_moved"].sum(axis=2)[..., None] * settled,
        "inland": paths["late_moved"].sum(axis=2)[..., None] * settled,
    }
    road = f"claims/{province}/land_border"
    out = {name: alone[name] for name in alone if name.count("/") == 2 and not name.endswith("/total")}
    phi = paths["dispersion"]
    out[road] = counted(rng, between[..., here] + port[..., here] + paths["rest"], phi)
    national = alone[f"claims/{plan.whole}/total"] - alone[road] + out[road]
    land = alone[f"claims/{plan.whole}/land_border"] - alone[road] + out[road]
    gained = {office: np.zeros_like(national) for office in plan.offices}
    if experiment.displaces:
        for office, change in moved.items():
            change = np.delete(change, here, axis=2) if office == "land_border" else change
            gained[office] = change.sum(axis=2)
        for place in plan.provinces:
            at = corridor.province_index(place)
            for office, change in moved.items():
                if f"claims/{place}/{office}" != road:
                    out[f"claims/{place}/{office}"] = np.maximum(out[f"claims/{place}/{office}"] + change[..., at], 0.0)
    for office in plan.offices:
        whole = land if office == "land_border" else alone[f"claims/{plan.whole}/{office}"]
        out[f"claims/{plan.whole}/{office}"] = np.maximum(whole + gained[office], 0.0)
        out[f"moved/{plan.whole}/{office}"] = gained[office]
    out[f"claims/{plan.whole}/total"] = np.maximum(national + sum(gained.values()), 0.0)
    out[f"claims/{plan.whole}/ports"] = np.maximum(land + gained["land_border"] - between.sum(axis=2), 0.0)
    out[f"claims/{province}/irregular"] = between[..., here] + paths["late"].sum(axis=2) * settled[here]
    out[f"entries/{province}/irregular"] = counted(rng, met[..., here], phi)
    out[f"entries/{plan.whole}/irregular"] = counted(rng, met.sum(axis=2), phi)
    out[f"entries/{plan.whole}/undetected"] = paths["late"].sum(axis=2)
    return out


def counted(rng: np.random.Generator, mean: Floats, phi: Floats) -> Floats:
    """Draw negative binomial counts of a mean (paths, months) and a dispersion (paths, 1)."""
    return rng.poisson(mean * rng.gamma(np.broadcast_to(1 / phi, mean.shape), phi)).astype(np.float64)


def _ports_known(view: View, experiment: Experiment) -> float:
    """Claims at land ports in the months already known of the year of a check: land-border claims less entries.

    Where a month's entries were not known yet, their share of the year before stands in.
    """
    years = {str(check.whole_year) for check in experiment.checks if check.whole_year is not None}
    offices = [k for k, cell in enumerate(view.cells) if cell.endswith("/land_border")]
    land = view.counts[:, offices].sum(axis=1)
    entries = view.entries[view.design.series.whole]
    both = np.flatnonzero(np.isfinite(entries))[-HORIZON:]
    share = float(entries[both].sum() / land[both].sum())
    total = 0.0
    for t, month in enumerate(view.months):
        if month[:4] in years:
            met = entries[t] if np.isfinite(entries[t]) else share * land[t]
            total += max(float(land[t] - met), 0.0)
    return total
