"""What a study gave: monthly values of every draw, and the summary with bands and paired differences.

The summary has one row for each scenario, metric, place and period. A metric sums over months and places as
the register of metrics says; quantiles are taken over draws (linear interpolation); a difference is taken
draw by draw to the first scenario of the study, which has the same people and the same luck; in a world of a sweep
to that scenario in the same world.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from roxham._csv import csv_field
from roxham.errors import Problem, UnknownName, did_you_mean
from roxham.sim.metrics import METRICS, MONEY, Kind, unit_of

if TYPE_CHECKING:
    from roxham.lab.lines import Lines
    from roxham.lab.scenario import Study

Numbers = NDArray[np.float64]

QUANTILES = (5, 25, 50, 75, 95)
STATISTICS = ("mean", *(f"q{quantile:02d}" for quantile in QUANTILES))
KEYS = ("scenario", "metric", "unit", "place", "period")
COLUMNS = (*KEYS, *STATISTICS, *(f"diff_{name}" for name in STATISTICS))
ALL = "all"

SIGNIFICANT_DIGITS = 6
DECIMALS_AT_MOST = 12


@dataclass(frozen=True)
class StudyResult:
    """Monthly values of every scenario and draw of a study.

    ``values`` has shape (scenarios, draws, cells, months), ``cells`` naming (metric, place); for a mean it
    holds the sum, and ``weights`` (scenarios, draws, weighted cells, months) the count that goes with it.
    """

    study: Study
    case: str
    case_hash: str
    version: str
    seed: int
    months: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    values: Numbers
    weights: Numbers
    persons_per_room: float | None = None
    currency: str = MONEY
    #: What every metric is made of, by (scenario, draw); empty where the model does not say.
    lines: Mapping[tuple[int, int], Lines] = field(default_factory=dict, repr=False)

    @property
    def draws(self) -> int:
        """How many draws each scenario has."""
        return int(self.values.shape[1])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios; the first is the baseline."""
        return tuple(scenario.name for scenario in self.study.scenarios)

    @cached_property
    def weighted(self) -> dict[int, int]:
        """Index of a cell that is a mean -> index of its counts in ``weights``."""
        means = [i for i, (metric, _) in enumerate(self.cells) if METRICS[metric].kind == "mean"]
        return {cell: k for k, cell in enumerate(means)}

    @cached_property
    def summary(self) -> Summary:
        """The summary of all scenarios, sorted by scenario, metric, place and period."""
        return summarise(self)

    def places(self, metric: str) -> tuple[str, ...]:
        """The places of one metric, without ``all``.

        Raises UnknownName when the run does not report the metric.
        """
        found = tuple(place for name, place in self.cells if name == metric)
        if not found:
            _index(metric, sorted({name for name, _ in self.cells}), "metric of this run")
        return found

    def monthly(self, scenario: str, metric: str, place: str = ALL) -> Numbers:
        """Values of one metric at one place, by draw and month: shape (draws, months)."""
        self.places(metric)
        index = _index(scenario, self.scenarios, "scenario")
        (values, counts), labels = _with_all(self, index, metric)
        numbers = _ratio(values, counts) if METRICS[metric].kind == "mean" else values
        return numbers[:, _index(place, labels, f"place of {metric}")]

    def by_draw(self, scenario: str, metric: str, place: str = ALL, period: str = ALL) -> Numbers:
        """One metric at one place over one period, by draw: shape (draws,).

        Raises UnknownName, with the nearest name, when there is no such scenario, metric, place or period.
        """
        self.places(metric)
        index = _index(scenario, self.scenarios, "scenario")
        periods = dict(period_slices(self.months))
        _index(period, list(periods), "period of this run")
        (values, counts), labels = _with_all(self, index, metric)
        at = [_index(place, labels, f"place of {metric}")]
        return _sum_periods(METRICS[metric].kind, values[:, at], counts[:, at], [periods[period]])[:, 0, 0]


