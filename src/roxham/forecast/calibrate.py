"""Calibration: seven behavioural parameters from the three breaks, the latent pressure, and all that stays assumed.

The breaks are natural experiments: 21 March 2020 (crossings directed back), 21 November 2021 (road open again) and
25 March 2023 (treaty extended). The pressure should run on through the last two; the few entries while the road was
closed say how many people without a relative still come; ports say how many people have one. Of two counts of a month
one tells the pressure, the other is explained; counts are negative binomial (see `counts`). Each posterior draw takes
the assumed parameters from their ranges and the dispersion of months from what the counts say of it, and fits the seven
to facts and priors perturbed by their own errors: a standard normal on the signed root of each likelihood ratio
(randomised maximum likelihood: Oliver, He and Reynolds, 1996), so the spread of the draws carries both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import EvidenceError
from roxham.forecast.counts import Counts, Term, dispersions, group, of_blocks
from roxham.forecast.observed import Observed, observe
from roxham.forecast.pressure import extend, levels, open_share, other_streams
from roxham.sim.corridor import Corridor, load
from roxham.sim.expected import Expected, expected, open_days
from roxham.streams import Streams

Floats = NDArray[np.float64]
LIKELIHOOD = "negative binomial"
ESTIMATED = ("b_heard", "avoid_cost", "anchored_share", "port_constant", "perceived_half_life_days", "crowd",
             "b_returned")
#: Error of the log of a model count beyond chance: all that the model leaves out (assumed, 0.2 to 1). Weakest after
#: 2023, where interceptions depend on a police presence that is not published. Months of a window share it.
DISCREPANCY = 0.6
CLOSURE_DISCREPANCY = 0.25
DAILY_DISCREPANCY = 0.3
FLOORS = {"anchored_share": 0.02, "perceived_half_life_days": 0.2, "crowd": 0.0, "b_returned": 0.0,
          "avoid_cost": 0.0}
#: Log steps of the pressure allowed across each break, one standard deviation (assumed): the pandemic moved people,
#: the reopening and the Protocol changed only the law.
GAP_SD = {"2020": 1.0, "2021": 0.35, "2023": 0.35}
PORT_SHARE_SD = 0.4
#: Years with the road open all year and both counts published; the difference may also be a difference of definition.
UNSEEN_YEARS, UNSEEN_SD = (2018, 2019, 2022), 0.7
#: "About a third" of asylum seekers at land ports were refused and returned in 2024 (stca_returns.csv).
REFUSED_2024, REFUSED_SD = 0.33, 0.2


@dataclass(frozen=True)
class Problem:
    """What a calibration works on: a corridor, a window, and the data known by a month."""

    corridor: Corridor
    start: date
    end: date
    seen: Observed
    drawn: float | None = None

    @cached_property
    def told(self) -> tuple[Floats, Floats]:
        """What the counts say of the dispersion of months: values, and the probability below each.

        Every window is fitted by a factor of its own and means are those of the ledger's values, so that it does not
        hang on the fit.
        """
        facts = terms(replace(self, drawn=1.0), draw_assumed(self.corridor, None))
        return dispersions([fact for fact in facts if isinstance(fact, Counts) and fact.shared])

    def dispersion(self, share: float = 0.5) -> float:
        """Dispersion of monthly counts: the one drawn, or a quantile of what the counts say."""
        if self.drawn is not None:
            return self.drawn
        values, below = self.told
        return float(np.exp(np.interp(share, below, np.log(values))))

    @cached_property
    def open_share(self) -> Floats:
        """Share of each month on which the road was open under the law as it was."""
        days = np.arange(np.datetime64(self.start, "D"), np.datetime64(self.end, "D") + 1)
        return open_share(days, open_days(self.corridor, days))

    def mean(self, parameters: Mapping[str, float]) -> Expected:
        """The corridor's daily means under its own law."""
        return expected(self.corridor, parameters, self.start, self.end)


def make_problem(case: str, start: date, end: date, data_to: date) -> Problem:
    """Load the case and the series known by `data_to`."""
    corridor = load(case)
    months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M") + 1)
    hubs = {name: hub.series_provinces for name, hub in corridor.choice.hubs.items()}
    return Problem(corridor, start, end, observe(corridor.folder, months, data_to, corridor.provinces, hubs))


Fact = Term | Counts


