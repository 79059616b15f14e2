"""Every draw of a run as one Parquet file: a row for each scenario, draw, cell and month, in that order.

Files are written and read a piece at a time, so that a run takes little more memory than its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roxham.errors import Problem, RunError
from roxham.lab.parquet import ROWS, SETTINGS, Columns, write_pieces
from roxham.lab.summary import Numbers, StudyResult
from roxham.sim.metrics import METRICS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def write_draws(result: StudyResult, path: Path) -> None:
    """Write all draws; ``weight`` counts behind a mean, and is empty elsewhere."""
    labels = {
        "scenarios": list(result.scenarios),
        "metrics": [metric for metric, _ in result.cells],
        "places": [place for _, place in result.cells],
        "months": list(result.months),
    }
    said = ("($scenarios)[scenario] AS scenario, draw, ($metrics)[cell] AS metric, ($places)[cell] AS place, "
            "($months)[month] AS month, value, CASE WHEN isnan(weight) THEN NULL ELSE weight END AS weight")
    write_pieces((_columns(result, *piece) for piece in _pieces(result)), said, labels, path)


def _pieces(result: StudyResult) -> Iterator[tuple[slice, slice]]:
    """Scenarios and draws, in order, of at most so many rows each: all of them, or some draws of one scenario."""
    scenarios, draws, cells, months = result.values.shape
    if result.values.size <= ROWS:
        yield slice(0, scenarios), slice(0, draws)
        return
    step = max(ROWS // (cells * months), 1)
    for scenario in range(scenarios):
        for first in range(0, draws, step):
            yield slice(scenario, scenario + 1), slice(first, min(first + step, draws))


def _columns(result: StudyResult, scenario: slice, draw: slice) -> Columns:
    """The rows of some draws of some scenarios, with numbers from 1 up for names."""
    values = result.values[scenario, draw]
    scenarios, draws, cells, months = values.shape
    counts = np.full(values.shape, np.nan)
    counts[:, :, list(result.weighted)] = result.weights[scenario, draw]
    at_scenario = np.arange(scenario.start + 1, scenario.stop + 1, dtype=np.int32)
    at_draw = np.arange(draw.start, draw.stop, dtype=np.int32)
    return {
        "scenario": np.repeat(at_scenario, draws * cells * months),
        "draw": np.tile(np.repeat(at_draw, cells * months), scenarios),
        "cell": np.tile(np.repeat(np.arange(1, cells + 1, dtype=np.int32), months), scenarios * draws),
        "month": np.tile(np.arange(1, months + 1, dtype=np.int32), scenarios * draws * cells),
        "value": values.reshape(-1),
        "weight": counts.reshape(-1),
    }


def read_draws(
    path: Path, scenarios: tuple[str, ...], draws: int
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], Numbers, Numbers]:
    """Read months, cells, values and the counts of means back, in the order in which they were written.

    Shapes are (scenarios, draws, cells, months) and (scenarios, draws, cells that are means, months).

    Raises RunError when the file cannot be read, or does not hold every draw.
    """
    import duckdb

    try:
        with duckdb.connect(config=SETTINGS) as connection:
            table = connection.read_parquet(str(path))
            ((rows,),) = table.aggregate("count(*)").fetchall()
            first = table.limit(rows // (len(scenarios) * draws)).project("metric, place, month").fetchall()
            months = tuple(dict.fromkeys(month for _, _, month in first))
            cells = tuple((metric, place) for metric, place, _ in first[:: max(len(months), 1)])
            means = sorted({metric for metric, _ in cells if METRICS[metric].kind == "mean"})
            counted = sum(metric in means for metric, _ in cells)
            values = np.zeros((len(scenarios), draws, len(cells), len(months)))
            counts = np.zeros((len(scenarios), draws, counted, len(months)))
            if rows != values.size or not months:
                raise RunError(Problem("the draws are not complete", str(path)))
            for at, scenario in enumerate(scenarios):
                asked: dict[str, Any] = {"path": str(path), "scenario": scenario}
                where = "FROM read_parquet($path) WHERE scenario = $scenario"
                values[at] = _column(connection, f"SELECT value {where}", asked, values[at].shape)
                asked["means"] = means
                counts[at] = _column(
                    connection, f"SELECT coalesce(weight, 'nan'::DOUBLE) AS value {where} "
                    "AND list_contains($means, metric)", asked, counts[at].shape)
    except duckdb.Error as error:
        raise RunError(Problem("the draws cannot be read", str(path))) from error
    except ValueError as error:
        raise RunError(Problem("the draws are not complete", str(path))) from error
    return months, cells, values, counts


def _column(connection: DuckDBPyConnection, query: str, asked: dict[str, Any], shape: tuple[int, ...]) -> Numbers:
    held = connection.execute(query, asked).fetchnumpy()["value"]
    return np.asarray(held, dtype=np.float64).reshape(shape)


def read_metric(
    path: Path, metric: str, scenario: str
) -> tuple[tuple[str, ...], tuple[str, ...], Numbers, Numbers]:
    """Read months, places, values and counts of one metric in one scenario: shape (draws, places, months).

    Raises RunError when the draws cannot be read or do not hold the metric.
    """
    import duckdb

    try:
        with duckdb.connect(config=SETTINGS) as connection:
            held = connection.execute(
                "SELECT place, month, draw, value, coalesce(weight, 'nan'::DOUBLE) AS weight FROM read_parquet($path) "
                "WHERE metric = $metric AND scenario = $scenario",
                {"path": str(path), "metric": metric, "scenario": scenario}).fetchnumpy()
    except duckdb.Error as error:
        raise RunError(Problem("the draws cannot be read", str(path))) from error
    if not len(held["value"]):
        raise RunError(Problem(f"this run does not hold {metric}", str(path)))
    axes = [np.unique(np.asarray(held[name]), return_inverse=True) for name in ("draw", "place", "month")]
    at = tuple(inverse for _, inverse in axes)
    shape = tuple(len(labels) for labels, _ in axes)
    values, counts = np.zeros(shape), np.full(shape, np.nan)
    values[at], counts[at] = np.asarray(held["value"]), np.asarray(held["weight"])
    return tuple(axes[2][0].tolist()), tuple(axes[1][0].tolist()), values, counts