@dataclass(frozen=True)
class Summary:
    """The table of ``summary.csv``: key columns and twelve numbers a row, in its order.

    ``numbers`` has shape (rows, 12): the statistics in the order of ``COLUMNS[5:]``.
    """

    scenarios: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    periods: tuple[str, ...]
    numbers: Numbers
    currency: str = MONEY

    def __len__(self) -> int:
        return len(self.numbers)

    def keys(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Give the key columns of each row, in order."""
        for scenario in self.scenarios:
            for metric, place in self.metrics:
                unit = unit_of(metric, self.currency)
                for period in self.periods:
                    yield scenario, metric, unit, place, period

    @cached_property
    def _grid(self) -> Numbers:
        return self.numbers.reshape(len(self.scenarios), len(self.metrics), len(self.periods), -1)

    def row(self, scenario: str, metric: str, place: str = ALL, period: str = ALL) -> dict[str, float]:
        """The numbers of one cell, by name of statistic.

        Raises UnknownName, with the nearest name, when there is no such scenario, metric, place or period.
        """
        s = _index(scenario, self.scenarios, "scenario")
        _index(metric, sorted({name for name, _ in self.metrics}), "metric of this run")
        labels = [there for name, there in self.metrics if name == metric]
        _index(place, labels, f"place of {metric}")
        m = self.metrics.index((metric, place))
        p = _index(period, self.periods, "period of this run")
        return dict(zip(COLUMNS[len(KEYS) :], self._grid[s, m, p].tolist(), strict=True))

    def to_csv(self) -> str:
        """The whole table as CSV text; an undefined number (a mean over nobody) is left empty.

        Numbers are written at six significant digits, beyond a million as whole numbers, and as 0 under
        1e-12.
        """
        lines = [",".join(COLUMNS)]
        numbers = rounded(self.numbers)
        pattern = ",".join(["%.12g"] * numbers.shape[1])
        field = lru_cache(maxsize=None)(csv_field)
        for key, row in zip(self.keys(), numbers.tolist(), strict=True):
            lines.append(f"{','.join(map(field, key))},{(pattern % tuple(row)).replace('nan', '')}")
        return "\n".join(lines) + "\n"


def rounded(numbers: Numbers) -> Numbers:
    """Round to six significant digits, to whole numbers beyond a million, and to nothing under 1e-12.

    >>> rounded(np.array([1234567.89, 0.12345678, -0.0, 3e-13])).tolist()
    [1234568.0, 0.123457, 0.0, 0.0]
    """
    size = np.abs(numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.floor(np.log10(np.where(size > 0, size, 1.0)))
        decimals = np.clip(SIGNIFICANT_DIGITS - 1 - magnitude, 0, DECIMALS_AT_MOST)
        scale = 10.0 ** np.nan_to_num(decimals)
        result: Numbers = np.rint(numbers * scale) / scale + 0.0
    return result


def period_slices(months: Sequence[str]) -> list[tuple[str, slice]]:
    """The periods of a run, sorted by their text: each month, each year it touches, and all of it.

    >>> [label for label, _ in period_slices(["2017-12", "2018-01"])]
    ['2017', '2017-12', '2018', '2018-01', 'all']
    """
    periods = [(month, slice(i, i + 1)) for i, month in enumerate(months)]
    years = [month[:4] for month in months]
    for year in sorted(set(years)):
        first = years.index(year)
        periods.append((year, slice(first, first + years.count(year))))
    periods.append((ALL, slice(0, len(months))))
    return sorted(periods)


def summarise(result: StudyResult) -> Summary:
    """Sum over months and places as each metric says, then take bands and paired differences over draws."""
    periods = period_slices(result.months)
    slices = [where for _, where in periods]
    labels = _labels(result)
    order = sorted(range(len(result.scenarios)), key=lambda i: result.scenarios[i])
    beside = [result.scenarios.index(result.study.beside(one).name) for one in result.study.scenarios]
    baselines = {index: _by_period(result, index, slices) for index in sorted(set(beside))}
    parts = []
    for index in order:
        baseline = baselines[beside[index]]
        values = baselines[index] if index in baselines else _by_period(result, index, slices)
        change = values - baseline
        change[np.isnan(values) & np.isnan(baseline)] = 0.0
        parts.append(np.concatenate([_statistics(values), _statistics(change)], axis=-1))
    numbers = np.concatenate(parts).reshape(-1, 2 * len(STATISTICS))
    scenarios = tuple(result.scenarios[i] for i in order)
    return Summary(scenarios, tuple(labels), tuple(label for label, _ in periods), numbers, result.currency)


def _labels(result: StudyResult) -> list[tuple[str, str]]:
    labels = set(result.cells) | {(metric, ALL) for metric, _ in result.cells}
    return sorted(labels)


def _with_all(result: StudyResult, scenario: int, metric: str) -> tuple[tuple[Numbers, Numbers], list[str]]:
    """Values and counts of one metric, (draws, places, months), with the sum over places as ``all``."""
    where = [i for i, (name, _) in enumerate(result.cells) if name == metric]
    labels = [result.cells[i][1] for i in where]
    values = result.values[scenario][:, where]
    counts = np.ones_like(values)
    if METRICS[metric].kind == "mean":
        counts = result.weights[scenario][:, [result.weighted[i] for i in where]]
    if ALL not in labels:
        labels = [*labels, ALL]
        values = np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1)
        counts = np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)
    order = sorted(range(len(labels)), key=lambda i: labels[i])
    return (values[:, order], counts[:, order]), [labels[i] for i in order]


def _by_period(result: StudyResult, scenario: int, slices: Sequence[slice]) -> Numbers:
    """Values of one scenario summed to periods: (draws, metric and place in order, periods)."""
    blocks = []
    for metric in sorted({name for name, _ in result.cells}):
        (values, counts), _ = _with_all(result, scenario, metric)
        blocks.append(_sum_periods(METRICS[metric].kind, values, counts, slices))
    return np.concatenate(blocks, axis=1)


def _sum_periods(kind: Kind, values: Numbers, counts: Numbers, slices: Sequence[slice]) -> Numbers:
    if kind == "stock":
        return values[..., [where.stop - 1 for where in slices]]
    sums = np.stack([values[..., where].sum(axis=-1) for where in slices], axis=-1)
    if kind == "flow":
        return sums
    return _ratio(sums, np.stack([counts[..., where].sum(axis=-1) for where in slices], axis=-1))


def _ratio(sums: Numbers, counts: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(counts > 0, sums / counts, np.nan)


def _statistics(values: Numbers) -> Numbers:
    """Mean and quantiles over draws (first axis): shape (metric and place, periods, 6)."""
    quantiles = np.percentile(values, QUANTILES, axis=0, method="linear")
    return np.concatenate([values.mean(axis=0)[None], quantiles]).transpose(1, 2, 0)


def _index(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        raise UnknownName(Problem(f'"{name}" is not a {what}', hint=did_you_mean(name, names)))
    return list(names).index(name)