def terms(problem: Problem, parameters: Mapping[str, float]) -> list[Fact]:
    """Every fact known by the data's last month, beside what these parameters say."""
    seen, corridor, phi = problem.seen, problem.corridor, problem.dispersion()
    mean = problem.mean(parameters)
    level = levels(corridor, seen, mean, problem.open_share)[:, 0]
    met = mean.monthly("intercepted")[:, 0, corridor.province_index("QC")]
    port = mean.monthly("claims_port")[:, 0, corridor.province_index("QC")]
    found: list[Fact] = []
    if seen.known("2020-07"):
        found.append(_gap("pressure runs on through March 2020", seen, level, ("2020-01", "2020-02"),
                          ("2020-05", "2020-07"), "2020"))
    found += _directed_back(seen, level, met, phi)
    if seen.counted("QC", "2021-12", "2022-01"):
        found.append(_gap("pressure runs on through November 2021", seen, level, ("2021-09", "2021-10"),
                          ("2021-12", "2022-01"), "2021"))
    found += _ports(seen, level, port, phi)
    found += _unseen(seen, mean, met)
    if seen.known("2023-06"):
        found.append(_gap("pressure runs on through March 2023", seen, level, ("2022-12", "2023-02"),
                          ("2023-04", "2023-06"), "2023"))
        found += _first_days(seen, mean, level, corridor.province_index("QC"))
    if seen.known("2024-10"):
        k = seen.span("2024-01", "2024-10")
        count = seen.periods["2024-01-01", "2024-10-31", "QC"]
        model = float((level * met)[k].sum())
        found.append(_count("entries in Quebec, January-October 2024", count, model, DISCREPANCY))
        heard = mean.monthly("heard_port")[:, 0, corridor.province_index("QC")]
        refused = 1 - float((level * heard)[k].sum() / (level * port)[k].sum())
        found.append(Term("share of port claimants returned, 2024", REFUSED_2024, refused, REFUSED_SD))
    return found


def _count(name: str, count: float, model: float, discrepancy: float) -> Counts:
    """One count of its own: all that the model leaves out is its dispersion."""
    one, none, all_of, phi = (np.array([x]) for x in (count, 0.0, model, discrepancy**2))
    return Counts(name, one, none, all_of, phi, 0.0)


def _gap(
    name: str, seen: Observed, level: Floats, before: tuple[str, str], after: tuple[str, str], key: str
) -> Term:
    a, b = (float(np.exp(np.log(level[seen.span(*w)]).mean())) for w in (before, after))
    return Term(name, a, b, GAP_SD[key])


def _directed_back(seen: Observed, level: Floats, met: Floats, phi: float) -> list[Counts]:
    """Entries in Quebec while people were directed back; claims at ports tell the pressure."""
    windows = (("April-December 2020", "2020-04", "2020-12"), ("January-October 2021", "2021-01", "2021-10"))
    out = []
    for words, first, last in windows:
        if seen.counted("QC", first, last):
            blocks = seen.published(first, last)
            count, model = (group(values, blocks) for values in (seen.irregular["QC"], level * met))
            out.append(Counts(f"entries while directed back, {words}", count, 0 * count, model,
                              of_blocks(level * met, blocks, phi), CLOSURE_DISCREPANCY))  # fmt: skip
    return out


def _ports(seen: Observed, level: Floats, port: Floats, phi: float) -> list[Counts]:
    """Claims at Quebec's land border in open months: those intercepted, who tell the pressure, and those at ports."""
    out = []
    for words, first, last in (("April 2018-December 2019", "2018-04", "2019-12"), ("2022", "2022-01", "2022-12")):
        if seen.counted("QC", first, last):
            blocks, entries = seen.published(first, last), seen.irregular["QC"]
            count, fixed, model = (
                group(values, blocks) for values in (seen.claims["land_border"][:, 0], entries, level * port))
            out.append(Counts(f"Quebec port claims beside crossings, {words}", count, fixed, model,
                              of_blocks(entries + level * port, blocks, phi), PORT_SHARE_SD))  # fmt: skip
    return out


def _unseen(seen: Observed, mean: Expected, met: Floats) -> list[Term]:
    """People who crossed unseen while the road was open: irregular claims beyond interceptions, by year."""
    late = mean.monthly("claims_late")[:, 0]
    out = []
    for year, claims in seen.irregular_claims.items():
        k = seen.span(f"{year}-01", f"{year}-12")
        entries = float(seen.irregular["total"][k].sum())
        if year in UNSEEN_YEARS and seen.known(f"{year}-12"):
            share = float(late[k].sum() / met[k].sum())
            out.append(Term(f"irregular claims beyond interceptions, {year}", claims / entries - 1, share, UNSEEN_SD))
    return out


