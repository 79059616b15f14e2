"""The natural experiments: the law changed on a day, and the corridor must say what came from what was known before.

Each fits the behavioural parameters to the months published by that day, is told the new law and nothing later, and
foretells twelve months. Claims of people whom the corridor does not hold come from the forecast of the counts alone;
where the law moves people to other offices, the corridor's displacement is added to them. Known months are
pseudo-real-time (see `vintage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError, Problem, did_you_mean
from roxham.evidence.series import published_on
from roxham.evidence.tables import case_folder
from roxham.forecast.calibrate import ESTIMATED, FLOORS, draw_assumed, fit, prior_of, with_chance
from roxham.forecast.calibrate import Problem as Fitting
from roxham.forecast.observed import observe
from roxham.forecast.pressure import levels
from roxham.sim.amend import amendment
from roxham.sim.case import Words
from roxham.sim.corridor import Corridor, load
from roxham.sim.expected import Expected, expected
from roxham.spec import Number, Spec, load_yaml
from roxham.streams import Streams

__all__ = ["Check", "Experiment", "Future", "Part", "as_known", "by_month", "experiments", "one_part",
           "problem_of"]

Floats = NDArray[np.float64]
HORIZON = 12
START = date(2017, 1, 1)
NAMES = ("between", "port", "met", "air", "late")


class Prior(Number):
    """A starting range that cites nothing seen after the experiments."""

    prior: str | None = None


class Future(Spec):
    """One text that the law may have after the day: rule versions that go on, and others that never come."""

    chance: float
    prolong: list[str]
    never: list[str]
    why: str


class Check(Spec):
    """A published sum over months (or days) that is read only after the forecast is made (persons)."""

    id: str
    series: str
    observed: float
    how: str
    source: str
    first: str | None = None
    last: str | None = None
    days: int | None = None
    whole_year: int | None = None
    with_rest_of_break: bool = False


class Experiment(Spec):
    """One day on which the law changed."""

    title: Words
    day: date
    breaks: date
    undone: str | None = None
    temporary: bool
    displaces: bool
    pressure_step: Number
    futures: list[Future]
    checks: list[Check]


class _File(Spec):
    priors: dict[str, Prior]
    experiments: dict[str, Experiment]


@dataclass(frozen=True)
class Part:
    """What one set of parameters says: `level` (months, hubs) of persons who set out, NaN where nothing is known.

    `forms[name][series]` has shape (2: before and under the new law, months ahead, hubs[, provinces]): counts per
    person who sets out in the month. `first_days` (days, hubs) are interceptions per person and day where the road
    leads, in the first four days; `rest` claims a month at land ports there that the corridor's people do not explain;
    `dispersion` that of monthly counts.
    """

    parameters: Mapping[str, float]
    level: Floats
    forms: Mapping[str, Mapping[str, Floats]]
    first_days: Floats
    rest: float
    dispersion: float


def _read(case: str | Path) -> _File:
    path = case_folder(case) / "experiments.yaml"
    if not path.is_file():
        raise EvidenceError(f'the case "{case}" has no experiments.yaml')
    return load_yaml(path, _File)


def experiments(case: str | Path = "canada_us") -> Mapping[str, Experiment]:
    """Read the natural experiments of a case by name.

    Raises EvidenceError when the case has none.

    >>> list(experiments("canada_us"))
    ['2020', '2021', '2023']
    """
    return _read(case).experiments


def find(case: str | Path, names: list[str] | None) -> Mapping[str, Experiment]:
    """Give the experiments of those names, every one without names.

    Raises EvidenceError naming each that the case does not have.

    >>> list(find("canada_us", ["2023"]))
    ['2023']
    """
    known = experiments(case)
    problems = [
        Problem(f'"{name}" is not an experiment of this case', hint=did_you_mean(name, tuple(known)))
        for name in names or () if name not in known
    ]  # fmt: skip
    if problems:
        raise EvidenceError(problems)
    return {name: one for name, one in known.items() if not names or name in names}


def last_month(day: date) -> np.datetime64:
    """Give the last month that counts as published on a day.

    >>> str(last_month(date(2023, 3, 24)))
    '2023-01'
    """
    month = np.datetime64(day, "M")
    while published_on(month.astype(date)) > day:
        month -= 1
    return month


def as_known(corridor: Corridor, case: str | Path, day: date) -> Corridor:
    """Give the corridor as a forecaster of a day could know it: people, roads and starting ranges."""
    known = last_month(day)
    routes = tuple(
        row.model_copy(update={"until": None}) if row.until is not None and row.until >= day else row
        for row in corridor.world.routes if row.from_ is None or row.from_ <= day
    )  # fmt: skip
    shares = tuple(row for row in corridor.share_rows if np.datetime64(row.from_, "M") <= known)
    blind = {
        name: corridor.parameters[name].model_copy(
            update={"value": one.value, "low": one.low, "high": one.high, "prior": one.prior or "triangular"})
        for name, one in _read(case).priors.items()
    }  # fmt: skip
    return replace(
        corridor, world=replace(corridor.world, routes=routes), share_rows=shares,
        parameters={**corridor.parameters, **blind})


def problem_of(case: str | Path, experiment: Experiment) -> Fitting:
    """Give what the fit of an experiment works on: nothing published after its day is in it."""
    corridor = as_known(load(case), case, experiment.day)
    end = (np.datetime64(experiment.day, "M") + HORIZON + 1).astype("datetime64[D]") - 1
    months = np.arange(np.datetime64(START, "M"), end.astype("datetime64[M]") + 1)
    hubs = {name: hub.series_provinces for name, hub in corridor.choice.hubs.items()}
    known = last_month(experiment.day)
    data_to = ((known + 1).astype("datetime64[D]") - 1).astype(date)
    seen = observe(corridor.folder, months, data_to, corridor.provinces, hubs)
    return Fitting(corridor, START, end.astype(date), seen)


def under(corridor: Corridor, future: Future) -> Corridor:
    """Give the corridor under one of the texts that the law may have."""
    versions = dict(corridor.law.versions)
    for name in future.prolong:
        versions[name] = replace(versions[name], end=None)
    for name in future.never:
        versions[name] = replace(versions[name], never=True)
    return replace(corridor, law=replace(corridor.law, versions=versions))


def undone(corridor: Corridor, experiment: Experiment) -> Corridor:
    """Give the corridor as if the new law had never come."""
    if experiment.undone is None:
        return corridor
    change = amendment(name="never", kind="law", instrument=experiment.undone, action="never")
    return corridor.amend([change])


def one_part(problem: Fitting, experiment: Experiment, seed: int, index: int, *, fitted: bool = True) -> Part:
    """Give one draw of the parameters and all that they say; index 0 is the central one.

    Without `fitted` the parameters come from their starting ranges alone.
    """
    streams = Streams(seed, index)
    rng = streams.generator("calibrate")
    assumed = draw_assumed(problem.corridor, streams if index else None)
    noise = rng.standard_normal(64) if index else None
    chance = with_chance(problem, streams if index else None)
    parameters = fit(chance, assumed, noise) if fitted else {**assumed, **_from_priors(problem.corridor, noise)}
    mean = problem.mean(parameters)
    level = levels(problem.corridor, problem.seen, mean, problem.open_share)
    start: date = (last_month(experiment.day) + 1).astype("datetime64[D]").astype(date)
    corridors = {f"new{k}": under(problem.corridor, one) for k, one in enumerate(experiment.futures)}
    corridors["old"] = undone(problem.corridor, experiment)
    means = {name: expected(one, parameters, start, problem.end) for name, one in corridors.items()}
    here = home(problem.corridor)
    day = int((np.datetime64(experiment.breaks) - np.datetime64(start)).astype(int))
    met = means["new0"].intercepted[:, :, here]
    first_days = (met[day:day + 4] + met[day - 1:day + 3]) / 2
    forms = {name: by_month(one, experiment.breaks) for name, one in means.items()}
    return Part(parameters, level, forms, first_days, _rest(problem, mean, level, here), chance.dispersion())


def home(corridor: Corridor) -> int:
    """Give the position of the province that the road of the reference hub leads to."""
    return corridor.province_index(corridor.choice.hubs[corridor.choice.reference_hub].province)


def _rest(problem: Fitting, mean: Expected, level: Floats, here: int) -> float:
    """Land-border claims a month beyond those of the corridor's people, over the last year in which both are known."""
    own = (mean.monthly("claims_between") + mean.monthly("claims_port"))[:, :, here]
    over = problem.seen.claims["land_border"][:, here] - (own * level).sum(axis=1)
    return float(np.maximum(over[np.isfinite(over)][-HORIZON:], 0.0).mean())


def _from_priors(corridor: Corridor, noise: Floats | None) -> dict[str, float]:
    out = {}
    for k, name in enumerate(ESTIMATED):
        centre, sd = prior_of(corridor, name)
        out[name] = max(centre + (0.0 if noise is None else float(noise[k])) * sd, FLOORS.get(name, -np.inf))
    return out


def by_month(mean: Expected, breaks: date) -> dict[str, Floats]:
    """Give monthly means in two parts that add up: days before the break, days from it on."""
    late = mean.days >= np.datetime64(breaks)
    month = mean.days.astype("datetime64[M]").astype(np.int64)
    month = month - month[0]
    length = np.bincount(month).astype(np.float64)
    fields = (mean.claims_between, mean.claims_port, mean.intercepted, mean.claims_air, mean.claims_late)
    out = {}
    for name, values in zip(NAMES, fields, strict=True):
        flat = values.reshape(len(month), -1)
        parts = [
            np.stack([np.bincount(month, weights=column * on) for column in flat.T], axis=1) / length[:, None]
            for on in (~late, late)
        ]
        out[name] = np.stack(parts).reshape(2, len(length), *values.shape[1:])
    return out
