"""Which assumptions a headline hangs on: Morris screening over every range of the case, on one corridor draw a point.

Each factor is one thing that is not known: a parameter, a unit cost, the beds or the length of stay of a place, the
capacity of a service, a share of the procedure, a weight of danger. Its numbers move together from the low to the high
end of their ranges; estimated parameters move over the 90 % of their draws that assumed ones leave open, and follow
those that they are fitted beside. For each point the pressure is inferred anew,
so that what was observed stays explained. Chance is the same in all points. Method: Morris (1991, doi
10.1080/00401706.1991.10484804), means of absolute effects after Campolongo et al. (2007), from the library SALib.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from roxham._csv import write_csv
from roxham.errors import RunError
from roxham.forecast.calibrate import ESTIMATED, FLOORS, Problem, carry, make_problem
from roxham.forecast.shipped import END, START, crossings_by_month
from roxham.sim.corridor import Corridor, load
from roxham.sim.posterior import Posterior
from roxham.sim.run import begin, carry_out

__all__ = ["HEADLINES", "Effect", "Factor", "at_point", "factors", "read", "screen", "top", "write"]

Floats = NDArray[np.float64]
HEADLINES = (
    "heard", "returned_unheard", "nights_without_bed", "wait_days_rpd", "cost_federal", "cost_provincial",
    "cost_municipal", "exposure_index", "deaths_expected",
)  # fmt: skip
#: Parts of the corridor whose ranges are read, and things that are one assumption wherever they stand.
PARTS = ("costs", "reception", "services", "procedure", "choice")
TOGETHER = {
    "after_days": "overflow after days", "permit_days": "days to a permit", "initial_pending": "pending at start",
}  # fmt: skip
#: An estimated parameter follows an assumed one when their draws are correlated by more than this.
TOGETHER_FROM = 0.4
DANGER = ("water", "terrain", "cold")
LEVELS = 4


@dataclass(frozen=True)
class Factor:
    """One assumption: its name, and the file that holds it."""

    name: str
    file: str


@dataclass(frozen=True)
class Effect:
    """What moving an assumption over its range does to a headline: mean, and mean size, of the change.

    `size` and `mean` are in the headline's unit, over the whole study; `share` is `size` over the headline's value at
    the centre of all ranges.
    """

    headline: str
    factor: str
    file: str
    mean: float
    size: float
    share: float


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number with a range inside a part of the corridor, with its way there."""
    if isinstance(node, BaseModel):
        low, high = getattr(node, "low", None), getattr(node, "high", None)
        if isinstance(low, float | int) and isinstance(high, float | int):
            if high > low:
                yield path, node
            return
        for name in type(node).model_fields:
            yield from _walk(getattr(node, name), (*path, name))
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _walk(value, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for k, value in enumerate(node):
            yield from _walk(value, (*path, str(k)))


def _name(path: tuple[str, ...]) -> str:
    """The assumption that a number belongs to: dated steps of one thing are one."""
    words = [word for word in path[1:] if not word.isdigit() and word not in {"items", "places", "stages", "outcomes"}]
    for word in words:
        if word in TOGETHER:
            return f"{path[0]}: {TOGETHER[word]}"
    if path[0] == "reception" and "to" in words:
        return "reception: where transfers go"
    return f"{path[0]}: {' '.join(words)}"


def factors(corridor: Corridor) -> tuple[Factor, ...]:
    """List every assumption of a corridor that has a range.

    >>> {"b_heard", "costs: hearing", "danger: hide_factor"} <= {one.name for one in factors(load("canada_us"))}
    True
    """
    found = {name: "parameters.yaml" for name, p in corridor.parameters.items() if (p.high or 0) > (p.low or 0)}
    for part in PARTS:
        for path, _ in _walk(getattr(corridor, part), (part,)):
            found[_name(path)] = f"{part}.yaml"
    danger = (*DANGER, "hide_factor", "prior shape", "prior rate")
    found |= {f"danger: {name}": "map/danger.csv" if name in DANGER else "map/danger.yaml" for name in danger}
    return tuple(Factor(name, file) for name, file in found.items())


def between(low: float, value: float, high: float, place: float) -> float:
    """Give the number at a place of its range: 0 the low end, 0.5 the value, 1 the high end.

    >>> between(1, 2, 6, 0.0), between(1, 2, 6, 0.5), between(1, 2, 6, 0.75)
    (1.0, 2.0, 4.0)
    """
    if place <= 0.5:
        return float(low + (value - low) * 2 * place)
    return float(value + (high - value) * (2 * place - 1))


def _moved(node: Any, places: Mapping[str, float], path: tuple[str, ...]) -> Any:
    """A copy of a part of the corridor with every ranged number at its place, and no range left."""
    if isinstance(node, BaseModel):
        low, high = getattr(node, "low", None), getattr(node, "high", None)
        if isinstance(low, float | int) and isinstance(high, float | int):
            if high <= low:
                return node
            number: Any = node
            value = between(low, min(max(number.value, low), high), high, places.get(_name(path), 0.5))
            return node.model_copy(update={"value": value, "low": value, "high": value})
        fields = type(node).model_fields
        changed = {name: _moved(getattr(node, name), places, (*path, name)) for name in fields}
        return node.model_copy(update={k: v for k, v in changed.items() if v is not getattr(node, k)})
    if isinstance(node, Mapping):
        return {key: _moved(value, places, (*path, str(key))) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(_moved(value, places, (*path, str(k))) for k, value in enumerate(node))
    return node


def at_point(corridor: Corridor, places: Mapping[str, float]) -> tuple[Corridor, dict[str, float]]:
    """Give the corridor and the parameters with each assumption at its place (0 low, 0.5 as it stands, 1 high)."""
    parts = {name: _moved(getattr(corridor, name), places, (name,)) for name in PARTS}
    world = corridor.world
    value, low, high = world.weights.copy()
    for k, name in enumerate(DANGER):
        place = places.get(f"danger: {name}", 0.5)
        rows = zip(low[:, k], value[:, k], high[:, k], strict=True)
        value[:, k] = [between(float(a), float(b), float(c), place) for a, b, c in rows]
    danger, prior = world.danger, world.danger.prior
    prior = prior.model_copy(update={
        name: _moved(getattr(prior, name), {"danger: x": places.get(f"danger: prior {name}", 0.5)}, ("danger", "x"))
        for name in ("shape", "rate")})  # fmt: skip
    factor = _moved(danger.hide_factor, places, ("danger", "hide_factor"))
    danger = danger.model_copy(update={"hide_factor": factor, "prior": prior})
    world = replace(world, weights=np.stack([value, value, value]), danger=danger)
    return replace(corridor, world=world, **parts), _parameters(corridor, places)


def _parameters(corridor: Corridor, places: Mapping[str, float]) -> dict[str, float]:
    """Assumed parameters at their places; estimated ones where the fit puts them beside these, and their own place."""
    out = {
        name: p.value if p.low is None or p.high is None else between(p.low, p.value, p.high, places.get(name, 0.5))
        for name, p in corridor.parameters.items()
    }  # fmt: skip
    central, *draws = corridor.posterior("main").parameters
    for name in ESTIMATED:
        values = np.array([one[name] for one in draws])
        with_it = [other for other in out if other not in ESTIMATED and _together(draws, name, other)]
        others = np.array([[one[other] - corridor.parameters[other].value for other in with_it] for one in draws])
        design = np.column_stack([np.ones(len(draws)), others]) if with_it else np.ones((len(draws), 1))
        slopes = np.linalg.lstsq(design, values, rcond=None)[0]
        low, high = np.quantile(values - design @ slopes, (0.05, 0.95))
        shift = sum(slopes[k + 1] * (out[other] - corridor.parameters[other].value) for k, other in enumerate(with_it))
        here = central[name] + float(shift) + between(float(low), 0.0, float(high), places.get(name, 0.5))
        out[name] = max(here, FLOORS.get(name, -np.inf))
    return out


def _together(draws: Sequence[Mapping[str, float]], name: str, other: str) -> bool:
    """Whether an estimated parameter moves with an assumed one in the draws."""
    values = np.array([[one[name], one[other]] for one in draws]).T
    return bool(values[1].std() > 0 and abs(np.corrcoef(values)[0, 1]) > TOGETHER_FROM)


def run_point(problem: Problem, places: Mapping[str, float], *, seed: int = 7) -> dict[str, float]:
    """Run one draw with each assumption at its place; return the headlines over the whole study."""
    corridor, parameters = at_point(problem.corridor, places)
    point = replace(problem, corridor=corridor)
    draw = carry(point, parameters, None)
    posterior = Posterior(
        name="point", months=problem.seen.months, hubs=tuple(corridor.choice.hubs), provinces=corridor.provinces,
        parameters=(parameters,), pressure=draw.pressure[None], streams=draw.streams,
        note={"crossings": crossings_by_month(corridor, [draw])})
    flow = begin(corridor, seed=seed, draw=0, from_=START, to=END)
    flow = carry_out(replace(flow, posterior=posterior, parameters=parameters))
    found = {cells.metric: cells for cells in flow.tally.cells()}
    out = {}
    for name in HEADLINES:
        cells = found[name]
        total = float(cells.value.sum())
        out[name] = total / float(cells.weight.sum()) if cells.weight is not None else total
    return out


_WORKER: dict[str, Problem] = {}


def _begin(case: str, data_to: date) -> None:
    _WORKER["on"] = make_problem(case, START, END, data_to)


def _work(places: Mapping[str, float]) -> dict[str, float]:
    return run_point(_WORKER["on"], places)


def _each(case: str, points: Sequence[Mapping[str, float]], jobs: int) -> Iterator[dict[str, float]]:
    if jobs <= 1:
        _begin(case, END)
        yield from map(_work, points)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (case, END)) as pool:
        yield from pool.map(_work, points)


def screen(
    case: str = "canada_us", *, paths: int = 4, seed: int = 1, jobs: int = 1,
    only: Sequence[str] | None = None, progress: Callable[[int, int], None] | None = None,
) -> tuple[Effect, ...]:  # fmt: skip
    """Screen the assumptions of a case: random paths through their ranges, one assumption moved at a time.

    Args:
        paths: paths; each takes one run more than there are assumptions.
        only: names of assumptions to move, every one when not given; the others stay where they are.
        progress: called with (runs done, runs in all).

    Raises RunError when the library SALib is not there.
    """
    try:
        from SALib.analyze import morris as analysis
        from SALib.sample import morris as sampling
    except ImportError:
        raise RunError('screening needs the library SALib: pip install "roxham[sensitivity]"') from None
    chosen = [one for one in factors(load(case)) if only is None or one.name in only]
    names = [one.name for one in chosen]
    plan = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    places = sampling.sample(plan, paths, num_levels=LEVELS, seed=seed)
    points: list[dict[str, float]] = [{}, *(dict(zip(names, row, strict=True)) for row in places.tolist())]
    runs = []
    for found in _each(case, points, jobs):
        runs.append(found)
        if progress is not None:
            progress(len(runs), len(points))
    out = []
    for headline in HEADLINES:
        values = np.array([one[headline] for one in runs])
        effects = analysis.analyze(plan, places, values[1:], num_levels=LEVELS, seed=seed)
        for k, one in enumerate(chosen):
            mean, size = float(effects["mu"][k]), float(effects["mu_star"][k])
            share = size / abs(values[0]) if values[0] else float("nan")
            out.append(Effect(headline, one.name, one.file, mean, size, float(share)))
    return tuple(out)


def top(effects: Sequence[Effect], headline: str, count: int = 3) -> tuple[Effect, ...]:
    """Give the most influential assumptions of a headline, the greatest first, none without effect."""
    mine = sorted((one for one in effects if one.headline == headline), key=lambda one: -one.size)
    return tuple(one for one in mine[:count] if one.size > 0)


def write(effects: Sequence[Effect], path: Path) -> None:
    """Write effects as CSV, the greatest of each headline first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = ([one.headline, one.factor, one.file, *(f"{x:.4g}" for x in (one.mean, one.size, one.share))]
                for headline in HEADLINES for one in top(effects, headline, len(effects)))
        write_csv(file, rows, ["headline", "factor", "file", "mean", "size", "share"])


def read(path: Path) -> tuple[Effect, ...]:
    """Read effects that `write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Effect(row["headline"], row["factor"], row["file"], *(float(row[key]) for key in ("mean", "size", "share")))
            for row in csv.DictReader(file)
        )