def _first_days(seen: Observed, mean: Expected, level: Floats, quebec: int) -> list[Counts]:
    """The four days after the Protocol took effect, half of each day's people having set out the day before."""
    met = mean.intercepted[:, 0, quebec]
    monthly = level[seen.at("2023-03")] / 31
    out = []
    for day in ("2023-03-25", "2023-03-26", "2023-03-27"):
        d = int((np.datetime64(day) - mean.days[0]).astype(int))
        out.append(_count(f"crossings on {day}", seen.daily[day], float(monthly * (met[d] + met[d - 1]) / 2),
                          DAILY_DISCREPANCY))
    return out


def draw_assumed(corridor: Corridor, streams: Streams | None) -> dict[str, float]:
    """One value per parameter: its central value, or a draw from its range by its stated prior shape.

    Each parameter has a stream of its own name, so adding one does not move the others.
    """
    out = {}
    for name, p in corridor.parameters.items():
        low, high = p.low if p.low is not None else p.value, p.high if p.high is not None else p.value
        if streams is None or high <= low:
            out[name] = p.value
            continue
        rng = streams.generator(f"assumed {name}")
        if p.prior == "uniform":
            out[name] = float(rng.uniform(low, high))
        else:
            out[name] = float(rng.triangular(low, p.value, high))
    return out


def prior_of(corridor: Corridor, name: str) -> tuple[float, float]:
    """Prior mean and standard deviation of an estimated parameter: its value and a quarter of its range."""
    p = corridor.parameters[name]
    if p.low is None or p.high is None:
        raise EvidenceError(f"parameter {name} is estimated and needs a range")
    return p.value, (p.high - p.low) / 4


def _bounds(corridor: Corridor) -> tuple[Floats, Floats, Floats, Floats]:
    """Lower and upper limits, prior means and prior standard deviations of the estimated parameters."""
    rows = []
    for name in ESTIMATED:
        centre, sd = prior_of(corridor, name)
        rows.append((max(centre - 4 * sd, FLOORS.get(name, -np.inf)), centre + 4 * sd, centre, sd))
    low, high, mean, deviation = (np.array(column) for column in zip(*rows, strict=True))
    return low, high, mean, deviation


def fit(problem: Problem, assumed: Mapping[str, float], noise: Floats | None = None) -> dict[str, float]:
    """The seven parameters that best explain data and priors, each perturbed by `noise` standard errors when given."""
    from scipy.optimize import least_squares

    low, high, centre, sd = _bounds(problem.corridor)

    def residuals(x: Floats) -> Floats:
        parameters = {**assumed, **dict(zip(ESTIMATED, x, strict=True))}
        data = np.array([t.residual for t in terms(problem, parameters)])
        both = np.concatenate([data, (x - centre) / sd])
        return both if noise is None else both - noise[:both.shape[0]]

    found = least_squares(residuals, centre, bounds=(low, high), x_scale=sd, diff_step=1e-3, xtol=1e-3, ftol=1e-3,
                          max_nfev=25)
    return {**assumed, **{k: float(v) for k, v in zip(ESTIMATED, found.x, strict=True)}}


def with_chance(problem: Problem, streams: Streams | None) -> Problem:
    """Give the problem with a dispersion drawn from what the counts say of it; the median without streams."""
    if streams is None:
        return problem
    return replace(problem, drawn=problem.dispersion(float(streams.generator("dispersion").uniform())))


@dataclass(frozen=True)
class Draw:
    """One posterior draw: its parameters, pressure (months, hubs), other streams, and who crossed where.

    `crossings` has shape (segments, 12 months of the year, 2: openly, hiding), in persons over the data.
    """

    parameters: Mapping[str, float]
    pressure: Floats
    streams: Mapping[str, Floats]
    crossings: Floats


def one_draw(problem: Problem, seed: int, index: int) -> Draw:
    """One posterior draw; index 0 is the central one, without any perturbation."""
    streams = Streams(seed, index)
    rng = streams.generator("calibrate")
    assumed = draw_assumed(problem.corridor, streams if index else None)
    noise = None if index == 0 else rng.standard_normal(64)
    parameters = fit(with_chance(problem, streams if index else None), assumed, noise)
    shape = (len(problem.seen.months), len(problem.corridor.choice.hubs))
    return carry(problem, parameters, rng.standard_normal(shape) if index else None)


def carry(problem: Problem, parameters: Mapping[str, float], walk: Floats | None) -> Draw:
    """Give the draw that a set of parameters makes: the pressure behind the data, and all that follows from it.

    `walk` (months, hubs) is standard normal noise beyond the data; without it the pressure stays level there.
    """
    mean = problem.mean(parameters)
    level = levels(problem.corridor, problem.seen, mean, problem.open_share)
    walk = np.zeros(level.shape) if walk is None else walk
    others = other_streams(problem.corridor, problem.seen, mean, level)
    each = np.einsum("mhsk,mh->msk", mean.monthly("crossings"), np.nan_to_num(level))
    of_year = problem.seen.months.astype(np.int64) % 12
    crossings = np.stack([each[of_year == month].sum(axis=0) for month in range(12)], axis=1)
    return Draw(parameters, extend(level, walk, parameters["pressure_walk_sd"]), others, crossings)


_WORKER: dict[str, Problem] = {}


def _begin_worker(case: str, start: date, end: date, data_to: date) -> None:
    _WORKER["problem"] = make_problem(case, start, end, data_to)


def _work(task: tuple[int, int]) -> Draw:
    return one_draw(_WORKER["problem"], *task)


def calibrate(
    case: str, *, data_to: date, draws: int = 64, seed: int = 1, jobs: int = 1, start: date = date(2017, 1, 1),
    end: date = date(2024, 12, 31), progress: Callable[[int, int], None] | None = None, keep: Path | None = None,
) -> list[Draw]:
    """Fit a case to what was published by `data_to` and return its posterior draws, the first one central.

    The result does not depend on `jobs`. With `keep`, every finished draw is written to that folder and taken from it
    when the same case is fitted again with the same data, days and seed: what was broken off goes on.
    """
    arguments = (case, start, end, data_to)
    shelf = None if keep is None else Shelf(keep, _fingerprint(load(case), (start, end, data_to, seed, LIKELIHOOD)))
    found = {} if shelf is None else shelf.draws(draws)
    if found and progress is not None:
        progress(len(found), draws)
    left = [(seed, k) for k in range(draws) if k not in found]
    for (_, k), draw in zip(left, _carry_out(left, arguments, jobs), strict=True):
        found[k] = draw
        if shelf is not None:
            shelf.put(k, draw)
        if progress is not None:
            progress(len(found), draws)
    return [found[k] for k in range(draws)]


def _fingerprint(corridor: Corridor, days: tuple[object, ...]) -> str:
    """What a draw depends on: the files of the case but its calibrations, the days and the seed."""
    digest = hashlib.sha256(repr(days).encode())
    for path in sorted(corridor.folder.rglob("*")):
        where = path.relative_to(corridor.folder)
        if path.is_file() and "calibration" not in where.parts and "__pycache__" not in where.parts:
            digest.update(where.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Shelf:
    """Finished draws of a calibration in a folder, one file each, named after what they depend on."""

    folder: Path
    mark: str

    def _path(self, index: int) -> Path:
        return self.folder / f"{self.mark}-{index:04d}.npz"

    def draws(self, count: int) -> dict[int, Draw]:
        """Those of the first so many draws that are finished; a file broken off half-way counts as none."""
        out = {}
        for index in range(count):
            if self._path(index).is_file():
                with np.load(self._path(index), allow_pickle=False) as file:
                    names = [str(name) for name in file["names"]]
                    offices = {key[2:]: file[key] for key in file.files if key.startswith("s:")}
                    parameters = dict(zip(names, file["values"].tolist(), strict=True))
                    out[index] = Draw(parameters, file["pressure"], offices, file["crossings"])
        return out

    def put(self, index: int, draw: Draw) -> None:
        """Write one draw, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{self.mark}-{index:04d}.part"
        with part.open("wb") as file:
            held: dict[str, Any] = {
                "names": np.array(list(draw.parameters)), "values": np.array(list(draw.parameters.values())),
                "pressure": draw.pressure, "crossings": draw.crossings}  # fmt: skip
            np.savez(file, **held | {f"s:{office}": values for office, values in draw.streams.items()})
        part.replace(self._path(index))


def _carry_out(
    tasks: list[tuple[int, int]], arguments: tuple[str, date, date, date], jobs: int
) -> Iterator[Draw]:
    if jobs <= 1:
        _begin_worker(*arguments)
        yield from map(_work, tasks)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, initializer=_begin_worker, initargs=arguments) as pool:
        yield from pool.map(_work, tasks)
